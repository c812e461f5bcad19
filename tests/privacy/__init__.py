"""Tests of what keeps persons' numbers out."""
