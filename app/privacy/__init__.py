"""What keeps persons' numbers out of answers, logs and the store."""
