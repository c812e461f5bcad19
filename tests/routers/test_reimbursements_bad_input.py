"""Bad input: each its own clear problem that names the field by JSON pointer and repeats nothing of what was sent."""

import asyncio
import copy
import json
from collections.abc import Iterator
from typing import Any

from httpx import Response
from starlette.testclient import TestClient
from starlette.types import Message

from tests.support.grid import grid

Json = dict[str, Any]

BILL: Json = {
    "service_date": "2018-05-20",
    "patient": {"registration": "registered"},
    "visit": {"kind": "inpatient", "facility_level": "city"},
    "bill": {"total": "1200.00", "in_scope": "1000.00"},
}
JSON = {"Content-Type": "application/json"}
LIMIT = 1_500_000
SINGLE = "/v1/reimbursements"
RANGE = "/v1/reimbursements/range"
BATCH = "/v1/reimbursements/batch"


def changed(place: str, value: Any) -> Json:
    """A good bill with one place, written as a JSON pointer, set to a value."""
    body = copy.deepcopy(BILL)
    *steps, last = place.strip("/").split("/")
    at = body
    for step in steps:
        at = at.setdefault(step, {})
    at[last] = value
    return body


def without(place: str) -> Json:
    body = changed(place, None)
    *steps, last = place.strip("/").split("/")
    at = body
    for step in steps:
        at = at[step]
    del at[last]
    return body


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a document, the names of its fields included."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from texts_of(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts_of(member)
    else:
        yield str(value)


def expect_problem(response: Response, status: int, slug: str) -> Json:
    """The answer is a problem of this kind, in form; hand it back."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: Json = response.json()
    assert problem["type"] == f"/problems/{slug}"
    assert problem["status"] == status
    assert problem["title"] and problem["detail"]
    assert problem["request_id"] == response.headers["x-request-id"]
    return problem


def expect_refusal(response: Response, *errors: tuple[str, str], sent: object = None) -> Json:
    """The answer is a 422 that names these places with these codes, each with a message, and repeats nothing."""
    problem = expect_problem(response, 422, "validation-error")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == list(errors)
    assert all(error["message"] for error in problem["errors"])
    if sent is not None:
        expect_silence(problem, sent)
    return problem


def expect_silence(problem: Json, sent: object) -> None:
    """What was sent is not repeated: not within a text; a single character, not as a text of its own."""
    told = list(texts_of({name: value for name, value in problem.items() if name != "request_id"}))
    if len(str(sent)) > 1:
        assert not [text for text in told if str(sent) in text]
    else:
        assert str(sent) not in told


def post(client: TestClient, body: Any, path: str = SINGLE) -> Response:
    """Send a document; its characters may be ones that no text can carry, which JSON can spell out."""
    return post_text(client, json.dumps(body), path)


def post_text(client: TestClient, body: str | bytes, path: str = SINGLE) -> Response:
    response: Response = client.post(path, content=body, headers=JSON)
    return response


def with_total(literal: str) -> str:
    """A good bill as JSON text whose total, and in-scope cost 0, are written as given."""
    return json.dumps(changed("/bill", {"total": "@", "in_scope": 0})).replace('"@"', literal)


# Fields that do not exist or hold the wrong kind of value ------------------------------------------


@grid(
    "place",
    ["/servicedate", "/patient/major_deseases", "/visit/level", "/bill/inscope", "/readings/band_rate", "/household"],
)
def test_a_misspelt_field_is_refused_and_named(client: TestClient, place: str) -> None:
    expect_refusal(post(client, changed(place, "marker-7731")), (place, "extra_forbidden"), sent="marker-7731")


@grid(
    "place",
    [
        "/year_to_date/admisions",
        "/year_to_date/layers/civil_releif",
        "/year_to_date/layers/civil_relief/bse",
        "/adjudicated/civil_relief",
    ],
)
def test_a_misspelt_field_is_refused_however_deep_it_stands(client: TestClient, place: str) -> None:
    expect_refusal(post(client, changed(place, "7731.11")), (place, "extra_forbidden"), sent="7731.11")


def test_a_field_whose_name_needs_escaping_is_named_by_a_valid_json_pointer(client: TestClient) -> None:
    expect_refusal(post(client, BILL | {"a/b~c": "marker-7731"}), ("/a~1b~0c", "extra_forbidden"), sent="marker-7731")


@grid(
    ("place", "value"),
    [
        ("/patient/registration", "registred"),
        ("/visit/kind", "inpatiant"),
        ("/visit/facility_level", "citty"),
        ("/readings/band_rates", "marginnal"),
        ("/readings/ceiling", "ninety"),
        ("/visit/kind", "INPATIENT"),
        ("/visit/kind", 77.31),
    ],
)
def test_a_misspelt_choice_is_refused(client: TestClient, place: str, value: object) -> None:
    problem = expect_refusal(post(client, changed(place, value)), (place, "literal_error"))
    told = list(texts_of(problem))
    assert not any(f"'{value}'" in text or text == str(value) for text in told)


def test_a_refused_choice_says_which_there_are(client: TestClient) -> None:
    problem = expect_refusal(post(client, changed("/visit/kind", "inpatiant")), ("/visit/kind", "literal_error"))
    for choice in ("inpatient", "outpatient", "home_bed"):
        assert choice in problem["errors"][0]["message"]


@grid("value", ["maybe", "true", "yes", 1, 0, "", 1.0, [], {}])
@grid("place", ["/patient/major_disease", "/visit/referred"])
def test_only_true_and_false_are_booleans(client: TestClient, place: str, value: object) -> None:
    sent = value if value == "maybe" else None
    expect_refusal(post(client, changed(place, value)), (place, "bool_type"), sent=sent)


@grid(
    "place",
    [
        "/service_date",
        "/patient",
        "/patient/registration",
        "/visit",
        "/visit/kind",
        "/visit/facility_level",
        "/bill",
        "/bill/total",
        "/bill/in_scope",
    ],
)
def test_a_required_field_left_out_is_named(client: TestClient, place: str) -> None:
    expect_refusal(post(client, without(place)), (place, "missing"))


@grid(
    ("place", "code"),
    [
        ("/service_date", "day_format"),
        ("/patient", "model_type"),
        ("/patient/registration", "literal_error"),
        ("/patient/major_disease", "bool_type"),
        ("/visit", "model_type"),
        ("/visit/kind", "literal_error"),
        ("/bill", "model_type"),
        ("/bill/total", "money_format"),
        ("/bill/in_scope", "money_format"),
        ("/year_to_date/admissions", "int_type"),
        ("/year_to_date/layers/civil_relief/base", "money_format"),
    ],
)
def test_null_is_refused_where_a_value_is_needed(client: TestClient, place: str, code: str) -> None:
    expect_refusal(post(client, changed(place, None)), (place, code))


@grid(
    "place",
    [
        "/year_to_date",
        "/adjudicated",
        "/adjudicated/basic_insurance",
        "/adjudicated/critical_illness",
        "/readings",
        "/readings/ceiling",
    ],
)
def test_null_is_as_good_as_left_out_where_the_contract_says_so(client: TestClient, place: str) -> None:
    response = post(client, changed(place, None))
    assert response.status_code == 200
    assert response.json() == post(client, BILL).json()


@grid("place", ["/patient", "/visit", "/bill", "/year_to_date", "/adjudicated", "/readings"])
@grid("value", [[], ["marker-7731"], "marker-7731", 7731.11])
def test_an_array_or_a_text_is_no_object(client: TestClient, place: str, value: object) -> None:
    problem = expect_refusal(post(client, changed(place, value)), (place, "model_type"))
    assert "7731" not in json.dumps({**problem, "request_id": ""})


@grid("body", ["[]", '["marker-7731"]', '"marker-7731"', "77", "null", "true"])
@grid("path", [SINGLE, RANGE])
def test_a_body_that_is_no_object_is_refused(client: TestClient, path: str, body: str) -> None:
    problem = expect_problem(post_text(client, body, path), 422, "validation-error")
    assert [error["pointer"] for error in problem["errors"]] == [""]
    assert problem["errors"][0]["code"] in ({"missing", "model_type"} if body == "null" else {"model_type"})
    expect_silence(problem, "marker-7731")


def test_every_error_of_a_body_is_told_at_once(client: TestClient) -> None:
    body = changed("/visit/kind", "inpatiant") | {"x": 1}
    del body["service_date"]
    problem = expect_problem(post(client, body), 422, "validation-error")
    assert {(error["pointer"], error["code"]) for error in problem["errors"]} == {
        ("/service_date", "missing"),
        ("/visit/kind", "literal_error"),
        ("/x", "extra_forbidden"),
    }


@grid(
    ("language", "message"),
    [("zh", "没有这个字段，请检查拼写。"), ("en", "There is no such field; check its spelling.")],
)
def test_an_error_speaks_the_language_that_was_asked_for(client: TestClient, language: str, message: str) -> None:
    response = client.post(SINGLE, json=BILL | {"x": 1}, headers={"Accept-Language": language})
    problem = expect_refusal(response, ("/x", "extra_forbidden"))
    assert problem["errors"][0]["message"] == message
    assert response.headers["content-language"] == language


# Money ---------------------------------------------------------------------------------------------


@grid(
    "value",
    [
        *["100000+50000", "NaN", "Infinity", "-1", "-0", "-0.01", "1e2", "1e40", "1200.005", "0.001", "01", "1.", ".5"],
        *["1,200.00", "１２", "¥12", "0x10", "1_000", "twelve"],
        *("", " 12", "12 ", "12\n"),
    ],
)
@grid("place", ["/bill/total", "/year_to_date/layers/civil_relief/paid"])
def test_a_text_that_is_no_amount_is_refused(client: TestClient, place: str, value: str) -> None:
    expect_refusal(post(client, changed(place, value)), (place, "money_format"))
    if len(value) > 2 and value != "0.001":
        expect_silence(post(client, changed(place, value)).json(), value)


@grid(
    ("literal", "code"),
    [
        ("NaN", "money_format"),
        ("Infinity", "money_format"),
        ("-Infinity", "money_format"),
        ("-1", "money_format"),
        ("-0.01", "money_format"),
        ("0.001", "money_format"),
        ("1200.005", "money_format"),
        ("1e-3", "money_format"),
        ("1e-999999999", "money_format"),
        ("true", "money_format"),
        ("false", "money_format"),
        ("[]", "money_format"),
        ("{}", "money_format"),
        ("1e40", "money_too_large"),
        ("1e400", "money_too_large"),
        ("1e999999999", "money_too_large"),
        ("100000001", "money_too_large"),
        ("100000000.01", "money_too_large"),
        ("0", "money_zero"),
        ("0.00", "money_zero"),
    ],
)
def test_a_number_that_is_no_amount_is_refused(client: TestClient, literal: str, code: str) -> None:
    problem = expect_refusal(post_text(client, with_total(literal)), ("/bill/total", code))
    if len(literal) > 2 and literal != "0.00":
        expect_silence(problem, literal)


@grid("value", ["0", "0.0", "0.00"])
def test_a_bill_of_nothing_is_refused(client: TestClient, value: str) -> None:
    body = changed("/bill", {"total": value, "in_scope": "0"})
    expect_refusal(post(client, body), ("/bill/total", "money_zero"))


@grid("value", ["100000000.01", "100000001", "999999999.99"])
def test_an_amount_above_the_greatest_is_refused(client: TestClient, value: str) -> None:
    expect_refusal(post(client, changed("/bill/total", value)), ("/bill/total", "money_too_large"), sent=value)


@grid(
    ("literal", "total"),
    [
        ("1200.1", "1200.10"),
        ("1200.10", "1200.10"),
        ("1200", "1200.00"),
        ("1e2", "100.00"),
        ("1E2", "100.00"),
        ("12.5e1", "125.00"),
        ("0.1", "0.10"),
        ("0.29", "0.29"),
        ("4.35", "4.35"),
        ("1e-2", "0.01"),
        ("90071992.57", "90071992.57"),
        ("99999999.99", "99999999.99"),
        ("100000000", "100000000.00"),
        ('"1200.1"', "1200.10"),
        ('"0.01"', "0.01"),
        ('"100000000"', "100000000.00"),
    ],
)
def test_a_number_is_read_as_a_decimal_and_never_through_a_float(client: TestClient, literal: str, total: str) -> None:
    response = post_text(client, with_total(literal))
    assert response.status_code == 200, response.text
    assert response.json()["bill"] == {"total": total, "in_scope": "0.00"}


def test_digits_beyond_a_float_decide_whether_a_number_is_refused(client: TestClient) -> None:
    expect_refusal(post_text(client, with_total("1200.100000000000000000001")), ("/bill/total", "money_format"))
    expect_refusal(post_text(client, with_total("99999999.99000000000000001")), ("/bill/total", "money_format"))


@grid("digits", [41, 4_299, 4_301, 5_000])
@grid("path", [SINGLE, RANGE])
def test_a_number_of_thousands_of_digits_is_refused(client: TestClient, path: str, digits: int) -> None:
    problem = expect_problem(post_text(client, with_total("7" * digits), path), 422, "validation-error")
    (error,) = problem["errors"]
    assert error["pointer"] == "/bill/total"
    assert error["code"] in {"money_format", "money_too_large"}
    expect_silence(problem, "7777777")


@grid(
    ("literal", "code"),
    [
        ("7" * 5_000, "int_type"),
        ("-1", "greater_than_equal"),
        ("1001", "less_than_equal"),
        ("1.5", "int_type"),
        ('"1"', "int_type"),
        ("true", "int_type"),
        ("NaN", "int_type"),
        ("null", "int_type"),
    ],
)
def test_a_count_is_a_whole_number_in_bounds(client: TestClient, literal: str, code: str) -> None:
    body = json.dumps(changed("/year_to_date/admissions", "@")).replace('"@"', literal)
    expect_refusal(post_text(client, body), ("/year_to_date/admissions", code))


# What must fit together ----------------------------------------------------------------------------


def test_an_in_scope_cost_above_the_total_is_refused(client: TestClient) -> None:
    body = changed("/bill", {"total": "777.77", "in_scope": "777.78"})
    problem = expect_refusal(post(client, body), ("/bill/in_scope", "in_scope_above_total"), sent="777.77")
    expect_silence(problem, "777.78")


@grid(
    "given",
    [
        {"basic_insurance": "1200.01"},
        {"critical_illness": "1200.01"},
        {"basic_insurance": "777.77", "critical_illness": "422.24"},
    ],
)
def test_adjudicated_amounts_above_the_bill_are_refused(client: TestClient, given: Json) -> None:
    problem = expect_refusal(post(client, BILL | {"adjudicated": given}), ("/adjudicated", "adjudicated_above_total"))
    for amount in given.values():
        expect_silence(problem, amount)


def test_adjudicated_amounts_of_the_whole_bill_are_accepted(client: TestClient) -> None:
    given = {"basic_insurance": "777.77", "critical_illness": "422.23"}
    response = post(client, BILL | {"adjudicated": given})
    assert response.status_code == 200
    assert response.json()["summary"]["out_of_pocket"] == "0.00"


@grid("admissions", [{"admissions": 1, "admissions_at_level": 2}, {"admissions_at_level": 1}])
def test_more_admissions_at_the_level_than_in_all_are_refused(client: TestClient, admissions: Json) -> None:
    expect_refusal(
        post(client, BILL | {"year_to_date": admissions}),
        ("/year_to_date/admissions_at_level", "admissions_at_level_above_admissions"),
    )


# Days ----------------------------------------------------------------------------------------------


@grid("path", [SINGLE, RANGE])
@grid("day", ["2016-12-31", "1999-01-01", "0001-01-01"])
def test_a_day_before_the_first_of_policy_is_refused(client: TestClient, path: str, day: str) -> None:
    problem = expect_problem(post(client, changed("/service_date", day), path), 422, "no-policy-in-force")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/service_date", "before_first_day")]
    assert "2017-01-01" in problem["detail"]
    expect_silence(problem, day)


def test_the_first_day_of_policy_is_accepted(client: TestClient) -> None:
    assert post(client, changed("/service_date", "2017-01-01")).status_code == 200


@grid("day", ["2018-02-30", "2018-13-01", "2018-02-29", "0000-01-01"])
def test_a_day_that_no_calendar_has_is_refused(client: TestClient, day: str) -> None:
    expect_refusal(post(client, changed("/service_date", day)), ("/service_date", "day_unknown"), sent=day)


@grid(
    "day",
    [
        *["20180521", "2018-5-21", "21.05.2018", "2018-05-21T00:00:00", "2018-W21-1", "２０１８-05-21"],
        *("", " 2018-05-21", "2018-05-21\n"),
        *(20180521, 1526860800, True, [], {}),
    ],
)
def test_a_day_is_written_in_one_way_only(client: TestClient, day: object) -> None:
    expect_refusal(post(client, changed("/service_date", day)), ("/service_date", "day_format"))


# Bodies --------------------------------------------------------------------------------------------


@grid("path", [SINGLE, RANGE, BATCH])
def test_an_empty_body_is_refused(client: TestClient, path: str) -> None:
    expect_refusal(post_text(client, b"", path), ("", "missing"))


@grid("path", [SINGLE, RANGE, BATCH])
@grid(
    "body",
    ['{"marker-7731"', "{", "}", "marker-7731", "{'total': 1}", "{} {}", '{"a": 1,}', '{"a": 01}', '"\t', " ", "\x00"],
)
def test_a_body_that_is_no_json_is_refused(client: TestClient, path: str, body: str) -> None:
    expect_refusal(post_text(client, body, path), ("", "json_invalid"), sent="marker-7731")


@grid("path", [SINGLE, RANGE, BATCH])
@grid("encoding", ["utf-16", "utf-16-le", "utf-32", "gb18030"])
def test_a_body_that_is_not_utf_8_is_no_json(client: TestClient, path: str, encoding: str) -> None:
    body: Any = changed("/visit/kind", "乌兰察布")
    text = json.dumps([body] if path == BATCH else body, ensure_ascii=False)
    expect_refusal(post_text(client, text.encode(encoding), path), ("", "json_invalid"))


@grid("path", [SINGLE, RANGE])
def test_a_good_bill_in_utf_16_is_refused_like_any_other_encoding(client: TestClient, path: str) -> None:
    expect_refusal(post_text(client, json.dumps(BILL).encode("utf-16"), path), ("", "json_invalid"))


@grid("path", [SINGLE, RANGE, BATCH])
@grid("body", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000])
def test_json_nested_a_hundred_thousand_deep_is_refused(client: TestClient, path: str, body: str) -> None:
    expect_refusal(post_text(client, body, path), ("", "json_invalid"))


@grid("depth", [50, 150, 250, 900])
@grid("path", [SINGLE, RANGE, BATCH])
def test_json_nested_hundreds_deep_is_a_problem_and_no_failure(client: TestClient, path: str, depth: int) -> None:
    nested = "[" * depth + "]" * depth
    response = post_text(client, f'{{"patient": {nested}}}', path)
    expect_problem(response, 422, "validation-error")


def test_a_deeply_nested_item_leaves_the_others_of_a_batch_unharmed(client: TestClient) -> None:
    nested = "[" * 300 + "]" * 300
    response = post_text(client, f'[{{"patient": {nested}}}, {json.dumps(BILL)}]', BATCH)
    assert response.status_code == 200
    refused, answered = response.json()
    assert ("/patient", "model_type") in {(error["pointer"], error["code"]) for error in refused["errors"]}
    assert answered["bill"]["total"] == "1200.00"


@grid("path", [SINGLE, RANGE])
def test_lone_surrogates_in_a_name_are_refused_for_the_object_that_holds_it(client: TestClient, path: str) -> None:
    """No text can carry such a name, so no pointer can either."""
    refused = post(client, BILL | {"\ud800": "marker-7731"}, path)
    expect_refusal(refused, ("", "string_unicode"), sent="marker-7731")
    refused = post(client, changed("/patient/\udfff", "marker-7731"), path)
    expect_refusal(refused, ("/patient", "string_unicode"), sent="marker-7731")


@grid(
    ("place", "code"),
    [
        ("/service_date", "day_format"),
        ("/patient/major_disease", "bool_type"),
        ("/bill/total", "money_format"),
        ("/year_to_date/admissions", "int_type"),
        ("/patient", "model_type"),
    ],
)
def test_lone_surrogates_in_a_value_are_refused_like_any_other_text(client: TestClient, place: str, code: str) -> None:
    for value in ("\ud800", "\udfff\ud800", "\x00"):
        expect_refusal(post(client, changed(place, value)), (place, code))
        expect_refusal(post(client, changed(place, value), RANGE), (place, code))


@grid("path", [SINGLE, RANGE])
def test_lone_surrogates_in_a_choice_are_refused(client: TestClient, path: str) -> None:
    expect_refusal(post(client, changed("/visit/kind", "\ud800"), path), ("/visit/kind", "string_unicode"))


def test_lone_surrogates_in_a_batch_are_refused_in_their_place(client: TestClient) -> None:
    bodies = [changed("/bill/total", "\ud800"), BILL | {"\udfff": 1}, BILL]
    answers = post(client, bodies, BATCH).json()
    assert [(error["pointer"], error["code"]) for error in answers[0]["errors"]] == [("/bill/total", "money_format")]
    assert [(error["pointer"], error["code"]) for error in answers[1]["errors"]] == [("", "string_unicode")]
    assert answers[2]["bill"]["total"] == "1200.00"


@grid("path", [SINGLE, RANGE, BATCH])
@grid("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", "json"])
def test_a_body_that_is_not_declared_as_json_is_refused(client: TestClient, path: str, content_type: str) -> None:
    response = client.post(path, content=json.dumps(BILL), headers={"Content-Type": content_type})
    expect_problem(response, 415, "unsupported-media-type")


@grid("path", [SINGLE, RANGE, BATCH])
def test_a_body_without_a_content_type_is_taken_for_json(client: TestClient, path: str) -> None:
    def send(body: str) -> Response:
        request = client.build_request("POST", path, content=body)
        assert "content-type" not in request.headers
        answered: Response = client.send(request)
        return answered

    assert send(json.dumps([BILL] if path == BATCH else BILL)).status_code == 200
    expect_refusal(send(""), ("", "missing"))
    expect_refusal(send("{broken"), ("", "json_invalid"))


@grid("content_type", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.hospital+json"])
def test_a_body_declared_as_json_in_any_way_is_read(client: TestClient, content_type: str) -> None:
    response = client.post(SINGLE, content=json.dumps(BILL), headers={"Content-Type": content_type})
    assert response.status_code == 200
    assert response.json() == post(client, BILL).json()


# Size ----------------------------------------------------------------------------------------------


def of_size(size: int, body: Any = BILL) -> bytes:
    """A good body of so many bytes; spaces fill it up."""
    text = json.dumps(body).encode()
    return text + b" " * (size - len(text))


def in_pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@grid("size", [2_000_000, 2 * 1024 * 1024, LIMIT + 1])
@grid("path", [SINGLE, RANGE, BATCH])
def test_a_body_above_the_limit_is_refused(client: TestClient, path: str, size: int) -> None:
    problem = expect_problem(post_text(client, of_size(size), path), 413, "body-too-large")
    assert str(LIMIT) in problem["detail"]


@grid("size", [2_000_000, LIMIT + 1])
@grid("path", [SINGLE, RANGE, BATCH])
def test_a_body_above_the_limit_is_refused_without_a_declared_length_too(
    client: TestClient, path: str, size: int
) -> None:
    request = client.build_request("POST", path, content=in_pieces(of_size(size)), headers=JSON)
    assert request.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in request.headers
    expect_problem(client.send(request), 413, "body-too-large")


@grid(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413)])
def test_a_body_that_arrives_in_pieces_is_counted_as_a_whole(client: TestClient, size: int, status: int) -> None:
    """The test client joins the pieces of a body, so the application is called as a server calls it."""
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": True} for piece in in_pieces(of_size(size))
    ]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    arriving = iter(messages)
    statuses: list[int] = []

    async def receive() -> Message:
        return next(arriving)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked"), (b"host", b"test")]
    scope = {"type": "http", "method": "POST", "path": SINGLE, "headers": headers, "query_string": b""}
    asyncio.run(client.app(scope, receive, send))  # type: ignore[arg-type]
    assert statuses == [status]


def test_a_body_of_the_very_limit_is_read(client: TestClient) -> None:
    assert post_text(client, of_size(LIMIT)).status_code == 200
    pieces = client.post(SINGLE, content=in_pieces(of_size(LIMIT)), headers=JSON)
    assert pieces.status_code == 200
    assert pieces.json() == post(client, BILL).json()


# Batches -------------------------------------------------------------------------------------------


def test_a_batch_of_a_thousand_is_answered_in_full(client: TestClient) -> None:
    bodies = [changed("/bill/total", f"{1_000 + number}.00") for number in range(1_000)]
    response = post(client, bodies, BATCH)
    assert response.status_code == 200
    assert [answer["bill"]["total"] for answer in response.json()] == [body["bill"]["total"] for body in bodies]


def test_a_batch_of_a_thousand_and_one_is_refused(client: TestClient) -> None:
    problem = expect_refusal(post(client, [BILL] * 1_001, BATCH), ("", "too_long"))
    assert "1000" in problem["errors"][0]["message"]


def test_an_empty_batch_has_an_empty_answer(client: TestClient) -> None:
    response = post(client, [], BATCH)
    assert (response.status_code, response.json()) == (200, [])


@grid("body", [BILL, "marker-7731", 7.5])
def test_a_batch_that_is_no_array_is_refused(client: TestClient, body: object) -> None:
    expect_refusal(post(client, body, BATCH), ("", "list_type"), sent="marker-7731")


def test_refused_bills_of_a_batch_stand_in_their_place_and_leave_the_others_unharmed(client: TestClient) -> None:
    bodies: list[Any] = [
        BILL,
        changed("/visit/kind", "inpatiant"),
        changed("/service_date", "2016-12-31"),
        None,
        [],
        "marker-7731",
        changed("/bill/total", True),
        BILL,
    ]
    response = post(client, bodies, BATCH)
    assert response.status_code == 200
    answers = response.json()
    assert answers[0] == answers[-1] == post(client, BILL).json()
    refused = answers[1:-1]
    assert [problem["status"] for problem in refused] == [422] * 6
    assert [problem["type"] for problem in refused] == [
        "/problems/validation-error",
        "/problems/no-policy-in-force",
    ] + ["/problems/validation-error"] * 4
    assert [[(error["pointer"], error["code"]) for error in problem["errors"]] for problem in refused] == [
        [("/visit/kind", "literal_error")],
        [("/service_date", "before_first_day")],
        [("", "model_type")],
        [("", "model_type")],
        [("", "model_type")],
        [("/bill/total", "money_format")],
    ]
    assert "marker-7731" not in response.text


@grid(
    ("place", "value"),
    [
        ("/patient", None),
        ("/patient", []),
        ("/visit", "inpatient"),
        ("/bill", 12.5),
        ("/bill/total", None),
        ("/year_to_date/layers", []),
        ("/readings", "marginal"),
        ("/visit/kind", "\ud800"),
    ],
)
def test_a_batch_refuses_a_bill_in_the_very_words_of_a_single_one(
    client: TestClient, place: str, value: object
) -> None:
    body = changed(place, value)
    single = expect_problem(post(client, body), 422, "validation-error")
    (in_batch,) = post(client, [body], BATCH).json()
    for problem in (single, in_batch):
        del problem["request_id"], problem["instance"]
    assert in_batch == single


def test_a_batch_reads_numbers_as_exactly_as_a_single_bill(client: TestClient) -> None:
    body = f"[{with_total('90071992.57')}, {with_total('0.001')}, {with_total('NaN')}, {with_total('7' * 5_000)}]"
    answers = post_text(client, body, BATCH).json()
    assert answers[0]["bill"]["total"] == "90071992.57"
    assert [answer["errors"][0]["pointer"] for answer in answers[1:]] == ["/bill/total"] * 3
