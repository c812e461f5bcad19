"""What a household may claim, in scenarios that a policy officer can read and write: scenarios/*.yaml, over HTTP.

A file is a list of scenarios, one a household:

- `name`: one sentence, which is also the test's name.
- `as_of`: the day that is asked about.
- `readings`: as in the request, if other than the defaults are wanted.
- `household`: as in the request. A fact that is left out, or null, is unknown; "none" says that there is none.
  An amount stands in quotes, or is a whole number of yuan.
- `expects`: what is expected of some benefits, each with `benefit`, `member` (not for a benefit of the whole household)
  and `status`; then, where they are worth saying, `amount`, `per`, `form`, `payments`, `missing`, `area_ceiling_m2`,
  `readings` and `together`.
  An `undecided` benefit says what is `missing`, and one `entitled` in cash its `amount` (null: set locally).
- `questions_first` (the first question's pointer), `warnings` (codes that must be there), `summary`: if wanted.

What is expected is worked by hand from the policy, never copied from the service. A word that is not one of these is an
error, so that nothing is silently not tested.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from tests.support.entitlement_oracle import (
    BENEFITS,
    CASH,
    HOUSEHOLD,
    REGISTRATION_ALONE,
    entitlements,
    questions,
    summary,
    yuan,
)
from tests.support.grid import grid
from tests.support.scale import scaled
from tests.support.scenario_files import as_sent, only_these_words, read_scenarios

Json = dict[str, Any]

FILES = sorted((Path(__file__).parent).glob("*.yaml"))
REQUIRED = {"name", "as_of", "household", "expects"}
OPTIONAL = {"readings", "questions_first", "warnings", "summary"}
STATUSES = {"entitled", "not_entitled", "undecided"}
COMPARED = {"status", "amount", "per", "form", "payments", "missing", "area_ceiling_m2", "readings", "together"}
FOR_ANYBODY = {"ecology.farmland_return", "social_security.minimum_living"}
"""Benefits for which no registration is asked, whatever the household is."""
SUMMED = {"cash_per_year", "cash_once", "in_kind", "undecided"}


def checked_expectation(expected: Json, members: list[str]) -> None:
    """Refuse an expectation that says too little, too much, or what no household can have."""
    benefit = expected.get("benefit")
    if benefit not in BENEFITS:
        raise ValueError(f"no such benefit: {benefit}")
    whose, form, _ = BENEFITS[benefit]
    unknown = set(expected) - COMPARED - {"benefit", "member"}
    if unknown:
        raise ValueError(f"{benefit}: {sorted(unknown)} is not a word of an expectation")
    if expected.get("status") not in STATUSES:
        raise ValueError(f"{benefit}: no such status: {expected.get('status')}")
    if (whose == HOUSEHOLD) != ("member" not in expected):
        raise ValueError(f"{benefit}: a member's benefit names its member, a household's does not")
    if whose != HOUSEHOLD and expected["member"] not in members:
        raise ValueError(f"{benefit}: no member {expected['member']}")
    if expected["status"] == "undecided" and not expected.get("missing"):
        raise ValueError(f"{benefit}: undecided without what is missing")
    if expected["status"] == "entitled" and form == CASH and "amount" not in expected:
        raise ValueError(f"{benefit}: entitled in cash without an amount")


def checked(scenario: Json) -> Json:
    """A scenario as it was written, its days as text; or an error that says what is wrong with it."""
    only_these_words(scenario, REQUIRED, OPTIONAL)
    sent: Json = as_sent(scenario)
    try:
        members = [member["id"] for member in sent["household"]["members"]]
        for expected in sent["expects"]:
            checked_expectation(expected, members)
        if not sent["expects"]:
            raise ValueError("nothing is expected")
        named = [(expected["benefit"], expected.get("member")) for expected in sent["expects"]]
        if len(set(named)) != len(named):
            raise ValueError("a benefit is expected twice")
        if set(sent.get("summary", SUMMED)) != SUMMED:
            raise ValueError(f"a summary has {sorted(SUMMED)}")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{scenario['name']}: {error}") from error
    return sent


def read(text: str) -> list[Json]:
    """Every scenario of a file."""
    return read_scenarios(text, checked)


SCENARIOS = [scenario for path in FILES for scenario in read(path.read_text(encoding="utf-8"))]
EXPECTED = [expected for scenario in SCENARIOS for expected in scenario["expects"]]


def check(client: TestClient, scenario: Json) -> None:
    """Ask the service and compare what the scenario says."""
    asked = {name: scenario[name] for name in ("as_of", "household", "readings") if name in scenario}
    response = client.post("/v1/entitlements", json=asked)
    assert response.status_code == 200, response.text
    answer = response.json()
    entries = {(entry["benefit"], entry["member"]): entry for entry in answer["entitlements"]}
    for expected in scenario["expects"]:
        entry = entries[expected["benefit"], expected.get("member")]
        found = {name: entry[name] for name in expected if name in COMPARED}
        due = {name: expected[name] for name in expected if name in COMPARED}
        for compared in (found, due):
            if "missing" in compared:
                compared["missing"] = sorted(compared["missing"])
        assert found == due, f"{expected['benefit']}: {entry['reasons']}"
    if "questions_first" in scenario:
        assert answer["questions"][0]["pointer"] == scenario["questions_first"]
    if "summary" in scenario:
        assert answer["summary"] == scenario["summary"]
        if scenario["summary"]["undecided"] == 0:
            assert answer["questions"] == []
    assert set(scenario.get("warnings", [])) <= {warning["code"] for warning in answer["warnings"]}


@grid("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_scenario(client: TestClient, scenario: Json) -> None:
    check(client, scenario)


@pytest.mark.slow
def test_the_oracle_says_what_the_scenarios_expect() -> None:
    # In the small form every third: the oracle agrees with the service on random households, and that with each.
    for scenario in SCENARIOS[:: scaled(3, 1)]:
        entries = entitlements(scenario)
        found = {(entry["benefit"], entry["member"]): as_answered(entry) for entry in entries}
        for expected in scenario["expects"]:
            entry = found[expected["benefit"], expected.get("member")]
            for name in set(expected) & COMPARED:
                same = set(entry[name]) == set(expected[name]) if name == "missing" else entry[name] == expected[name]
                assert same, (scenario["name"], expected, entry)
        if "summary" in scenario:
            sums = summary(entries)
            assert sums | {name: yuan(sums[name]) for name in ("cash_per_year", "cash_once")} == scenario["summary"]
        if "questions_first" in scenario:
            assert questions(entries)[0]["pointer"] == scenario["questions_first"]


def as_answered(entry: Json) -> Json:
    """An entry of the oracle with money as the contract writes it."""

    def told(result: Json) -> Json:
        return result | {"amount": None if result["amount"] is None else yuan(result["amount"])}

    return told(entry) | {
        "payments": [{"by": each["by"], "amount": yuan(each["amount"])} for each in entry["payments"]],
        "readings": [each | {"otherwise": [told(other) for other in each["otherwise"]]} for each in entry["readings"]],
        "together": [told(each) for each in entry["together"]],
    }


# What the scenarios cover --------------------------------------------------------------------------


def test_there_are_enough_scenarios_and_no_two_have_the_same_sentence() -> None:
    names = [scenario["name"] for scenario in SCENARIOS]
    assert len(names) >= 70
    assert len(set(names)) == len(names)
    assert {path.stem for path in FILES} == {
        *("health", "education", "relocation_and_housing", "industry", "finance", "ecology", "social_security"),
        "whole_households",
    }


def test_every_benefit_is_met_entitled_not_entitled_and_undecided_unless_it_hangs_on_the_registration_alone() -> None:
    met = {(expected["benefit"], expected["status"]) for expected in EXPECTED}
    every = {(benefit, status) for benefit in BENEFITS for status in STATUSES}
    assert every - met == {(benefit, "undecided") for benefit in REGISTRATION_ALONE}


def test_what_hangs_on_the_registration_alone_is_decided_when_nothing_else_is_known(client: TestClient) -> None:
    for registration in ("none", "registered", "exited_with_policy", "exited_without_policy"):
        for day in ("2017-01-01", "2018-05-20", "2021-12-31"):
            request = {"as_of": day, "household": {"registration": registration, "members": [{"id": "a"}]}}
            entries = client.post("/v1/entitlements", json=request).json()["entitlements"]
            for entry in entries:
                if entry["benefit"] in REGISTRATION_ALONE:
                    assert entry["status"] in {"entitled", "not_entitled"}
                    assert entry["missing"] == []


def test_the_scenarios_meet_every_registration_and_the_years_from_2017() -> None:
    assert {scenario["household"]["registration"] for scenario in SCENARIOS} == {
        *("none", "registered", "exited_with_policy", "exited_without_policy"),
    }
    assert {scenario["as_of"][:4] for scenario in SCENARIOS} >= {"2017", "2018", "2019", "2020", "2021"}


@grid("benefit", sorted(set(BENEFITS) - FOR_ANYBODY))
def test_every_benefit_of_the_poor_is_met_in_a_household_that_keeps_and_one_that_loses_the_policies(
    benefit: str,
) -> None:
    met = {
        scenario["household"]["registration"]
        for scenario in SCENARIOS
        for expected in scenario["expects"]
        if expected["benefit"] == benefit
    }
    assert met & {"registered", "exited_with_policy"}
    assert met & {"none", "exited_without_policy"}


# A scenario that is not one ------------------------------------------------------------------------

GOOD = """
- name: A registered person has the premium
  as_of: 2018-05-20
  household: {registration: registered, members: [{id: a}]}
  expects: [{benefit: health.premium_basic, member: a, status: entitled, amount: "60.00"}]
"""


def test_the_scenario_that_the_faulty_ones_are_made_of_is_right(client: TestClient) -> None:
    (scenario,) = read(GOOD)
    check(client, scenario)


@grid(
    ("right", "wrong"),
    [
        ("  as_of:", "  as-of:"),
        ("  as_of: 2018-05-20\n", ""),
        ("  expects:", "  summary: {in_kind: 1}\n  expects:"),
        ("  expects:", "  expect: []\n  expects:"),
        ("  household:", "  name: Twice\n  household:"),
        ("health.premium_basic", "health.premium"),
        ("member: a, ", ""),
        ("member: a, ", "member: b, "),
        ("health.premium_basic, member: a", "industry.menu_support, member: a"),
        ("status: entitled", "status: granted"),
        ("status: entitled", "status: undecided"),
        ('amount: "60.00"', "sum: '60.00'"),
        (', amount: "60.00"', ""),
        ('"60.00"', "60.00"),
        ("registration: registered", "registration: registered, annual_net_income: 9000.50"),
        (
            ', amount: "60.00"}]',
            ', amount: "60.00"}, {benefit: health.premium_basic, member: a, status: not_entitled}]',
        ),
        ('[{benefit: health.premium_basic, member: a, status: entitled, amount: "60.00"}]', "[]"),
        ("- name", "name"),
    ],
)
def test_a_malformed_scenario_is_refused(right: str, wrong: str) -> None:
    assert right in GOOD
    with pytest.raises((ValueError, yaml.YAMLError)):
        read(GOOD.replace(right, wrong, 1))


@grid(
    ("right", "wrong"),
    [
        ('"60.00"', '"61.00"'),
        ("status: entitled", "per: month, status: entitled"),
        ("[{id: a}]", "[{id: a, birth_day: 1936-03-01}]"),
        ("registration: registered", "registration: poor"),
        ("  expects:", "  warnings: [policy_period_over]\n  expects:"),
        ("  expects:", "  questions_first: /household/steep_farmland\n  expects:"),
        ("  expects:", '  summary: {cash_per_year: "0.00", cash_once: "0.00", in_kind: 0, undecided: 0}\n  expects:'),
    ],
)
def test_a_scenario_that_expects_what_is_not_so_fails(client: TestClient, right: str, wrong: str) -> None:
    assert right in GOOD
    (scenario,) = read(GOOD.replace(right, wrong, 1))
    with pytest.raises(AssertionError):
        check(client, scenario)
