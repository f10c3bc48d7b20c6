"""How the data is checked against the limits that its cities declare."""
