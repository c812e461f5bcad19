"""Answers of the API: results of the rules and rows of the store in the words of one language."""
