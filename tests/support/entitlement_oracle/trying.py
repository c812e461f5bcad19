"""Unknown facts by trying: a benefit is a plain yes or no, with an amount, once every fact that it looks at is known.

Each unknown fact is given every value that could matter, in every combination: one outcome throughout is a decision,
several leave the benefit undecided, and a fact is missing if changing it alone, the others being somehow completed,
changes the outcome.

A household of six of which nothing is known has too many combinations for that. So the facts of a benefit come in
parts that have no fact in common; each part is tried by itself for what the benefit sees of it (its view), and the
views are combined: the same result, since nothing else of a part reaches the benefit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

from tests.support.entitlement_oracle.facts import House

Completion = dict[str, Any]
"""Values for unknown facts, by pointer."""

Values = list[Any] | dict[str, list[Any]]
"""What a plain fact may be; or what the inner facts of an object may be, the whole of which may also be none."""


@dataclass(frozen=True)
class Part:
    """Facts that a benefit looks at together: the unknown ones with the values to try, and what is seen of them."""

    unknown: dict[str, list[Any]]
    view: Callable[[Completion], Any]
    possible: Callable[[Completion], bool]


class Granted(NamedTuple):
    """A benefit that is due: its amount in fen (None: in kind, or set locally), and the floor-area ceiling."""

    amount: int | None = None
    ceiling_m2: int | None = None


class Weighed(NamedTuple):
    """The outcomes over all completions, and for each missing fact two completions that it alone parts."""

    outcomes: set[Granted | None]
    missing: dict[str, tuple[Completion, Completion]]


class Claim(NamedTuple):
    """The parts that a benefit looks at, and its judgement of their views; None is "not entitled"."""

    parts: list[Part]
    judge: Callable[..., Granted | None]


# Parts ---------------------------------------------------------------------------------------------


def unknown_of(house: House, pointer: str, values: Values) -> dict[str, list[Any]]:
    """The unknown facts at a pointer: itself, or the inner ones of an object that is given in part."""
    given = house.at(pointer)
    if isinstance(values, list):
        return {pointer: values} if given is None else {}
    if given is None:
        return {pointer: ["none", *(dict(zip(values, each, strict=True)) for each in product(*values.values()))]}
    if given == "none":
        return {}
    return {f"{pointer}/{name}": inner for name, inner in values.items() if given.get(name) is None}


def completed(house: House, pointer: str, values: Values, completion: Completion) -> Any:
    """The value at a pointer with nothing unknown in it."""
    given = house.at(pointer)
    if given is None:
        return completion[pointer]
    if isinstance(given, dict) and isinstance(values, dict):
        inner = {name: given.get(name) for name in values}
        return {name: completion[f"{pointer}/{name}"] if value is None else value for name, value in inner.items()}
    return given


def part(
    house: House, facts: dict[str, Values], see: Callable[..., Any], possible: Callable[..., bool] | None = None
) -> Part:
    """A part of some facts; `see`, and `possible` where values may contradict each other, take them in their order."""
    unknown: dict[str, list[Any]] = {}
    for pointer, values in facts.items():
        unknown |= unknown_of(house, pointer, values)

    def read(completion: Completion) -> list[Any]:
        return [completed(house, pointer, values, completion) for pointer, values in facts.items()]

    def can_be(completion: Completion) -> bool:
        return possible is None or not unknown or possible(*read(completion))

    return Part(unknown, lambda completion: see(*read(completion)), can_be)


def flag(house: House, pointer: str) -> Part:
    """A part of one yes or no."""
    return part(house, {pointer: [False, True]}, bool)


# Claims --------------------------------------------------------------------------------------------


def settled(outcome: Granted | None) -> Claim:
    """A benefit that looks at no fact that may be unknown."""
    return Claim([], lambda: outcome)


REFUSED = settled(None)


def if_all(parts: list[Part], granted: Granted) -> Claim:
    """A benefit that is due where everything holds."""
    return Claim(parts, lambda *held: granted if all(held) else None)


def as_seen(only: Part) -> Claim:
    """A benefit whose only part sees the outcome itself."""
    return Claim([only], lambda outcome: outcome)


# Trying --------------------------------------------------------------------------------------------


def numbered(tried: Part) -> Iterator[tuple[tuple[int, ...], Completion]]:
    """Every possible completion of a part, with the numbers of the values chosen."""
    for chosen in product(*(range(len(values)) for values in tried.unknown.values())):
        numbers = zip(tried.unknown.items(), chosen, strict=True)
        completion = {pointer: values[number] for (pointer, values), number in numbers}
        if tried.possible(completion):
            yield chosen, completion


def views_of(tried: Part) -> dict[Any, Completion]:
    """Each view of a part with a completion that gives it."""
    views: dict[Any, Completion] = {}
    for _, completion in numbered(tried):
        views.setdefault(tried.view(completion), completion)
    return views


def outcomes(claim: Claim) -> set[Granted | None]:
    """Every outcome over every completion."""
    return {claim.judge(*views) for views in product(*(views_of(each) for each in claim.parts))}


def turned_by(tried: Part) -> dict[str, list[dict[Any, Completion]]]:
    """For each unknown fact of a part, the sets of views that changing it alone leads through."""
    beside: dict[str, dict[tuple[int, ...], dict[Any, Completion]]] = {pointer: {} for pointer in tried.unknown}
    for chosen, completion in numbered(tried):
        view = tried.view(completion)
        for place, pointer in enumerate(tried.unknown):
            others = chosen[:place] + chosen[place + 1 :]
            beside[pointer].setdefault(others, {}).setdefault(view, completion)
    return {
        pointer: list({frozenset(group): group for group in groups.values() if len(group) > 1}.values())
        for pointer, groups in beside.items()
    }


def parted(
    claim: Claim, views: list[dict[Any, Completion]], place: int, group: dict[Any, Completion]
) -> tuple[Completion, Completion] | None:
    """Two completions that differ in one fact of the part at `place` and in their outcome, if there are any."""
    before, after = views[:place], views[place + 1 :]
    for rest in product(*before, *after):
        by_outcome: dict[Granted | None, Any] = {}
        for view in group:
            by_outcome.setdefault(claim.judge(*rest[:place], view, *rest[place:]), view)
        if len(by_outcome) > 1:
            one, other, *_ = by_outcome.values()
            shared: Completion = {}
            for of_part, view in zip((*before, *after), rest, strict=True):
                shared |= of_part[view]
            return shared | group[one], shared | group[other]
    return None


def weigh(claim: Claim) -> Weighed:
    """Every outcome of a benefit, and the facts that decide between them."""
    views = [views_of(each) for each in claim.parts]
    results = {claim.judge(*each) for each in product(*views)}
    missing: dict[str, tuple[Completion, Completion]] = {}
    if len(results) > 1:
        for place, each in enumerate(claim.parts):
            for pointer, groups in turned_by(each).items():
                for group in groups:
                    found = parted(claim, views, place, group)
                    if found:
                        missing[pointer] = found
                        break
    return Weighed(results, missing)
