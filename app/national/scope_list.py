"""A deployment's list of items by their code (med_list_codg), which decides how much of a fee counts in scope.

The national catalogue is the city's: the service ships none. Without a list, and for an item that is not in it, the
whole fee counts in scope, and every answer says so.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from app.db.visits.fees import FeeSums
from app.rules.money import WHOLE, share
from app.rules.strict_yaml import Node, read
from app.rules.units import read_value

COUNT_PLACES, PRICE_PLACES = 4, 6
"""Decimal places of a quantity (N16,4) and of a price (N16,6)."""

_FEN_A_YUAN = 100
_LIMIT = re.compile(r"(0|[1-9][0-9]{0,8})\.([0-9]{2,6})", re.ASCII)
_ITEM = re.compile(r"[!-~]{1,50}", re.ASCII)


class ScopeItem(NamedTuple):
    """How a fee of an item is split."""

    in_scope: int = WHOLE
    """The share within the price limit that the insurance knows, basis points; the rest is outside the catalogue."""
    first_paid: int = 0
    """The share of that which the patient pays first, basis points."""
    price_limit: int | None = None
    """The price of one unit above which the patient pays, millionths of a yuan; None where there is no limit."""


ScopeList = Mapping[str, ScopeItem]
"""Items by their code."""


def load_scope_list(file: Path) -> ScopeList:
    """Load a deployment's list. ParameterError names file and line."""
    return {code: _read_item(code, node) for code, node in read(file).fields({"items"})["items"].mapping().items()}


def split_fee(item: ScopeItem, amount: int, count: int) -> FeeSums:
    """Split a fee by the list: what exceeds the price limit, then what is outside, then what the patient pays first.

    `amount` is in fen, `count` in ten-thousandths; both are negative for a refund. An item that is outside as a whole
    has no price limit.
    """
    sign = -1 if amount < 0 else 1
    whole = abs(amount)
    within = whole
    if item.price_limit is not None and item.in_scope:
        within = min(whole, _most(item.price_limit, abs(count)))
    known = int(share(within, item.in_scope))
    first_paid = int(share(known, item.first_paid))
    parts = FeeSums(within - known, whole - within, first_paid, known - first_paid)
    return FeeSums(*(sign * part for part in parts))


def _most(price_limit: int, count: int) -> int:
    """Return a limit of one unit's price for a count of units, fen, rounded half up."""
    units: int = 10 ** (PRICE_PLACES + COUNT_PLACES)
    return (2 * price_limit * count * _FEN_A_YUAN + units) // (2 * units)


def _read_item(code: str, node: Node) -> ScopeItem:
    if _ITEM.fullmatch(code) is None:
        raise node.error(f"{code!r} is not a code of an item: at most 50 characters without blanks")
    fields = node.fields(set(), set(ScopeItem._fields))
    shares = {name: _read_share(fields[name]) for name in ("in_scope", "first_paid") if name in fields}
    price_limit = _read_limit(fields["price_limit"]) if "price_limit" in fields else None
    return ScopeItem(**shares, price_limit=price_limit)


def _read_share(node: Node) -> int:
    value = read_value(node, "basis points", "")
    if not isinstance(value, int):
        raise node.error("expected a percentage")
    return value


def _read_limit(node: Node) -> int:
    match = _LIMIT.fullmatch(node.text())
    if match is None:
        raise node.error(f"{node.text()!r} is not a price in yuan with two to six decimals, as 12.50")
    return int(match[1] + match[2].ljust(PRICE_PLACES, "0"))
