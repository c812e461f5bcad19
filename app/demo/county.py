"""The county of the demo as `county.yaml` describes it: its villages, the kinds of projects, what people write."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from app.rules.projects.content import Beneficiaries
from app.rules.strict_yaml import Node, read

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)

Mix = Mapping[str, int]
"""From which funds a budget comes: percentages."""


class Village(NamedTuple):
    """A village: its division code, its name, its name with county and township, and who lives there."""

    code: str
    name: str
    place_name: str
    people: Beneficiaries


class Quantity(NamedTuple):
    """How much of it a project builds: from, to, in steps."""

    least: int
    most: int
    step: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of project, of which every village may declare one."""

    name: str
    category: str
    construction: tuple[str, ...]
    unit: str
    quantity: Quantity | None
    """None: as much as the registered households that it reaches."""
    price: int
    """Yuan for each of the quantity."""
    fixed: int
    """Yuan beside that."""
    reach: tuple[int, int]
    """Percentages of the households and of the registered households."""
    months: int
    mixes: tuple[str, ...]
    tasks: str
    goals: tuple[str, ...]
    participation: str
    mechanism: str


class Complaint(NamedTuple):
    """What somebody objects, and how that is answered: where it is dismissed, where it is upheld."""

    said: str
    dismissed: str
    upheld: str


@dataclass(frozen=True, slots=True)
class Texts:
    """What people write on the way of a project; one of several is taken."""

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
    """By the fund's name; a fund without a document is allocated by nobody."""


@dataclass(frozen=True, slots=True)
class DemoCounty:
    """All that there is in the county."""

    code: str
    name: str
    townships: Mapping[str, str]
    """Names by division code."""
    villages: tuple[Village, ...]
    funds: Mapping[str, str]
    mixes: Mapping[str, Mix]
    kinds: tuple[Kind, ...]
    texts: Texts


def load_county() -> DemoCounty:
    """Load the county. ParameterError, naming file and line, where something in it is in doubt."""
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


def _kind(node: Node, mixes: Mapping[str, Mix]) -> Kind:
    names = {"name", "category", "construction", "unit", "price", "fixed", "reach", "months", "mixes", "tasks"}
    fields = node.fields(names | {"goals", "participation", "mechanism"}, {"quantity"})
    reach = fields["reach"].fields({"households", "registered"})
    chosen = tuple(fields["mixes"].text().split(", "))
    if unknown := [each for each in chosen if each not in mixes]:
        raise fields["mixes"].error(f"no mix is called {', '.join(unknown)}")
    return Kind(
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
        goals=_several(fields["goals"]),
        participation=fields["participation"].text(),
        mechanism=fields["mechanism"].text(),
    )


def _quantity(node: Node) -> Quantity:
    fields = node.fields({"from", "to", "step"})
    return Quantity(*(_number(fields[each]) for each in ("from", "to", "step")))


def _texts(fields: Mapping[str, Node], funds: Mapping[str, str]) -> Texts:
    return Texts(
        group=fields["group"].text(),
        opinions=_several(fields["opinions"]),
        returns=_several(fields["returns"]),
        withdrawals=_several(fields["withdrawals"]),
        removals=_several(fields["removals"]),
        additions=_several(fields["additions"]),
        objections=_complaints(fields["objections"]),
        late_objections=_complaints(fields["late_objections"]),
        progress=_several(fields["progress"]),
        outcomes=_several(fields["outcomes"]),
        documents={funds[each]: node.text() for each, node in fields["documents"].fields(set(), set(funds)).items()},
    )


def _complaints(node: Node) -> tuple[Complaint, ...]:
    several = (each.fields(set(Complaint._fields)) for each in node.items())
    return tuple(Complaint(*(fields[name].text() for name in Complaint._fields)) for fields in several)


def _several(node: Node) -> tuple[str, ...]:
    return tuple(each.text() for each in node.items())


def _number(node: Node) -> int:
    if not _NUMBER.fullmatch(node.text()):
        raise node.error(f"{node.text()!r} is no whole number")
    return int(node.text())
