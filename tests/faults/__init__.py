"""The project library under faults: killed, out of space, without its database."""
