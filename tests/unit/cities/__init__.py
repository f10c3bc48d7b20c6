"""Cities: what a declaration refuses, and the SQL that declarations are made of."""
