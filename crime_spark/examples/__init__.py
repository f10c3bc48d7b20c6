"""Examples of the tasks: incidents or panels in, labels and features out."""
