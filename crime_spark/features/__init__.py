"""Features: SQL over incidents, histories of keys, and the past of panels."""
