"""The rules of entitlements and their words need each other: no figure unread, no reason unsaid or without occasion."""

import datetime as dt
import random
import string
from typing import get_args

import pytest
from pydantic import TypeAdapter

from app.i18n import LANGUAGES, wording
from app.rules.entitlements.alternatives import find
from app.rules.entitlements.benefits import (
    BENEFITS,
    BenefitFinding,
    EveryMemberBenefit,
    HouseholdBenefit,
    MemberBenefit,
    assess,
    assess_member,
)
from app.rules.entitlements.case import STANDARD_BY_COUNTY, Case, Finding
from app.rules.entitlements.finding_cache import cache_of
from app.rules.entitlements.household import (
    FACTS,
    Arrangement,
    Household,
    Loan,
    Member,
    Relocation,
    Stage,
    Student,
    full_years,
)
from app.rules.entitlements.plausible import find_doubts
from app.rules.entitlements.questions import fact_name, rank_questions
from app.rules.months import whole_months
from app.rules.parameters import Parameters, load, shipped_files
from app.rules.readings import VALUES, HouseholdReadings, with_chosen
from app.rules.registration import BENEFITS as STANDING
from app.rules.registration import REASON
from app.rules.three_valued import Condition
from app.schemas.requests.entitlements import EntitlementsRequest
from tests.support.grid import grid
from tests.support.random_households import random_household

PARAMETERS: Parameters = load(shipped_files())
OURS = {path.stem for path in shipped_files() if path.parent.name == "entitlements"}
REQUEST: TypeAdapter[EntitlementsRequest] = TypeAdapter(EntitlementsRequest)


@pytest.fixture(scope="module")
def asked() -> list[EntitlementsRequest]:
    rng = random.Random("every reason")
    return [REQUEST.validate_python(random_household(rng)) for _ in range(700)]


def taken(request: EntitlementsRequest) -> HouseholdReadings:
    """The readings of a request: those that it chooses, and the defaults for the others."""
    return with_chosen(PARAMETERS.on(request.as_of).household_readings, request.chosen_readings())


def found(request: EntitlementsRequest) -> tuple[list[BenefitFinding], list[str]]:
    """The findings about the household of a request, and the names of the figures read."""
    return assess(request.household.to_facts(), request.as_of, PARAMETERS.on(request.as_of), taken(request))


@pytest.mark.lengthy
def test_every_figure_that_a_rule_reads_exists_and_every_shipped_figure_is_read(
    asked: list[EntitlementsRequest],
) -> None:
    read: set[str] = set()
    for each in asked:
        read.update(found(each)[1])
        reader = PARAMETERS.on(each.as_of).reader()
        list(find_doubts(each.household.to_facts(), each.as_of, reader))
        read.update(reader.read)
    # No county has a standard of its own as shipped: see the test of one that has.
    assert read | {STANDARD_BY_COUNTY} == {name for name in PARAMETERS.by_name if name.partition(".")[0] in OURS}


def test_every_reason_that_can_occur_has_wording_and_every_wording_can_occur(
    asked: list[EntitlementsRequest],
) -> None:
    occurred: dict[str, set[str]] = {code: set() for code in REASON.values()} | {"missing": {"facts"}}
    for each in asked:
        for _, _, finding in found(each)[0]:
            for reason in finding.condition.reasons:
                occurred.setdefault(reason.code, set()).update(name for name, _ in reason.operands)
    assert occurred.keys() == wording("claims").keys()
    for code, known in occurred.items():
        for language in LANGUAGES:
            template = str(wording("claims")[code][language])
            named = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
            assert named <= known, f"{code} in {language}"


def test_every_fact_that_can_be_missing_has_its_question_and_its_place(asked: list[EntitlementsRequest]) -> None:
    missing = {fact_name(question.path) for each in asked for question in rank_questions(found(each)[0])}
    assert missing == set(FACTS) == wording("facts").keys()
    assert len(set(FACTS)) == len(FACTS)


def test_every_benefit_and_every_stage_has_its_name() -> None:
    assert [benefit.id for benefit in BENEFITS] == list(wording("benefits"))
    assert set(get_args(Stage)) == wording("stages").keys()
    assert set(get_args(Arrangement)) == wording("arrangements").keys()


def test_a_rule_stands_in_the_module_of_its_group_under_the_name_of_its_benefit() -> None:
    for benefit in BENEFITS:
        group, _, name = benefit.id.partition(".")
        assert benefit.rule.__module__ == f"app.rules.entitlements.{group}"
        assert benefit.rule.__name__ == name
    for kind in (MemberBenefit, EveryMemberBenefit, HouseholdBenefit):
        assert any(isinstance(benefit, kind) for benefit in BENEFITS)


@grid("status", STANDING)
def test_what_is_for_the_poor_is_refused_to_others_for_that_reason_alone(status: str) -> None:
    household = Household(status, (Member(0),))  # type: ignore[arg-type]
    day = dt.date(2018, 5, 20)
    for benefit, _, finding in assess(household, day, PARAMETERS.on(day))[0]:
        if benefit.whom == "poor" and not STANDING[status]:  # type: ignore[index]
            assert [reason.code for reason in finding.condition.reasons] == [REASON[status]]  # type: ignore[index]
            assert finding.condition.truth is False


@grid(
    ("born", "day", "years"),
    [
        ("1952-03-01", "2018-02-28", 65),
        ("1952-03-01", "2018-03-01", 66),
        ("1956-02-29", "2018-02-28", 61),
        ("1956-02-29", "2018-03-01", 62),
        ("1956-02-29", "2020-02-29", 64),
        ("2018-05-20", "2018-05-20", 0),
    ],
)
def test_a_year_of_age_is_full_on_the_birthday(born: str, day: str, years: int) -> None:
    assert full_years(dt.date.fromisoformat(born), dt.date.fromisoformat(day)) == years


def test_whoever_is_hardly_of_that_age_is_warned_of_once_for_each_fact() -> None:
    day = dt.date(2018, 9, 1)
    child = Member(
        0,
        birth_date=dt.date(2015, 1, 1),
        student=Student(stage="university"),
        loan=Loan(first_day=dt.date(2018, 1, 1)),
    )
    household = Household("registered", (child,), relocation=Relocation())
    found = list(find_doubts(household, day, PARAMETERS.on(day).reader()))
    assert [doubt.reason.code for doubt in found] == ["student_age_unlikely", "borrower_age_unlikely"]
    assert [doubt.path for doubt in found] == [(0, "student", "stage"), (0, "loan", "from")]


# ---- readings

DAY = dt.date(2018, 9, 1)
DEFAULTS = PARAMETERS.on(DAY).household_readings


def test_a_rule_consults_only_the_readings_that_its_benefit_names(asked: list[EntitlementsRequest]) -> None:
    for each in asked:
        for benefit, _, finding in found(each)[0]:
            assert {rests.reading for rests in finding.readings} <= set(benefit.readings)
    named = [reading for benefit in BENEFITS for reading in benefit.readings]
    assert set(named) == set(HouseholdReadings._fields)


def test_a_trial_under_other_readings_reads_no_figure_of_the_answer() -> None:
    """Direct cash and minimum living share the need: the figure of the age is read where it is used, and only there."""
    poor = Household("registered", (Member(0, can_work=False),), annual_net_income=100_000)
    near = Household("registered", (Member(0, can_work=False),), annual_net_income=400_000)
    aged = "social_security.minimum_living.old_from"
    assert aged not in assess(poor, DAY, PARAMETERS.on(DAY))[1]
    assert aged in assess(near, DAY, PARAMETERS.on(DAY))[1]
    asked = DEFAULTS._replace(minimum_living_need="asked")
    assert aged in assess(poor, DAY, PARAMETERS.on(DAY), asked)[1]


def _invented(readings: HouseholdReadings) -> Finding:
    """A rule that stops early: it is due only where three readings are all switched, each consulted after the last."""
    due = (
        readings.home_bed == "ill_and_both"
        and readings.ecommerce_period == "year"
        and readings.interest_days == "actual_365"
    )
    return Finding(Condition(due))


def test_readings_that_change_a_finding_only_together_are_found_though_the_rule_stops_early() -> None:
    case = Case(DAY, PARAMETERS.on(DAY).reader(), DEFAULTS, "registered", ())
    finding = find(case, lambda: _invented(case.readings))
    (together,) = finding.together
    assert dict(together.values) == {
        "ecommerce_period": "year",
        "home_bed": "ill_and_both",
        "interest_days": "actual_365",
    }
    assert together.outcome.truth is True
    assert [rests.reading for rests in finding.readings] == ["ecommerce_period", "home_bed", "interest_days"]
    assert {outcome.truth for rests in finding.readings for _, outcome in rests.otherwise} == {False}


@grid("switched", [("home_bed",), ("home_bed", "ecommerce_period")])
def test_the_smallest_set_is_what_is_left_to_switch(switched: tuple[str, ...]) -> None:
    others = {"home_bed": "ill_and_both", "ecommerce_period": "year"}
    taken = with_chosen(DEFAULTS, {name: others[name] for name in switched})
    case = Case(DAY, PARAMETERS.on(DAY).reader(), taken, "registered", ())
    finding = find(case, lambda: _invented(case.readings))
    left = {"home_bed", "ecommerce_period", "interest_days"} - set(switched)
    if len(left) == 1:
        assert [rests.reading for rests in finding.readings] == ["interest_days"]
        assert dict(finding.readings[0].otherwise)["actual_365"].truth is True
        assert finding.together == ()
    else:
        assert [set(dict(each.values)) for each in finding.together] == [left]


def test_a_reading_is_told_with_every_other_value_it_may_have(asked: list[EntitlementsRequest]) -> None:
    for each in asked:
        readings = taken(each)
        for _, _, finding in found(each)[0]:
            for rests in finding.readings:
                assert rests.taken == getattr(readings, rests.reading)
                assert {rests.taken, *dict(rests.otherwise)} == set(VALUES[rests.reading])


@pytest.mark.lengthy
def test_a_finding_that_is_kept_is_the_one_that_the_rule_would_find(asked: list[EntitlementsRequest]) -> None:
    """Each rule looks at no fact but those by which its findings are kept, whatever households came before."""
    kept = [found(each) for each in asked]
    for each, (findings, read) in zip(asked, kept, strict=True):
        cache_of.cache_clear()
        assess_member.cache_clear()
        anew, read_anew = found(each)
        assert [finding for _, _, finding in anew] == [finding for _, _, finding in findings]
        assert set(read_anew) == set(read)


# ---- months of a loan


@grid(
    ("start", "end", "months", "days"),
    [
        ("2018-03-01", "2020-03-01", 24, 0),
        ("2018-01-31", "2018-02-28", 1, 0),
        ("2018-01-31", "2018-03-30", 1, 30),  # the second month would end on 31 March
        ("2018-01-31", "2018-03-31", 2, 0),
        ("2020-02-29", "2021-02-28", 12, 0),
        ("2018-12-15", "2019-01-14", 0, 30),
        ("2018-12-15", "2019-01-15", 1, 0),
        ("2020-12-31", "2021-01-01", 0, 1),
    ],
)
def test_months_are_counted_from_the_first_day_to_the_same_day_or_the_months_last(
    start: str, end: str, months: int, days: int
) -> None:
    assert whole_months(dt.date.fromisoformat(start), dt.date.fromisoformat(end)) == (months, days)
