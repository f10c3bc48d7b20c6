"""The leakage audit: what forbidden features and splits would have gained."""
