"""The interview: it asks what still decides something, takes every answer back, and groups what came of it."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from app.examples import THREE_GENERATIONS
from app.main import create_app
from app.settings import Settings

Json = dict[str, Any]
MEMBERS = [member["id"] for member in THREE_GENERATIONS["household"]["members"]]


@pytest.fixture(scope="module")
def site(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), follow_redirects=False) as client:
        yield client


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return unescape(found[1])


def known(pointer: str) -> Any:
    """What the README's household says at a pointer; None where nobody has asked."""
    at: Any = THREE_GENERATIONS
    for step in pointer.strip("/").split("/"):
        at = at[int(step)] if isinstance(at, list) else at.get(step) if isinstance(at, dict) else None
    return at


def said(value: Any) -> str:
    """How it is said on the page."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return str(value.get("stage") or value.get("kind") or "yes")
    return str(value)


def begin(site: TestClient, members: list[str] = MEMBERS, **typed: str) -> str:
    form = {"as_of": "2018-09-01", "registration": "registered", "members": "\n".join(members), **typed}
    shown: str = site.post("/household", data=form).text
    return shown


def to_its_end(site: TestClient, page: str) -> tuple[str, list[str]]:
    """Answer every question with what the README's household says, and pass over what it does not know."""
    asked: list[str] = []
    while 'name="pointer"' in page:
        pointer = field(page, "pointer")
        asked.append(pointer)
        value = known(pointer)
        form = {"facts": field(page, "facts"), "pointer": pointer, "do": "skip" if value is None else "answer"}
        page = site.post("/household", data={**form, "said": said(value)}).text
        assert len(asked) < 100
    return page, asked


def test_the_readme_s_household_is_told_what_the_api_tells(site: TestClient) -> None:
    page, asked = to_its_end(site, begin(site))
    facts = json.loads(field(page, "facts"))["facts"]
    told = site.post("/v1/entitlements", json=facts).json()
    assert told["summary"]["cash_per_year"] == "13930.00" and told["summary"]["cash_once"] == "6206.85"
    assert "13930.00" in page and "6206.85" in page
    entitled = [each for each in told["entitlements"] if each["status"] == "entitled"]
    rows = re.findall(r'data-benefit="([a-z_.]+)">.*?</details></td>\s*<td[^>]*>([^<]*)</td>', page, re.DOTALL)
    shown = {(benefit, whom) for benefit, whoms in rows for whom in unescape(whoms).split("、")}
    assert shown == {(each["benefit"], each["member"] or "全户") for each in entitled}
    assert len(asked) == len(set(asked)), "nothing is asked twice"
    assert {"/household/members/0/disability", "/household/steep_farmland"} <= set(asked)
    for each in told["entitlements"]:
        assert each["name"] in unescape(page)


def test_every_question_still_decides_something(site: TestClient) -> None:
    page = begin(site)
    for _ in range(6):
        pointer, facts = field(page, "pointer"), json.loads(field(page, "facts"))["facts"]
        questions = site.post("/v1/entitlements", json=facts).json()["questions"]
        assert pointer == questions[0]["pointer"]
        value = known(pointer)
        form = {"facts": field(page, "facts"), "pointer": pointer, "do": "answer", "said": said(value)}
        page = site.post("/household", data=form).text


def test_an_answer_can_be_changed_and_what_hangs_on_it_is_asked_anew(site: TestClient) -> None:
    page, _ = to_its_end(site, begin(site))
    student = "/household/members/2/student"
    assert f'value="change {student}/stage"' in page
    asked = site.post("/household", data={"facts": field(page, "facts"), "do": f"change {student}"}).text
    assert field(asked, "pointer") == student
    form = {"facts": field(asked, "facts"), "pointer": student, "do": "answer", "said": "none"}
    after = site.post("/household", data=form).text
    facts = json.loads(field(after, "facts"))["facts"]
    assert facts["household"]["members"][2]["student"] == "none"
    assert "2890.00" not in after


def test_the_progress_goes_up_with_every_answer(site: TestClient) -> None:
    page = begin(site, ["one"])
    shown = []
    for _ in range(5):
        found = re.search(r'<progress id="progress" value="(\d+)" max="(\d+)"', page)
        assert found is not None
        shown.append(int(found[1]))
        form = {"facts": field(page, "facts"), "pointer": field(page, "pointer"), "do": "answer"}
        page = site.post("/household", data={**form, "said": said(known(form["pointer"]))}).text
    assert shown == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"members": ""}, "至少写一个人"),
        ({"members": "a\na"}, "重复"),
        ({"members": "150923198001011234"}, "身份证号"),
        ({"as_of": "2016-12-31"}, "没有政策可依"),
        ({"as_of": "2018-02-30"}, "没有这一天"),
        ({"registration": "rich"}, "之一"),
    ],
)
def test_a_beginning_that_cannot_be_taken_says_why_and_keeps_what_was_typed(
    site: TestClient, typed: dict[str, str], message: str
) -> None:
    form = {"as_of": "2018-09-01", "registration": "registered", "members": "甲\n乙", **typed}
    answer = site.post("/household", data=form)
    assert answer.status_code == 422
    assert message in answer.text
    assert form["members"] in unescape(answer.text)


@pytest.mark.parametrize(
    ("pointer", "typed"),
    [
        ("/household/annual_net_income", "-1"),
        ("/household/annual_net_income", "1.234"),
        ("/household/members/0/birth_date", "2019-01-01"),
        ("/household/members/0/disability", "a little"),
        ("/household/members/0/can_work", "perhaps"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_asked_again_with_the_reason(
    site: TestClient, pointer: str, typed: str
) -> None:
    facts = field(begin(site, ["one"]), "facts")
    form = {"facts": facts, "pointer": pointer, "do": "answer", "said": typed}
    answer = site.post("/household", data=form)
    assert answer.status_code == 422
    assert field(answer.text, "pointer") == pointer
    assert field(answer.text, "facts") == facts
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("facts", ["", "{}", "[]", "x", '{"facts": {}, "skipped": []}', '{"facts": 1, "skipped": 1}'])
def test_what_this_page_did_not_write_begins_anew(site: TestClient, facts: str) -> None:
    answer = site.post("/household", data={"facts": facts, "do": "answer", "pointer": "/household/steep_farmland"})
    assert answer.status_code == 200
    assert 'name="members"' in answer.text


@pytest.mark.parametrize("pointer", ["", "/", "/household", "/as_of", "/household/members/9/can_work", "/x/y", "//"])
def test_a_question_that_there_is_not_is_not_answered(site: TestClient, pointer: str) -> None:
    facts = field(begin(site, ["one"]), "facts")
    answer = site.post("/household", data={"facts": facts, "pointer": pointer, "do": "answer", "said": "yes"})
    assert answer.status_code in {200, 422}
    assert "Traceback" not in answer.text


def test_the_calendar_holds_the_pay_dates_and_the_deadlines(site: TestClient) -> None:
    page, _ = to_its_end(site, begin(site))
    answer = site.post("/household/calendar.ics", data={"facts": field(page, "facts")})
    assert answer.headers["content-type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    days = {(str(event.decoded("dtstart")), event.decoded("summary")) for event in events}
    facts = json.loads(field(page, "facts"))["facts"]
    told = site.post("/v1/entitlements", json=facts).json()["entitlements"]
    due = [(each, payment) for each in told if each["status"] == "entitled" for payment in each["payments"]]
    assert len(due) == 3
    for each, payment in due:
        assert (payment["by"], f"{each['name']} ({each['member']}): {payment['amount']}") in days


def test_the_interview_speaks_english_where_it_is_asked_to(site: TestClient) -> None:
    form = {"as_of": "2018-09-01", "registration": "registered", "members": "one"}
    page = site.post("/household?lang=en", data=form).text
    body = page.partition('id="main"')[2].partition("</main>")[0]
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"\([^)]*\)", "", body))
    assert 'action="/household?lang=en"' in page


def test_markup_in_a_member_s_name_comes_out_as_text(site: TestClient) -> None:
    markup = "<script>alert(1)</script>\"'&"
    page = begin(site, [markup])
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    end = site.post("/household", data={"facts": field(page, "facts"), "do": "finish"}).text
    assert "<script>alert" not in end and "&lt;script&gt;" in end
