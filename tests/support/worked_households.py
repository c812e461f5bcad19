"""Households of a few words for the oracle's tests, and what it says of them, by benefit and member."""

from typing import Any

from tests.support.entitlement_oracle import entitlements, yuan

Json = dict[str, Any]
Entries = dict[tuple[str, str | None], Json]


def member(**facts: Any) -> Json:
    """A member, called a unless it is said otherwise."""
    return {"id": "a"} | facts


def body(as_of: str, registration: str, *members: Json, readings: Json | None = None, **facts: Any) -> Json:
    """A request."""
    request: Json = {"as_of": as_of, "household": {"registration": registration, **facts, "members": list(members)}}
    return request if readings is None else request | {"readings": readings}


def ask(as_of: str, registration: str, *members: Json, **facts: Any) -> Entries:
    """What the oracle says of a household, with what ships."""
    return {
        (entry["benefit"], entry["member"]): entry
        for entry in entitlements(body(as_of, registration, *members, **facts))
    }


def found(entry: Json) -> tuple[str, str | None, list[str]]:
    """The status, the amount in yuan, and what is missing."""
    return entry["status"], None if entry["amount"] is None else yuan(entry["amount"]), entry["missing"]


def of_first(*facts: str) -> list[str]:
    """Pointers to facts of the first member."""
    return [f"/household/members/0/{fact}" for fact in facts]


REFUSED: tuple[str, None, list[str]] = ("not_entitled", None, [])
GRANTED: tuple[str, None, list[str]] = ("entitled", None, [])
