"""How much a test tries: a small form in every run, the long one in `make slow`."""

import os

LONG = os.environ.get("LONG_TESTS") == "1"


def scaled(small: int, long: int) -> int:
    """Choose how much is tried. Mark the test `slow`, so that `make slow` runs its long form."""
    return long if LONG else small
