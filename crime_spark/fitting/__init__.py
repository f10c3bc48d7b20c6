"""Cells: their definition, fitting and scoring, and the storage of their models."""
