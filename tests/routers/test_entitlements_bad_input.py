"""Bad input to entitlements and assessments: each its own clear problem in its place, and nothing is a failure."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from app.i18n import Language, wording
from app.schemas.examples import ENTERPRISE_LOANS as CREDITS
from app.schemas.examples import HOUSEHOLDS, THREE_GENERATIONS
from app.schemas.examples import POVERTY_ASSESSMENTS as ASSESSED
from app.schemas.examples import RELOCATION_PLANS as PLANS
from tests.routers.test_reimbursements_bad_input import (
    JSON,
    LIMIT,
    expect_problem,
    expect_refusal,
    expect_silence,
    in_pieces,
    of_size,
)
from tests.support.grid import grid

Json = dict[str, Any]

PATH = "/v1/entitlements"
LANGUAGES: list[Language] = ["zh", "en"]
HOUSEHOLD = "/household"
FIRST, SECOND = "/household/members/0", "/household/members/1"

BODY: Json = {
    "as_of": "2018-09-01",
    "household": {
        "county": "150923",
        "registration": "registered",
        "annual_net_income": "9000.00",
        "relocation": {"kind": "registered"},
        "dilapidated_house": False,
        "steep_farmland": True,
        "members": [
            {
                "id": "zhang",
                "head": True,
                "birth_date": "1990-03-01",
                "can_work": True,
                "disability": "ordinary",
                "in_difficulty": False,
                "chronic_disease": True,
                "mobility_impaired": False,
                "pension_insured": True,
                "student": {
                    "stage": "university",
                    "boarding": True,
                    "school_in_county_seat": False,
                    "entered_university_in": 2018,
                },
                "loan": {"principal": "50000.00", "from": "2018-03-01", "to": "2020-03-01"},
            },
            {"id": "li", "head": False, "disability": "none", "student": "none", "loan": "none"},
        ],
    },
}
"""A household of which every kind of fact is known."""


def steps_of(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def within(document: Any, step: str) -> Any:
    return document[int(step)] if isinstance(document, list) else document[step]


def changed(*changes: tuple[str, Any]) -> Json:
    """The household with some places set to a value."""
    body = copy.deepcopy(BODY)
    for place, value in changes:
        *steps, last = steps_of(place)
        at: Any = body
        for step in steps:
            at = within(at, step)
        at[int(last) if isinstance(at, list) else last] = value
    return body


def without(place: str) -> Json:
    body = changed()
    *steps, last = steps_of(place)
    at: Any = body
    for step in steps:
        at = within(at, step)
    del at[last]
    return body


def places_in(document: Any, place: str = "") -> Iterator[str]:
    """Every place in a document, as JSON pointers."""
    if isinstance(document, dict):
        for name, inner in document.items():
            yield f"{place}/{name}"
            yield from places_in(inner, f"{place}/{name}")
    elif isinstance(document, list):
        for number, inner in enumerate(document):
            yield f"{place}/{number}"
            yield from places_in(inner, f"{place}/{number}")


def values_in(document: Any) -> Iterator[str]:
    """Every value in a document as text, the names of its fields left out."""
    if isinstance(document, (dict, list)):
        for inner in document.values() if isinstance(document, dict) else document:
            yield from values_in(inner)
    else:
        yield str(document)


def post(client: TestClient, body: Any, language: str = "zh", path: str = PATH) -> Response:
    """Send a document; its characters may be ones that no text can carry, which JSON can spell out."""
    return post_text(client, json.dumps(body), language, path)


def post_text(client: TestClient, body: str | bytes, language: str = "zh", path: str = PATH) -> Response:
    response: Response = client.post(path, content=body, headers=JSON | {"Accept-Language": language})
    return response


def expect_language(response: Response, language: str) -> None:
    """Everything that is said is said in the language asked for."""
    assert response.headers["content-language"] == language
    problem = response.json()
    for text in (problem["title"], problem["detail"], *(error["message"] for error in problem.get("errors", []))):
        assert bool(re.search(r"[\u4e00-\u9fff]", text)) == (language == "zh"), text


def answered(client: TestClient, body: Json, language: str = "zh") -> Json:
    response = post(client, body, language)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def warned(answer: Json) -> dict[str, Json]:
    return {warning["code"]: warning for warning in answer["warnings"]}


def test_the_household_that_the_bad_ones_are_made_of_is_good(client: TestClient) -> None:
    assert answered(client, BODY)["summary"]["undecided"] > 0


# Facts ---------------------------------------------------------------------------------------------

NO_OBJECT = ["yes", "NONE", "", [], ["none"], 3, 0, True, False, float("nan"), "\ud800"]
NO_BOOLEAN = ["true", "yes", "none", "", 1, 0, 1.0, float("nan"), [], {}, "\udfff"]

WRONG: list[tuple[str, Any, str]] = [
    # Choices.
    (f"{HOUSEHOLD}/registration", "registred", "literal_error"),
    (f"{HOUSEHOLD}/registration", "REGISTERED", "literal_error"),
    (f"{HOUSEHOLD}/registration", None, "literal_error"),
    (f"{HOUSEHOLD}/registration", True, "literal_error"),
    (f"{HOUSEHOLD}/registration", "\ud800", "string_unicode"),
    (f"{FIRST}/disability", "heavy", "literal_error"),
    (f"{FIRST}/disability", False, "literal_error"),
    (f"{FIRST}/student/stage", "primry", "literal_error"),
    (f"{FIRST}/student/stage", "none", "literal_error"),
    (f"{FIRST}/student/stage", ["marker-7731"], "literal_error"),
    (f"{FIRST}/student/stage", "\ud800", "string_unicode"),
    (f"{HOUSEHOLD}/relocation/kind", "registred", "literal_error"),
    (f"{HOUSEHOLD}/relocation/kind", "none", "literal_error"),
    # Objects that may be absent.
    *((f"{FIRST}/student", value, "object_or_none") for value in NO_OBJECT),
    *((f"{FIRST}/loan", value, "object_or_none") for value in NO_OBJECT),
    *((f"{HOUSEHOLD}/relocation", value, "object_or_none") for value in NO_OBJECT),
    # Objects that may not.
    ("/household", None, "model_type"),
    ("/household", "none", "model_type"),
    ("/household", [], "model_type"),
    (FIRST, None, "model_type"),
    (FIRST, "zhang", "model_type"),
    # Truths.
    *((f"{FIRST}/can_work", value, "bool_type") for value in NO_BOOLEAN),
    *(
        (place, value, "bool_type")
        for value in ("true", 1)
        for place in (
            f"{HOUSEHOLD}/dilapidated_house",
            f"{HOUSEHOLD}/steep_farmland",
            f"{FIRST}/head",
            f"{FIRST}/in_difficulty",
            f"{FIRST}/chronic_disease",
            f"{FIRST}/mobility_impaired",
            f"{FIRST}/pension_insured",
            f"{FIRST}/student/boarding",
            f"{FIRST}/student/school_in_county_seat",
        )
    ),
    # Years.
    (f"{FIRST}/student/entered_university_in", 1800, "greater_than_equal"),
    (f"{FIRST}/student/entered_university_in", 1899, "greater_than_equal"),
    (f"{FIRST}/student/entered_university_in", 2101, "less_than_equal"),
    (f"{FIRST}/student/entered_university_in", 2018.5, "int_type"),
    (f"{FIRST}/student/entered_university_in", 2018.0, "int_type"),
    (f"{FIRST}/student/entered_university_in", "2018", "int_type"),
    (f"{FIRST}/student/entered_university_in", "none", "int_type"),
    (f"{FIRST}/student/entered_university_in", True, "int_type"),
    (f"{FIRST}/student/entered_university_in", float("nan"), "int_type"),
    (f"{FIRST}/student/entered_university_in", 10**50, "int_type"),
    # Money.
    (f"{HOUSEHOLD}/annual_net_income", 9000.001, "money_format"),
    (f"{HOUSEHOLD}/annual_net_income", "9000.001", "money_format"),
    (f"{HOUSEHOLD}/annual_net_income", float("nan"), "money_format"),
    (f"{HOUSEHOLD}/annual_net_income", -0.01, "money_format"),
    (f"{HOUSEHOLD}/annual_net_income", True, "money_format"),
    (f"{HOUSEHOLD}/annual_net_income", "none", "money_format"),
    (f"{HOUSEHOLD}/annual_net_income", {}, "money_format"),
    (f"{HOUSEHOLD}/annual_net_income", "100000000.01", "money_too_large"),
    (f"{HOUSEHOLD}/annual_net_income", float("inf"), "money_format"),
    (f"{FIRST}/loan/principal", 0, "money_zero"),
    (f"{FIRST}/loan/principal", "0.00", "money_zero"),
    (f"{FIRST}/loan/principal", 50000.001, "money_format"),
    (f"{FIRST}/loan/principal", "50,000.00", "money_format"),
    (f"{FIRST}/loan/principal", float("nan"), "money_format"),
    (f"{FIRST}/loan/principal", 10**50, "money_format"),
    (f"{FIRST}/loan/principal", 10**20, "money_too_large"),
    # Days.
    ("/as_of", None, "day_format"),
    ("/as_of", "2018/09/01", "day_format"),
    ("/as_of", "2018-09", "day_format"),
    ("/as_of", 20180901, "day_format"),
    ("/as_of", "2018-02-30", "day_unknown"),
    ("/as_of", "\ud800", "day_format"),
    (f"{FIRST}/birth_date", "1990-02-29", "day_unknown"),
    (f"{FIRST}/birth_date", 1990, "day_format"),
    (f"{FIRST}/birth_date", "none", "day_format"),
    (f"{FIRST}/birth_date", "2018-09-02", "born_later"),
    (f"{FIRST}/birth_date", "9999-12-31", "born_later"),
    (f"{FIRST}/loan/from", "2018-13-01", "day_unknown"),
    (f"{FIRST}/loan/from", 20180301, "day_format"),
    (f"{FIRST}/loan/to", "2020-03-01T00:00:00", "day_format"),
    (f"{FIRST}/loan/to", "2018-02-28", "loan_ends_before_start"),
    # Counties.
    (f"{HOUSEHOLD}/county", "159999", "county_unknown"),
    (f"{HOUSEHOLD}/county", "150900", "county_unknown"),  # a prefecture
    (f"{HOUSEHOLD}/county", "110101", "county_unknown"),  # of another region
    (f"{HOUSEHOLD}/county", "15092", "string_pattern_mismatch"),
    (f"{HOUSEHOLD}/county", "150923100", "string_pattern_mismatch"),  # a township
    (f"{HOUSEHOLD}/county", "150923\n", "string_pattern_mismatch"),
    (f"{HOUSEHOLD}/county", "１５０９２３", "string_pattern_mismatch"),
    (f"{HOUSEHOLD}/county", "商都", "string_pattern_mismatch"),
    (f"{HOUSEHOLD}/county", "", "string_pattern_mismatch"),
    (f"{HOUSEHOLD}/county", 150923, "string_type"),
    (f"{HOUSEHOLD}/county", "\ud800", "string_unicode"),
    # Members.
    (f"{HOUSEHOLD}/members", [], "too_short"),
    (f"{HOUSEHOLD}/members", None, "list_type"),
    (f"{HOUSEHOLD}/members", {"id": "marker-7731"}, "list_type"),
    (f"{FIRST}/id", None, "string_type"),
    (f"{FIRST}/id", 7731, "string_type"),
    (f"{FIRST}/id", "", "string_too_short"),
    (f"{FIRST}/id", "marker-7731" + "x" * 54, "string_too_long"),  # 65 characters
    (f"{FIRST}/id", "\ud800", "string_unicode"),
    (f"{FIRST}/id", "li\udfff", "string_unicode"),
    (f"{SECOND}/id", "zhang", "member_repeated"),
    (f"{SECOND}/head", True, "two_heads"),
]


@grid("language", LANGUAGES)
@grid(("place", "value", "code"), WRONG)
def test_a_fact_of_the_wrong_kind_is_refused_and_named_and_not_repeated(
    client: TestClient, place: str, value: Any, code: str, language: str
) -> None:
    response = post(client, changed((place, value)), language)
    problem = expect_refusal(response, (place, code))
    expect_language(response, language)
    for sent in values_in(value):
        # "none" is what a message may name as the right word; a single digit stands in many.
        if len(sent) > 3 and sent not in {"none", "None", "true", "True"}:
            expect_silence(problem, sent)


@grid(
    "place",
    [
        "/asof",
        f"{HOUSEHOLD}/registraton",
        f"{HOUSEHOLD}/relocation/knd",
        f"{FIRST}/birthdate",
        f"{FIRST}/registration",
        f"{FIRST}/student/stag",
        f"{FIRST}/loan/pricipal",
        f"{FIRST}/loan/first_day",
        f"{SECOND}/name",
        f"{FIRST}/age",
    ],
)
def test_a_field_that_does_not_exist_is_refused_and_named_at_every_level(client: TestClient, place: str) -> None:
    response = post(client, changed((place, "marker-7731")))
    expect_refusal(response, (place, "extra_forbidden"), sent="marker-7731")


@grid("place", ["/as_of", "/household", f"{HOUSEHOLD}/registration", f"{HOUSEHOLD}/members", f"{FIRST}/id"])
@grid("language", LANGUAGES)
def test_what_is_required_and_left_out_is_named(client: TestClient, place: str, language: str) -> None:
    response = post(client, without(place), language)
    expect_refusal(response, (place, "missing"))
    expect_language(response, language)


@grid(
    "place",
    [
        place
        for place in places_in(BODY)
        if place not in {"/as_of", "/household", FIRST, SECOND}
        and place.rpartition("/")[2] not in {"registration", "members", "id"}
    ],
)
def test_every_other_fact_may_be_null_and_is_then_as_good_as_left_out(client: TestClient, place: str) -> None:
    assert answered(client, changed((place, None))) == answered(client, without(place))


ODD: list[Any] = [
    *(None, True, 0, -1, 3, 2018.5, float("nan"), float("-inf"), 10**50),
    *("", "none", "2018-09-01", "\ud800", "\x00", "9" * 70),
    *([], {}, [[]], [None], {"x": {}}, {"": 1}, {"a/b~c": 1}, {"\udfff": 1}, {"id": {}}),
]


def fits(pointer: str, code: str, body: Json) -> bool:
    """Whether a pointer names a place of the document; a field that is missing, a place in an object of it."""
    at: Any = body
    *steps, last = ["", *steps_of(pointer)]
    try:
        for step in steps[1:]:
            at = within(at, step)
        if code == "missing":
            return isinstance(at, dict) and last not in at
        if steps:
            within(at, last)
    except (LookupError, TypeError, ValueError):
        return False
    return True


@pytest.mark.lengthy
@grid("place", ["", *places_in(BODY)])
def test_whatever_stands_in_a_place_is_answered_or_refused_there(client: TestClient, place: str) -> None:
    codes = wording("validation")
    for odd in ODD:
        body = changed((place, odd)) if place else odd
        response = post(client, body)
        if response.status_code == 200:
            continue
        problem = expect_problem(response, 422, "validation-error")
        assert problem["errors"]
        for error in problem["errors"]:
            assert error["pointer"] == place or error["pointer"].startswith(f"{place}/"), odd
            assert fits(error["pointer"], error["code"], body), (odd, error["pointer"])
            assert error["code"] in codes, odd


def test_every_error_of_a_household_is_told_at_once(client: TestClient) -> None:
    body = changed(
        (f"{HOUSEHOLD}/county", "15092"),
        (f"{FIRST}/student/stage", "primry"),
        (f"{FIRST}/loan/principal", 0),
        (f"{SECOND}/can_work", "yes"),
        ("/when", "2018"),
    )
    del body["household"]["registration"]
    problem = expect_problem(post(client, body), 422, "validation-error")
    assert {(error["pointer"], error["code"]) for error in problem["errors"]} == {
        (f"{HOUSEHOLD}/county", "string_pattern_mismatch"),
        (f"{HOUSEHOLD}/registration", "missing"),
        (f"{FIRST}/student/stage", "literal_error"),
        (f"{FIRST}/loan/principal", "money_zero"),
        (f"{SECOND}/can_work", "bool_type"),
        ("/when", "extra_forbidden"),
    }


def test_a_misspelt_stage_is_told_which_there_are_and_not_that_it_should_be_none(client: TestClient) -> None:
    problem = post(client, changed((f"{FIRST}/student/stage", "primry"))).json()
    (error,) = problem["errors"]
    for stage in ("primary", "junior_high", "senior_high", "university", "vocational_secondary", "vocational_higher"):
        assert f"'{stage}'" in error["message"]
    assert "'none'" not in error["message"]


# What must fit together ----------------------------------------------------------------------------


def test_a_loan_may_end_on_the_day_on_which_it_starts_and_bears_nothing_then(client: TestClient) -> None:
    answer = answered(client, changed((f"{FIRST}/loan/to", "2018-03-01")))
    (loan,) = [
        entry
        for entry in answer["entitlements"]
        if (entry["benefit"], entry["member"]) == ("finance.microcredit_interest", "zhang")
    ]
    assert (loan["status"], loan["amount"]) == ("not_entitled", None)


def test_somebody_may_be_born_on_the_day_itself(client: TestClient) -> None:
    assert answered(client, changed((f"{SECOND}/birth_date", "2018-09-01")))


def test_the_first_member_of_a_repeated_id_is_not_the_one_to_be_named(client: TestClient) -> None:
    members = [{"id": "a"}, {"id": "b"}, {"id": "a"}, {"id": "b"}]
    response = post(client, changed((f"{HOUSEHOLD}/members", members)))
    expect_refusal(response, (f"{HOUSEHOLD}/members/2/id", "member_repeated"))


def test_ids_differ_by_every_character(client: TestClient) -> None:
    members = [{"id": each} for each in ("a", "A", "a ", " a", "ａ", "á", "a\u0301", "\x00")]
    answer = answered(client, changed((f"{HOUSEHOLD}/members", members)))
    assert {entry["member"] for entry in answer["entitlements"]} == {None, *(member["id"] for member in members)}


@grid("one", ["x" * 64, "张" * 64, "😀" * 64])
def test_an_id_of_sixty_four_characters_is_accepted(client: TestClient, one: str) -> None:
    answer = answered(client, changed((f"{FIRST}/id", one)))
    assert one in {entry["member"] for entry in answer["entitlements"]}


@grid("language", LANGUAGES)
@grid("one", ['a"b\\', "{member}", "{0}", "%s", "/~1", "primary", "county_outside_ulanqab", "150923"])
def test_an_id_stands_in_a_question_and_a_warning_as_it_was_sent(client: TestClient, one: str, language: str) -> None:
    body = changed((f"{FIRST}/id", one), (f"{FIRST}/birth_date", "2015-08-01"), (f"{FIRST}/can_work", None))
    answer = answered(client, body, language)
    mark = "“{}”" if language == "zh" else '"{}"'
    asked = {question["pointer"]: question["text"] for question in answer["questions"]}
    assert mark.format(one) in asked[f"{FIRST}/can_work"]
    assert mark.format(one) in warned(answer)["student_age_unlikely"]["text"]


# How many ------------------------------------------------------------------------------------------


def members_of(count: int) -> list[Json]:
    return [BODY["household"]["members"][1] | {"id": f"marker-7731-{number}"} for number in range(count)]


def test_fifty_members_are_answered(client: TestClient) -> None:
    answer = answered(client, changed((f"{HOUSEHOLD}/members", members_of(50))))
    assert len({entry["member"] for entry in answer["entitlements"]}) == 51


@grid("count", [51, 2_000])
@grid("language", LANGUAGES)
def test_more_than_fifty_members_are_one_error_that_says_how_many_there_may_be(
    client: TestClient, count: int, language: str
) -> None:
    response = post(client, changed((f"{HOUSEHOLD}/members", members_of(count))), language)
    problem = expect_refusal(response, (f"{HOUSEHOLD}/members", "too_long"), sent="marker-7731")
    assert "50" in problem["errors"][0]["message"]
    expect_language(response, language)


# Days of policy ------------------------------------------------------------------------------------


@grid("language", LANGUAGES)
@grid("day", ["2016-12-31", "0001-01-01"])
def test_a_day_before_the_first_of_policy_is_refused(client: TestClient, day: str, language: str) -> None:
    body: Json = {"as_of": day, "household": {"registration": "registered", "members": [{"id": "a"}]}}
    response = post(client, body, language)
    problem = expect_problem(response, 422, "no-policy-in-force")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/as_of", "before_first_day")]
    assert "2017-01-01" in problem["detail"]
    expect_language(response, language)
    expect_silence(problem, day)


@grid(("day", "over"), [("2017-01-01", False), ("2018-12-31", False), ("2019-01-01", True), ("9999-12-31", True)])
def test_a_day_after_the_period_is_answered_with_a_warning(client: TestClient, day: str, over: bool) -> None:
    body: Json = {"as_of": day, "household": {"registration": "registered", "members": [{"id": "a"}]}}
    for language in LANGUAGES:
        warnings = warned(answered(client, body, language))
        assert ("policy_period_over" in warnings) == over
        if over:
            assert "2018-12-31" in warnings["policy_period_over"]["text"]
            assert warnings["policy_period_over"]["pointer"] is None


# What is hardly to be believed ---------------------------------------------------------------------


@grid("language", LANGUAGES)
def test_a_child_of_three_at_university_is_answered_with_a_warning_that_names_the_fact(
    client: TestClient, language: str
) -> None:
    child = changed((f"{FIRST}/birth_date", "2015-08-01"), (f"{FIRST}/loan", "none"))
    answer = answered(client, child, language)
    warning = warned(answer)["student_age_unlikely"]
    assert warning["pointer"] == f"{FIRST}/student/stage"
    assert "zhang" in warning["text"]
    assert "3" in warning["text"]
    assert ("大学" if language == "zh" else "university") in warning["text"]
    (allowance,) = [
        entry
        for entry in answer["entitlements"]
        if (entry["benefit"], entry["member"]) == ("education.living_allowance", "zhang")
    ]
    assert (allowance["status"], allowance["amount"]) == ("entitled", "10000.00"), "taken as it is given"
    assert "student_age_unlikely" not in warned(answered(client, BODY, language))


@grid(("county", "outside"), [("150102", True), ("150302", True), ("150923", False), (None, False)])
def test_a_county_outside_ulanqab_is_answered_with_a_warning_and_nothing_else_changes(
    client: TestClient, county: str | None, outside: bool
) -> None:
    for language in LANGUAGES:
        answer = answered(client, changed((f"{HOUSEHOLD}/county", county)), language)
        warnings = warned(answer)
        assert ("county_outside_ulanqab" in warnings) == outside
        if outside:
            assert warnings["county_outside_ulanqab"]["pointer"] == f"{HOUSEHOLD}/county"
            assert ("乌兰察布" if language == "zh" else "Ulanqab") in warnings["county_outside_ulanqab"]["text"]
        assert answer["entitlements"] == answered(client, BODY, language)["entitlements"]


# The query -----------------------------------------------------------------------------------------


@grid("language", LANGUAGES)
@grid(
    ("query", "pointer", "code"),
    [
        ("status=maybe-7731", "/status", "literal_error"),
        ("status=", "/status", "literal_error"),
        ("status", "/status", "literal_error"),
        ("status=ENTITLED", "/status", "literal_error"),
        ("status=%ED%A0%80", "/status", "literal_error"),
        ("status=entitled&status=maybe", "/status", "literal_error"),
        ("stat=entitled", "/stat", "extra_forbidden"),
        ("status=entitled&as_of=2018-09-01", "/as_of", "extra_forbidden"),
        ("status%5B%5D=entitled", "/status[]", "extra_forbidden"),
        ("a%2Fb~c=1", "/a~1b~0c", "extra_forbidden"),
    ],
)
def test_a_query_that_is_not_understood_is_refused_and_named(
    client: TestClient, query: str, pointer: str, code: str, language: str
) -> None:
    response = post(client, BODY, language, f"{PATH}?{query}")
    expect_refusal(response, (pointer, code), sent="maybe-7731")
    expect_language(response, language)
    if code == "literal_error":
        for status in ("entitled", "not_entitled", "undecided"):
            assert f"'{status}'" in response.json()["errors"][0]["message"]


def test_a_status_drops_entitlements_and_leaves_questions_warnings_and_sums(client: TestClient) -> None:
    whole = answered(client, THREE_GENERATIONS)
    for status in ("entitled", "not_entitled", "undecided"):
        part = post(client, THREE_GENERATIONS, path=f"{PATH}?status={status}").json()
        kept = [entry for entry in whole["entitlements"] if entry["status"] == status]
        assert 0 < len(kept) < len(whole["entitlements"])
        assert part == whole | {"entitlements": kept}


def test_a_status_that_nothing_has_leaves_an_empty_list(client: TestClient) -> None:
    nobody: Json = {"as_of": "2018-09-01", "household": {"registration": "none", "members": [{"id": "a"}]}}
    answer = post(client, nobody, path=f"{PATH}?status=entitled").json()
    assert answer["entitlements"] == []
    assert answer["questions"]


# Bodies: of every calculation beside the single bill's ---------------------------------------------

BODIES: dict[str, Json] = {
    PATH: BODY,
    "/v1/poverty-assessment": ASSESSED["a_family_of_four"]["value"],
    "/v1/enterprise-credit": CREDITS["repaid_after_a_year"]["value"],
    "/v1/relocation-plan": PLANS["one_too_many"]["value"],
    "/v1/reimbursements/household": HOUSEHOLDS["two_members_of_a_year"]["value"],
}


@grid("path", BODIES)
def test_the_bodies_that_the_bad_ones_are_made_of_are_good(client: TestClient, path: str) -> None:
    assert post(client, BODIES[path], path=path).status_code == 200


@grid("language", LANGUAGES)
@grid("path", BODIES)
@grid(
    ("body", "code"),
    [
        ("", "missing"),
        ("marker-7731", "json_invalid"),
        ('{"marker-7731"', "json_invalid"),
        ("{'as_of': 1}", "json_invalid"),
        ('{"as_of": "2018-09-01",}', "json_invalid"),
        ("{} {}", "json_invalid"),
        ("\x00", "json_invalid"),
        ("[" * 100_000, "json_invalid"),
        ('{"household":' * 100_000, "json_invalid"),
        ("[]", "model_type"),
        ('["marker-7731"]', "model_type"),
        ('"marker-7731"', "model_type"),
        ("null", "model_type"),
        ("true", "model_type"),
        ("NaN", "model_type"),
        ("7731.5", "model_type"),
    ],
)
def test_a_body_that_is_no_object_is_refused(
    client: TestClient, path: str, body: str, code: str, language: str
) -> None:
    response = post_text(client, body, language, path)
    problem = expect_refusal(response, ("", code), sent="marker-7731")
    expect_silence(problem, "7731.5")
    expect_language(response, language)


@grid("path", BODIES)
@grid("encoding", ["utf-16", "utf-32"])
def test_a_good_body_in_another_encoding_is_no_json(client: TestClient, path: str, encoding: str) -> None:
    body = json.dumps(BODIES[path]).encode(encoding)
    expect_refusal(post_text(client, body, path=path), ("", "json_invalid"))


@grid("path", BODIES)
@grid("content_type", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_a_body_that_is_not_declared_as_json_is_refused(client: TestClient, path: str, content_type: str) -> None:
    response = client.post(path, content=json.dumps(BODIES[path]), headers={"Content-Type": content_type})
    expect_problem(response, 415, "unsupported-media-type")
    assert client.post(path, content=json.dumps(BODIES[path]), headers={"Content-Type": ""}).status_code == 200


@grid("language", LANGUAGES)
@grid("path", BODIES)
def test_a_body_above_the_limit_is_refused_and_one_of_the_limit_is_read(
    client: TestClient, path: str, language: str
) -> None:
    response = post_text(client, of_size(LIMIT + 1, BODIES[path]), language, path)
    problem = expect_problem(response, 413, "body-too-large")
    assert str(LIMIT) in problem["detail"]
    expect_language(response, language)
    undeclared = client.post(path, content=in_pieces(of_size(LIMIT + 1, BODIES[path])), headers=JSON)
    expect_problem(undeclared, 413, "body-too-large")
    assert post_text(client, of_size(LIMIT, BODIES[path]), language, path).status_code == 200


@grid("path", BODIES)
@grid("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_a_calculation_is_posted_and_nothing_else(client: TestClient, path: str, method: str) -> None:
    response = client.request(method, path)
    expect_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "POST"


@grid("path", BODIES)
def test_a_name_that_no_text_can_carry_is_refused_for_the_object_that_holds_it(client: TestClient, path: str) -> None:
    response = post(client, BODIES[path] | {"\ud800": "marker-7731"}, path=path)
    expect_refusal(response, ("", "string_unicode"), sent="marker-7731")


@grid("depth", [50, 150, 250, 900])
@grid("path", BODIES)
def test_json_nested_hundreds_deep_is_a_problem_of_its_place_and_no_failure(
    client: TestClient, path: str, depth: int
) -> None:
    text = json.dumps(BODIES[path])
    for nested in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        response = post_text(client, text[:-1] + f', "deep": {nested}}}', path=path)
        expect_refusal(response, ("/deep", "extra_forbidden"))


@grid("depth", [50, 250, 900])
@grid(
    ("place", "of_lists", "of_objects"),
    [
        (f"{FIRST}/student", (f"{FIRST}/student", "object_or_none"), (f"{FIRST}/student/a", "extra_forbidden")),
        (f"{FIRST}/id", (f"{FIRST}/id", "string_type"), (f"{FIRST}/id", "string_type")),
        (FIRST, (FIRST, "model_type"), None),
        (f"{HOUSEHOLD}/annual_net_income", *[(f"{HOUSEHOLD}/annual_net_income", "money_format")] * 2),
    ],
)
def test_a_fact_nested_hundreds_deep_is_refused_in_its_place(
    client: TestClient, depth: int, place: str, of_lists: tuple[str, str], of_objects: tuple[str, str] | None
) -> None:
    text = json.dumps(changed((place, "@")))
    nested = "[" * depth + "]" * depth
    expect_refusal(post_text(client, text.replace('"@"', nested)), of_lists)
    nested = '{"a":' * depth + "1" + "}" * depth
    expected = [of_objects] if of_objects else [(f"{FIRST}/id", "missing"), (f"{FIRST}/a", "extra_forbidden")]
    expect_refusal(post_text(client, text.replace('"@"', nested)), *expected)


@pytest.mark.lengthy
@grid("path", [path for path in BODIES if path != PATH])
def test_whatever_stands_in_a_field_of_an_assessment_is_answered_or_refused_there(
    client: TestClient, path: str
) -> None:
    codes = wording("validation")
    for place in places_in(BODIES[path]):
        *steps, last = steps_of(place)
        for odd in ODD:
            body = copy.deepcopy(BODIES[path])
            at: Any = body
            for step in steps:
                at = within(at, step)
            at[int(last) if isinstance(at, list) else last] = odd
            response = post(client, body, path=path)
            if response.status_code == 200:
                continue
            problem = expect_problem(response, 422, response.json()["type"].rpartition("/")[2])
            assert problem["errors"], (place, odd)
            for error in problem["errors"]:
                assert fits(error["pointer"], error["code"], body), (place, odd, error["pointer"])
                assert error["code"] in codes, (place, odd)
