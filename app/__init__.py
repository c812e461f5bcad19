"""Anda (安达): what a poor family in Ulanqab (乌兰察布) is owed, to the fen, and why."""

__version__ = "0.1.0"
