"""What of an answer would break a client that knew an earlier one."""

import json
import re
from collections.abc import Iterator

from tools.compatibility.exchanges import Exchange

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]

_AMOUNT = re.compile(r"-?[0-9]+\.[0-9]{2}")


def faults_between(old: Exchange, new: Exchange) -> Iterator[str]:
    """Name a changed status, and each field of the old answer that is gone, of another type, or another amount."""
    if old.status != new.status:
        yield f"{old.status} became {new.status}"
        return
    before, now = _parsed(old.body), _parsed(new.body)
    if before is not None and now is not None:
        yield from _apart(before, now, "")


def _parsed(body: str) -> JsonValue:
    """Return the JSON of a body; None where it is none."""
    try:
        parsed: JsonValue = json.loads(body.rstrip("⏎"))
    except ValueError:
        return None
    return parsed


def _apart(old: JsonValue, new: JsonValue, at: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name, value in old.items():
            if name not in new:
                yield f"{at}/{name} is gone"
            else:
                yield from _apart(value, new[name], f"{at}/{name}")
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield f"{at} has another length"
        for one, other in zip(old, new, strict=False):
            yield from _apart(one, other, f"{at}/*")
    elif old is not None and new is not None and _kind(old) is not _kind(new):
        yield f"{at} is of another type"
    elif _is_amount(old) and old != new:
        yield f"{at} is another amount"


def _kind(value: JsonValue) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)


def _is_amount(value: JsonValue) -> bool:
    return isinstance(value, float) or (isinstance(value, str) and _AMOUNT.fullmatch(value) is not None)
