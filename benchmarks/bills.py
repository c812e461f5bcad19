"""The measured bills, from the documentation's examples."""

import orjson

from app.schemas.examples import BILLS

NAMES = ("registered_major_disease", "ordinary_patient")
"""Five layers that pay, and two."""


def request_body(name: str) -> bytes:
    """Return an example as the body of a request."""
    return orjson.dumps(BILLS[name]["value"])
