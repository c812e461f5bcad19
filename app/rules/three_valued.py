"""Reasoning with facts that may be unknown: a condition holds, fails, or depends on missing facts.

A known fact that decides a condition decides it whatever else is missing. An undecided condition names exactly the
missing facts that could decide it. This is exact as long as no fact appears twice in one condition.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple, TypeAlias

FactPath: TypeAlias = tuple[str | int, ...]
"""The path of a fact in the request, step by step: ("relocation", "kind"), or of a member, (0, "loan")."""

CACHE_SIZE = 2_048
"""Reasons and conditions that are cached, because the same ones recur."""

Operand: TypeAlias = int | str


class Reason(NamedTuple):
    """A reason: its code, and the operands of its sentence by name. Money in fen, rates in basis points."""

    code: str
    operands: tuple[tuple[str, Operand], ...] = ()


class Condition(NamedTuple):
    """Whether something holds (None: unknown), the reasons, and the missing facts that could decide it."""

    truth: bool | None
    reasons: tuple[Reason, ...] = ()
    missing: tuple[FactPath, ...] = ()

    def because(self, *reasons: Reason) -> "Condition":
        """Add reasons to a condition that holds; any other stays as it is."""
        return Condition(True, self.reasons + reasons) if self.truth and reasons else self


@lru_cache(maxsize=CACHE_SIZE)
def because(code: str, **operands: Operand) -> Reason:
    """Build a reason."""
    return Reason(code, tuple(operands.items()))


def unknown(*missing: FactPath) -> Condition:
    """Build a condition that depends on missing facts."""
    return Condition(None, (), missing)


@lru_cache(maxsize=CACHE_SIZE)
def known(truth: bool, when_true: str, when_false: str, **operands: Operand) -> Condition:
    """Build a known condition, with the code of the reason for either truth and the operands."""
    return Condition(truth, (because(when_true if truth else when_false, **operands),))


@cache
def holds(code: str) -> Condition:
    """Build a condition that is known to hold, with its reason."""
    return Condition(True, (Reason(code),))


@cache
def fails(code: str) -> Condition:
    """Build a condition that is known to fail, with its reason."""
    return Condition(False, (Reason(code),))


def condition(truth: bool | None, path: FactPath, when_true: str, when_false: str) -> Condition:
    """Build a condition on one fact, with the code of the reason for either truth."""
    if truth is None:
        return Condition(None, (), (path,))
    return holds(when_true) if truth else fails(when_false)


@lru_cache(maxsize=CACHE_SIZE)
def all_of(*conditions: Condition) -> Condition:
    """Hold where all do; fail where one fails, for the reasons of those that fail."""
    failed = False
    failing: tuple[Reason, ...] = ()
    holding: tuple[Reason, ...] = ()
    missing: tuple[FactPath, ...] = ()
    for truth, reasons, paths in conditions:
        if truth:
            holding += reasons
        elif truth is None:
            missing += paths
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
    for truth, reasons, paths in conditions:
        if truth:
            held = True
            holding |= dict.fromkeys(reasons)
        elif truth is None:
            missing += paths
    if held:
        return Condition(True, tuple(holding))
    return Condition(None, (), tuple(dict.fromkeys(missing))) if missing else fails(when_none)
