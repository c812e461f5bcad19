"""Tests of files of bills."""
