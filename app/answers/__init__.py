"""Workings of the rules put into the words and shapes that clients read."""
