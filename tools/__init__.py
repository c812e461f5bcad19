"""Tools for development: nothing here is part of the service."""
