"""GET /v1/housing-options: the ways of renovation, relocation and resettlement, each with its clause."""

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.rules.reference import housing_options
from app.rules.reference.housing_options import load_housing_options
from app.rules.strict_yaml import ParameterError
from app.schemas.responses.housing_options import HousingOptionsAnswer
from tests.support.answers import expect_valid
from tests.support.grid import grid

PATH = "/v1/housing-options"
SHIPPED = Path(housing_options.__file__).with_suffix(".yaml").read_text(encoding="utf-8")


def ask(client: TestClient, language: str = "zh") -> list[dict[str, Any]]:
    response = client.get(PATH, headers={"Accept-Language": language})
    assert response.status_code == 200
    expect_valid(HousingOptionsAnswer, response.json())
    options: list[dict[str, Any]] = response.json()["options"]
    return options


def test_houses_are_renovated_in_the_ways_of_the_first_clause(client: TestClient) -> None:
    found = [(each["name"], each["source"]["clause"]) for each in ask(client) if each["kind"] == "renovation"]
    assert found == [
        ("加固改造等低成本改造", "一.1"),
        ("统建农村集体公租房（互助幸福院）", "一.1"),
        ("加固闲置房屋", "一.1"),
        ("置换闲置房屋", "一.1"),
        ("长期租赁闲置房屋", "一.1"),
    ]


def test_households_settle_concentrated_scattered_or_as_they_arrange_themselves(client: TestClient) -> None:
    settled: dict[str, list[str]] = {}
    for each in ask(client):
        if each["kind"] == "resettlement" and "四.7" in each["source"]["clause"]:
            settled.setdefault(each["arrangement"], []).append(each["name"])
        assert (each["arrangement"] is None) is (each["kind"] != "resettlement")
    assert settled == {
        "concentrated": ["建设移民新村集中安置", "向中心村靠拢安置", "进城入镇安置"],
        "scattered": ["入住幸福院", "插花安置"],
        "self_arranged": ["投亲靠友等自主安置"],
    }


def test_a_whole_village_of_a_deeply_poor_county_moves_without_the_ratio(client: TestClient) -> None:
    moves = {each["option"]: each for each in ask(client) if each["kind"] == "relocation"}
    assert {name: each["source"]["clause"] for name, each in moves.items()} == {
        "natural_village_as_a_whole": "四.4",
        "all_at_once": "四.4",
        "in_batches": "四.4",
        "whole_village": "四.3",
    }
    assert "深度贫困旗县" in moves["whole_village"]["note"]


def test_resettlement_goes_with_four_other_works(client: TestClient) -> None:
    assert len([each for each in ask(client) if each["kind"] == "combination"]) == 4


def test_every_way_is_told_in_both_languages_with_its_source(client: TestClient) -> None:
    chinese, english = ask(client), ask(client, "en")
    assert [each["option"] for each in chinese] == [each["option"] for each in english]
    assert len({each["option"] for each in chinese}) == len(chinese)
    for each in english:
        assert not re.search(r"[一-鿿]", re.sub(r"\([^)]*\)", "", each["name"])), each["name"]
        assert (each["source"]["basis"], each["source"]["effective_from"]) == ("policy", "2017-01-01")


def test_what_a_client_has_already_is_not_sent_again(client: TestClient) -> None:
    tag = client.get(PATH).headers["etag"]
    assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(f"{PATH}?kind=renovation").status_code == 422


@grid(
    ("shipped", "doubtful", "complaint"),
    [
        ("    arrangement: scattered\n", "", "the key 'arrangement' is missing"),
        ("arrangement: self_arranged", "arrangement: alone", "unknown 'alone'"),
        ("combination:\n", "mixture:\n", "unknown key 'mixture'"),
        ("    clause: 四.4\n", "", "the key 'clause' is missing"),
        ("basis: policy", "basis: hearsay", "unknown basis 'hearsay'"),
    ],
)
def test_a_file_in_doubt_is_refused(tmp_path: Path, shipped: str, doubtful: str, complaint: str) -> None:
    assert shipped in SHIPPED
    path = tmp_path / "housing_options.yaml"
    path.write_text(SHIPPED.replace(shipped, doubtful, 1), encoding="utf-8")
    with pytest.raises(ParameterError, match=re.escape(complaint)):
        load_housing_options(path)
