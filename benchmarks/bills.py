"""The bills that are measured, out of the documentation's examples."""

import orjson

from app.schemas.examples import BILLS

NAMES = ("registered_major_disease", "ordinary_patient")
"""Five layers that pay, and two."""


def request_body(name: str) -> bytes:
    """Write an example as a request's body."""
    return orjson.dumps(BILLS[name]["value"])
