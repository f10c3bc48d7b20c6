"""What models go by, for whom they are how wrong, and how they and their data age."""
