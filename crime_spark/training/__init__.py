"""The train stage: fitting all cells of a plan in parallel."""
