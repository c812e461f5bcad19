"""The poverty line as reference data, and a household held against it, over HTTP."""

import copy
from typing import Any

from httpx import Response
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.schemas.examples import POVERTY_ASSESSMENTS
from app.schemas.responses.poverty import PovertyAssessmentAnswer, PovertyLineAnswer, PovertyLinesAnswer
from tests.support.answers import expect_valid
from tests.support.grid import grid

Json = dict[str, Any]
LINE = "/v1/poverty-line"
PATH = "/v1/poverty-assessment"
NEEDS = ["food", "clothing", "compulsory_education", "basic_medical_care", "safe_housing"]
ALL_MET = dict.fromkeys(NEEDS, True)
KNOWN: Json = {"annual_net_income": "11872.00", "members": 4, **ALL_MET}
"""Four persons at exactly the line of 2018: 4 x 2,968."""


def expect_problem(response: Response, slug: str, *errors: tuple[str, str]) -> Json:
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: Json = response.json()
    assert problem["type"] == f"/problems/{slug}"
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == list(errors)
    assert all(error["message"] for error in problem["errors"])
    return problem


def assess(client: TestClient, household: Json, as_of: str = "2018-09-01", language: str = "zh") -> Json:
    response = client.post(PATH, json={"as_of": as_of, "household": household}, headers={"Accept-Language": language})
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    expect_valid(PovertyAssessmentAnswer, answer)
    return answer


# The line ------------------------------------------------------------------------------------------


def test_without_a_year_every_dated_line_is_shown_with_its_source(client: TestClient) -> None:
    answer = client.get(LINE).json()
    expect_valid(PovertyLinesAnswer, answer)
    shown = [
        (value["source"]["effective_from"], value["effective_until"], value["annual_net_income"])
        for value in answer["values"]
    ]
    assert shown == [
        ("2014-01-01", "2014-12-31", "2800.00"),
        ("2015-01-01", "2015-12-31", "2968.00"),
        ("2016-01-01", "2019-12-31", "2968.00"),
        ("2020-01-01", "2020-12-31", "4000.00"),
        ("2021-01-01", None, "4000.00"),
    ]
    assert [value["carried_forward"] for value in answer["values"]] == [False, False, True, False, True]
    for value in answer["values"]:
        assert value["source"]["clause"].startswith("名词解释·贫困标准")
        assert value["source"]["basis"] == ("assumption" if value["carried_forward"] else "policy")


@grid(
    ("year", "line", "of_year"),
    [
        (2014, "2800.00", 2014),
        (2015, "2968.00", 2015),
        (2016, "2968.00", 2015),
        (2018, "2968.00", 2015),
        (2019, "2968.00", 2015),
        (2020, "4000.00", 2020),
        (2021, "4000.00", 2020),
        (9999, "4000.00", 2020),
    ],
)
def test_a_year_without_a_line_of_its_own_has_that_of_an_earlier_year_and_says_so(
    client: TestClient, year: int, line: str, of_year: int
) -> None:
    answer = client.get(LINE, params={"year": year}).json()
    expect_valid(PovertyLineAnswer, answer)
    assert (answer["year"], answer["annual_net_income"]) == (year, line)
    carried = year != of_year
    assert answer["carried_forward"] is carried
    assert answer["source"]["basis"] == ("assumption" if carried else "policy")
    warned = {warning["code"]: warning for warning in answer["warnings"]}
    assert warned.keys() - {"policy_period_over"} == (
        {"line_carried_forward", "assumed_parameters"} if carried else set()
    )
    if carried:
        told = warned["line_carried_forward"]
        assert told["parameters"] == ["poverty_line.annual_net_income"]
        assert f"{year}年" in told["text"]
        assert f"{of_year}年" in told["text"]


@grid("year", ["2013", "2000", "1000"])
def test_a_year_before_the_first_line_is_refused(client: TestClient, year: str) -> None:
    problem = expect_problem(
        client.get(LINE, params={"year": year}), "no-policy-in-force", ("/year", "before_first_day")
    )
    assert "2014-01-01" in problem["detail"]


@grid("year", ["", "18", "20180", "0999", "2018.0", "+2018", " 2018", "２０１８", "latest-7731"])
def test_a_year_that_is_none_is_refused(client: TestClient, year: str) -> None:
    problem = expect_problem(client.get(LINE, params={"year": year}), "validation-error", ("/year", "year_format"))
    assert "7731" not in str({name: value for name, value in problem.items() if name != "request_id"})


def test_a_misspelt_query_parameter_is_refused_and_named(client: TestClient) -> None:
    expect_problem(client.get(LINE, params={"yaer": "2018"}), "validation-error", ("/yaer", "extra_forbidden"))


@grid("path", [LINE, f"{LINE}?year=2018"])
def test_a_line_that_a_client_has_already_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    tag = first.headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    english = client.get(path, headers={"If-None-Match": tag, "Accept-Language": "en"})
    assert english.status_code == 200
    assert english.json()["meaning"] != first.json()["meaning"]


def test_every_year_and_language_has_a_tag_of_its_own(client: TestClient) -> None:
    tags = [
        client.get(path, headers={"Accept-Language": language}).headers["etag"]
        for path in (LINE, f"{LINE}?year=2018", f"{LINE}?year=2019")
        for language in ("zh", "en")
    ]
    assert len(set(tags)) == 6


def test_the_line_is_the_one_that_the_parameters_show(client: TestClient) -> None:
    parameter = client.get("/v1/parameters/poverty_line.annual_net_income").json()
    lines = client.get(LINE).json()
    assert lines["meaning"] == parameter["meaning"]
    assert [value["annual_net_income"] for value in lines["values"]] == [
        value["value"] for value in parameter["values"]
    ]


# Decided -------------------------------------------------------------------------------------------


@grid(
    ("changed", "status", "below_line"),
    [
        ({}, "not_poor", False),
        ({"annual_net_income": "11871.99"}, "poor", True),
        ({"annual_net_income": "11871.99"} | dict.fromkeys(NEEDS, False), "poor", True),
        ({"annual_net_income": "11871.99"} | dict.fromkeys(NEEDS), "poor", True),
        ({"food": False}, "to_be_reviewed", False),
        ({"safe_housing": False, "clothing": None}, "to_be_reviewed", False),
        ({"members": 5}, "poor", True),
    ],
)
def test_income_below_the_line_is_poor_and_the_needs_count_only_above_it(
    client: TestClient, changed: Json, status: str, below_line: bool
) -> None:
    answer = assess(client, KNOWN | changed)
    assert (answer["status"], answer["below_line"]) == (status, below_line)
    assert (answer["missing"], answer["questions"]) == ([], [])
    assert answer["household_line"] == ("14840.00" if "members" in changed else "11872.00")
    assert [need["need"] for need in answer["needs"]] == NEEDS
    assert [need["met"] for need in answer["needs"]] == [(KNOWN | changed)[need] for need in NEEDS]


@grid(
    ("as_of", "line"),
    [
        ("2014-01-01", "2800.00"),
        ("2014-12-31", "2800.00"),
        ("2015-01-01", "2968.00"),
        ("2016-06-30", "2968.00"),  # before the other figures of policy begin
        ("2019-12-31", "2968.00"),
        ("2020-01-01", "4000.00"),
        ("2020-12-31", "4000.00"),
        ("2021-01-01", "4000.00"),
    ],
)
def test_the_day_picks_the_line(client: TestClient, as_of: str, line: str) -> None:
    reached = assess(client, {"annual_net_income": line, "members": 1, **ALL_MET}, as_of)
    assert reached["status"] == "not_poor"
    assert reached["line"]["annual_net_income"] == line
    carried = as_of[:4] not in {"2014", "2015", "2020"}
    assert reached["line"]["carried_forward"] is carried
    assert reached["line"]["source"]["basis"] == ("assumption" if carried else "policy")
    assert ("line_carried_forward" in [warning["code"] for warning in reached["warnings"]]) is carried
    assert bool(reached["warnings"]) is carried
    fen = int(line.replace(".", "")) - 1
    below = assess(client, {"annual_net_income": f"{fen // 100}.{fen % 100:02d}", "members": 1, **ALL_MET}, as_of)
    assert below["status"] == "poor"


def test_what_the_document_leaves_open_is_said_to_be_an_assumption(client: TestClient) -> None:
    review = assess(client, KNOWN | {"safe_housing": False})
    assert review["source"]["basis"] == "assumption"
    assert any("依据：假定" in reason for reason in review["reasons"])
    assert any("住房安全" in reason for reason in review["reasons"])
    english = assess(client, KNOWN | {"safe_housing": False}, language="en")
    assert any("basis: assumption" in reason and "does not decide" in reason for reason in english["reasons"])
    for income, status in (("11872.00", "not_poor"), ("0", "poor")):
        stated = assess(client, KNOWN | {"annual_net_income": income})
        assert (stated["status"], stated["source"]["basis"]) == (status, "policy")


def test_every_answer_names_the_procedure_of_identification(client: TestClient) -> None:
    assert {assess(client, household)["procedure"] for household in ({}, KNOWN)} == {"identification"}


@grid("language", ["zh", "en"])
def test_the_reasons_give_the_amounts_compared(client: TestClient, language: str) -> None:
    (reason, *_) = assess(client, KNOWN | {"annual_net_income": "9000.00"}, language=language)["reasons"]
    amounts = {"zh": ("9000元", "2968元", "11872元"), "en": ("9,000.00", "2,968.00", "11,872.00")}
    assert all(amount in reason for amount in amounts[language])


# Undecided -----------------------------------------------------------------------------------------


@grid("absent", [{}, dict.fromkeys(KNOWN)])
def test_a_household_of_which_nothing_is_known_is_asked_everything(client: TestClient, absent: Json) -> None:
    answer = assess(client, absent)
    assert (answer["status"], answer["below_line"], answer["household_line"]) == ("undecided", None, None)
    assert answer["missing"] == [f"/household/{fact}" for fact in KNOWN]
    asked = {question["pointer"]: question for question in answer["questions"]}
    assert list(asked) == answer["missing"]
    assert asked["/household/members"]["decides"] == ["status", "below_line"]
    assert asked["/household/food"]["decides"] == ["status"]
    assert all(question["text"] for question in answer["questions"])


@grid(
    ("household", "missing"),
    [
        ({"annual_net_income": "9000.00"}, ["members", *NEEDS]),
        ({"members": 4}, ["annual_net_income", *NEEDS]),
        ({"members": 4, "food": False}, ["annual_net_income"]),  # above the line it is to be reviewed, whatever else
        ({"members": 4, **ALL_MET}, ["annual_net_income"]),
        ({"annual_net_income": "2967.99"}, []),  # below the line whatever the size
        ({"annual_net_income": "296800.00"}, NEEDS),  # at the line even with a hundred members
        ({"annual_net_income": "296799.99"}, ["members", *NEEDS]),
        (KNOWN | {"clothing": None}, ["clothing"]),
        (KNOWN | {"clothing": None, "food": False}, []),
    ],
)
def test_only_what_can_decide_is_missing(client: TestClient, household: Json, missing: list[str]) -> None:
    answer = assess(client, household)
    assert sorted(answer["missing"]) == sorted(f"/household/{fact}" for fact in missing)
    assert (answer["status"] == "undecided") == bool(missing)
    assert {question["pointer"] for question in answer["questions"]} == set(answer["missing"])


facts = st.fixed_dictionaries(
    {
        "annual_net_income": st.sampled_from(
            ["0", "2967.99", "2968.00", "11871.99", "11872", "296799.99", "296800.00", "100000000.00"]
        ),
        "members": st.sampled_from([1, 3, 4, 5, 99, 100]),
        **dict.fromkeys(NEEDS, st.booleans()),
    }
)


@given(whole=facts, hidden=st.sets(st.sampled_from(sorted(KNOWN))), revealed=st.sampled_from(sorted(KNOWN)))
def test_an_answer_to_a_question_never_changes_what_was_decided(
    client: TestClient, whole: Json, hidden: set[str], revealed: str
) -> None:
    some = {fact: value for fact, value in whole.items() if fact not in hidden}
    before, after = assess(client, some), assess(client, some | {revealed: whole[revealed]})
    assert before["status"] in {"undecided", after["status"]}
    assert before["below_line"] in {None, after["below_line"]}
    assert set(after["missing"]) <= set(before["missing"])
    assert assess(client, whole)["status"] != "undecided"


# Bad input -----------------------------------------------------------------------------------------


@grid("as_of", ["2013-12-31", "0001-01-01"])
def test_a_day_before_the_first_line_is_refused(client: TestClient, as_of: str) -> None:
    response = client.post(PATH, json={"as_of": as_of, "household": {}})
    problem = expect_problem(response, "no-policy-in-force", ("/as_of", "before_first_day"))
    assert "2014-01-01" in problem["detail"]


@grid(
    ("field", "value", "code"),
    [
        ("members", 0, "greater_than_equal"),
        ("members", -1, "greater_than_equal"),
        ("members", 101, "less_than_equal"),
        ("members", "4", "int_type"),
        ("members", True, "int_type"),
        ("annual_net_income", "-0.01", "money_format"),
        ("annual_net_income", "9000.001", "money_format"),
        ("annual_net_income", 100_000_001, "money_too_large"),
        ("annual_net_income", False, "money_format"),
        ("food", "yes", "bool_type"),
        ("safe_housing", 1, "bool_type"),
        ("compulsory_education", "none", "bool_type"),
        ("incme", "9000.00", "extra_forbidden"),
    ],
)
def test_a_fact_of_the_wrong_kind_is_refused_and_named(
    client: TestClient, field: str, value: object, code: str
) -> None:
    response = client.post(PATH, json={"as_of": "2018-09-01", "household": KNOWN | {field: value}})
    expect_problem(response, "validation-error", (f"/household/{field}", code))


@grid(
    ("body", "error"),
    [
        ({"household": {}}, ("/as_of", "missing")),
        ({"as_of": "2018-09-01"}, ("/household", "missing")),
        ({"as_of": "2018-09-01", "household": None}, ("/household", "model_type")),
        ({"as_of": "2018-09", "household": {}}, ("/as_of", "day_format")),
        ({"as_of": "2018-02-30", "household": {}}, ("/as_of", "day_unknown")),
        ({"as_of": "2018-09-01", "household": {}, "county": "150923"}, ("/county", "extra_forbidden")),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_and_named(client: TestClient, body: Json, error: tuple[str, str]) -> None:
    expect_problem(client.post(PATH, json=body), "validation-error", error)


def test_an_income_is_read_as_it_is_written(client: TestClient) -> None:
    for written in ("11872", "11872.0", "11872.00", 11872, 11872.0):
        assert assess(client, KNOWN | {"annual_net_income": written})["status"] == "not_poor"
    assert assess(client, KNOWN | {"annual_net_income": 11871.99})["status"] == "poor"


# Documentation -------------------------------------------------------------------------------------


@grid("name", POVERTY_ASSESSMENTS)
def test_the_documented_examples_are_answered(client: TestClient, name: str) -> None:
    body = copy.deepcopy(POVERTY_ASSESSMENTS[name]["value"])
    assert assess(client, body["household"], body["as_of"])["status"] == "poor"
