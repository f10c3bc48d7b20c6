"""Encoding of examples as vectors, fitted on training rows: by Spark ML, or by numpy in a Spark task."""
