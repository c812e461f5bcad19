"""Protection of persons: their numbers stay out of answers, logs and the store."""
