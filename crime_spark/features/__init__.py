"""How columns and vectors are made."""
