"""Thin: parse, call one function, answer. One file a resource."""
