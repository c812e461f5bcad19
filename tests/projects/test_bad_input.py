"""Bad input: every field of every request of the library spoiled in every way, each refused by name, nothing kept."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import func, select

from app.db.engine import OF_THE_CHAIN, reading
from app.db.models import Base
from app.db.projects.models import Project
from tests.support.county import PLACES, County, Json, taking
from tests.support.every_request import (
    DAY,
    EVERY_FIELD,
    FIELDS,
    RAW,
    REQUESTS,
    WHOM,
    Asked,
    Field,
    Prepared,
    pointers_of,
    prepare,
    put,
    without,
    written,
)
from tests.support.grid import grid
from tests.support.lasting import store_for
from tests.support.scale import scaled

pytestmark = pytest.mark.lengthy

IDENTITY, CARD, TOKEN = "110101199001011234", "6222021234567890123", "anda_" + "T" * 43


class Ready(NamedTuple):
    """A county, and what is in it for every request: each that is not spoiled would be done."""

    county: County
    there: Prepared


@pytest.fixture(scope="module")
def ready(request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    """A county in which all these tests are refused whatever they ask."""
    with County(store_for(request, tmp_path_factory, "bad_input", database), objections_a_minute=100_000) as county:
        for who in PLACES:
            county.token(who)
        yield Ready(county, prepare(county))


def send(ready: Ready, asked: Asked, content: bytes | str, **headers: str) -> httpx.Response:
    more = {"Content-Type": "application/json", **({"If-Match": "*"} if asked.method == "PATCH" else {}), **headers}
    answer: httpx.Response = ready.county.on(DAY).request(
        asked.method, asked.at(ready.there), content=content, headers={**ready.county.headers(asked.who), **more}
    )
    return answer


def kept(ready: Ready) -> dict[str, int]:
    """Count the rows of every table but the ledger's chain, and the events and versions that any write adds to."""
    tables = sorted(set(Base.metadata.tables) - OF_THE_CHAIN)
    counted = [select(func.count()).select_from(Base.metadata.tables[name]).scalar_subquery() for name in tables]
    versions = select(func.sum(Project.version)).scalar_subquery()
    with reading(ready.county.engine) as connection:
        row = connection.execute(select(*counted, versions)).one()
    return dict(zip([*tables, "versions"], map(int, row), strict=True))


def refused(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return where and why a request was refused as a 422."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["type"], told["status"]) == ("/problems/validation-error", 422)
    for error in told["errors"]:
        assert error["message"] and error["message"] != "The value cannot be accepted.", error
    return [(error["pointer"], error["code"]) for error in told["errors"]]


# ---- the fields

Spoiled = list[tuple[Any, str]]


def each(code: str, *values: Any) -> Spoiled:
    """Say that all these are refused as one thing."""
    return [(value, code) for value in values]


NOT_TEXT = each("string_type", 1, 1.5, True, [], {}, ["x"])
TEXT = [
    *NOT_TEXT,
    *each("string_too_short", ""),
    *each("text_blank", " ", "   ", "\u3000", "\xa0"),
    *each(
        "text_control",
        "\x00",
        "a\x00b",
        "\x01",
        "a\x1b[31m",
        "\x7f",
        "\x85",
        "a\u2028b",
        "a\u2029b",
        "\x0b",
        "a\rb",
        "a\ufffeb",
        "a\uffff",
        "\ufdd0",
        "a\U0001fffe",
        "\U0010ffff",
    ),
    *each("string_unicode", "\ud800", "a\udfff", "\udc00\ud800"),
    *each("private_number", IDENTITY, f"户主{IDENTITY}", CARD, f"令牌{TOKEN}", "6222 0212 3456 7890"),
]
NOT_MONEY = [
    *each(
        "money_format", -1, -0.01, 1.005, 0.001, "1.005", "-1", "-0.01", "", " ", " 1", "1 ", "1.", ".5", "01", "1e2"
    ),
    *each("money_format", "+1", "1,000", "0x1", "1_000", "１", "¥1", "NaN", "inf", True, False, [], {}, [1]),
    *each("money_format", {"amount": 1}, float("nan"), float("inf")),
    *each("money_format", f"{RAW}-0.0", f"{RAW}1.000", f"{RAW}-1e2", f"{RAW}1e-3"),
    *each("money_too_large", 100_000_001, "100000000.01", f"{RAW}1e30", "999999999.99", 2**63),
]
NOT_DAYS = [
    *each("day_unknown", "2018-02-30", "2017-02-29", "2018-13-01", "2018-00-10", "0000-01-01"),
    *each("day_format", "2018-2-3", "20180203", "2018/02/03", "03-02-2018", "2018-02-03T00:00:00", "", " 2018-02-03"),
    *each("day_format", "2018-02-03\n", "２０１８-02-03", "today", 20180203, 0, True, [], {}, 1.5, float("nan")),
    *each("day_format", "10000-01-01", "+2018-02-03"),
]
NOT_COUNTS = [
    *each("greater_than_equal", -1, -(2**63)),
    *each("less_than_equal", 10_000_001, 2**31, 2**63, 10**30),
    *each("int_type", "1", 1.5, 1.0, True, [], {}, "", float("nan"), float("inf"), f"{RAW}1e3"),
]
NOT_AMONG = [
    *each("literal_error", "x", "", " ", "NEW", "new ", 1, True, [], {}, "\x00"),
    *each("string_unicode", "\ud800"),
]
NOT_PLACES = [
    *NOT_TEXT,
    *each(
        "string_pattern_mismatch", "", "150923", "150923100", "15092310020", "15092310020x", "１５０９２３１００２０１"
    ),
    *each("string_pattern_mismatch", "15092310020\n"),
    *each("string_unicode", "\ud800"),
]


def spoiled(field: Field) -> Iterator[tuple[Any, str]]:
    """Give what a field does not take, and what it is refused as."""
    match field.kind:
        case "line":
            yield from [*TEXT, *each("text_control", "a\nb", "a\tb", "a\r\nb")]
        case "lines":
            yield from TEXT
        case "money":
            yield from NOT_MONEY
        case "money above zero":
            yield from [*NOT_MONEY, *each("money_zero", 0, "0", "0.00", f"{RAW}0.00", f"{RAW}-0")]
        case "day":
            yield from NOT_DAYS
        case "count":
            yield from NOT_COUNTS
        case "literal":
            yield from NOT_AMONG
        case "boolean":
            yield from each("bool_type", 0, 1, "true", "false", "", [], {}, 1.0)
        case "object":
            yield from each("an object", 1, "x", True, [], [[]], "")
        case "list":
            yield from each("list_type", 1, 1.5, "x", True, {}, "")
        case "place":
            yield from NOT_PLACES


OBJECT = {"model_type", "model_attributes_type", "dict_type"}
"""What is said where an object is expected."""


# ---- the tests


def test_each_request_is_done_as_it_is_before_anything_in_it_is_spoiled(county: County) -> None:
    ready = Ready(county, prepare(county))
    for name, asked in REQUESTS.items():
        before = kept(ready)["events"]
        answer = send(ready, asked, written(asked.body))
        assert answer.status_code == asked.done, (name, answer.text)
        assert kept(ready)["events"] == before + 1, name


def test_every_field_of_every_request_is_spoiled_here() -> None:
    for name, asked in REQUESTS.items():
        pointers = {re.sub(r"/\d+", "", each) for each in FIELDS[name]}
        if name in {"township", "county", "remove"}:
            pointers |= {re.sub(r"/\d+", "", each) for each in FIELDS["village"]}
        assert set(pointers_of(asked.body)) <= pointers, name


TURNS = scaled(3, 1)
"""Of so many fields of a kind, each is given its part of the values in the small form."""


def tried(name: str, pointer: str) -> Spoiled:
    """Give what a field is spoiled with: each code, and in the small form every third value of it, by turns."""
    turn = EVERY_FIELD.index((name, pointer))
    by_code: dict[str, list[Any]] = {}
    for value, code in spoiled(FIELDS[name][pointer]):
        by_code.setdefault(code, []).append(value)
    return [
        (values[at], code)
        for code, values in by_code.items()
        for at in range(turn % min(TURNS, len(values)), len(values), TURNS)
    ]


@pytest.mark.slow
@grid(("name", "pointer"), EVERY_FIELD)
def test_what_a_field_does_not_take_is_refused_with_its_pointer_and_leaves_nothing(
    ready: Ready, name: str, pointer: str
) -> None:
    asked = REQUESTS[name]
    before = kept(ready)
    for value, code in tried(name, pointer):
        answer = send(ready, asked, written(put(asked.body, pointer, value)))
        found = refused(answer)
        assert [where for where, _ in found] == [pointer], repr(value)[:50]
        assert {why for _, why in found} <= (OBJECT if code == "an object" else {code}), repr(value)[:50]
    assert kept(ready) == before


OBJECTS = [("", name) for name in REQUESTS] + [
    (pointer, name) for name, pointer in EVERY_FIELD if FIELDS[name][pointer].kind == "object"
]

TEXTS = [(name, pointer) for name, pointer in EVERY_FIELD if FIELDS[name][pointer].kind in {"line", "lines"}]


@grid(("name", "pointer"), TEXTS)
def test_a_text_that_is_too_long_is_told_how_many_characters_it_may_have(ready: Ready, name: str, pointer: str) -> None:
    asked, most = REQUESTS[name], FIELDS[name][pointer].most
    before = kept(ready)
    for text in ("字" * (most + 1), "x" * 100_000):
        answer = send(ready, asked, written(put(asked.body, pointer, text)))
        assert refused(answer) == [(pointer, "string_too_long")]
        assert answer.json()["errors"][0]["message"] == f"It may have {most} characters at most."
    assert kept(ready) == before


@grid(("pointer", "name"), OBJECTS)
def test_a_number_with_decimals_is_no_object(ready: Ready, pointer: str, name: str) -> None:
    asked = REQUESTS[name]
    before = kept(ready)
    for value in (1.5, float("nan")):
        body = put(asked.body, pointer, value) if pointer else value
        ((where, code),) = refused(send(ready, asked, written(body)))
        assert where == pointer and code in OBJECT
    assert kept(ready) == before


def test_a_number_is_not_taken_for_evidence(county: County) -> None:
    there = county.walk_to("draft")
    step = taking("withdraw", DAY, evidence=1.5)
    answer = county.on(DAY).post(f"/v1/projects/{there}/actions", json=step, headers=county.headers("village"))
    assert [where for where, _ in refused(answer)] == ["/evidence"]


@grid(("name", "pointer"), [(name, each) for name, each in EVERY_FIELD if FIELDS[name][each].required])
def test_a_field_that_is_needed_is_missed_by_name_and_may_not_be_null(ready: Ready, name: str, pointer: str) -> None:
    asked = REQUESTS[name]
    before = kept(ready)
    null = refused(send(ready, asked, written(put(asked.body, pointer, None))))
    assert [where for where, _ in null] == [pointer]
    if name != "revise":
        assert refused(send(ready, asked, written(without(asked.body, pointer)))) == [(pointer, "missing")]
    elif "/0" not in pointer and "/1" not in pointer:
        assert null == [(pointer, "missing")], "a patch takes away with null, and what is needed must stay"
    assert kept(ready) == before


@grid(("pointer", "name"), OBJECTS)
def test_a_field_that_is_not_known_is_refused_by_its_name(ready: Ready, pointer: str, name: str) -> None:
    asked = REQUESTS[name]
    before = kept(ready)
    for unknown in ("Name", "", "id", "status", "名称", "a/b~c", "__class__", "version"):
        body = written(put(asked.body, f"{pointer}/naem", 1)).replace('"naem"', json.dumps(unknown))
        told = refused(send(ready, asked, body))
        escaped = unknown.replace("~", "~0").replace("/", "~1")
        assert told == [(f"{pointer}/{escaped}", "extra_forbidden")]
    nothing: list[Any] = [None, "", [], {}]
    for value in nothing:
        spoiled_body = put(asked.body, f"{pointer}/naem", value)
        assert refused(send(ready, asked, written(spoiled_body))) == [(f"{pointer}/naem", "extra_forbidden")]
    assert kept(ready) == before


@grid("name", REQUESTS)
@grid(
    "unknown",
    [IDENTITY, CARD, TOKEN, "\x00", "x" * 10_000],
)
def test_an_unknown_fields_name_is_told_without_any_private_number_in_it(ready: Ready, name: str, unknown: str) -> None:
    asked = REQUESTS[name]
    answer = send(ready, asked, written({**asked.body, unknown: 1}))
    ((pointer, code),) = refused(answer)
    assert (pointer[0], code) == ("/", "extra_forbidden")
    assert not any(secret in answer.text for secret in (IDENTITY, CARD, TOKEN))


@grid("name", REQUESTS)
def test_an_unknown_fields_name_that_no_text_can_carry_is_refused(ready: Ready, name: str) -> None:
    asked = REQUESTS[name]
    assert refused(send(ready, asked, written({**asked.body, "\ud800": 1}))) == [("", "string_unicode")]


@grid("name", REQUESTS)
def test_a_body_that_is_no_object_of_json_is_refused(ready: Ready, name: str) -> None:
    asked = REQUESTS[name]
    before = kept(ready)
    nested = b"[" * 100_000
    for content in (b"{", b"x", b'{"a": }', b"\xff\xfe", b"{'a': 1}", b'{"a": 1,}', nested, b"\x00", b"{} {}", b" "):
        assert refused(send(ready, asked, content)) == [("", "json_invalid")], content[:20]
    assert refused(send(ready, asked, b"")) == [("", "missing")]
    for content in (b"null", b"[]", b'"x"', b"1", b"true", b"[{}]"):
        found = refused(send(ready, asked, content))
        assert len(found) == 1 and found[0][0] == "" and found[0][1] in OBJECT, content
    assert kept(ready) == before


@grid("name", REQUESTS)
def test_a_body_of_another_kind_or_too_large_a_one_is_refused(ready: Ready, name: str) -> None:
    asked = REQUESTS[name]
    before = kept(ready)
    for kind in ("text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded"):
        answer = send(ready, asked, written(asked.body), **{"Content-Type": kind})
        assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")
    answer = send(ready, asked, b'{"x": "' + b"x" * 1_500_000 + b'"}')
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")
    assert kept(ready) == before


CROSSED: list[tuple[str, Json, str, str]] = [
    ("end", {"schedule": {"start": "2018-05-02", "end": "2018-05-01"}}, "/schedule/end", "ends_before_start"),
    *(
        (what, {"budget": {"total": "2.00", "sources": sources}}, "/budget/sources", code)
        for what, code, sources in (
            ("below", "sources_not_total", [{"fund": "一", "amount": "1.99"}]),
            ("above", "sources_not_total", [{"fund": "一", "amount": "1.00"}, {"fund": "二", "amount": "1.01"}]),
            ("twice", "fund_repeated", [{"fund": "一", "amount": "1.00"}, {"fund": "一", "amount": "1.00"}]),
            ("none", "too_short", []),
            ("many", "too_long", [{"fund": f"{number}", "amount": "0.01"} for number in range(21)]),
        )
    ),
    *(
        (f"registered {what}", {"beneficiaries": {**WHOM, f"registered_{what}": WHOM[what] + 1}}, pointer, code)
        for what, pointer, code in (
            ("households", "/beneficiaries/registered_households", "registered_above_all"),
            ("persons", "/beneficiaries/registered_persons", "registered_above_all"),
        )
    ),
    ("goals", {"performance_goals": ["达标"] * 31}, "/performance_goals", "too_long"),
]


@grid("name", ["declare", "revise"])
@grid(("changes", "pointer", "code"), [pytest.param(*each[1:], id=each[0]) for each in CROSSED])
def test_what_does_not_fit_together_is_refused_where_it_does_not_fit(
    ready: Ready, name: str, changes: Json, pointer: str, code: str
) -> None:
    asked = REQUESTS[name]
    before = kept(ready)
    assert refused(send(ready, asked, written({**asked.body, **changes}))) == [(pointer, code)]
    assert kept(ready) == before


def test_a_patch_of_half_a_part_must_leave_a_whole_project(ready: Ready) -> None:
    asked = REQUESTS["revise"]
    before = kept(ready)
    for patch, pointer, code in (
        ({"schedule": {"end": "2018-04-30"}}, "/schedule/end", "ends_before_start"),
        ({"schedule": {"start": None}}, "/schedule/start", "missing"),
        ({"budget": {"total": "500000.01"}}, "/budget/sources", "sources_not_total"),
        ({"budget": {"sources": None}}, "/budget/sources", "missing"),
        ({"budget": None}, "/budget", "missing"),
        ({"name": None}, "/name", "missing"),
        ({"beneficiaries": {"persons": 1}}, "/beneficiaries/registered_persons", "registered_above_all"),
        ({"beneficiaries": {"persons": None}}, "/beneficiaries/persons", "missing"),
        ({"place": PLACES["other_village"]}, "/place", "place_fixed"),
        ({"place": None}, "/place", "missing"),
    ):
        assert refused(send(ready, asked, written(patch))) == [(pointer, code)], patch
    assert kept(ready) == before


@grid("place", ["110101100201", "150924000000", "150923100000", "150923000201", "000000000000"])
def test_a_place_that_is_no_village_of_the_prefecture_is_refused(ready: Ready, place: str) -> None:
    asked = REQUESTS["declare"]
    assert refused(send(ready, asked, written({**asked.body, "place": place}))) == [("/place", "place_unknown")]


# ---- numbers in addresses, queries, headers

NUMBERS = [
    *("0", "-1", "+1", "1.0", "1e0", "1e30", "abc", "0x1", "null", "NaN", "%31x", "%00", "1%00", "１", "%EF%BC%91"),
    *("2147483648", "9223372036854775807", "9223372036854775808", "9" * 30, "1,2", "1;2", "%20", "1%20", "1%0A", "'"),
    *("-9223372036854775809", "%ED%A0%80", "%FF", "..%2F1", "1%2F..", "999999"),
]
NUMBERED = [
    (asked.method, asked.address, asked.who, written(asked.body)) for asked in REQUESTS.values() if "{" in asked.address
] + [
    ("GET", address, "county", "")
    for address in (
        *(f"/v1/projects/{{number}}{part}" for part in ("", "/events", "/allocations", "/reports")),
        *("/v1/notices/{number}", "/v1/notices/{number}/objections"),
    )
]


@grid(("method", "address", "who", "content"), [pytest.param(*each, id=f"{each[0]} {each[1]}") for each in NUMBERED])
def test_a_number_that_nothing_has_is_not_found(
    ready: Ready, method: str, address: str, who: str | None, content: str
) -> None:
    before = kept(ready)
    kind = address.split("/")[2].removesuffix("s")
    headers = {**ready.county.headers(who), "If-Match": "*", "Content-Type": "application/json"}
    for number in NUMBERS:
        there = re.sub(r"\{\w+\}", number, address)
        answer = ready.county.on(DAY).request(method, there, content=content or None, headers=headers)
        assert answer.status_code == 404, number
        # A slash in a number makes another address.
        assert answer.json()["type"] == f"/problems/{'not-found' if '%2F' in number else f'unknown-{kind}'}", number
    assert kept(ready) == before


@grid("receipt", ["0", "1", "x" * 24, "x" * 5_000, "%00", "%ED%A0%80", "%FF", "安达", "'", "..", "1e30", IDENTITY])
def test_a_receipt_that_was_never_given_is_not_found(ready: Ready, receipt: str) -> None:
    answer = ready.county.on(DAY).get(f"/v1/objections/{receipt}")
    assert answer.status_code == 404
    assert IDENTITY not in answer.text


LISTS = ["projects", "projects.csv", "projects.oc4ids.json", "notices"]


@grid("what", LISTS)
def test_a_filter_that_means_nothing_is_refused_by_name(ready: Ready, what: str) -> None:
    queries = [
        *(({"status": value}, "/status", "literal_error") for value in ("x", "", "OPEN", "in library", "\x00", "1")),
        *(
            ({"place": value}, "/place", None)
            for value in ("", "1", "x", "15092310020１", "1509231002011", "15 09", "15%", "\x00", "15\n", "-150923")
        ),
        *(({name: "1"}, f"/{name}", "extra_forbidden") for name in ("page", "offset", "Status", "sort", "名称", "_")),
        ({IDENTITY: "1"}, "/…", "extra_forbidden"),
    ]
    if what == "projects":
        queries += [({"category": "字" * 61}, "/category", "string_too_long")]
    for query, pointer, code in queries:
        answer = ready.county.on(DAY).get(f"/v1/{what}", params=query)
        found = refused(answer)
        assert [where for where, _ in found] == [pointer], query
        assert code is None or found[0][1] == code


@grid("what", LISTS[:3])
@grid("category", ["\x00", "a\x00b", "\ud800", "\U0010ffff", "'", "%", "\x1b", "\\", IDENTITY])
def test_a_category_that_no_project_has_finds_nothing_and_breaks_nothing(
    ready: Ready, what: str, category: str
) -> None:
    sent = "".join(f"%{byte:02X}" for byte in category.encode("utf-8", "surrogatepass"))
    answer = ready.county.on(DAY).get(f"/v1/{what}?category={sent}", headers=ready.county.headers("village"))
    assert answer.status_code in {200, 422}
    assert "饮水安全" not in answer.text
    assert IDENTITY not in answer.text


@grid(
    "address",
    [
        *(f"/v1/projects/{{draft}}{part}" for part in ("", "/allocations", "/reports")),
        "/v1/notices/{notice}",
    ],
)
def test_what_takes_no_query_refuses_one(ready: Ready, address: str) -> None:
    there = address.format(draft=ready.there.draft, notice=ready.there.notice)
    answer = ready.county.on(DAY).get(there, params={"limit": "1"}, headers=ready.county.headers("village"))
    assert refused(answer) == [("/limit", "extra_forbidden")]


@grid("name", REQUESTS)
@grid("key", [b"", b" ", b"a b", b"\xe9", b"\t", b"x" * 256, "安".encode(), b"a\x7f"])
def test_an_idempotency_key_that_is_none_is_refused(ready: Ready, name: str, key: bytes) -> None:
    asked = REQUESTS[name]
    before = kept(ready)
    answer = send(ready, asked, written(asked.body), **{"Idempotency-Key": key})  # type: ignore[arg-type]
    assert refused(answer) == [("/Idempotency-Key", "key_format")]
    assert kept(ready) == before


@grid("name", [name for name, asked in REQUESTS.items() if asked.who])
@grid(
    "authorization",
    [b"", b"Bearer", b"Bearer ", b"Bearer \xff", b"Basic YTpi", b"Bearer anda_", b"Bearer x y", "Bearer 安".encode()],
)
def test_what_is_no_token_is_told_so_before_anything_else(ready: Ready, name: str, authorization: bytes) -> None:
    asked = REQUESTS[name]
    before = kept(ready)
    answer = send(ready, asked, written(asked.body), Authorization=authorization)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
    assert kept(ready) == before
