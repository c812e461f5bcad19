"""What the chains of the library and of the ledger are made of: digests, the beginning, the newest event."""

import hashlib
from typing import NamedTuple

import orjson

BEGINNING = "0" * 64
"""The hash that stands before the first event."""


class Head(NamedTuple):
    """The newest event: its number and its hash."""

    number: int
    hash: str


def digest(content: object) -> str:
    """Return SHA-256 over a value as JSON with sorted keys, in hexadecimal."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
