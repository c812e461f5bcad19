"""Tests of the national interface."""
