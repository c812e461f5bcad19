"""Tests of the command `anda`."""
