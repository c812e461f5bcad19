"""Tests of the endpoints that calculate and refer."""
