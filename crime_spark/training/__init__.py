"""The train stage: all cells of a plan, fitted several at a time."""
