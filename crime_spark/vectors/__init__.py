"""Examples as vectors, fitted on the training rows: with Spark ML, or with numpy in one Spark task."""
