"""How rows come in: finding, reading, conforming, refusing, merging, accounting."""
