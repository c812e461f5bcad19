"""The county of the demo as in `county.yaml`: its villages, the kinds of projects, and the texts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from app.rules.projects.content import Beneficiaries
from app.rules.strict_yaml import Node, read

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)

Mix = Mapping[str, int]
"""The percentages of a budget by fund."""


class Village(NamedTuple):
    """A village: its division code, its name, its name with county and township, and its population."""

    code: str
    name: str
    place_name: str
    people: Beneficiaries


class Quantity(NamedTuple):
    """The range of the quantity that a project builds, and its step."""

    least: int
    most: int
    step: int


@dataclass(frozen=True, slots=True)
class ProjectKind:
    """A kind of project; a village declares at most one of each."""

    name: str
    category: str
    construction: tuple[str, ...]
    unit: str
    quantity: Quantity | None
    """None: the number of registered households that it reaches."""
    price: int
    """Yuan for one unit of the quantity."""
    fixed: int
    """Yuan independent of the quantity."""
    reach: tuple[int, int]
    """The percentages of all households and of registered households that benefit."""
    months: int
    mixes: tuple[str, ...]
    tasks: str
    goals: tuple[str, ...]
    participation: str
    mechanism: str


class Complaint(NamedTuple):
    """The text of an objection, and the answers to it when it is dismissed or upheld."""

    content: str
    dismissed: str
    upheld: str


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts written in the course of a project; one of several is drawn."""

    group: str
    opinions: tuple[str, ...]
    returns: tuple[str, ...]
    withdrawals: tuple[str, ...]
    removals: tuple[str, ...]
    additions: tuple[str, ...]
    objections: tuple[Complaint, ...]
    late_objections: tuple[Complaint, ...]
    progress: tuple[str, ...]
    outcomes: tuple[str, ...]
    documents: Mapping[str, str]
    """The document of an allocation by the name of the fund; a fund without one is never allocated."""


@dataclass(frozen=True, slots=True)
class DemoCounty:
    """The whole county."""

    code: str
    name: str
    townships: Mapping[str, str]
    """The names of the townships by division code."""
    villages: tuple[Village, ...]
    funds: Mapping[str, str]
    mixes: Mapping[str, Mix]
    kinds: tuple[ProjectKind, ...]
    texts: Texts


def load_county() -> DemoCounty:
    """Load the county. ParameterError with file and line where something in it is invalid."""
    fields = read(Path(__file__).with_suffix(".yaml")).fields(
        {"county", "townships", "funds", "mixes", "kinds"} | _TEXTS | {"group", "objections", "late_objections"}
    )
    county = fields["county"].fields({"code", "name"})
    name = county["name"].text()
    townships: dict[str, str] = {}
    villages: list[Village] = []
    for code, node in fields["townships"].mapping().items():
        township = node.fields({"name", "villages"})
        townships[code] = township["name"].text()
        for village, at in township["villages"].mapping().items():
            villages.append(_village(village, at, name + townships[code]))
    funds = {each: node.text() for each, node in fields["funds"].mapping().items()}
    mixes = {each: _mix(node, funds) for each, node in fields["mixes"].mapping().items()}
    return DemoCounty(
        code=county["code"].text(),
        name=name,
        townships=townships,
        villages=tuple(villages),
        funds=funds,
        mixes=mixes,
        kinds=tuple(_kind(node, mixes) for node in fields["kinds"].mapping().values()),
        texts=_texts(fields, funds),
    )


_TEXTS = {"opinions", "returns", "withdrawals", "removals", "additions", "progress", "outcomes", "documents"}


def _village(code: str, node: Node, before: str) -> Village:
    fields = node.fields({"name", *Beneficiaries._fields})
    people = Beneficiaries(*(_number(fields[each]) for each in Beneficiaries._fields))
    return Village(code, fields["name"].text(), before + fields["name"].text(), people)


def _mix(node: Node, funds: Mapping[str, str]) -> Mix:
    mix = {fund: _number(share) for fund, share in node.mapping().items()}
    if unknown := sorted(mix.keys() - funds.keys()):
        raise node.error(f"no fund is called {', '.join(unknown)}")
    if sum(mix.values()) != 100:
        raise node.error("the shares do not add up to 100")
    return mix


def _kind(node: Node, mixes: Mapping[str, Mix]) -> ProjectKind:
    names = {"name", "category", "construction", "unit", "price", "fixed", "reach", "months", "mixes", "tasks"}
    fields = node.fields(names | {"goals", "participation", "mechanism"}, {"quantity"})
    reach = fields["reach"].fields({"households", "registered"})
    chosen = tuple(fields["mixes"].text().split(", "))
    if unknown := [each for each in chosen if each not in mixes]:
        raise fields["mixes"].error(f"no mix is called {', '.join(unknown)}")
    return ProjectKind(
        name=fields["name"].text(),
        category=fields["category"].text(),
        construction=tuple(fields["construction"].text().split(", ")),
        unit=fields["unit"].text(),
        quantity=_quantity(fields["quantity"]) if "quantity" in fields else None,
        price=_number(fields["price"]),
        fixed=_number(fields["fixed"]),
        reach=(_number(reach["households"]), _number(reach["registered"])),
        months=_number(fields["months"]),
        mixes=chosen,
        tasks=fields["tasks"].text(),
        goals=_texts_of(fields["goals"]),
        participation=fields["participation"].text(),
        mechanism=fields["mechanism"].text(),
    )


def _quantity(node: Node) -> Quantity:
    fields = node.fields({"from", "to", "step"})
    return Quantity(*(_number(fields[each]) for each in ("from", "to", "step")))


def _texts(fields: Mapping[str, Node], funds: Mapping[str, str]) -> Texts:
    return Texts(
        group=fields["group"].text(),
        opinions=_texts_of(fields["opinions"]),
        returns=_texts_of(fields["returns"]),
        withdrawals=_texts_of(fields["withdrawals"]),
        removals=_texts_of(fields["removals"]),
        additions=_texts_of(fields["additions"]),
        objections=_complaints(fields["objections"]),
        late_objections=_complaints(fields["late_objections"]),
        progress=_texts_of(fields["progress"]),
        outcomes=_texts_of(fields["outcomes"]),
        documents={funds[each]: node.text() for each, node in fields["documents"].fields(set(), set(funds)).items()},
    )


def _complaints(node: Node) -> tuple[Complaint, ...]:
    several = (each.fields(set(Complaint._fields)) for each in node.items())
    return tuple(Complaint(*(fields[name].text() for name in Complaint._fields)) for fields in several)


def _texts_of(node: Node) -> tuple[str, ...]:
    return tuple(each.text() for each in node.items())


def _number(node: Node) -> int:
    if not _NUMBER.fullmatch(node.text()):
        raise node.error(f"{node.text()!r} is no whole number")
    return int(node.text())
