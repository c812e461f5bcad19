"""A record of how the service behaves, and tests that hold it against the record.

`recorded/` holds, area by area, what was asked and what was answered: requests, statuses, headers and bodies, the
commands with their files, the pages as trees, the OpenAPI document, the schemas of both databases. Each module
`area_*.py` is the script of some areas; it builds its own store, so that areas are independent of each other.

To record anew: `RECORD=1 python -m pytest tests/corpus`. A change of behaviour that is wanted changes the record in the
same commit, which names it; a change of the record that nobody wanted is a fault.
"""
