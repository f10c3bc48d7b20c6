"""Fetching published data into the landing folder: first the whole export of a portal, then changes."""
