"""The projects that the villages of the demo declare: some of the kinds each, in proportion to the village."""

from random import Random
from typing import NamedTuple, TypedDict

from app.demo.county import DemoCounty, Mix, ProjectKind, Village
from app.rules.money import format_yuan, share
from app.rules.projects.content import Beneficiaries, BeneficiariesFields, BudgetFields, SourceFields

EACH_VILLAGE = 10
"""Projects that each village declares."""

_YUAN = 100
_HUNDRED_YUAN = 100 * _YUAN
"""Fen; budgets are rounded to it."""


class Declaration(TypedDict):
    """The request that declares a project, without its schedule."""

    name: str
    category: str
    construction: str
    place: str
    place_name: str
    responsible_unit: str
    tasks: str
    budget: BudgetFields
    beneficiaries: BeneficiariesFields
    performance_goals: list[str]
    participation: str
    poverty_reduction_mechanism: str


class Draft(NamedTuple):
    """A declared project without its schedule, and the figures for texts about it."""

    request: Declaration
    figures: dict[str, int]
    department: str
    """The county's department in charge (行业主管部门)."""
    months: int
    """The duration of the work."""


def draw_drafts(county: DemoCounty, chance: Random) -> list[Draft]:
    """Draw the projects of all villages; no village has two of a kind."""
    return [
        _draft(county, village, kind, chance)
        for village in county.villages
        for kind in chance.sample(county.kinds, EACH_VILLAGE)
    ]


def part_of(amount: int, rate: int) -> int:
    """Return `rate` basis points of an amount in fen."""
    return int(share(amount, rate))


def _draft(county: DemoCounty, village: Village, kind: ProjectKind, chance: Random) -> Draft:
    beneficiaries = _beneficiaries(village.people, kind)
    if kind.quantity is None:
        quantity = beneficiaries.registered_households
    else:
        quantity = chance.randrange(kind.quantity.least, kind.quantity.most + 1, kind.quantity.step)
    figures = {"quantity": quantity, **beneficiaries._asdict()}
    department = county.name + kind.unit
    total = _round((kind.fixed + kind.price * quantity) * _YUAN)
    mix = county.mixes[chance.choice(kind.mixes)]
    request: Declaration = {
        "name": village.name + kind.name,
        "category": kind.category,
        "construction": chance.choice(kind.construction),
        "place": village.code,
        "place_name": village.place_name,
        "responsible_unit": department,
        "tasks": kind.tasks.format(**figures),
        "budget": {"total": format_yuan(total), "sources": _sources(county, mix, total)},
        "beneficiaries": {
            "households": beneficiaries.households,
            "persons": beneficiaries.persons,
            "registered_households": beneficiaries.registered_households,
            "registered_persons": beneficiaries.registered_persons,
        },
        "performance_goals": [goal.format(**figures) for goal in kind.goals],
        "participation": kind.participation.format(**figures),
        "poverty_reduction_mechanism": kind.mechanism.format(**figures),
    }
    return Draft(request, figures, department, kind.months)


def _beneficiaries(people: Beneficiaries, kind: ProjectKind) -> Beneficiaries:
    """Return the beneficiaries: at least one registered household, and never fewer in all than registered."""
    of_all, of_registered = kind.reach
    registered_households = max(1, people.registered_households * of_registered // 100)
    registered_persons = people.registered_persons * registered_households // people.registered_households
    households = max(registered_households, people.households * of_all // 100)
    persons = max(registered_persons, people.persons * households // people.households)
    return Beneficiaries(households, persons, registered_households, registered_persons)


def _sources(county: DemoCounty, mix: Mix, total: int) -> list[SourceFields]:
    """Divide a budget between its funds; the first one takes the remainder of rounding."""
    first, *others = mix
    amounts = {fund: _round(part_of(total, mix[fund] * 100)) for fund in others}
    amounts = {first: total - sum(amounts.values()), **amounts}
    return [{"fund": county.funds[fund], "amount": format_yuan(amount)} for fund, amount in amounts.items()]


def _round(fen: int) -> int:
    return fen - fen % _HUNDRED_YUAN
