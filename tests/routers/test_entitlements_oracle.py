"""The endpoint agrees, field by field, with a second calculation that shares no code with it (entitlement_oracle).

The households are random and the same in every run; ANDA_TEST_SEED (a whole number) draws others.
"""

import json
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.document import OPERATIONS, validator
from tests.support.entitlement_oracle import (
    BENEFITS,
    REGISTRATION_ALONE,
    entitlements,
    questions,
    summary,
    warnings,
)
from tests.support.grid import grid
from tests.support.random_households import UNKNOWN_RATES, random_entrants, random_household
from tests.support.scale import LONG, scaled

SEED = int(os.environ.get("ANDA_TEST_SEED", "20180520"))
HOUSEHOLDS = scaled(8, 1_000)  # of each rate of unknown facts
PATH = "/v1/entitlements"

Json = dict[str, Any]

COMPARED = ("benefit", "member", "status", "per", "form", "procedure")
WARNED = {"policy_period_over", "average_standard", "loan_above_usual"}

RULINGS = {
    "pupils_allowance": "every_pupil",
    "home_bed": "ill_and_both",
    "interest_days": "actual_365",
    "minimum_living_need": "asked",
    "ecommerce_period": "year",
}
RULED_FROM = "2018-01-01"


def fen(yuan: str) -> int:
    """An answered amount in fen; it always has two places."""
    assert re.fullmatch(r"(0|[1-9][0-9]*)\.[0-9]{2}", yuan)
    return int(yuan.replace(".", ""))


def in_fen(answered: Json) -> Json:
    """A result with its amount in fen, or none."""
    return answered | {"amount": None if answered["amount"] is None else fen(answered["amount"])}


def in_order(listed: list[Json], name: str) -> list[Json]:
    """A list whose order says nothing, by one of its fields."""
    return sorted(listed, key=lambda each: json.dumps(each[name], sort_keys=True))


def of_readings(listed: list[Json]) -> list[Json]:
    """Readings and their other values, in an order of their own."""
    return in_order([each | {"otherwise": in_order(each["otherwise"], "value")} for each in listed], "reading")


def as_the_oracle_says(answer: Json) -> Json:
    """The answer in the oracle's shape: amounts in fen, what is missing as a set."""
    entries = []
    for entry in answer["entitlements"]:
        shaped: Json = in_fen({name: entry[name] for name in (*COMPARED, "amount")})
        shaped["payments"] = [{"by": each["by"], "amount": fen(each["amount"])} for each in entry["payments"]]
        shaped["missing"] = set(entry["missing"])
        assert len(entry["missing"]) == len(shaped["missing"]), "a fact is missing once"
        shaped["readings"] = of_readings(
            [
                {name: each[name] for name in ("reading", "taken", "basis")}
                | {"otherwise": [in_fen(other) for other in each["otherwise"]]}
                for each in entry.get("readings", [])
            ]
        )
        shaped["together"] = in_order([in_fen(each) for each in entry.get("together") or []], "values")
        if "area_ceiling_m2" in entry:
            shaped["area_ceiling_m2"] = entry["area_ceiling_m2"]
        entries.append(shaped)
    counted = answer["summary"]
    return {
        "entitlements": entries,
        "questions": [{"pointer": asked["pointer"], "decides": asked["decides"]} for asked in answer["questions"]],
        "summary": counted | {name: fen(counted[name]) for name in ("cash_per_year", "cash_once")},
        "warnings": {warning["code"] for warning in answer["warnings"]} & WARNED,
    }


def expected_of(request: Json, **deployed: Any) -> Json:
    """What the oracle says of a household, what is missing as a set."""
    entries = entitlements(request, **deployed)
    return {
        "entitlements": [
            entry
            | {
                "missing": set(entry["missing"]),
                "readings": of_readings(entry["readings"]),
                "together": in_order(entry["together"], "values"),
            }
            for entry in entries
        ],
        "questions": questions(entries),
        "summary": summary(entries),
        "warnings": warnings(request, entries),
    }


def differences(answer: Json, expected: Json) -> Iterator[str]:
    """Each difference in a line of its own, so that the first one can be read."""
    pairs = zip(answer["entitlements"], expected["entitlements"], strict=False)
    for got, due in pairs:
        if got != due:
            told = {name: (got.get(name), due.get(name)) for name in got | due if got.get(name) != due.get(name)}
            yield f"{due['benefit']} of {due['member']}, service and oracle: {told}"
    if len(answer["entitlements"]) != len(expected["entitlements"]):
        yield f"{len(answer['entitlements'])} entitlements instead of {len(expected['entitlements'])}"
    for name in ("questions", "summary", "warnings"):
        if answer[name] != expected[name]:
            yield f"{name}, service and oracle: {answer[name]} and {expected[name]}"


def expect_agreement(request: Json, answer: Json, **deployed: Any) -> None:
    """Compare every field of the answer that the policy decides."""
    told = "\n".join(differences(as_the_oracle_says(answer), expected_of(request, **deployed)))
    assert told == "", f"{json.dumps(request)}\n{told}"
    assert answer["as_of"] == request["as_of"]
    codes = {warning["code"] for warning in answer["warnings"]}
    county = request["household"].get("county")
    assert ("county_outside_ulanqab" in codes) == (county is not None and not county.startswith("1509"))
    for entry in answer["entitlements"]:
        assert entry["name"]
        assert entry["reasons"], "every entitlement says why, or why not"
    for asked in answer["questions"]:
        assert asked["text"]


def ask(client: TestClient, request: Json, language: str = "zh") -> Json:
    response = client.post(PATH, json=request, headers={"Accept-Language": language})
    assert response.status_code == 200, (json.dumps(request), response.text)
    answer: Json = response.json()
    return answer


@pytest.fixture(scope="module")
def schemas() -> tuple[jsonschema_rs.Validator, jsonschema_rs.Validator]:
    """The declared schemas of the request and of the answer."""
    operation = OPERATIONS[f"POST {PATH}"]
    declared = (operation["requestBody"], operation["responses"]["200"])
    request, answer = (validator(each["content"]["application/json"]["schema"]) for each in declared)
    return request, answer


@pytest.mark.slow
@grid("unknown", sorted(set(UNKNOWN_RATES)))
def test_random_households_are_answered_as_the_oracle_says(
    client: TestClient, schemas: tuple[jsonschema_rs.Validator, jsonschema_rs.Validator], unknown: float
) -> None:
    rng = random.Random(f"{SEED} households {unknown}")
    for _ in range(HOUSEHOLDS):
        request = random_household(rng, unknown)
        faults = [f"{fault.instance_path} {fault.message}" for fault in schemas[0].iter_errors(request)]
        assert faults == [], json.dumps(request)
        answer = ask(client, request, rng.choice(("zh", "en")))
        faults = [f"{fault.instance_path} {fault.message}" for fault in schemas[1].iter_errors(answer)]
        assert faults == [], json.dumps(request)
        expect_agreement(request, answer)


@pytest.mark.slow
def test_households_in_which_one_member_decides_for_others_are_answered_as_the_oracle_says(client: TestClient) -> None:
    rng = random.Random(f"{SEED} entrants")
    for _ in range(scaled(15, 2_000)):
        request = random_entrants(rng)
        expect_agreement(request, ask(client, request))


@pytest.mark.slow
def test_a_deployments_readings_are_the_defaults_from_their_first_day(settings: Settings, tmp_path: Path) -> None:
    county = tmp_path / "county.yaml"
    county.write_text(
        "".join(
            f"readings.{name}:\n  values:\n    - from: {RULED_FROM}\n      value: {value}\n"
            f"      clause: 旗县〔2018〕7号\n      basis: local_source\n      checked: 2018-06-30\n"
            for name, value in RULINGS.items()
        ),
        encoding="utf-8",
    )
    rng = random.Random(f"{SEED} rulings")
    with InProcessClient(create_app(settings.model_copy(update={"parameters": county}))) as client:
        for _ in range(scaled(12, 1_000)):
            request = random_household(rng)
            ruled = RULINGS if request["as_of"] >= RULED_FROM else {}
            expect_agreement(request, ask(client, request), defaults=ruled, bases=dict.fromkeys(ruled, "local_source"))


@pytest.mark.slow
def test_the_random_households_reach_every_status_of_every_benefit() -> None:
    statuses = {"entitled", "not_entitled", "undecided"}
    expected = {(benefit, status) for benefit in BENEFITS for status in statuses}
    expected -= {(benefit, "undecided") for benefit in REGISTRATION_ALONE}
    met: set[tuple[str, str]] = set()
    rng = random.Random("statuses")
    for number in range(300):
        if met == expected and not LONG:
            break
        household = random_household(rng, (0, 0.2, 0.8)[number % 3])
        met |= {(entry["benefit"], entry["status"]) for entry in entitlements(household)}
    assert met == expected


def test_a_filter_by_status_drops_entitlements_and_nothing_else(client: TestClient) -> None:
    rng = random.Random(f"{SEED} filter")
    for _ in range(20):
        request = random_household(rng, 0.2)
        whole = client.post(PATH, json=request).json()
        for status in ("entitled", "not_entitled", "undecided"):
            part = client.post(PATH, json=request, params={"status": status}).json()
            kept = [entry for entry in whole["entitlements"] if entry["status"] == status]
            assert part == whole | {"entitlements": kept}


def test_a_day_before_the_policy_is_refused(client: TestClient) -> None:
    request = {"as_of": "2016-12-31", "household": {"registration": "registered", "members": [{"id": "a"}]}}
    response = client.post(PATH, json=request)
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/no-policy-in-force"
    assert client.post(PATH, json=request | {"as_of": "2017-01-01"}).status_code == 200
