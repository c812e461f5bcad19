"""Readings of a household's benefits: switched in the request, told by each entitlement, ruled by a deployment."""

import os
import random
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.rules.readings import HOUSEHOLD_QUESTIONS
from app.settings import Settings
from tests.support.grid import grid
from tests.support.random_households import random_household
from tests.support.scale import scaled

Json = dict[str, Any]

SEED = int(os.environ.get("ANDA_TEST_SEED", "20180520"))
PATH = "/v1/entitlements"
VALUES = {question["reading"]: question["values"] for question in HOUSEHOLD_QUESTIONS}
RESULT = ("status", "amount", "per")
RULED_FROM = "2018-01-01"

DAY_PUPIL: Json = {
    "as_of": "2018-09-01",
    "household": {
        "registration": "registered",
        "members": [{"id": "a", "student": {"stage": "primary", "boarding": False}}],
    },
}


def ask(client: TestClient, request: Json, **readings: str) -> Json:
    body = request | {"readings": (request.get("readings") or {}) | readings}
    response = client.post(PATH, json=body)
    assert response.status_code == 200, (body, response.text)
    answer: Json = response.json()
    return answer


def result(entry: Json) -> list[Any]:
    return [entry[name] for name in RESULT]


def ruling(**readings: str) -> str:
    """A county's ruling on readings, as a parameter file."""
    return "".join(
        f"readings.{name}:\n  values:\n    - from: {RULED_FROM}\n      value: {value}\n"
        f"      clause: 旗县〔2018〕7号\n      basis: local_source\n      checked: 2018-06-30\n"
        for name, value in readings.items()
    )


def deployed(settings: Settings, folder: Path, text: str) -> TestClient:
    county = folder / "county.yaml"
    county.write_text(text, encoding="utf-8")
    return TestClient(create_app(settings.model_copy(update={"parameters": county})))


# ---- properties


@pytest.mark.slow
def test_switching_a_reading_changes_only_entitlements_that_list_it_and_gives_what_they_said(
    client: TestClient,
) -> None:
    rng = random.Random(f"{SEED} switching")
    changed = 0
    for _ in range(scaled(12, 400)):
        request = random_household(rng)
        before = ask(client, request)
        for reading, values in VALUES.items():
            taken = (request.get("readings") or {}).get(reading) or values[0]
            for value in values:
                if value == taken:
                    continue
                after = ask(client, request, **{reading: value})
                for old, new in zip(before["entitlements"], after["entitlements"], strict=True):
                    told = {each["reading"]: each for each in old["readings"]}
                    if reading in told:
                        assert told[reading]["taken"] == taken
                        (other,) = [each for each in told[reading]["otherwise"] if each["value"] == value]
                        assert result(other) == result(new), (request, old["benefit"], reading, value)
                        changed += result(old) != result(new)
                    else:
                        assert result(old) == result(new), (request, old["benefit"], reading, value)
                assert before["as_of"] == after["as_of"]
    assert changed > 20


@pytest.mark.slow
def test_a_reading_is_listed_because_it_changes_the_result_or_does_so_together_with_others(client: TestClient) -> None:
    rng = random.Random(f"{SEED} together")
    met = 0
    for _ in range(scaled(60, 1_500)):
        request = random_household(rng, 0.1)
        members = request["household"]["members"]
        request["household"]["registration"] = "registered"
        for member in members:
            member["student"] = {"stage": rng.choice(("vocational_secondary", "vocational_higher")), "boarding": False}
        answer = ask(client, request)
        for number, entry in enumerate(answer["entitlements"]):
            alone = {
                each["reading"]
                for each in entry["readings"]
                if any(result(other) != result(entry) for other in each["otherwise"])
            }
            if "together" not in entry:
                assert {each["reading"] for each in entry["readings"]} == alone
                continue
            met += 1
            assert alone == set()
            assert {name for each in entry["together"] for name in each["values"]} == {
                each["reading"] for each in entry["readings"]
            }
            for each in entry["together"]:
                assert len(each["values"]) > 1
                switched = ask(client, request, **each["values"])["entitlements"][number]
                assert result(switched) == result(each) != result(entry)
    assert met > 5


@pytest.mark.slow
def test_a_ruling_of_a_deployment_gives_the_answers_of_asking_for_it_from_its_first_day(
    client: TestClient, settings: Settings, tmp_path: Path
) -> None:
    ruled = {name: values[-1] for name, values in VALUES.items()}
    rng = random.Random(f"{SEED} ruling")
    with deployed(settings, tmp_path, ruling(**ruled)) as county:
        for _ in range(scaled(30, 1_000)):
            request = random_household(rng)
            request.pop("readings", None)
            own = ask(county, request)
            asked = ask(client, request, **(ruled if request["as_of"] >= RULED_FROM else {}))
            for entry, other in zip(own["entitlements"], asked["entitlements"], strict=True):
                bases = {each.pop("basis") for each in entry["readings"]}
                assert bases <= {"local_source" if request["as_of"] >= RULED_FROM else "assumption"}
                assert {each.pop("basis") for each in other["readings"]} <= {"assumption"}
                entry.pop("source"), other.pop("source")
            assert own == asked


# ---- by example


def test_a_day_pupil_is_refused_and_told_what_another_reading_would_give(client: TestClient) -> None:
    (allowance,) = [
        each for each in ask(client, DAY_PUPIL)["entitlements"] if each["benefit"].endswith("living_allowance")
    ]
    assert (allowance["status"], allowance["amount"]) == ("not_entitled", None)
    assert allowance["readings"] == [
        {
            "reading": "pupils_allowance",
            "taken": "boarders",
            "basis": "assumption",
            "otherwise": [{"value": "every_pupil", "status": "entitled", "amount": "1890.00", "per": "year"}],
        }
    ]
    assert "together" not in allowance
    assert any("R22" in reason for reason in allowance["reasons"])


@grid("readings", [None, {}, {"pupils_allowance": None}, {"pupils_allowance": "boarders"}])
def test_a_reading_that_is_null_or_left_out_is_the_default(client: TestClient, readings: Json | None) -> None:
    response = client.post(PATH, json=DAY_PUPIL | {"readings": readings})
    assert response.status_code == 200
    assert response.json() == client.post(PATH, json=DAY_PUPIL).json()


@grid(
    ("readings", "pointer"),
    [
        ({"pupils": "boarders"}, "/readings/pupils"),
        ({"pupils_allowance": "boarder"}, "/readings/pupils_allowance"),
        ({"pupils_allowance": True}, "/readings/pupils_allowance"),
        ({"band_rates": "marginal"}, "/readings/band_rates"),  # a reading of bills
        ("boarders", "/readings"),
    ],
)
def test_a_reading_that_is_none_is_refused_by_name(client: TestClient, readings: Any, pointer: str) -> None:
    response = client.post(PATH, json=DAY_PUPIL | {"readings": readings})
    assert response.status_code == 422
    assert pointer in {error["pointer"] for error in response.json()["errors"]}


def test_the_basis_of_a_reading_is_that_of_the_value_in_force_and_an_assumption_where_only_the_request_chose(
    settings: Settings, tmp_path: Path
) -> None:
    with deployed(settings, tmp_path, ruling(pupils_allowance="every_pupil")) as county:

        def told(as_of: str, **readings: str) -> tuple[str, str]:
            answer = ask(county, DAY_PUPIL | {"as_of": as_of}, **readings)
            (entry,) = [each for each in answer["entitlements"] if each["benefit"] == "education.living_allowance"]
            (reading,) = entry["readings"]
            return reading["taken"], reading["basis"]

        assert told("2017-12-31") == ("boarders", "assumption")
        assert told("2018-01-01") == ("every_pupil", "local_source")
        assert told("2018-01-01", pupils_allowance="every_pupil") == ("every_pupil", "local_source")
        assert told("2018-01-01", pupils_allowance="boarders") == ("boarders", "assumption")


@pytest.mark.slow
def test_a_benefit_has_one_basis_granted_or_refused(client: TestClient) -> None:
    rng = random.Random(f"{SEED} basis")
    bases: dict[str, set[str]] = {}
    for _ in range(scaled(40, 400)):
        for entry in ask(client, random_household(rng))["entitlements"]:
            bases.setdefault(entry["benefit"], set()).add(entry["source"]["basis"])
    assert all(len(found) == 1 for found in bases.values()), bases
    assert {benefit for benefit, found in bases.items() if found == {"policy"}} == {
        *("health.check_up", "health.premium_basic", "health.premium_supplementary", "health.family_doctor"),
        *("health.one_stop", "health.reimbursement_uplift", "health.treatment_batch", "education.yulu"),
        *("relocation.building_subsidy", "relocation.self_arranged_cash", "ecology.post"),
        *("social_security.temporary_relief", "social_security.disability_living"),
        "social_security.severe_disability_nursing",
    }


def test_a_ruling_on_a_reading_lends_its_basis_where_the_rest_of_the_condition_is_stated(
    settings: Settings, tmp_path: Path
) -> None:
    """Photovoltaic income rests on R17 alone; a home bed on an assumed age besides."""
    rulings = ruling(photovoltaic_groups="either", home_bed="ill_and_both")
    with deployed(settings, tmp_path, rulings) as county:
        sources = {each["benefit"]: each["source"]["basis"] for each in ask(county, DAY_PUPIL)["entitlements"]}
        assert sources["industry.photovoltaic"] == "local_source"
        assert sources["health.home_bed"] == "assumption"
        chosen = ask(county, DAY_PUPIL, photovoltaic_groups="both")["entitlements"]
        assert {each["source"]["basis"] for each in chosen if each["benefit"] == "industry.photovoltaic"} == {
            "assumption"
        }


# ---- a county's own minimum-living standard

STANDARDS = """\
social_security.minimum_living.standard_by_county:
  values:
    - from: 2018-01-01
      value: {"150923": 4200.00}
      clause: 旗县〔2018〕7号
      basis: local_source
      checked: 2018-06-30
"""


@grid(
    ("county", "as_of", "income", "status", "warned"),
    [
        ("150923", "2018-01-01", "4199.99", "entitled", False),
        ("150923", "2018-01-01", "4200.00", "not_entitled", False),
        ("150923", "2017-12-31", "4199.99", "not_entitled", True),
        ("150922", "2018-01-01", "4199.99", "not_entitled", True),
        (None, "2018-01-01", "3905.99", "entitled", True),
        ("150922", "2018-01-01", None, "undecided", False),
    ],
)
def test_a_countys_own_standard_goes_before_the_average(
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
    county: str | None,
    as_of: str,
    income: str | None,
    status: str,
    warned: bool,
) -> None:
    folder = tmp_path_factory.mktemp("county")
    household = {"county": county, "registration": "none", "annual_net_income": income, "members": [{"id": "a"}]}
    with deployed(settings, folder, STANDARDS) as client:
        answer = ask(client, {"as_of": as_of, "household": household})
    (living,) = [each for each in answer["entitlements"] if each["benefit"] == "social_security.minimum_living"]
    assert living["status"] == status
    assert ("average_standard" in {each["code"] for each in answer["warnings"]}) == warned
    if county == "150923" and as_of >= "2018":
        assert any("4200元" in reason and "本旗县市区低保标准" in reason for reason in living["reasons"])


def test_direct_cash_and_renovation_use_the_same_line(settings: Settings, tmp_path: Path) -> None:
    # 4,500 for one: above 4,200, below one and a half times it, 6,300.
    poor = {"county": "150923", "registration": "registered", "members": [{"id": "a", "can_work": False}]}
    with deployed(settings, tmp_path, STANDARDS) as client:

        def status(benefit: str, **facts: Any) -> str:
            answer = ask(client, {"as_of": "2018-05-20", "household": poor | facts})
            (entry,) = [each for each in answer["entitlements"] if each["benefit"] == benefit]
            return str(entry["status"])

        assert status("social_security.direct_cash", annual_net_income="4199.99") == "not_entitled"
        assert status("social_security.direct_cash", annual_net_income="4200.00") == "entitled"
        assert status("social_security.direct_cash", annual_net_income="6299.99") == "entitled"
        assert status("social_security.direct_cash", annual_net_income="6300.00") == "not_entitled"
        house = {"registration": "none", "dilapidated_house": True}
        assert status("housing.renovation", annual_net_income="4199.99", **house) == "entitled"
