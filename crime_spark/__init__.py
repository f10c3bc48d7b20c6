"""crime-spark: open crime reports of Los Angeles and Chicago as Delta tables, statistics and models per year."""
