"""Checks of the data against the limits that its cities declare."""
