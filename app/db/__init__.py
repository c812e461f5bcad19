"""The store: models, sessions, and the only SQL."""
