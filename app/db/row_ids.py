"""The ids of rows."""

LARGEST_ID = 2_147_483_647
"""The largest id of a row: the limit of PostgreSQL's INTEGER."""
