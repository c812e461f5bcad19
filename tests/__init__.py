"""The tests, in folders as the app's."""
