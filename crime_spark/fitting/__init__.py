"""Cells: what they are, how one is fitted and scored, where its model is stored."""
