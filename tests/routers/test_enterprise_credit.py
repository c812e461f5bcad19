"""Credit and interest subsidy of enterprises that carry poor households, over HTTP and against every combination."""

import copy
import datetime as dt
import string
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import floor
from typing import Any, get_args

import pytest
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.i18n import LANGUAGES, wording
from app.rules.assessments.enterprise_credit import Enterprise, EnterpriseLoan, Kind, assess
from app.rules.parameters import load, shipped_files
from app.schemas.examples import ENTERPRISE_LOANS
from app.schemas.responses.enterprise_credit import EnterpriseCreditAnswer
from tests.support.answers import expect_valid
from tests.support.grid import grid

Json = dict[str, Any]
PATH = "/v1/enterprise-credit"
BODY: Json = ENTERPRISE_LOANS["repaid_after_a_year"]["value"]
FACTS: Json = {"households_carried": 40, "repaid_on_time": True, "effect_accepted": True}
FIGURES = load(shipped_files())


def expect_problem(response: Response, slug: str, *errors: tuple[str, str]) -> None:
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: Json = response.json()
    assert problem["type"] == f"/problems/{slug}"
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == list(errors)
    assert all(error["message"] for error in problem["errors"])


def ask(client: TestClient, changed: Json | None = None, language: str = "zh") -> Json:
    response = client.post(PATH, json=BODY | (changed or {}), headers={"Accept-Language": language})
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    expect_valid(EnterpriseCreditAnswer, answer)
    return answer


def loan(principal: str = "1000000.00", first: str = "2017-09-01", end: str = "2018-09-01") -> Json:
    return {"principal": principal, "from": first, "to": end}


# The credit ----------------------------------------------------------------------------------------


@grid(
    ("principal", "where"),
    [
        ("0.01", "below"),
        ("499999.99", "below"),
        ("500000.00", "within"),
        ("10000000.00", "within"),
        ("10000000.01", "above"),
        ("100000000.00", "above"),
    ],
)
def test_a_loan_lies_below_within_or_above_the_credit_bounds_included(
    client: TestClient, principal: str, where: str
) -> None:
    answer = ask(client, {"loan": loan(principal)})
    assert answer["credit"] == {
        "principal": principal,
        "least": "500000.00",
        "most": "10000000.00",
        "range": where,
    }
    # The document does not say that a loan outside the amounts is not subsidised: nothing is ruled out, and it is said.
    assert answer["status"] == "entitled"
    assert answer["source"]["basis"] == ("policy" if where == "within" else "assumption")
    assert any("依据：假定" in reason for reason in answer["reasons"]) == (where != "within")


def test_a_cooperative_is_treated_alike_and_told_that_this_is_an_assumption(client: TestClient) -> None:
    enterprise, cooperative = ask(client), ask(client, {"kind": "cooperative"})
    assert enterprise["interest_subsidy"] == cooperative["interest_subsidy"]
    assert enterprise["source"]["basis"] == "policy"
    assert cooperative["source"]["basis"] == "assumption"
    assert len(cooperative["reasons"]) == len(enterprise["reasons"]) + 1


# The interest --------------------------------------------------------------------------------------


@grid(
    ("terms", "days", "subsidy"),
    [
        (loan(), 365, "30000.00"),
        (loan(first="2016-02-01", end="2017-02-01"), 366, "30082.19"),  # a leap day is a day like others
        (loan(first="2018-01-01", end="2018-01-02"), 1, "82.19"),
        (loan(first="2018-01-01", end="2018-01-01"), 0, "0.00"),
        (loan("500000.00", "2017-03-01", "2018-03-01"), 365, "15000.00"),
        (loan("10000000.00", "2018-01-01", "2021-01-01"), 1096, "900821.92"),
        (loan("60.84", "2018-01-01", "2018-01-02"), 1, "0.01"),  # 0.50005 fen
        (loan("60.83", "2018-01-01", "2018-01-02"), 1, "0.00"),  # 0.49997 fen
    ],
)
def test_three_percent_a_year_over_the_loans_own_days(client: TestClient, terms: Json, days: int, subsidy: str) -> None:
    found = ask(client, {"loan": terms})["interest_subsidy"]
    assert (found["days"], found["days_a_year"], found["rate"]) == (days, 365, "0.03")
    assert found["calculated"] == found["amount"] == subsidy


@given(
    principal=st.integers(1, 10_000_000_000),
    first=st.dates(dt.date(2010, 1, 1), dt.date(2025, 12, 31)),
    days=st.integers(0, 7_300),
)
def test_the_subsidy_is_the_exact_interest_rounded_once_half_up(
    client: TestClient, principal: int, first: dt.date, days: int
) -> None:
    terms = loan(f"{principal // 100}.{principal % 100:02d}", str(first), str(first + dt.timedelta(days=days)))
    found = ask(client, {"loan": terms})["interest_subsidy"]
    exact = Fraction(principal * 3 * days, 100 * 365)
    assert Decimal(found["amount"]) * 100 == floor(exact + Fraction(1, 2))


def test_the_days_to_the_year_are_an_assumption_and_the_answer_warns_of_it(client: TestClient) -> None:
    answer = ask(client)
    cited = {source["parameter"]: (source["value"], source["basis"]) for source in answer["sources"]}
    assert cited == {
        "enterprise_credit.least": ("500000.00", "policy"),
        "enterprise_credit.most": ("10000000.00", "policy"),
        "enterprise_credit.subsidy_rate": ("0.03", "policy"),
        "enterprise_credit.day_count": ("365", "assumption"),
    }
    (warning,) = answer["warnings"]
    assert (warning["code"], warning["parameters"]) == ("assumed_parameters", ["enterprise_credit.day_count"])


def test_every_figure_of_the_credit_is_read(client: TestClient) -> None:
    shipped = {name for name in FIGURES.by_name if name.startswith("enterprise_credit.")}
    assert {source["parameter"] for source in ask(client)["sources"]} == shipped


# The conditions ------------------------------------------------------------------------------------

CARRIED, TRUTHS = (0, 1, 40, None), (True, False, None)


@grid("facts", list(product(CARRIED, TRUTHS, TRUTHS)))
def test_one_failing_fact_decides_and_otherwise_every_missing_one_is_asked(
    client: TestClient, facts: tuple[int | None, bool | None, bool | None]
) -> None:
    answer = ask(client, dict(zip(FACTS, facts, strict=True)))
    holds = [None if fact is None else bool(fact) for fact in facts]
    unknown = [f"/{name}" for name, known in zip(FACTS, holds, strict=True) if known is None]
    status = "not_entitled" if False in holds else "undecided" if unknown else "entitled"
    assert answer["status"] == status
    assert answer["missing"] == (unknown if status == "undecided" else [])
    assert [question["pointer"] for question in answer["questions"]] == answer["missing"]
    assert all(question["decides"] == ["status"] for question in answer["questions"])
    amounts = {"entitled": "30000.00", "not_entitled": "0.00", "undecided": None}
    assert answer["interest_subsidy"]["amount"] == amounts[status]
    assert answer["interest_subsidy"]["calculated"] == "30000.00"


def test_a_fact_left_out_is_unknown(client: TestClient) -> None:
    body = {name: value for name, value in BODY.items() if name not in FACTS}
    answer = client.post(PATH, json=body).json()
    assert answer["missing"] == [f"/{name}" for name in FACTS]
    assert answer == ask(client, dict.fromkeys(FACTS))


@pytest.mark.lengthy
@given(
    whole=st.fixed_dictionaries(
        {
            "households_carried": st.sampled_from((0, 1, 12)),
            "repaid_on_time": st.booleans(),
            "effect_accepted": st.booleans(),
        }
    ),
    hidden=st.sets(st.sampled_from(sorted(FACTS))),
    revealed=st.sampled_from(sorted(FACTS)),
)
def test_an_answer_to_a_question_never_changes_what_was_decided(
    client: TestClient, whole: Json, hidden: set[str], revealed: str
) -> None:
    some = whole | dict.fromkeys(hidden)
    before, after = ask(client, some), ask(client, some | {revealed: whole[revealed]})
    assert before["status"] in {"undecided", after["status"]}
    assert set(after["missing"]) <= set(before["missing"])


def test_a_refusal_gives_every_failing_fact_as_a_reason_and_no_interest(client: TestClient) -> None:
    failing = {"households_carried": 0, "repaid_on_time": False, "effect_accepted": False}
    answer = ask(client, failing, "en")
    assert len(answer["reasons"]) == 4
    assert "no poor household" in answer["reasons"][1]
    assert not any("is subsidised" in reason for reason in answer["reasons"])


def test_credit_and_subsidy_name_their_procedures(client: TestClient) -> None:
    assert ask(client)["procedures"] == ["enterprise_credit", "enterprise_interest_subsidy"]


# Reasons and wording -------------------------------------------------------------------------------


def test_every_reason_has_wording_and_every_wording_is_needed() -> None:
    occurred: dict[str, set[str]] = {}
    figures = FIGURES.on(dt.date(2018, 9, 1))
    kinds: tuple[Kind, ...] = get_args(Kind)
    principals = (1, 100_000_000, 10_000_000_000)
    for kind, principal, carried, repaid, accepted in product(kinds, principals, CARRIED, TRUTHS, TRUTHS):
        terms = EnterpriseLoan(principal, dt.date(2018, 1, 1), dt.date(2019, 1, 1))
        for reason in assess(Enterprise(kind, terms, carried, repaid, accepted), figures.reader()).reasons:
            occurred.setdefault(reason.code, set()).update(name for name, _ in reason.operands)
    words = wording("enterprise_credit")
    assert set(words) == {*occurred, *(f"ask_{fact}" for fact in FACTS), "conditions", "assumed"}
    for code, known in occurred.items():
        for language in LANGUAGES:
            used = {name for _, name, _, _ in string.Formatter().parse(str(words[code][language])) if name}
            assert used == known, f"{code} in {language}"


# Days and bad input --------------------------------------------------------------------------------


def test_a_day_before_2017_is_refused(client: TestClient) -> None:
    response = client.post(PATH, json=BODY | {"as_of": "2016-12-31"})
    expect_problem(response, "no-policy-in-force", ("/as_of", "before_first_day"))


def test_a_day_after_2018_carries_the_figures_forward_with_a_warning(client: TestClient) -> None:
    within, after = (ask(client, {"as_of": day}) for day in ("2018-12-31", "2019-01-01"))
    assert [warning["code"] for warning in within["warnings"]] == ["assumed_parameters"]
    assert [warning["code"] for warning in after["warnings"]] == ["assumed_parameters", "policy_period_over"]
    assert after["interest_subsidy"] == within["interest_subsidy"]


def test_a_loan_cannot_end_before_it_starts(client: TestClient) -> None:
    response = client.post(PATH, json=BODY | {"loan": loan(first="2018-03-01", end="2018-02-28")})
    expect_problem(response, "validation-error", ("/loan/to", "loan_ends_before_start"))


@grid(
    ("place", "value", "code"),
    [
        ("/kind", "leading_entreprise", "literal_error"),
        ("/kind", None, "literal_error"),
        ("/loan", None, "model_type"),
        ("/loan/principal", "0.00", "money_zero"),
        ("/loan/principal", None, "money_format"),
        ("/loan/principal", "1000000.001", "money_format"),
        ("/loan/from", "2018-13-01", "day_unknown"),
        ("/loan/to", None, "day_format"),
        ("/loan/first_day", "2018-01-01", "extra_forbidden"),
        ("/loan/rate", "0.03", "extra_forbidden"),
        ("/households_carried", -1, "greater_than_equal"),
        ("/households_carried", 1_000_001, "less_than_equal"),
        ("/households_carried", True, "int_type"),
        ("/repaid_on_time", "true", "bool_type"),
        ("/effect_accepted", 1, "bool_type"),
        ("/effect_acepted", True, "extra_forbidden"),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused_and_named(
    client: TestClient, place: str, value: object, code: str
) -> None:
    body = copy.deepcopy(BODY)
    *steps, last = place.strip("/").split("/")
    at = body
    for step in steps:
        at = at[step]
    at[last] = value
    expect_problem(client.post(PATH, json=body), "validation-error", (place, code))


@grid("place", ["as_of", "kind", "loan"])
def test_what_is_required_and_missing_is_named(client: TestClient, place: str) -> None:
    body = {name: value for name, value in BODY.items() if name != place}
    expect_problem(client.post(PATH, json=body), "validation-error", (f"/{place}", "missing"))


@grid("field", ["principal", "from", "to"])
def test_what_a_loan_lacks_is_named_as_the_request_names_it(client: TestClient, field: str) -> None:
    terms = {name: value for name, value in loan().items() if name != field}
    expect_problem(client.post(PATH, json=BODY | {"loan": terms}), "validation-error", (f"/loan/{field}", "missing"))


@grid("name", ENTERPRISE_LOANS)
def test_the_documented_examples_are_answered(client: TestClient, name: str) -> None:
    statuses = {"repaid_after_a_year": "entitled", "not_yet_accepted": "undecided"}
    response = client.post(PATH, json=ENTERPRISE_LOANS[name]["value"])
    assert response.json()["status"] == statuses[name]
