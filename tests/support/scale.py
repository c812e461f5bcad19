"""How much a test tries: a small form in every run, the long one in `make slow`."""

import os
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")

LONG = os.environ.get("LONG_TESTS") == "1"


def scaled(small: int, long: int) -> int:
    """Choose how much is tried. Mark the test `slow`, so that `make slow` runs its long form."""
    return long if LONG else small


def chosen(small: Sequence[Case], long: Sequence[Case]) -> Sequence[Case]:
    """Choose which cases are tried: in the small form some in which each width and each language comes once."""
    return long if LONG else small
