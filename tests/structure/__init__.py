"""How the code is built: sizes, names and the direction of imports, read from the sources, without Spark."""
