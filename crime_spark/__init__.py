"""crime-spark: open crime reports of cities as Delta tables, statistics and models per year."""
