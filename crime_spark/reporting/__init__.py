"""What people read: the page that the report stage writes, and the text that a pipeline ends with."""
