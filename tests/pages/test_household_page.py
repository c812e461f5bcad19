"""The interview: it asks what still decides something, takes every answer back, and groups what came of it."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.support.grid import grid
from tests.support.interview import MEMBERS, answered, field, known, said

Json = dict[str, Any]


@pytest.fixture(scope="module")
def site(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), follow_redirects=False) as client:
        yield client


def begin(site: TestClient, members: list[str] = MEMBERS, **typed: str) -> str:
    form = {"as_of": "2018-09-01", "registration": "registered", "members": "\n".join(members), **typed}
    shown: str = site.post("/household", data=form).text
    return shown


def to_its_end(site: TestClient, page: str) -> tuple[str, list[str]]:
    """Answer every question with what the README's household says, and pass over what it does not know."""
    asked: list[str] = []
    while 'name="pointer"' in page:
        asked.append(field(page, "pointer"))
        page = site.post("/household", data=answered(page)).text
        assert len(asked) < 100
    return page, asked


@pytest.mark.lengthy
def test_the_readme_s_household_is_told_what_the_api_tells(site: TestClient) -> None:
    page, asked = to_its_end(site, begin(site))
    facts = json.loads(field(page, "facts"))["facts"]
    told = site.post("/v1/entitlements", json=facts).json()
    assert told["summary"]["cash_per_year"] == "13930.00" and told["summary"]["cash_once"] == "6200.00"
    assert "每年现金合计13930元" in page and "一次性现金合计6200元" in page
    entitled = [each for each in told["entitlements"] if each["status"] == "entitled"]
    rows = re.findall(r'data-benefit="([a-z_.]+)">.*?</details></td>\s*<td[^>]*>([^<]*)</td>', page, re.DOTALL)
    shown = {(benefit, whom) for benefit, whoms in rows for whom in unescape(whoms).split("、")}
    assert shown == {(each["benefit"], each["member"] or "全户") for each in entitled}
    forms = {each["benefit"]: each["form"] for each in entitled}
    for section, what in (("by-itself", {"cash"}), ("services", {"in_kind", "priority"})):
        listed = re.findall(r'data-benefit="([a-z_.]+)"', page.split(f'id="{section}"')[1].partition("<h2")[0])
        assert {forms[benefit] for benefit in listed} == what, section
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
    assert f'value="change {student}"' in page and f"{student}/stage" not in page
    asked = site.post("/household", data={"facts": field(page, "facts"), "do": f"change {student}"}).text
    assert field(asked, "pointer") == student
    form = {"facts": field(asked, "facts"), "pointer": student, "do": "answer", "said": "none"}
    after = site.post("/household", data=form).text
    facts = json.loads(field(after, "facts"))["facts"]
    assert facts["household"]["members"][2]["student"] == "none"
    assert "2890元" not in after


def test_a_loan_can_be_taken_back_and_another_school_keeps_the_rest(site: TestClient) -> None:
    student = {"stage": "university", "entered_university_in": 2017}
    member = {"id": "a", "student": student, "loan": {"principal": "50000.00"}}
    facts = {"as_of": "2018-09-01", "household": {"registration": "registered", "members": [member]}}
    written = json.dumps({"facts": facts, "skipped": []})
    page = site.post("/household", data={"facts": written, "do": "finish"}).text
    for fact, answer in (("loan", "none"), ("student", "vocational_higher")):
        pointer = f"/household/members/0/{fact}"
        assert f'value="change {pointer}"' in page
        form = {"facts": field(page, "facts"), "pointer": pointer, "do": "answer", "said": answer}
        after = site.post("/household", data=form).text
        page = site.post("/household", data={"facts": field(after, "facts"), "do": "finish"}).text
    told = json.loads(field(page, "facts"))["facts"]["household"]["members"][0]
    assert told["loan"] == "none"
    assert told["student"] == {**student, "stage": "vocational_higher"}


def reached(page: str) -> int:
    found = re.search(r'<progress id="progress" value="(\d+)" max="100"', page)
    assert found is not None
    return int(found[1])


def test_the_progress_never_goes_back_whatever_an_answer_opens(site: TestClient) -> None:
    page = begin(site)
    shown = [reached(page)]
    while 'name="pointer"' in page:
        pointer = field(page, "pointer")
        value = known(pointer)
        form = {"facts": field(page, "facts"), "pointer": pointer, "do": "skip" if value is None else "answer"}
        page = site.post("/household", data={**form, "said": said(value)}).text
        shown += [reached(page)] if 'name="pointer"' in page else []
    assert shown == sorted(shown) and shown[0] < 10 and shown[-1] > 80


def test_what_was_answered_is_taken_back_when_it_is_passed_over_after_all(site: TestClient) -> None:
    page, _ = to_its_end(site, begin(site))
    pointer = "/household/members/0/can_work"
    asked = site.post("/household", data={"facts": field(page, "facts"), "do": f"change {pointer}"}).text
    assert re.search(r'value="(yes|no)" checked', asked), "as it was answered"
    after = site.post("/household", data={"facts": field(asked, "facts"), "pointer": pointer, "do": "skip"}).text
    told = json.loads(field(after, "facts"))
    assert told["facts"]["household"]["members"][0]["can_work"] is None and pointer in told["skipped"]


def test_going_on_without_an_answer_says_what_is_missing(site: TestClient) -> None:
    page = begin(site, ["one"])
    form = {"facts": field(page, "facts"), "pointer": field(page, "pointer"), "do": "answer"}
    answer = site.post("/household", data=form)
    assert answer.status_code == 422 and "请先选择或填写" in answer.text


def test_a_first_page_without_its_fields_is_shown_again_with_what_is_missing(site: TestClient) -> None:
    without_day = {"members": "one", "registration": "registered"}
    for form in ({}, without_day, {"members": "one"}, {"as_of": "2018-09-01"}, {"registration": "exited_with_policy"}):
        for address in ("/household", "/household?lang=en"):
            answer = site.post(address, data=form)
            assert answer.status_code == 422, form
            assert 'role="alert"' in answer.text and 'name="members"' in answer.text
    assert 'value="exited_with_policy" selected' in answer.text


def test_the_day_the_status_and_the_members_can_be_changed_and_the_rest_stays(site: TestClient) -> None:
    page, _ = to_its_end(site, begin(site))
    first = site.post("/household", data={"facts": field(page, "facts"), "do": "change"}).text
    assert 'value="2018-09-01"' in first and 'value="registered" selected' in first
    assert all(member in unescape(first) for member in MEMBERS)
    form = {"before": field(first, "before"), "as_of": "2018-10-01", "registration": "exited_with_policy"}
    after = site.post("/household", data={**form, "members": "\n".join([*MEMBERS[1:], "new"])}).text
    facts = json.loads(field(after, "facts"))["facts"]
    was = json.loads(field(page, "facts"))["facts"]["household"]
    assert (facts["as_of"], facts["household"]["registration"]) == ("2018-10-01", "exited_with_policy")
    assert facts["household"]["members"] == [*was["members"][1:], {"id": "new"}]
    assert {k: v for k, v in facts["household"].items() if k not in {"members", "registration"}} == {
        k: v for k, v in was.items() if k not in {"members", "registration"}
    }


@pytest.mark.lengthy
@grid("doing", ["a_question", "the_result", "a_wrong_beginning"])
def test_the_other_language_shows_the_same_and_loses_nothing(site: TestClient, doing: str) -> None:
    page = begin(site, ["one"]) if doing == "a_question" else to_its_end(site, begin(site))[0]
    if doing == "a_wrong_beginning":
        page = begin(site, ["a", "a"])
    switch = re.search(r'<form method="post" action="([^"]+)" class="switch">(.*?)</form>', page, re.DOTALL)
    assert switch is not None and switch[1] == "/household?lang=en"
    fields = re.findall(r'name="([a-z_]+)" value="([^"]*)"', switch[2])
    other = site.post(switch[1], data={name: unescape(value) for name, value in fields}).text
    assert '<html lang="en"' in other
    if doing == "a_wrong_beginning":
        assert re.search(r"<textarea[^>]*>a\na<", other)
    else:
        told = [json.loads(field(each, "facts"))["facts"] for each in (page, other)]
        assert told[0] == told[1]
        assert ('name="pointer"' in page) == ('name="pointer"' in other)
    if doing == "the_result":
        assert "13,930.00" in other


def test_no_name_of_ours_stands_in_the_result(site: TestClient) -> None:
    page, _ = to_its_end(site, begin(site))
    body = re.sub(r"<[^>]+>", " ", page.partition('id="main"')[2])
    assert "请核对" in body
    assert re.search(r"[a-z]+[._][a-z_]+\.[a-z]", body) is None


@pytest.mark.lengthy
def test_what_is_given_on_application_stands_under_what_to_apply_for(site: TestClient) -> None:
    page, _ = to_its_end(site, begin(site))
    assert 'data-benefit="health.home_bed"' in page
    assert page.index('id="to-apply"') < page.index('data-benefit="health.home_bed"') < page.index('id="services"')


@grid(
    ("typed", "message"),
    [
        ({"members": ""}, "至少填写一人"),
        ({"members": "a\na"}, "重复"),
        ({"members": "150923198001011234"}, "身份证号"),
        ({"as_of": "2016-12-31"}, "尚无政策可以执行"),
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


@grid(
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


@grid("facts", ["", "{}", "[]", "x", '{"facts": {}, "skipped": []}', '{"facts": 1, "skipped": 1}'])
def test_what_this_page_did_not_write_begins_anew(site: TestClient, facts: str) -> None:
    answer = site.post("/household", data={"facts": facts, "do": "answer", "pointer": "/household/steep_farmland"})
    assert answer.status_code == 200
    assert 'name="members"' in answer.text


@grid("pointer", ["", "/", "/household", "/as_of", "/household/members/9/can_work", "/x/y", "//"])
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
        assert (payment["by"], f"{each['name']}（{each['member']}）：{payment['amount'].removesuffix('.00')}元") in days


def events_of(site: TestClient, page: str) -> list[Any]:
    answer = site.post("/household/calendar.ics", data={"facts": field(page, "facts")})
    assert answer.headers["content-type"].startswith("text/calendar")
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


@pytest.mark.lengthy
def test_an_event_is_the_same_in_every_calendar_of_a_household_and_in_no_other_s(site: TestClient) -> None:
    page, _ = to_its_end(site, begin(site))
    other, _ = to_its_end(site, begin(site))
    changed = site.post("/household", data={"facts": field(page, "facts"), "do": "change"}).text
    again = {"before": field(changed, "before"), "as_of": "2018-08-01", "registration": "registered"}
    later = site.post("/household", data={**again, "members": "\n".join(MEMBERS)}).text
    later = site.post("/household", data={"facts": field(later, "facts"), "do": "finish"}).text
    first, second, others = ({str(each["uid"]) for each in events_of(site, each)} for each in (page, later, other))
    assert first == second and len(first) == len(events_of(site, page))
    assert first.isdisjoint(others)


@grid(("as_of", "year"), [("2018-05-01", "2018"), ("2018-09-30", "2018"), ("2018-12-15", "2019")])
def test_a_deadline_that_is_past_is_next_year_s(site: TestClient, as_of: str, year: str) -> None:
    member = {"id": "a", "birth_date": "2001-01-01", "student": {"stage": "vocational_secondary"}}
    facts = {"as_of": as_of, "household": {"registration": "registered", "members": [member]}}
    written = json.dumps({"facts": facts, "skipped": [], "id": "x"})
    answer = site.post("/household/calendar.ics", data={"facts": written})
    days = {
        str(event.decoded("dtstart"))
        for event in Calendar.from_ical(answer.content).walk("VEVENT")
        if "元" not in event.decoded("summary")
    }
    assert days and {day[:4] for day in days} == {year} and all(day >= as_of for day in days)


def test_where_there_is_no_day_there_is_no_calendar(site: TestClient) -> None:
    page = begin(site, ["one"], registration="none")
    end = site.post("/household", data={"facts": field(page, "facts"), "do": "finish"}).text
    assert "calendar.ics" not in end
    answer = site.post("/household/calendar.ics", data={"facts": field(page, "facts")})
    assert answer.headers["content-type"].startswith("text/html")


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


DAY_PUPIL = {"id": "girl", "student": {"stage": "primary", "boarding": False}}


def result_of(site: TestClient, member: Json, language: str = "zh", **facts: Any) -> str:
    """The result page of a household of one, with its markup taken off."""
    household = {"registration": "registered", "members": [member], **facts}
    written = json.dumps({"facts": {"as_of": "2018-09-01", "household": household}, "skipped": []})
    page = site.post(f"/household?lang={language}", data={"facts": written, "do": "finish"}).text
    return unescape(re.sub(r"<[^>]+>", "", page))


def test_who_is_refused_by_a_reading_is_told_what_the_other_would_give_and_to_ask(site: TestClient) -> None:
    page = result_of(site, DAY_PUPIL)
    assert "中小学生的生活补助限于寄宿生，还是包括全部在校生？本结果采用：限于寄宿生。" in page
    assert "“包括全部在校生”，则可以享受，1890元（每年）。" in page
    assert "请向办理部门询问当地采用的口径" in page
    english = result_of(site, DAY_PUPIL, "en")
    assert '"Every pupil": due, 1,890.00 yuan a year.' in english


def test_readings_that_change_a_result_only_together_are_told_together(site: TestClient) -> None:
    page = result_of(site, {"id": "son", "student": {"stage": "vocational_secondary", "boarding": False}})
    assert "同时采用几项其他口径（包括全部在校生；属于），则可以享受，4050元（每年）。" in page


def test_the_result_says_how_many_readings_were_tried_and_which_cannot_be_switched(site: TestClient) -> None:
    page, english = result_of(site, DAY_PUPIL), result_of(site, DAY_PUPIL, "en")
    assert "本次对12项口径逐项试算了其他口径" in page
    assert "the other values of 12 readings were tried" in english
    for number in ("R10", "R29", "R30"):
        assert number in page and number in english
    assert "every reading" not in english and "所有口径" not in page


def test_the_form_says_what_happens_to_what_is_entered(site: TestClient) -> None:
    assert "所填内容在提交时发送到本服务，仅用于本次计算，不予保存。" in site.get("/household").text
    assert "goes to the service for this calculation and is not kept" in site.get("/household?lang=en").text


def test_the_county_is_chosen_by_its_name_and_listed_by_it(site: TestClient) -> None:
    page = begin(site, ["one"])
    pointer = "/household/county"
    asked = site.post("/household", data={"facts": field(page, "facts"), "do": f"change {pointer}"}).text
    assert re.search(r'value="150923"[^>]*> 商都县', asked) and "152221" not in asked
    form = {"facts": field(asked, "facts"), "pointer": pointer, "do": "answer", "said": "150923"}
    after = site.post("/household", data=form).text
    assert json.loads(field(after, "facts"))["facts"]["household"]["county"] == "150923"
    assert "<strong>商都县</strong>" in after


def test_how_a_household_is_settled_is_asked_and_kept_beside_its_kind(site: TestClient) -> None:
    page = begin(site, ["one"])
    written = field(page, "facts")
    for pointer, said_is in (
        ("/household/relocation", "registered"),
        ("/household/relocation/arrangement", "self_arranged"),
    ):
        asked = site.post("/household", data={"facts": written, "do": f"change {pointer}"}).text
        form = {"facts": field(asked, "facts"), "pointer": pointer, "do": "answer", "said": said_is}
        written = field(site.post("/household", data=form).text, "facts")
    relocation = json.loads(written)["facts"]["household"]["relocation"]
    assert relocation == {"kind": "registered", "arrangement": "self_arranged"}
