"""The rules, each beside the test of the same name."""
