"""The command `anda`."""
