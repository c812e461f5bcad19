"""The interview of the household that the README shows: what it answers to each question."""

import re
from html import unescape
from typing import Any

from app.schemas.examples import THREE_GENERATIONS

MEMBERS = [member["id"] for member in THREE_GENERATIONS["household"]["members"]]


def field(page: str, name: str) -> str:
    """Return the value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return unescape(found[1])


def known(pointer: str) -> Any:
    """Return what the household says at a pointer; None where nobody has asked."""
    at: Any = THREE_GENERATIONS
    for step in pointer.strip("/").split("/"):
        at = at[int(step)] if isinstance(at, list) else at.get(step) if isinstance(at, dict) else None
    return at


def said(value: Any) -> str:
    """Return how a value is said on the page."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return str(value.get("stage") or value.get("kind") or "yes")
    return str(value)


def answered(page: str) -> dict[str, str]:
    """Fill in the form of a question; what the household does not know is passed over."""
    pointer = field(page, "pointer")
    value = known(pointer)
    form = {"facts": field(page, "facts"), "pointer": pointer, "do": "skip" if value is None else "answer"}
    return {**form, "said": said(value)}
