"""Examples of tasks: from incidents to labels and features, by incident or by unit and period."""
