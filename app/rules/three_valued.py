"""Reasoning with facts that may be unknown: a condition holds, does not hold, or hangs on missing facts.

A known fact that decides a condition decides it whatever else is missing; a condition that is not decided names exactly
the missing facts that could decide it. This is exact as long as no fact stands twice in one condition.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""Where a fact stands in what was asked, step by step: ("members", 0, "birth_date")."""

Operand: TypeAlias = int | str


class Reason(NamedTuple):
    """Why: a code, and the operands of its sentence by name. Money in fen, rates in basis points."""

    code: str
    operands: tuple[tuple[str, Operand], ...] = ()


class Condition(NamedTuple):
    """Whether something holds (None: not known), why, and which missing facts could decide it."""

    truth: bool | None
    reasons: tuple[Reason, ...] = ()
    missing: tuple[Place, ...] = ()


def because(code: str, **operands: Operand) -> Reason:
    """Give a reason."""
    return Reason(code, tuple(operands.items()))


def unknown(*missing: Place) -> Condition:
    """Build the condition that hangs on missing facts."""
    return Condition(None, (), missing)


def condition(truth: bool | None, place: Place, holds: str, fails: str) -> Condition:
    """Build a condition on one fact, with the codes of the reasons why it holds or fails."""
    if truth is None:
        return Condition(None, (), (place,))
    return Condition(truth, (Reason(holds if truth else fails),))


def all_of(*conditions: Condition) -> Condition:
    """Hold where all do; fail where one fails, for the reasons of those that fail."""
    fails = False
    failing: tuple[Reason, ...] = ()
    holding: tuple[Reason, ...] = ()
    missing: tuple[Place, ...] = ()
    for truth, reasons, places in conditions:
        if truth:
            holding += reasons
        elif truth is None:
            missing += places
        else:
            fails = True
            failing += reasons
    if fails:
        return Condition(False, failing)
    return Condition(None, (), missing) if missing else Condition(True, holding)


def any_of(conditions: Iterable[Condition], fails: str) -> Condition:
    """Hold where one does, for the reasons of those that hold; fail, for one reason, where all fail."""
    holds = False
    holding: dict[Reason, None] = {}
    missing: tuple[Place, ...] = ()
    for truth, reasons, places in conditions:
        if truth:
            holds = True
            holding |= dict.fromkeys(reasons)
        elif truth is None:
            missing += places
    if holds:
        return Condition(True, tuple(holding))
    return Condition(None, (), missing) if missing else Condition(False, (Reason(fails),))
