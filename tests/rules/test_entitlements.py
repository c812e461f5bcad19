"""The rules of entitlements and their words need each other: no figure unread, no reason unsaid or without occasion."""

import datetime as dt
import random
import string
from typing import get_args

import pytest
from pydantic import TypeAdapter

from app.i18n import LANGUAGES, wording
from app.rules.entitlements.benefits import BENEFITS, EveryMemberBenefit, HouseholdBenefit, MemberBenefit, assess
from app.rules.entitlements.household import FACTS, Household, Loan, Member, Relocation, Stage, Student, full_years
from app.rules.entitlements.plausible import find_doubts
from app.rules.entitlements.questions import fact_name, rank_questions
from app.rules.parameters import Parameters, load, shipped_files
from app.rules.registration import BENEFITS as STANDING
from app.rules.registration import REASON
from app.schemas.requests.entitlements import EntitlementsRequest
from tests.support.grid import grid
from tests.support.random_households import random_household

PARAMETERS: Parameters = load(shipped_files())
OURS = {path.stem for path in shipped_files() if path.parent.name == "entitlements"}
REQUEST: TypeAdapter[EntitlementsRequest] = TypeAdapter(EntitlementsRequest)


@pytest.fixture(scope="module")
def asked() -> list[EntitlementsRequest]:
    rng = random.Random("every reason")
    return [REQUEST.validate_python(random_household(rng)) for _ in range(1_500)]


def test_every_figure_that_a_rule_reads_exists_and_every_shipped_figure_is_read(
    asked: list[EntitlementsRequest],
) -> None:
    read: set[str] = set()
    for each in asked:
        household = each.household.to_facts()
        read.update(assess(household, each.as_of, PARAMETERS.on(each.as_of))[1])
        reader = PARAMETERS.on(each.as_of).reader()
        list(find_doubts(household, each.as_of, reader))
        read.update(reader.read)
    assert read == {name for name in PARAMETERS.by_name if name.partition(".")[0] in OURS}


def test_every_reason_that_can_occur_has_wording_and_every_wording_can_occur(
    asked: list[EntitlementsRequest],
) -> None:
    occurred: dict[str, set[str]] = {code: set() for code in REASON.values()} | {"missing": {"facts"}}
    for each in asked:
        for _, _, finding in assess(each.household.to_facts(), each.as_of, PARAMETERS.on(each.as_of))[0]:
            for reason in finding.condition.reasons:
                occurred.setdefault(reason.code, set()).update(name for name, _ in reason.operands)
    assert occurred.keys() == wording("claims").keys()
    for code, known in occurred.items():
        for language in LANGUAGES:
            template = str(wording("claims")[code][language])
            named = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
            assert named <= known, f"{code} in {language}"


def test_every_fact_that_can_be_missing_has_its_question_and_its_place(asked: list[EntitlementsRequest]) -> None:
    missing = {
        fact_name(question.path)
        for each in asked
        for question in rank_questions(assess(each.household.to_facts(), each.as_of, PARAMETERS.on(each.as_of))[0])
    }
    assert missing == set(FACTS) == wording("facts").keys()
    assert len(set(FACTS)) == len(FACTS)


def test_every_benefit_and_every_stage_has_its_name() -> None:
    assert [benefit.id for benefit in BENEFITS] == list(wording("benefits"))
    assert set(get_args(Stage)) == wording("stages").keys()


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
