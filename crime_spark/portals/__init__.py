"""How published data comes to the landing folder: a portal's whole export first, then only what changed."""
