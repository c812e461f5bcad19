"""The desk's forms: nothing typed is lost, errors in words beside their fields, twice is once, who is foreign."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.pages.desk import guard as guard_of
from tests.support.demo_store import Demo, demo_in
from tests.support.grid import grid
from tests.support.markup import Element, read

pytestmark = pytest.mark.lengthy

IDENTITY_NUMBER = "11010519491231002X"
LONG = "第一段。\n\n  第二段，缩进两格。\n" + "已逐项核对账目并张贴。" * 40


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return demo_in(tmp_path_factory.mktemp("forms"))


@pytest.fixture(scope="module")
def running(demo: Demo) -> Iterator[TestClient]:
    with TestClient(create_app(demo.settings)) as client:
        yield client


@pytest.fixture
def site(running: TestClient) -> TestClient:
    """A browser that has not entered the desk yet."""
    client = TestClient(running.app, follow_redirects=False)
    client.portal = running.portal
    return client


class At:
    """An officer at the desk."""

    def __init__(self, site: TestClient, demo: Demo, level: str) -> None:
        self.site, self.demo, self.level, self.place = site, demo, level, demo.place(level)
        self.token = demo.token(level)
        self.enter()

    def enter(self) -> None:
        answer = self.site.post("/desk/session", data={"token": self.token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk")

    def page(self, address: str, status: int = 200) -> Element:
        answer = self.site.get(address)
        assert answer.status_code == status, answer.text
        return read(answer.text)

    def first(self, status: str) -> int:
        """The newest project of a status in the officer's place."""
        query = {"status": status, "place": self.place, "limit": "1"}
        headers = {"Authorization": f"Bearer {self.token}"}
        number: int = self.site.get("/v1/projects", params=query, headers=headers).json()["items"][0]["id"]
        return number

    def form(self, page: str, address: str) -> dict[str, str]:
        """What a form of a page holds before anything is typed into it."""
        return values(self.page(page).one("form", action=address))


def values(form: Element) -> dict[str, str]:
    """What a form holds as it is shown, as a browser sends it."""
    told = {
        each.attributes["name"]: each.attributes.get("value", "")
        for each in form.all("input")
        if each.attributes.get("type") != "checkbox" or "checked" in each.attributes
    }
    for each in form.all("textarea"):
        # A browser takes the line break after the tag away.
        told[each.attributes["name"]] = "".join(map(str, each.content)).removeprefix("\n")
    for each in form.all("select"):
        options = each.all("option")
        chosen = [option for option in options if "selected" in option.attributes] or options[:1]
        told[each.attributes["name"]] = chosen[0].attributes["value"]
    return told


def refused(page: Element) -> list[tuple[str, str, str]]:
    """The lines of the summary: where each leads, what that is called, the whole line."""
    lines = page.one("section", class_="refused").all("li")
    links = [line.all("a") for line in lines]
    return [
        (link[0].attributes["href"] if link else "", link[0].text if link else "", line.text)
        for link, line in zip(links, lines, strict=True)
    ]


def opened(page: Element) -> list[str]:
    return [each.attributes["id"] for each in page.all("details") if "open" in each.attributes]


def new_draft(village: At) -> tuple[int, dict[str, str]]:
    form = {
        **village.form("/desk/new", "/desk/new"),
        "name": f"水渠修复 {village.site.get('/v1/projects').headers['x-request-id']}",
        "category": "基础设施",
        "budget.total": "1000",
        "budget.sources": "县级：1000",
    }
    made = village.site.post("/desk/new", data=form)
    assert made.status_code == 303
    return int(made.headers["location"].partition("?")[0].rpartition("/")[2]), form


def objection_to_a_village_notice(village: At) -> int:
    notices = village.site.get("/v1/notices", params={"status": "open", "place": village.place}).json()["items"]
    notice = next(each for each in notices if each["level"] == "village")
    made = village.site.post(f"/v1/notices/{notice['id']}/objections", json={"content": "账目不清"})
    number: int = made.json()["id"]
    return number


# ---- nothing typed is lost


def test_an_answer_that_is_refused_stands_in_its_form_again(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    address = f"/desk/objections/{objection_to_a_village_notice(village)}"
    answer = LONG + IDENTITY_NUMBER
    form = {**village.form("/desk", address), "answer": answer, "outcome": "upheld"}
    sent = site.post(address, data=form)
    assert sent.status_code == 422
    page = read(sent.text)
    shown = page.one("form", action=address)
    assert values(shown)["answer"] == answer
    (line,) = refused(page)
    assert line[:2] == (f"#{shown.one('textarea').attributes['id']}", "答复（公开）")
    assert "身份证号" in line[2] and "`" not in line[2]
    assert shown.one("textarea").attributes["aria-invalid"] == "true"
    assert [each.attributes["value"] for each in shown.all("button")] == ["upheld", "dismissed"]
    corrected = site.post(address, data={**values(shown), "answer": LONG, "outcome": "dismissed"})
    assert corrected.status_code == 303


def test_the_page_of_an_objection_is_for_who_decides_it_and_says_what_was_decided(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    address = f"/desk/objections/{objection_to_a_village_notice(village)}"
    assert "账目不清" in village.page(address).text
    At(site, demo, "county").page(address, 404)
    other = next(each for each in demo.offices if each["level"] == "village" and each["place"] != village.place)
    site.post("/desk/session", data={"token": other["token"]})
    assert site.get(address).status_code == 404, "an officer of another village"
    village.enter()
    site.post(address, data={**village.form(address, address), "answer": "账目已补张贴", "outcome": "dismissed"})
    page = village.page(address)
    assert "已决定：异议不成立" in page.text and "账目已补张贴" in page.text
    assert page.all("form", action=address) == []


def test_an_allocation_that_is_too_much_stands_in_its_open_form_again(site: TestClient, demo: Demo) -> None:
    county = At(site, demo, "county")
    number = county.first("in_library")
    address = f"/desk/projects/{number}/allocations"
    form = {
        **county.form(f"/desk/projects/{number}", address),
        "amount": "99999999.00",
        "document": "乌财农〔2018〕9号",
    }
    page = read(site.post(address, data=form).text)
    assert values(page.one("form", action=address)) == form
    assert opened(page) == ["form-allocate"]
    (line,) = refused(page)
    assert line[:2] == ("#allocate-amount", "金额（元）") and "可安排" in line[2]


@grid(("kind", "status"), [("progress", "under_way"), ("outcome", "completed")])
def test_a_report_that_is_refused_stands_in_its_open_form_again(
    site: TestClient, demo: Demo, kind: str, status: str
) -> None:
    township = At(site, demo, "township")
    number = township.first(status)
    address = f"/desk/projects/{number}/{kind}"
    typed = {"date": "2018-05-19", "text": LONG, "spent": "很多"}
    page = read(site.post(address, data={**township.form(f"/desk/projects/{number}", address), **typed}).text)
    shown = values(page.one("form", action=address))
    assert {name: shown[name] for name in typed} == typed
    assert opened(page) == [f"form-{kind}"]
    assert [line[:2] for line in refused(page)] == [(f"#{kind}-spent", "累计支出（元）")]


def test_a_text_keeps_the_blank_line_that_it_begins_with(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    form = {**village.form("/desk/new", "/desk/new"), "tasks": "\n\n先测量"}
    page = read(site.post("/desk/new", data=form).text)
    assert values(page.one("form", action="/desk/new"))["tasks"] == "\n\n先测量"


def test_a_form_whose_project_went_on_shows_what_was_typed_to_copy(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    number, _ = new_draft(village)
    address = f"/desk/projects/{number}/actions"
    form = {**village.form(f"/desk/projects/{number}", f"/desk/projects/{number}/revise"), "action": "withdraw"}
    assert site.post(address, data={**form, "note": "不再申报"}).status_code == 303
    page = read(site.post(address, data={**form, "note": LONG}).text)
    assert "已撤回" in page.text
    told = page.one("section", class_="refused")
    assert "项目有了变化" in told.text and "您填写的内容" in told.text
    assert " ".join(LONG.split()) in told.text


# ---- entering again


def too_late(site: TestClient, address: str, form: dict[str, str]) -> dict[str, str]:
    """Send a form without a session, and return what the login holds."""
    site.cookies.clear()
    answer = site.post(address, data=form)
    assert answer.status_code == 403
    login = read(answer.text)
    assert "您填写的内容仍然保留" in login.text
    return values(login.one("form", action="/desk/session"))


def test_a_form_that_came_without_a_session_is_shown_again_and_carried_out_only_when_it_is_sent(
    site: TestClient, demo: Demo
) -> None:
    township = At(site, demo, "township")
    number = township.first("township_review")
    address = f"/desk/projects/{number}/actions"
    forms = township.page(f"/desk/projects/{number}").all("form", action=address)
    form = {**next(told for each in forms if (told := values(each))["action"] == "return"), "note": LONG}
    login = too_late(site, address, form)
    assert form["guard"] not in login.values() and login["token"] == ""
    wrong = site.post("/desk/session", data={**login, "token": "anda_" + "x" * 43})
    assert wrong.status_code == 401
    again = values(read(wrong.text).one("form", action="/desk/session"))
    assert again == login
    answer = site.post("/desk/session", data={**again, "token": township.token})
    assert answer.status_code == 200 and "anda_officer=" in answer.headers["set-cookie"]
    assert township.token not in answer.text
    page = read(answer.text)
    assert "尚未办理" in page.text and opened(page) == ["form-return"]
    shown = values(page.one("details", id="form-return"))
    assert shown == {**form, "guard": shown["guard"]} and shown["guard"] != form["guard"], "with a fresh guard"
    headers = {"Authorization": f"Bearer {township.token}"}
    assert site.get(f"/v1/projects/{number}", headers=headers).json()["status"] == "township_review"
    assert site.post(address, data=shown).status_code == 303
    assert site.get(f"/v1/projects/{number}", headers=headers).json()["status"] == "returned"


@grid("case", ["new", "objection", "revise"])
def test_every_kind_of_form_is_shown_again_after_the_login(site: TestClient, demo: Demo, case: str) -> None:
    village = At(site, demo, "village")
    if case == "objection":
        page = address = f"/desk/objections/{objection_to_a_village_notice(village)}"
        typed = {"answer": LONG}
    elif case == "new":
        page = address = "/desk/new"
        typed = {"name": "水渠", "tasks": LONG}
    else:
        page = f"/desk/projects/{new_draft(village)[0]}"
        address = f"{page}/revise"
        typed = {"tasks": LONG}
    login = too_late(site, address, {**village.form(page, address), **typed})
    answer = site.post("/desk/session", data={**login, "token": village.token})
    assert answer.status_code == 200
    shown = values(read(answer.text).one("form", action=address))
    assert {name: shown[name] for name in typed} == typed


def test_a_form_shown_again_says_that_its_project_changed_meanwhile(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    number, _ = new_draft(village)
    address = f"/desk/projects/{number}/revise"
    form = village.form(f"/desk/projects/{number}", address)
    assert site.post(address, data={**form, "tasks": "别人写的"}).status_code == 303
    login = too_late(site, address, {**form, "tasks": "我写的"})
    page = read(site.post("/desk/session", data={**login, "token": village.token}).text)
    assert "项目有了变化" in page.one("section", class_="refused").text
    assert values(page.one("form", action=address))["tasks"] == "我写的"


@grid("form", ["https://elsewhere.example/", "/desk/leave", "/desk/projects/1/nothing", "/v1/projects", "/desk/new/"])
def test_a_login_that_carries_what_is_no_form_of_the_desk_leads_to_the_desk(
    site: TestClient, demo: Demo, form: str
) -> None:
    answer = site.post("/desk/session", data={"token": demo.token("village"), "form": form, "kept.note": "x"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")


# ---- other sites

ELSEWHERE = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://elsewhere.example"},
    {"origin": "http://testserver.elsewhere.example"},
    {"origin": "http://testserver:8080"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
)


@grid("headers", ELSEWHERE)
def test_another_site_s_page_cannot_replace_the_session(site: TestClient, demo: Demo, headers: dict[str, str]) -> None:
    mine = At(site, demo, "county")
    answer = site.post("/desk/session", data={"token": demo.token("village")}, headers=headers)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers
    assert demo.token("village") not in answer.text
    assert f"（{mine.place}） ·" in mine.page("/desk").text


@grid(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin", "origin": "http://testserver"},
        {"sec-fetch-site": "none"},
        {"origin": "http://testserver"},
        {"origin": "https://testserver"},
    ],
)
def test_the_desk_s_own_page_and_a_browser_too_old_to_say_enter(
    site: TestClient, demo: Demo, headers: dict[str, str]
) -> None:
    answer = site.post("/desk/session", data={"token": demo.token("village")}, headers=headers)
    assert answer.status_code == 303 and "anda_officer=" in answer.headers["set-cookie"]


def test_what_another_site_s_page_typed_is_not_carried_through_the_login(site: TestClient) -> None:
    form = {"action": "withdraw", "note": "别的网站写的"}
    answer = site.post("/desk/projects/1/actions", data=form, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403 and "别的网站写的" not in answer.text


@grid("guard", ["", "0" * 32, "安达"])
def test_another_site_s_page_signs_nobody_out(site: TestClient, demo: Demo, guard: str) -> None:
    county = At(site, demo, "county")
    answer = site.post("/desk/leave", data={"guard": guard})
    assert "set-cookie" not in answer.headers
    assert "尚未退出" in answer.text and read(answer.text).all("form", action="/desk/leave")
    assert county.page("/desk").all("form", action="/desk/leave")


def test_leaving_without_the_cookie_that_other_sites_do_not_send_takes_none_away(site: TestClient) -> None:
    for sent in ("", guard_of("")):
        answer = site.post("/desk/leave", data={"guard": sent})
        assert answer.status_code == 303 and "set-cookie" not in answer.headers


# ---- numbers that are none

NO_NUMBERS = ("99999999999999999999", "2147483648", "0", "-1", "abc", "１", "1.0", "%00")


@grid("number", NO_NUMBERS)
@grid("kind", ["projects", "objections"])
def test_what_is_no_number_is_a_page_that_is_not_found(site: TestClient, demo: Demo, kind: str, number: str) -> None:
    village = At(site, demo, "village")
    assert "未找到" in village.page(f"/desk/{kind}/{number}", 404).text
    guard = village.form("/desk", "/desk/leave")["guard"]
    act = "/actions" if kind == "projects" else ""
    form = {"guard": guard, "version": "1", "action": "withdraw", "note": "x", "outcome": "upheld", "answer": "x"}
    answer = site.post(f"/desk/{kind}/{number}{act}", data=form)
    assert answer.status_code == 404 and "未找到" in answer.text


@grid("project", ["99999999999999999999", "abc", ""])
def test_a_decision_leads_to_the_objection_s_own_project_whatever_the_form_says(
    site: TestClient, demo: Demo, project: str
) -> None:
    village = At(site, demo, "village")
    address = f"/desk/objections/{objection_to_a_village_notice(village)}"
    form = {**village.form(address, address), "project": project, "outcome": "dismissed", "answer": "已核对"}
    assert re.fullmatch(r"/desk/projects/\d{1,9}\?done=", site.post(address, data=form).headers["location"])


def test_a_version_that_no_project_has_is_stale(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    number, _ = new_draft(village)
    form = {**village.form("/desk", "/desk/leave"), "action": "withdraw", "note": "x"}
    for version in ("", "x", "-1", "9" * 5000):
        answer = site.post(f"/desk/projects/{number}/actions", data={**form, "version": version})
        assert answer.status_code == 422 and "项目有了变化" in answer.text


def test_an_act_that_is_none_is_not_found(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    number, form = new_draft(village)
    assert site.post(f"/desk/projects/{number}/nothing", data=form).status_code == 404


def test_the_other_language_of_a_page_that_a_form_was_answered_with_leads_back(site: TestClient, demo: Demo) -> None:
    At(site, demo, "village")
    for address, back in (
        ("/desk/projects/7/actions", "/desk/projects/7"),
        ("/desk/session", "/desk"),
        ("/desk/leave", "/desk"),
    ):
        answer = site.get(f"{address}?lang=en")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{back}?lang=en")


# ---- errors in words


@grid("language", ["", "?lang=en"])
def test_every_error_of_a_declaration_names_its_field_as_the_form_does(
    site: TestClient, demo: Demo, language: str
) -> None:
    village = At(site, demo, "village")
    address = f"/desk/new{language}"
    typed = {
        "place": "1509",
        "schedule.start": "2018-06-01",
        "budget.sources": "\n县级 900\n市级：许多\n：3",
        "performance_goals": f"通水\n{IDENTITY_NUMBER}",
        "beneficiaries.households": "-1",
    }
    page = read(site.post(address, data={**village.form(address, address), **typed}).text)
    form = page.one("form", action=address)
    labels = {each.attributes["for"]: each.text for each in form.all("label")}
    lines = refused(page)
    for anchor, label, _ in lines:
        assert labels[anchor.removeprefix("#")] == label
    marked = [each.attributes["id"] for each in form.all() if each.attributes.get("aria-invalid")]
    assert set(marked) == {anchor.removeprefix("#") for anchor, _, _ in lines}
    assert {"new-name", "new-schedule-end", "new-budget-total", "new-budget-sources", "new-performance-goals"} <= {
        *marked
    }
    told = " ".join(line for _, _, line in lines)
    assert not re.search(r"JSON|[a-z]+\.[a-z]+|_|`|接口文档|documentation", told.replace("1200.00", "")), told
    beside = form.one("small", id="new-budget-sources-error").text
    numbered = "第{}行" if not language else "Line {}"
    for line in (2, 3, 4):
        assert numbered.format(line) in beside
    assert numbered.format(2) in form.one("small", id="new-performance-goals-error").text


@grid(("language", "title"), [("", "撤回"), ("?lang=en", "Withdraw it")])
def test_a_refused_step_opens_its_own_section_and_leads_to_what_is_missing(
    site: TestClient, demo: Demo, language: str, title: str
) -> None:
    village = At(site, demo, "village")
    number, _ = new_draft(village)
    shown = village.page(f"/desk/projects/{number}{language}")
    assert opened(shown) == ["form-post-village-notice"]
    form = values(shown.one("details", id="form-withdraw"))
    sent = site.post(f"/desk/projects/{number}/actions{language}", data=form)
    page = read(sent.text)
    assert sent.status_code == 422 and opened(page) == ["form-withdraw"]
    (line,) = refused(page)
    assert line[0] == "#withdraw-note" and "note" not in line[2].replace("Note or reason", "")
    section = page.one("details", id="form-withdraw")
    assert section.one("summary").text == title
    assert section.one("textarea", id="withdraw-note").attributes["aria-invalid"] == "true"
    assert "autofocus" in page.one("section", class_="refused").attributes
    assert page.one("title").text.startswith("未能办理" if not language else "Not done")


def test_the_evidence_of_a_step_is_named_by_the_words_of_its_form(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    number, _ = new_draft(village)
    page = village.page(f"/desk/projects/{number}")
    form = values(page.one("details", id="form-post-village-notice"))
    address = f"/desk/projects/{number}/actions"
    typed = {"evidence.meeting.attendance": "四十", "evidence.meeting.date": "昨天"}
    refusal = read(site.post(address, data={**form, **typed}).text)
    assert [line[:2] for line in refused(refusal)] == [
        ("#post-village-notice-meeting-date", "会议日期"),
        ("#post-village-notice-meeting-attendance", "参加人数"),
    ]
    shown = values(refusal.one("details", id="form-post-village-notice"))
    assert {name: shown[name] for name in typed} == typed
    lacking = read(site.post(address, data={**form, "evidence.meeting.date": "2018-05-19"}).text)
    assert [line[:2] for line in refused(lacking)] == [("#post-village-notice-meeting-attendance", "参加人数")]


def test_a_check_that_is_not_ticked_is_marked_and_those_ticked_stay_so(site: TestClient, demo: Demo) -> None:
    township = At(site, demo, "township")
    number = township.first("township_review")
    page = township.page(f"/desk/projects/{number}")
    form = {**values(page.one("details", id="form-approve-in-township")), "evidence.checks.truth": "true"}
    refusal = read(site.post(f"/desk/projects/{number}/actions", data=form).text)
    assert [line[:2] for line in refused(refusal)] == [("#approve-in-township-checks-need", "必要性")]
    assert values(refusal.one("details", id="form-approve-in-township")) == form


# ---- twice is once


def test_a_draft_that_is_saved_twice_is_one_draft(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    number, form = new_draft(village)
    again = site.post("/desk/new", data=form)
    assert again.headers["location"] == f"/desk/projects/{number}?done=again"
    assert "只办理一次" in village.page(again.headers["location"]).text
    other = site.post("/desk/new", data={**form, "tasks": "另一个"})
    assert other.headers["location"] == f"/desk/projects/{number + 1}?done="


def test_a_step_and_a_change_sent_twice_are_done_once_and_say_so(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    number, _ = new_draft(village)
    page = f"/desk/projects/{number}"
    change = {**village.form(page, f"{page}/revise"), "tasks": "修三公里"}
    answers = [site.post(f"{page}/revise", data=change).headers["location"] for _ in range(2)]
    assert answers == [f"{page}?done=", f"{page}?done=again"]
    step = {**values(village.page(page).one("details", id="form-withdraw")), "note": "不再申报"}
    answers = [site.post(f"{page}/actions", data=step).headers["location"] for _ in range(2)]
    assert answers == [f"{page}?done=", f"{page}?done=again"]
    headers = {"Authorization": f"Bearer {village.token}"}
    events = site.get(f"/v1/projects/{number}/events", headers=headers).json()["items"]
    assert [event["action"] for event in events] == ["declare", "revise", "withdraw"]


def test_a_step_with_evidence_sent_twice_is_taken_once(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    page = f"/desk/projects/{new_draft(village)[0]}"
    meeting = {"evidence.meeting.date": "2018-05-19", "evidence.meeting.attendance": "40"}
    step = {**values(village.page(page).one("details", id="form-post-village-notice")), **meeting}
    answers = [site.post(f"{page}/actions", data=step).headers["location"] for _ in range(2)]
    assert answers == [f"{page}?done=", f"{page}?done=again"]
    assert site.post(f"{page}/actions", data={**step, "evidence.meeting.attendance": "41"}).status_code == 422


def test_money_allocated_twice_at_a_click_is_allocated_once(site: TestClient, demo: Demo) -> None:
    county = At(site, demo, "county")
    page = f"/desk/projects/{county.first('in_library')}"
    form = {**county.form(page, f"{page}/allocations"), "amount": "0.01", "document": "乌财农〔2018〕9号"}
    answers = [site.post(f"{page}/allocations", data=form).headers["location"] for _ in range(2)]
    assert answers == [f"{page}?done=", f"{page}?done=again"]
    assert site.post(f"{page}/allocations", data={**form, "amount": "0.02"}).status_code == 422


def test_progress_recorded_twice_at_a_click_is_recorded_once_and_the_language_stays(
    site: TestClient, demo: Demo
) -> None:
    number = At(site, demo, "county").first("under_way")
    page = f"/desk/projects/{number}"
    place = site.get(f"/v1/projects/{number}").json()["place"]
    site.post("/desk/session", data={"token": demo.token("township", place[:9])})
    form = read(site.get(page).text).one("form", action=f"{page}/progress")
    report = {**values(form), "text": "已铺管"}
    answers = [site.post(f"{page}/progress?lang=en", data=report).headers["location"] for _ in range(2)]
    assert answers == [f"{page}?done=&lang=en", f"{page}?done=again&lang=en"]
    assert site.post(f"{page}/progress", data={**report, "text": "另一段"}).status_code == 422


def test_a_decision_sent_twice_is_one_decision(site: TestClient, demo: Demo) -> None:
    village = At(site, demo, "village")
    address = f"/desk/objections/{objection_to_a_village_notice(village)}"
    form = {**village.form(address, address), "outcome": "dismissed", "answer": "已核对"}
    first, second = (site.post(address, data=form).headers["location"] for _ in range(2))
    assert second == f"{first}again"


def test_who_did_not_do_it_is_not_told_that_it_is_done(site: TestClient, demo: Demo) -> None:
    township = At(site, demo, "township")
    number = township.first("township_review")
    page = f"/desk/projects/{number}"
    form = {**values(township.page(page).one("details", id="form-return")), "note": "缺少单价依据"}
    assert site.post(f"{page}/actions", data=form).status_code == 303
    place = site.get(f"/v1/projects/{number}", headers={"Authorization": f"Bearer {township.token}"}).json()["place"]
    assert site.post("/desk/session", data={"token": demo.token("village", place)}).status_code == 303
    guard = values(read(site.get("/desk").text).one("form", action="/desk/leave"))["guard"]
    answer = site.post(f"{page}/actions", data={**form, "guard": guard})
    assert answer.status_code == 422
    assert "缺少单价依据" in answer.text and "已经办理" not in answer.text
