"""Benefits in sentences."""
