"""Commands that stand apart from `app/cli.py`: each is loaded only where it is asked for."""
