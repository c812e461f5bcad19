"""The units of the figures of policy, and the reading of a value of each unit from its file."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from app.rules.money import WHOLE, parse_yuan
from app.rules.readings import PARAMETER, VALUES
from app.rules.schedule import Band, Bands, LimitAbove, LimitsByTotal
from app.rules.strict_yaml import Node

Count = Literal["years", "days", "square metres", "times", "households"]
"""The unit of a whole number."""
Unit = (
    Count
    | Literal[
        "fen",
        "fen or none",
        "fen by county",
        "basis points",
        "basis points above zero",
        "basis points by band of fen",
        "limits by total of fen or none",
        "date",
        "day of the year",
        "yes or no",
        "text",
        "reading",
    ]
)


@dataclass(frozen=True, slots=True)
class ByCounty:
    """Amounts in fen by the six-digit codes of the counties that have one of their own, in the order of the codes."""

    amounts: tuple[tuple[str, int], ...]


Value: TypeAlias = int | Bands | LimitsByTotal | ByCounty | dt.date | str | None
COUNTS: tuple[Count, ...] = get_args(Count)
UNITS: tuple[Unit, ...] = (*COUNTS, *get_args(get_args(Unit)[1]))


_COUNTY = re.compile(r"[0-9]{6}", re.ASCII)
_MONEY = re.compile(r"(?:0|[1-9][0-9]{0,8})\.[0-9]{2}", re.ASCII)
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?%", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_COUNT = re.compile(r"0|[1-9][0-9]{0,5}", re.ASCII)
_COMMON_YEAR = 2001


def read_unit(node: Node) -> Unit:
    """Read the name of a unit. ParameterError for an unknown one."""
    return node.one_of(UNITS, "unit")


def read_value(node: Node, unit: Unit, name: str) -> Value:
    """Read a value of the named parameter exactly. ParameterError for one that does not fit its unit."""
    if unit == "reading":
        return _reading(node, name)
    return _READ.get(unit, _count)(node)


def _reading(node: Node, name: str) -> str:
    """Read the answer to an open question: one of those that its parameter may have."""
    for reading, values in VALUES.items():
        if name == PARAMETER.format(reading):
            return node.one_of(values, "reading")
    raise node.error(f"there is no reading {name!r}; known are {', '.join(map(PARAMETER.format, VALUES))}")


def _money_or_none(node: Node) -> int | None:
    return None if node.text() == "none" else _money(node)


def _money(node: Node) -> int:
    if not _MONEY.fullmatch(node.text()):
        raise node.error(f"{node.text()!r} is not an amount in yuan with two decimals, as 30000.00")
    return parse_yuan(node.text())


def _by_county(node: Node) -> ByCounty:
    amounts: dict[str, int] = {}
    for code, amount in node.mapping().items():
        if not _COUNTY.fullmatch(code):
            raise amount.error(f"{code!r} is not the code of a county: six digits, in quotes")
        amounts[code] = _money(amount)
    return ByCounty(tuple(sorted(amounts.items())))


def _rate(node: Node) -> int:
    match = _PERCENT.fullmatch(node.text())
    if match is None:
        raise node.error(f"{node.text()!r} is not a percentage, as 80%; a float is not accepted")
    rate = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if rate > WHOLE:
        raise node.error("a share cannot exceed 100%")
    return rate


def _rate_above_zero(node: Node) -> int:
    rate = _rate(node)
    if rate == 0:
        raise node.error("the share must lie above 0%")
    return rate


def _limits_by_total(node: Node) -> LimitsByTotal:
    """Read limits by the total of the bill, or `none`, which no limit stands for."""
    if node.is_text and node.text() == "none":
        return ()
    limits: list[LimitAbove] = []
    for item in node.items():
        fields = item.fields({"total_above", "limit"})
        total_above = _money(fields["total_above"])
        if limits and total_above <= limits[-1].total_above:
            raise fields["total_above"].error("the totals must rise")
        limits.append(LimitAbove(total_above, _money(fields["limit"])))
    if not limits:
        raise node.error("limits need at least one entry; no limit is written as none")
    return tuple(limits)


def read_day(node: Node) -> dt.date:
    """Read a day. ParameterError for anything else."""
    try:
        if not _DAY.fullmatch(node.text()):
            raise ValueError
        return dt.date.fromisoformat(node.text())
    except ValueError:
        raise node.error(f"{node.text()!r} is not a day, as 2018-01-01") from None


def _day_of_the_year(node: Node) -> str:
    text = node.text()
    try:
        # A common year, because 29 February is not a day of every year.
        if not _DAY.fullmatch(f"{_COMMON_YEAR}-{text}"):
            raise ValueError
        dt.date.fromisoformat(f"{_COMMON_YEAR}-{text}")
    except ValueError:
        raise node.error(f"{text!r} is not a day that every year has, as 05-31") from None
    return text


def _yes_or_no(node: Node) -> bool:
    if node.text() not in {"yes", "no"}:
        raise node.error(f"{node.text()!r} is neither yes nor no")
    return node.text() == "yes"


def _count(node: Node) -> int:
    if not _COUNT.fullmatch(node.text()):
        raise node.error(f"{node.text()!r} is not a whole number")
    return int(node.text())


def _bands(node: Node) -> Bands:
    bands: list[Band] = []
    for item in node.items():
        fields = item.fields({"rate"}, {"above", "up_to"})
        above = bands[-1].up_to if bands else 0
        if above is None:
            raise item.error("an overlap: the band before has no upper bound")
        if "above" in fields:
            stated = _money(fields["above"])
            if bands and stated > above:
                raise fields["above"].error("a gap: the band begins above where the one before ends")
            if bands and stated < above:
                raise fields["above"].error("an overlap: the band begins below where the one before ends")
            above = stated
        up_to = _money(fields["up_to"]) if "up_to" in fields else None
        if up_to is not None and up_to <= above:
            raise fields["up_to"].error("a falling band: its upper bound must lie above its lower one")
        bands.append(Band(above, up_to, _rate(fields["rate"])))
    if not bands:
        raise node.error("a schedule needs at least one band")
    if bands[-1].up_to is not None:
        raise item.error("a gap: the last band must have no upper bound")
    return tuple(bands)


_READ: dict[str, Callable[[Node], Value]] = {
    "fen": _money,
    "fen or none": _money_or_none,
    "fen by county": _by_county,
    "basis points": _rate,
    "basis points above zero": _rate_above_zero,
    "limits by total of fen or none": _limits_by_total,
    "basis points by band of fen": _bands,
    "date": read_day,
    "day of the year": _day_of_the_year,
    "yes or no": _yes_or_no,
    "text": Node.text,
}
"""The function that reads a value of each unit; the units that are not here are counts."""
