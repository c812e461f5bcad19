"""The policy as code. Pure: a day is an argument, parameters are the only thing read, nothing else is known."""
