"""Ingestion: find, read, conform, refuse, merge and account for rows of files."""
