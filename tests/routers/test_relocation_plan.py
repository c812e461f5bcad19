"""A relocation plan held against 2 : 1, over HTTP and against every small plan."""

import datetime as dt
import string
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.i18n import LANGUAGES, wording
from app.rules.assessments.relocation_plan import Plan, Ratio, check
from app.rules.parameters import Parameters, load, shipped_files
from app.schemas.examples import RELOCATION_PLANS
from app.schemas.responses.relocation_plan import RelocationPlanAnswer
from tests.support.answers import expect_valid
from tests.support.grid import grid

Json = dict[str, Any]
PATH = "/v1/relocation-plan"
BODY: Json = RELOCATION_PLANS["one_too_many"]["value"]
SHIPPED = load(shipped_files())
MOST = 10_000_000
KNOWN = (None, True, False)
SHANGDU, FENGZHEN, WUCHUAN = "150923", "150981", "150125"
"""A deeply poor county; a regional poor county of the city; a national poor county of another prefecture."""


def expect_problem(response: Response, slug: str, *errors: tuple[str, str]) -> None:
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: Json = response.json()
    assert problem["type"] == f"/problems/{slug}"
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == list(errors)
    assert all(error["message"] for error in problem["errors"])


def ask(
    client: TestClient,
    registered: int,
    along: int,
    whole: bool | None,
    county: str | None = SHANGDU,
    language: str = "zh",
) -> Json:
    body = BODY | {
        "registered_persons": registered,
        "along_persons": along,
        "whole_village": whole,
        "county": county,
    }
    response = client.post(PATH, json=body, headers={"Accept-Language": language})
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    expect_valid(RelocationPlanAnswer, answer)
    return answer


def checked(plan: Plan, parameters: Parameters = SHIPPED) -> Ratio:
    return check(plan, parameters.on(dt.date(2018, 9, 1)).reader())


# The ratio -----------------------------------------------------------------------------------------


@grid(
    ("registered", "along", "most", "excess"),
    [
        (0, 0, 0, 0),
        (0, 1, 0, 1),
        (1, 0, 0, 0),
        (1, 1, 0, 1),  # half a person is nobody
        (2, 1, 1, 0),
        (3, 1, 1, 0),
        (3, 2, 1, 1),
        (100, 50, 50, 0),
        (100, 51, 50, 1),
        (101, 51, 50, 1),
        (MOST, MOST, MOST // 2, MOST // 2),
    ],
)
def test_at_most_one_moves_along_for_every_two_registered(
    client: TestClient, registered: int, along: int, most: int, excess: int
) -> None:
    answer = ask(client, registered, along, whole=False)
    assert (answer["most_along"], answer["excess"]) == (most, excess)
    assert answer["within"] is (excess == 0)
    assert (answer["missing"], answer["questions"]) == ([], [])
    (source,) = answer["sources"]
    assert (source["parameter"], source["value"], source["basis"]) == ("relocation_plan.along_share", "0.50", "policy")


@given(st.integers(0, MOST), st.integers(0, MOST))
def test_a_plan_is_within_exactly_where_twice_those_along_are_no_more_than_the_registered(
    registered: int, along: int
) -> None:
    found = checked(Plan(registered, along, whole_village=False, deeply_poor=True))
    assert found.within is (2 * along <= registered)
    assert found.most_along is not None and found.excess is not None
    assert 2 * found.most_along <= registered < 2 * (found.most_along + 1)
    assert found.excess == max(0, along - found.most_along)


@grid("along", [0, 50, 51, MOST])
def test_a_whole_village_of_a_deeply_poor_county_is_not_bound(client: TestClient, along: int) -> None:
    answer = ask(client, 100, along, whole=True)
    assert (answer["county"], answer["deeply_poor"]) == (SHANGDU, True)
    listed = answer["deeply_poor_source"]
    assert (listed["clause"], listed["basis"]) == ("报告部分一、R29", "assumption")
    assert (answer["within"], answer["most_along"], answer["excess"]) == (True, None, 0)
    (source,) = answer["sources"]
    assert (source["parameter"], source["clause"]) == ("relocation_plan.binds_whole_village", "四.3")


@grid(("county", "outside"), [(FENGZHEN, False), (WUCHUAN, True)])
def test_a_whole_village_of_any_other_county_is_bound(client: TestClient, county: str, outside: bool) -> None:
    answer = ask(client, 100, 51, whole=True, county=county)
    assert (answer["within"], answer["most_along"], answer["excess"]) == (False, 50, 1)
    assert (answer["deeply_poor"], answer["missing"]) == (False, [])
    assert "四.3" in answer["reasons"][-1] and "R29" in answer["reasons"][-1]
    assert ("county_outside_ulanqab" in {each["code"] for each in answer["warnings"]}) is outside
    assert ask(client, 100, 50, whole=True, county=county)["within"] is True


# Whether a whole village moves, and from where, may be unknown -------------------------------------


def test_the_county_is_asked_for_only_where_a_whole_village_may_move(client: TestClient) -> None:
    assert ask(client, 100, 50, whole=True, county=None)["missing"] == []
    assert ask(client, 100, 51, whole=False, county=None)["within"] is False
    above = ask(client, 100, 51, whole=True, county=None)
    assert (above["within"], above["excess"], above["missing"]) == (None, None, ["/county"])
    assert (above["deeply_poor"], above["deeply_poor_source"]) == (None, None)
    assert ask(client, 100, 51, whole=None, county=None)["missing"] == ["/county", "/whole_village"]
    assert ask(client, 100, 51, whole=None, county=FENGZHEN)["within"] is False


def test_a_county_that_there_is_not_is_refused(client: TestClient) -> None:
    expect_problem(
        client.post(PATH, json=BODY | {"county": "150999"}), "validation-error", ("/county", "county_unknown")
    )


def test_the_whole_village_is_asked_for_only_where_it_decides(client: TestClient) -> None:
    within = ask(client, 100, 50, whole=None)
    assert (within["within"], within["excess"], within["missing"]) == (True, 0, [])
    above = ask(client, 100, 51, whole=None)
    assert (above["within"], above["most_along"], above["excess"]) == (None, 50, None)
    assert above["missing"] == ["/whole_village"]
    (question,) = above["questions"]
    assert question["pointer"] == "/whole_village"
    assert "within" in question["decides"]
    assert {source["parameter"] for source in above["sources"]} == {
        "relocation_plan.along_share",
        "relocation_plan.binds_whole_village",
    }


def test_a_fact_left_out_is_unknown(client: TestClient) -> None:
    body = {name: value for name, value in BODY.items() if name != "whole_village"}
    assert client.post(PATH, json=body).json() == ask(client, 100, 51, whole=None, county=None)


@given(
    st.integers(0, 40), st.integers(0, 40), st.sampled_from([None, True, False]), st.sampled_from([None, True, False])
)
def test_what_is_decided_without_a_fact_is_the_same_with_either_answer_to_it(
    registered: int, along: int, whole: bool | None, deeply: bool | None
) -> None:
    found = checked(Plan(registered, along, whole, deeply))
    answers = {
        checked(Plan(registered, along, village, county)).within
        for village in ([True, False] if whole is None else [whole])
        for county in ([True, False] if deeply is None else [deeply])
    }
    if found.within is None:
        assert answers == {True, False}
        assert found.missing == (
            *([("county",)] if deeply is None else []),
            *([("whole_village",)] if whole is None else []),
        )
    else:
        assert found.missing == ()
        assert answers == {found.within}


# A deployment's own ratio --------------------------------------------------------------------------

OVERLAY = """\
relocation_plan.{name}:
  values:
    - {{from: 2017-01-01, value: {value}, clause: own, basis: local_source, checked: 2018-01-01}}
"""


def overlaid(folder: Path, name: str, value: str) -> Parameters:
    file = folder / "county.yaml"
    file.write_text(OVERLAY.format(name=name, value=value), encoding="utf-8")
    return load(shipped_files(), file)


@pytest.fixture(scope="module")
def about_a_third(tmp_path_factory: pytest.TempPathFactory) -> Parameters:
    """The figures of a deployment that lets fewer move along."""
    return overlaid(tmp_path_factory.mktemp("third"), "along_share", "33.33%")


@given(registered=st.integers(0, 10_000), along=st.integers(0, 10_000))
def test_another_share_is_held_exactly_too(about_a_third: Parameters, registered: int, along: int) -> None:
    found = checked(Plan(registered, along, whole_village=False, deeply_poor=True), about_a_third)
    assert found.within is (10_000 * along <= 3_333 * registered)


def test_a_deployment_may_bind_whole_villages_too(tmp_path: Path) -> None:
    own = overlaid(tmp_path, "binds_whole_village", "yes")
    for whole in (True, False, None):
        found = checked(Plan(100, 51, whole, deeply_poor=True), own)
        assert (found.within, found.most_along, found.excess, found.missing) == (False, 50, 1, ())


# Reasons and wording -------------------------------------------------------------------------------


def test_every_reason_has_wording_and_every_wording_is_needed() -> None:
    occurred: dict[str, set[str]] = {}
    for along in (0, 51):
        for whole, deeply in product((True, False, None), repeat=2):
            for reason in checked(Plan(100, along, whole, deeply)).reasons:
                occurred.setdefault(reason.code, set()).update(name for name, _ in reason.operands)
    words = wording("relocation_plan")
    assert set(words) == {*occurred, "ask_whole_village", "ask_county"}
    for code, known in occurred.items():
        for language in LANGUAGES:
            used = {name for _, name, _, _ in string.Formatter().parse(str(words[code][language])) if name}
            assert used <= known, f"{code} in {language}"


@grid("language", ["zh", "en"])
def test_the_reasons_count_persons_and_not_yuan(client: TestClient, language: str) -> None:
    (reason,) = ask(client, 100, 51, whole=False, language=language)["reasons"]
    assert all(number in reason for number in ("100", "50", "51", "50%"))
    assert "0.51" not in reason


# Days and bad input --------------------------------------------------------------------------------


def test_a_day_before_2017_is_refused(client: TestClient) -> None:
    response = client.post(PATH, json=BODY | {"as_of": "2016-12-31"})
    expect_problem(response, "no-policy-in-force", ("/as_of", "before_first_day"))


def test_a_day_after_2018_carries_the_figures_forward_with_a_warning(client: TestClient) -> None:
    warned = [
        [warning["code"] for warning in client.post(PATH, json=BODY | {"as_of": day}).json()["warnings"]]
        for day in ("2018-12-31", "2019-01-01")
    ]
    assert warned == [[], ["policy_period_over"]]


@grid(
    ("field", "value", "code"),
    [
        ("as_of", "1 September 2018", "day_format"),
        ("registered_persons", -1, "greater_than_equal"),
        ("registered_persons", MOST + 1, "less_than_equal"),
        ("registered_persons", "100", "int_type"),
        ("registered_persons", None, "int_type"),
        ("along_persons", -1, "greater_than_equal"),
        ("along_persons", True, "int_type"),
        ("whole_village", "no", "bool_type"),
        ("county", "1509", "string_pattern_mismatch"),
        ("county", 150923, "string_type"),
        ("whole_vilage", True, "extra_forbidden"),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused_and_named(
    client: TestClient, field: str, value: object, code: str
) -> None:
    expect_problem(client.post(PATH, json=BODY | {field: value}), "validation-error", (f"/{field}", code))


@grid("field", ["as_of", "registered_persons", "along_persons"])
def test_what_is_required_and_missing_is_named(client: TestClient, field: str) -> None:
    body = {name: value for name, value in BODY.items() if name != field}
    expect_problem(client.post(PATH, json=body), "validation-error", (f"/{field}", "missing"))
