"""Tests of what surrounds the endpoints."""
