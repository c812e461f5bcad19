"""Shows that the tests notice when the code is wrong: single changes (mutants) that a test must catch."""
