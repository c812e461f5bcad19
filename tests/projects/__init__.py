"""The village project library over HTTP, on both databases."""
