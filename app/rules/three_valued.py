"""Reasoning with facts that may be unknown: a condition holds, does not hold, or hangs on missing facts.

A known fact that decides a condition decides it whatever else is missing; a condition that is not decided names exactly
the missing facts that could decide it. This is exact as long as no fact stands twice in one condition.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple, TypeAlias

FactPath: TypeAlias = tuple[str | int, ...]
"""Where a fact stands in what was asked, step by step: ("relocation", "kind"), or a member's, (0, "loan")."""

KEPT = 4_096
"""How many reasons and conditions are remembered: the same ones come again and again."""

Operand: TypeAlias = int | str


class Reason(NamedTuple):
    """Why: a code, and the operands of its sentence by name. Money in fen, rates in basis points."""

    code: str
    operands: tuple[tuple[str, Operand], ...] = ()


class Condition(NamedTuple):
    """Whether something holds (None: not known), why, and which missing facts could decide it."""

    truth: bool | None
    reasons: tuple[Reason, ...] = ()
    missing: tuple[FactPath, ...] = ()

    def because(self, *reasons: Reason) -> "Condition":
        """Give further reasons for what holds; nothing is added to what does not."""
        return Condition(True, self.reasons + reasons) if self.truth and reasons else self


@lru_cache(maxsize=KEPT)
def because(code: str, **operands: Operand) -> Reason:
    """Give a reason."""
    return Reason(code, tuple(operands.items()))


def unknown(*missing: FactPath) -> Condition:
    """Build the condition that hangs on missing facts."""
    return Condition(None, (), missing)


@lru_cache(maxsize=KEPT)
def known(truth: bool, when_true: str, when_false: str, **operands: Operand) -> Condition:
    """Build a condition that is known, with the codes of the reasons why it holds or fails and their operands."""
    return Condition(truth, (because(when_true if truth else when_false, **operands),))


@cache
def holds(code: str) -> Condition:
    """Build a condition that is known to hold, with its reason."""
    return Condition(True, (Reason(code),))


@cache
def fails(code: str) -> Condition:
    """Build a condition that is known to fail, with its reason."""
    return Condition(False, (Reason(code),))


def condition(truth: bool | None, place: FactPath, when_true: str, when_false: str) -> Condition:
    """Build a condition on one fact, with the codes of the reasons why it holds or fails."""
    if truth is None:
        return Condition(None, (), (place,))
    return holds(when_true) if truth else fails(when_false)


@lru_cache(maxsize=KEPT)
def all_of(*conditions: Condition) -> Condition:
    """Hold where all do; fail where one fails, for the reasons of those that fail."""
    failed = False
    failing: tuple[Reason, ...] = ()
    holding: tuple[Reason, ...] = ()
    missing: tuple[FactPath, ...] = ()
    for truth, reasons, places in conditions:
        if truth:
            holding += reasons
        elif truth is None:
            missing += places
        else:
            failed = True
            failing += reasons
    if failed:
        return Condition(False, failing)
    return Condition(None, (), tuple(dict.fromkeys(missing))) if missing else Condition(True, holding)


def any_of(conditions: Iterable[Condition], when_none: str) -> Condition:
    """Hold where one does, for the reasons of those that hold; fail, for one reason, where all fail."""
    held = False
    holding: dict[Reason, None] = {}
    missing: tuple[FactPath, ...] = ()
    for truth, reasons, places in conditions:
        if truth:
            held = True
            holding |= dict.fromkeys(reasons)
        elif truth is None:
            missing += places
    if held:
        return Condition(True, tuple(holding))
    return Condition(None, (), tuple(dict.fromkeys(missing))) if missing else fails(when_none)
