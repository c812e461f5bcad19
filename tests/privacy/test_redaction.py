"""Private numbers: what looks like one, what does not, how fast that is told; and no answer repeats one.

Every number here is made up: 110101 and a first of January, 6222 and digits that count up, a token of one letter.
"""

import datetime as dt
import json
import time
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from structlog.testing import CapturingLogger

from app.db.tokens import PREFIX
from app.main import create_app
from app.privacy.redaction import REPLACEMENT, holds_private_number, redacted
from app.schemas.json_pointer import pointer
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.grid import grid

IDENTITY = "110101199001011234"
CARD = "6222021234567890123"
TOKEN = PREFIX + "T" * 43
BILL: dict[str, Any] = {
    "service_date": "2018-05-20",
    "patient": {"registration": "registered"},
    "visit": {"kind": "inpatient", "facility_level": "city"},
    "bill": {"total": "1200.00", "in_scope": "1000.00"},
}

# What is one ---------------------------------------------------------------------------------------


def test_whatever_resembles_an_x_ends_an_identity_card_number() -> None:
    assert [redacted(f"11010119900101123{ending}") for ending in "XxＸｘⅩⅹХхΧχ×"] == ["…"] * 11


@grid(
    ("text", "without"),
    [
        (IDENTITY, "…"),
        ("11010119900101123X", "…"),
        ("11010119900101123x", "…"),
        ("110101199001011235", "…"),
        ("000000180001010000", "…"),
        ("999999209912319999", "…"),
        ("户主身份证号110101199001011234，已核实", "户主身份证号…，已核实"),
        ("id=110101199001011234&page=2", "id=…&page=2"),
        ("7110101199001011234567", "…"),
        ("１１０１０１１９９００１０１１２３Ｘ", "…"),
        ("\u0661\u0661\u0660\u0661\u0660\u0661199001011234", "…"),
        ("\u1811\u1811\u1810\u1811\u1810\u1811199001011234", "…"),
        ("110101\u200b1990\u200d0101\ufeff1234", "…"),
        ("1\u00ad1\u180e0\u20601\ufe0f01\u202e19900101123\u200bX", "…"),
        ("110101 19900101 1234", "…"),
        ("110101-19900101-123X", "…"),
        ("110101-19900101-123-x", "…"),
        ("110101.19900101_1234", "…"),
        ("110101/1990/01/01/1234", "…"),
        ("110101 1990-01-01 1234", "…"),
        ("110101\u300019900101\u30001234", "…"),
        ("110101·19900101－1234", "…"),
        ("110101，19900101、1234", "…"),
        ("110101\u200b \u200b19900101\u2009\u200b1234", "…"),
        ("110101\n19900101\r\n1234", "…"),
        ("1101 0119 9001 0112 34", "…"),
        ("110 101 199 001 011 234", "…"),
        ("1 1 0 1 0 1 1 9 9 0 0 1 0 1 1 2 3 X", "…"),
        ("110101199001 011234", "…"),
        ("2018-03-01 110101-1990-01-01-1234 13800000000", "2018-03-01 … 13800000000"),
        ("110101-19900101-123X 13800000000", "… 13800000000"),
        ("/v1/110 101 199 001 011 234/x", "/v1/…/x"),
        (f"{IDENTITY}、{IDENTITY}", "…、…"),
        (f"{IDENTITY} 110 101 199 001 011 234", "… …"),
    ],
)
def test_what_looks_like_an_identity_card_number_is_found_and_taken_out(text: str, without: str) -> None:
    assert holds_private_number(text)
    assert redacted(text) == without


@grid(
    ("text", "without"),
    [
        (CARD, "…"),
        ("1234567890123456", "…"),
        ("账号6222021234567890123（农行）", "账号…（农行）"),
        ("6222 0212 3456 7890 123", "…"),
        ("6222 0212 3456 7890", "…"),
        ("6222-0212-3456-7890", "…"),
        ("6222.0212.3456.7890.12", "…"),
        ("6222_0212\u30003456·7890", "…"),
        ("6222 0212 3456 7890 1234 5678", "…"),
        ("６２２２　０２１２　３４５６　７８９０", "…"),
        ("6222\u200b0212\u200b3456\u200b7890", "…"),
        ("2018年6222 0212 3456 7890户", "2018年…户"),
        ("2018-03-01 6222 0212 3456 7890", "2018-03-01 …"),
        ("/6222/0212/3456/7890/card", "/…/card"),
        (f"{IDENTITY} {CARD}", "… …"),
    ],
)
def test_what_looks_like_a_bank_card_number_is_found_and_taken_out(text: str, without: str) -> None:
    assert holds_private_number(text)
    assert redacted(text) == without


@grid(
    ("text", "without"),
    [
        (TOKEN, "…"),
        (f"/v1/{TOKEN}/x", "/v1/…/x"),
        (f"Bearer {TOKEN}.", "Bearer …."),
        (f"令牌{PREFIX}aB-_09{'q' * 37}", "令牌…"),
        (f"{TOKEN[:-2]} {IDENTITY}", "… …"),
    ],
)
def test_what_looks_like_an_officers_token_is_found_and_taken_out(text: str, without: str) -> None:
    assert holds_private_number(text)
    assert redacted(text) == without


# What is none --------------------------------------------------------------------------------------


@grid(
    "text",
    [
        "",
        "内扶组发〔2017〕14号",
        "内政办发〔2018〕3号、乌党办发〔2018〕12号",
        "2018-03-01 2018-03-11",
        "2018-03-01 2018-03-11 2018-04-01 2018-04-11",
        "2018.03.01-2018.03.11",
        "2018/03/01 2018/03/11 2018/04/01",
        "2018-1-1,2018-1-2,2018-1-3",
        "20180301-20180311",
        "20180301 20180311 20180401",
        "201801,201802,201803",
        "2014 2015 2016 2017 2018",
        "2018-0301 2018-0311",
        "150923 2018-03-01 2018-03-11",
        "2018-03-01T08:00:00.123456789+08:00",
        "2018-03-19 08:05:20.1234",
        "1,000,000.00",
        "1,000,000.00、2,000,000.00",
        "123456789.00",
        "150923100201",
        "150923100201 150923100202 150923100203",
        "150923100201,150923100202,150923100203",
        "13800000000",
        "13800000000 13900000000",
        "13800000000、13900000000",
        "0474-8320000 0474-8320001",
        "123456789012345",
        "110101199002",
        "110101 19901301 1234",
        "110101 19900132 1234",
        "110101 17900101 1234",
        "110101  19900101  1234",
        "110101 19900101 12345",
        "anda_settlement-desk-4",
        "anda_550e8400-e29b-41d4-a716-446655440000",
        "550e8400-e29b-41d4-a716-446655440000",
        "/v1/projects/42/events",
    ],
)
def test_what_is_none_is_left_as_it_is(text: str) -> None:
    assert not holds_private_number(text)
    assert redacted(text) == text


# Whatever is generated -----------------------------------------------------------------------------

SEPARATORS = " -.,/_\u3000\u00a0\u2009·－—、，．\t\n"
SHOWING_NOTHING = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\ufe0f\u202e"
ZEROS = "0０\u0660\u06f0\u0966\u1810\U0001d7ce"
"""The first of ten digits in each of several scripts."""

undigited = st.text(st.characters(exclude_categories=["Nd"]), max_size=40)


@st.composite
def identities(draw: st.DrawFn) -> tuple[str, str, str]:
    """An identity-card number in its three parts."""
    place = draw(st.text("0123456789", min_size=6, max_size=6))
    birth = f"{draw(st.integers(1800, 2099)):04}{draw(st.integers(1, 12)):02}{draw(st.integers(1, 31)):02}"
    return place, birth, draw(st.text("0123456789", min_size=3, max_size=3)) + draw(st.sampled_from("0123456789Xx"))


@st.composite
def disguised(draw: st.DrawFn, groups: list[str]) -> str:
    """Groups of digits, joined by one separator, in any digits, with characters in between that show nothing."""
    zero = draw(st.sampled_from(ZEROS))
    nothing = st.text(SHOWING_NOTHING, max_size=2)
    written = ""
    for group in groups:
        if written:
            written += draw(st.sampled_from(SEPARATORS)) + draw(nothing)
        for digit in group:
            written += (chr(ord(zero) + int(digit)) if digit.isdecimal() else digit) + draw(nothing)
    return written


@st.composite
def disguised_identities(draw: st.DrawFn) -> str:
    """An identity-card number whole, in its three parts, or in any groups."""
    parts = draw(identities())
    whole = "".join(parts)
    cuts = sorted({0, 18, *draw(st.lists(st.integers(1, 17), max_size=17))})
    anyhow = [whole[start:end] for start, end in pairwise(cuts)]
    groups = draw(st.sampled_from([[whole], list(parts), anyhow]))
    # Some groups can be read as days, as 2018-1-1 2018-1-2 2018-1-3; nobody's number begins with a year.
    assume(groups is not anyhow or whole[:2] not in {"18", "19", "20"})
    return draw(disguised(groups))


@st.composite
def disguised_cards(draw: st.DrawFn) -> str:
    """A bank-card number whole or in fours."""
    whole = draw(st.sampled_from("3456789")) + draw(st.text("0123456789", min_size=15, max_size=18))
    fours = [whole[start : start + 4] for start in range(0, len(whole), 4)]
    return draw(disguised(draw(st.sampled_from([[whole], fours]))))


@st.composite
def given_tokens(draw: st.DrawFn) -> str:
    """A token as it is given away."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return PREFIX + draw(st.text(alphabet, min_size=43, max_size=43))


@given(undigited, disguised_identities() | disguised_cards() | given_tokens(), undigited)
@example("", "1 1 0 1 0 1 1 9 9 0 0 1 0 1 1 2 3 4", "x")
@example("x-", "6222 0212 3456 7890", "-")
@example("", "11 0101 1990 0101 1234", "")
@example("", "11-0101199001011234", "")
def test_a_number_is_found_in_any_disguise_and_any_text_and_is_gone_once_taken_out(
    before: str, number: str, after: str
) -> None:
    text = before + number + after
    assert holds_private_number(text)
    left = redacted(text)
    assert not holds_private_number(left)
    assert not any(character.isdecimal() for character in left), "no digit of the number is left"
    assert REPLACEMENT in left
    assert redacted(left) == left


@pytest.mark.lengthy
@given(st.lists(disguised_identities() | disguised_cards() | given_tokens() | undigited | st.text("0123456789 -X")))
def test_nothing_is_found_in_a_text_once_its_numbers_are_taken_out(pieces: list[str]) -> None:
    for text in (" ".join(pieces), "".join(pieces)):
        left = redacted(text)
        assert not holds_private_number(left)
        assert (left == text) == (not holds_private_number(text))


@st.composite
def lists_of_days(draw: st.DrawFn) -> str:
    """Days, all written in one way, with one separator between them."""
    form = draw(st.sampled_from(["%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日", "%Y-%m", "%Y%m", "%Y"]))
    days = draw(st.lists(st.dates(dt.date(1949, 10, 1), dt.date(2049, 10, 1)), min_size=1, max_size=6))
    written = [day.strftime(form) for day in days]
    if draw(st.booleans()) and form == "%Y-%m-%d":
        written = [f"{day.year}-{day.month}-{day.day}" for day in days]
    return draw(st.sampled_from([" ", "-", "，", "、", ", ", "至", "—"])).join(written)


@st.composite
def lists_of_codes(draw: st.DrawFn) -> str:
    """Division codes of villages, or two telephone numbers."""
    code = st.integers(150_900_000_000, 150_999_999_999).map(str)
    telephone = st.integers(13_000_000_000, 19_999_999_999).map(str)
    codes = draw(st.lists(code, min_size=1, max_size=6) | st.lists(telephone, min_size=1, max_size=2))
    return draw(st.sampled_from([" ", ",", "，", "、", "\n"])).join(codes)


amounts = st.integers(0, 10_000_000_000).map(lambda fen: f"{fen // 100:,}.{fen % 100:02}") | st.integers(
    0, 10_000_000_000
).map(lambda fen: f"{fen // 100}.{fen % 100:02}")
documents = st.tuples(st.integers(2012, 2020), st.integers(1, 999)).map("内扶组发〔{0[0]}〕{0[1]}号".format)
instants = st.datetimes(dt.datetime(1949, 10, 1), dt.datetime(2049, 10, 1)).map(lambda instant: instant.isoformat())
words = st.text("公示期项目村户元万扶贫资金，。：（）", min_size=1, max_size=8)


@pytest.mark.lengthy
@given(st.lists(st.tuples(words, lists_of_days() | lists_of_codes() | amounts | documents | instants)))
def test_ordinary_text_with_days_amounts_telephones_and_division_codes_is_never_caught(
    pieces: list[tuple[str, str]],
) -> None:
    text = "".join(f"{word}是{number}" for word, number in pieces)
    assert not holds_private_number(text)
    assert redacted(text) == text


LONG = ["1", "1 ", "1" * 15 + " ", "1" * 15 + "\u200b", "1-" * 15 + "a", "X", "anda_", " ", "户", "\u200b"]
LONG_CHAINS = ["2018-", "2018-1-1-", "1234-", "1234-1234-1234-12345-", "110101-", "/110101", "110101-19900101-12345-"]
LONG_NUMBERS = [IDENTITY + " ", "1101 0119 9001 011234a", "110101-19900101-2018-", "6222 0212 3456 7890 110 101 1990,"]


@pytest.mark.lengthy
@grid("piece", [*LONG, *LONG_CHAINS, *LONG_NUMBERS])
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    begun = time.process_time()
    left = redacted(text)
    assert holds_private_number(text) == (left != text)
    # Some 0.05 s; anything quadratic takes minutes.
    assert time.process_time() - begun < 2
    assert not holds_private_number(left)


# Nothing that the service says ---------------------------------------------------------------------

NUMBERS = [
    IDENTITY,
    "110101-19900101-123X",
    "110 101 199 001 011 234",
    "１１０１０１１９９００１０１１２３４",
    CARD,
    "6222 0212 3456 7890",
    "6222/0212/3456/7890",
    TOKEN,
]


def says_nothing_of(response: httpx.Response, number: str) -> None:
    said = response.content.decode() + "\n" + "\n".join(response.headers.values())
    for piece in (number, quote(number, safe=""), number.replace("/", "~1"), number[4:]):
        assert piece not in said


@grid("number", NUMBERS)
def test_a_field_named_like_a_private_number_is_refused_without_repeating_it(client: TestClient, number: str) -> None:
    response = client.post("/v1/reimbursements", json={**BILL, "bill": {**BILL["bill"], f"卡{number}号": 1}})
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/bill/卡…号", "extra_forbidden")
    says_nothing_of(response, number)


@grid("number", NUMBERS)
def test_each_bill_of_a_batch_is_refused_without_repeating_a_private_number(client: TestClient, number: str) -> None:
    response = client.post("/v1/reimbursements/batch", json=[BILL, {**BILL, number: 1}])
    assert "extra_forbidden" in response.text
    says_nothing_of(response, number)


@grid("path", ["/v1/{}", "/v1/{}/x", "/v1/parameters/{}", "/problems/{}", "/{}"])
@grid("number", NUMBERS)
def test_an_address_that_holds_a_private_number_is_not_found_and_not_repeated(
    client: TestClient, number: str, path: str
) -> None:
    response = client.get(path.format(quote(number)))
    assert response.status_code == 404
    assert response.json()["instance"] == path.format("…")
    says_nothing_of(response, number)


@grid("number", [IDENTITY, "110101-19900101-123X", CARD, "6222.0212.3456.7890", TOKEN])
@grid("given_id", ["{}", "desk-{}.4"])
def test_a_request_id_that_holds_a_private_number_is_replaced(client: TestClient, number: str, given_id: str) -> None:
    response = client.get("/nowhere", headers={"X-Request-ID": given_id.format(number)})
    (made_up,) = response.headers.get_list("x-request-id")
    assert len(made_up) == 32
    assert response.json()["request_id"] == made_up
    says_nothing_of(response, number)


def test_a_request_id_that_is_made_up_never_looks_like_a_private_number(client: TestClient) -> None:
    made_up = [client.get("/healthz").headers["x-request-id"] for _ in range(500)]
    assert not any(map(holds_private_number, made_up))


def test_neither_log_nor_metrics_hold_a_private_number(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = CapturingLogger()
    monkeypatch.setattr("app.http.middleware.log", logger)
    with InProcessClient(create_app(Settings(database_url=settings.database_url, access_log=True))) as client:
        for number in (IDENTITY, CARD, TOKEN):
            client.get(f"/v1/{number}?q={number}", headers={"X-Request-ID": number})
            client.post(f"/v1/parameters/{number}", json={number: number})
        metrics = client.get("/metrics").text
    assert len(logger.calls) == 7
    for number in (IDENTITY, CARD, TOKEN):
        assert number not in repr(logger.calls)
        assert number not in metrics


@grid(
    ("location", "written"),
    [
        (["bill", "total"], "/bill/total"),
        ([], ""),
        ([100, "a/b~c"], "/100/a~1b~0c"),
        ([0, "110/101/199/001/011/234"], "/0/…"),
        (["110101", "19900101", 1234], "/…"),
        (["110101\ud800199001011234"], "/…"),
        (["\ud800"], "/\\ud800"),
    ],
)
def test_a_pointer_holds_no_private_number_and_is_otherwise_as_it_was(location: list[str | int], written: str) -> None:
    assert pointer(location) == written
    assert not holds_private_number(json.dumps(written))
