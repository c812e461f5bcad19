"""The projects that the villages of the demo declare: each village some of the kinds, in its own size."""

from random import Random
from typing import Any, NamedTuple

from app.demo.county import DemoCounty, Kind, Mix, Village
from app.rules.money import format_yuan, share
from app.rules.projects.content import Beneficiaries

EACH_VILLAGE = 10
"""Projects that a village declares."""

_YUAN = 100
_HUNDRED_YUAN = 100 * _YUAN
"""Fen; budgets are estimated no closer."""

Json = dict[str, Any]


class Draft(NamedTuple):
    """A project as it is declared, but for its schedule, and what texts about it may name."""

    request: Json
    figures: dict[str, int]
    department: str
    """Of the county: whose line of work it is (行业主管部门)."""
    months: int
    """How long the work takes."""


def drafts(county: DemoCounty, chance: Random) -> list[Draft]:
    """Draw the projects of all villages; none has two of a kind."""
    return [
        _draft(county, village, kind, chance)
        for village in county.villages
        for kind in chance.sample(county.kinds, EACH_VILLAGE)
    ]


def part_of(amount: int, rate: int) -> int:
    """Return so many basis points of an amount, fen."""
    return int(share(amount, rate))


def _draft(county: DemoCounty, village: Village, kind: Kind, chance: Random) -> Draft:
    whom = _reached(village.people, kind)
    if kind.quantity is None:
        quantity = whom.registered_households
    else:
        quantity = chance.randrange(kind.quantity.least, kind.quantity.most + 1, kind.quantity.step)
    figures = {"quantity": quantity, **whom._asdict()}
    department = county.name + kind.unit
    total = _rounded((kind.fixed + kind.price * quantity) * _YUAN)
    mix = county.mixes[chance.choice(kind.mixes)]
    request = {
        "name": village.name + kind.name,
        "category": kind.category,
        "construction": chance.choice(kind.construction),
        "place": village.code,
        "place_name": village.place_name,
        "responsible_unit": department,
        "tasks": kind.tasks.format(**figures),
        "budget": {"total": format_yuan(total), "sources": _sources(county, mix, total)},
        "beneficiaries": whom._asdict(),
        "performance_goals": [goal.format(**figures) for goal in kind.goals],
        "participation": kind.participation.format(**figures),
        "poverty_reduction_mechanism": kind.mechanism.format(**figures),
    }
    return Draft(request, figures, department, kind.months)


def _reached(people: Beneficiaries, kind: Kind) -> Beneficiaries:
    """Say whom a project reaches: at least one registered household, and never fewer in all than registered."""
    of_all, of_registered = kind.reach
    registered_households = max(1, people.registered_households * of_registered // 100)
    registered_persons = people.registered_persons * registered_households // people.registered_households
    households = max(registered_households, people.households * of_all // 100)
    persons = max(registered_persons, people.persons * households // people.households)
    return Beneficiaries(households, persons, registered_households, registered_persons)


def _sources(county: DemoCounty, mix: Mix, total: int) -> list[Json]:
    """Divide a budget; the first fund takes what rounding leaves."""
    first, *others = mix
    amounts = {fund: _rounded(part_of(total, mix[fund] * 100)) for fund in others}
    amounts = {first: total - sum(amounts.values()), **amounts}
    return [{"fund": county.funds[fund], "amount": format_yuan(amount)} for fund, amount in amounts.items()]


def _rounded(fen: int) -> int:
    return fen - fen % _HUNDRED_YUAN
