"""Whether a household is poor (名词解释·贫困人口识贫办法): its income a head against the line, and the five needs.

The needs are the two no-worries and three guarantees (两不愁、三保障). Income a head below the line makes a household
poor. Income that reaches it makes it not poor where all five needs are met; where one is not, the document has both
considered together without saying how, and this rule does not either: the household is to be reviewed. The line is in
poverty_line.yaml.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from app.rules.money import times
from app.rules.parameters import Parameter
from app.rules.three_valued import Condition, FactPath, Reason, all_of, because, known, unknown

Need = Literal["food", "clothing", "compulsory_education", "basic_medical_care", "safe_housing"]
NEEDS: tuple[Need, ...] = get_args(Need)
Standing = Literal["poor", "not_poor", "to_be_reviewed", "undecided"]

LINE = "poverty_line.annual_net_income"


class HouseholdNeeds(NamedTuple):
    """The known facts of a household; None is unknown."""

    annual_net_income: int | None
    """Of the whole household, fen."""
    members: int | None
    """One or more."""
    needs: Mapping[Need, bool | None]
    """Whether each of the five is met."""


class Assessment(NamedTuple):
    """The status of a household, the reasons, and the missing facts that could still decide it."""

    status: Standing
    below_line: bool | None
    household_line: int | None
    """The line times the members, fen; None where their number is not known."""
    reasons: tuple[Reason, ...]
    missing: tuple[FactPath, ...]
    decides_line: tuple[FactPath, ...]
    """Those of the missing facts that decide whether the income lies below the line."""


def year_of_line(line: Parameter, day: dt.date) -> int:
    """Return the year whose line holds on a day: an earlier one where the day's own year has none (名词解释·贫困标准).

    A line is that of the year in which it begins. A value that repeats the one before it as an assumption carries
    that one forward. NoPolicyInForceError before the first line.
    """
    number = line.values.index(line.on(day))
    while number and line.values[number].basis == "assumption":
        if line.values[number - 1].value != line.values[number].value:
            break
        number -= 1
    return line.values[number].effective_from.year


def assess(household: HouseholdNeeds, line: int, most_members: int) -> Assessment:
    """Compare a household with the line (fen a person); no household has more than `most_members`."""
    below = _below(household, line, most_members)
    needs = all_of(*(_met(need, household.needs.get(need)) for need in NEEDS))
    members = household.members
    return Assessment(
        _status(below, needs),
        below.truth,
        None if members is None else times(line, members),
        _reasons(below, needs),
        _missing(below, needs),
        below.missing,
    )


def _below(household: HouseholdNeeds, line: int, most_members: int) -> Condition:
    """Compare the income with the line times the members, which is exact because nothing is divided."""
    income, members = household.annual_net_income, household.members
    if income is None or members is None:
        return _below_for_any_number(income, members, line, most_members)
    return known(
        income < times(line, members),
        "income_below_line",
        "income_reaches_line",
        income=income,
        line=line,
        members=members,
        household_line=times(line, members),
    )


def _below_for_any_number(income: int | None, members: int | None, line: int, most_members: int) -> Condition:
    """Decide without the number of members where every number gives the same result."""
    paths: tuple[FactPath, ...] = () if members is not None else (("household", "members"),)
    if income is None:
        return unknown(("household", "annual_net_income"), *paths)
    if income < line:
        return Condition(True, (because("income_below_line_of_one", income=income, line=line),))
    if income >= times(line, most_members):
        reason = because("income_reaches_line_of_most", income=income, line=line, members=most_members)
        return Condition(False, (reason,))
    return unknown(*paths)


def _met(need: Need, met: bool | None) -> Condition:
    if met is None:
        return unknown(("household", need))
    return Condition(met, () if met else (because("need_unmet", need=need),))


def _status(below: Condition, needs: Condition) -> Standing:
    if below.truth:
        return "poor"
    if below.truth is None or needs.truth is None:
        return "undecided"
    return "not_poor" if needs.truth else "to_be_reviewed"


def _reasons(below: Condition, needs: Condition) -> tuple[Reason, ...]:
    match _status(below, needs):
        case "poor":
            # An unmet need decides nothing here, but it matters to those who visit the household.
            return (*below.reasons, because("poor_by_income"), *needs.reasons)
        case "not_poor":
            return (*below.reasons, because("all_needs_met"), because("not_poor_by_both"))
        case "to_be_reviewed":
            return (*below.reasons, *needs.reasons, because("weighing_not_stated"))
        case _:
            return (*below.reasons, *needs.reasons, because("facts_missing"))


def _missing(below: Condition, needs: Condition) -> tuple[FactPath, ...]:
    """List the facts that could decide the status; the needs count only where the income may reach the line."""
    return () if below.truth else (*below.missing, *needs.missing)
