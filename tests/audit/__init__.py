"""Files of bills."""
