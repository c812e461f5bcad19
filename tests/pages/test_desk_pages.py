"""The officer's desk: who gets in, what waits and why, the acts as forms, and that no other site acts."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.rules.projects.procedure import CHECKS
from tests.support.demo_store import Demo, demo_in
from tests.support.grid import grid


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return demo_in(tmp_path_factory.mktemp("desk"))


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


def enter(site: TestClient, token: str) -> str:
    """Enter the desk, and return what its forms hold against other sites."""
    answer = site.post("/desk/session", data={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    page = site.get("/desk")
    assert page.status_code == 200
    found = re.search(r'name="guard" value="([0-9a-f]{32})"', page.text + site.get("/desk/new").text)
    assert found is not None
    return found[1]


def first(site: TestClient, demo: Demo, status: str, place: str) -> int:
    officer = {"Authorization": f"Bearer {demo.token('county')}"}
    query = {"status": status, "place": place, "limit": "1"}
    number: int = site.get("/v1/projects", params=query, headers=officer).json()["items"][0]["id"]
    return number


def hidden(site: TestClient, number: int) -> dict[str, str]:
    page = site.get(f"/desk/projects/{number}").text
    return dict(re.findall(r'type="hidden" name="(guard|version)" value="([^"]+)"', page))


def test_the_session_is_a_cookie_that_scripts_and_other_sites_cannot_use(site: TestClient, demo: Demo) -> None:
    answer = site.post("/desk/session", data={"token": demo.token("village")})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/desk" in cookie
    assert "max-age" not in cookie and "expires" not in cookie
    assert "secure" not in cookie
    assert (
        "secure"
        in site.post("https://testserver/desk/session", data={"token": demo.token("village")})
        .headers["set-cookie"]
        .lower()
    )


@grid("token", ["", "x", "anda_" + "x" * 43])
def test_whoever_has_no_valid_token_stays_outside(site: TestClient, token: str) -> None:
    answer = site.post("/desk/session", data={"token": token})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert 'name="token"' in site.get("/desk").text
    assert 'name="token"' in site.get("/desk/projects/1").text


def test_leaving_takes_the_cookie_away(site: TestClient, demo: Demo) -> None:
    guard = enter(site, demo.token("county"))
    answer = site.post("/desk/leave", data={"guard": guard})
    assert 'anda_officer=""' in answer.headers["set-cookie"]
    assert 'name="token"' in site.get("/desk").text


@grid("level", ["village", "township", "county"])
def test_the_desk_shows_what_waits_for_the_level_and_why_it_cannot_go_on(
    site: TestClient, demo: Demo, level: str
) -> None:
    enter(site, demo.token(level))
    page = unescape(site.get("/desk").text)
    place = demo.place(level)
    mine = {"village": "village_notice", "township": "township_notice", "county": "county_notice"}[level]
    officer = {"Authorization": f"Bearer {demo.token(level)}"}
    query = {"status": mine, "place": place, "limit": "200"}
    for project in site.get("/v1/projects", params=query, headers=officer).json()["items"]:
        assert f"/desk/projects/{project['id']}" in page
        if project["notice"]["status"] == "open":
            assert f"公示至{project['notice']['last_day']}（含当日）" in page
    other = {"village": "township_review", "township": "county_review", "county": "draft"}[level]
    for project in site.get("/v1/projects", params={**query, "status": other}, headers=officer).json()["items"]:
        assert f'/desk/projects/{project["id"]}"' not in page.partition("待决定的异议")[0]


def test_a_village_declares_a_project_changes_it_and_puts_it_on_display(site: TestClient, demo: Demo) -> None:
    guard = enter(site, demo.token("village"))
    form = {
        "guard": guard,
        "name": "水渠修复",
        "category": "基础设施",
        "construction": "renovation",
        "place": demo.place("village"),
        "budget.total": "1000",
        "budget.sources": "县级: 900",
        "performance_goals": "通水\n不漏",
        "schedule.start": "2018-06-01",
        "schedule.end": "2018-09-30",
    }
    refused = site.post("/desk/new", data=form)
    assert refused.status_code == 422
    assert "各资金来源合计须等于资金总额" in refused.text and "水渠修复" in refused.text
    made = site.post("/desk/new", data={**form, "budget.sources": "县级：1000"})
    assert made.status_code == 303
    number = int(made.headers["location"].removesuffix("?done=").rpartition("/")[2])
    changed = site.post(
        f"/desk/projects/{number}/revise",
        data={**form, **hidden(site, number), "budget.sources": "县级: 1000", "tasks": "修三公里"},
    )
    assert changed.headers["location"] == f"/desk/projects/{number}?done="
    act = {"action": "post_village_notice", "evidence.meeting.kind": "villagers_assembly"}
    lacking = site.post(f"/desk/projects/{number}/actions", data={**act, **hidden(site, number), "note": "请看"})
    assert lacking.status_code == 422 and "会议情况" in lacking.text and "请看" in lacking.text
    meeting = {"evidence.meeting.date": "2018-05-19", "evidence.meeting.attendance": "40"}
    posted = site.post(f"/desk/projects/{number}/actions", data={**act, **meeting, **hidden(site, number)})
    assert posted.status_code == 303
    public = site.get(f"/v1/projects/{number}").json()
    assert (public["status"], public["tasks"], public["performance_goals"]) == (
        "village_notice",
        "修三公里",
        ["通水", "不漏"],
    )
    events = site.get(f"/v1/projects/{number}/events").json()["items"]
    assert [event["action"] for event in events] == ["declare", "revise", "post_village_notice"]
    assert events[2]["record"]["evidence"]["meeting"]["attendance"] == 40


def test_a_form_that_grew_stale_changes_nothing(site: TestClient, demo: Demo) -> None:
    place = demo.place("township")
    enter(site, demo.token("township"))
    number = first(site, demo, "township_review", place)
    form = {**hidden(site, number), "action": "return", "note": "缺少单价依据"}
    assert site.post(f"/desk/projects/{number}/actions", data={**form, "version": "1"}).status_code == 422
    assert site.post(f"/desk/projects/{number}/actions", data=form).status_code == 303
    again = site.post(f"/desk/projects/{number}/actions", data={**form, "note": "另一个原因"})
    assert again.status_code == 422 and "项目有了变化" in again.text


def test_the_township_examines_and_reports(site: TestClient, demo: Demo) -> None:
    enter(site, demo.token("township"))
    number = first(site, demo, "township_review", demo.place("township"))
    form = {"action": "approve_in_township", **{f"evidence.checks.{check}": "true" for check in CHECKS[:-1]}}
    lacking = site.post(f"/desk/projects/{number}/actions", data={**form, **hidden(site, number)})
    assert lacking.status_code == 422 and "带贫机制" in lacking.text
    form["evidence.checks.mechanism"] = "true"
    assert site.post(f"/desk/projects/{number}/actions", data={**form, **hidden(site, number)}).status_code == 303
    running = first(site, demo, "under_way", demo.place("township"))
    told = {"date": "2018-05-19", "text": "已完成一半", "spent": "10.5"}
    assert site.post(f"/desk/projects/{running}/progress", data={**told, **hidden(site, running)}).status_code == 303
    reports = site.get(f"/v1/projects/{running}/reports").json()["items"]
    assert (reports[-1]["text"], reports[-1]["spent"]) == ("已完成一半", "10.50")
    early = site.post(f"/desk/projects/{running}/outcome", data={**told, **hidden(site, running)})
    assert early.status_code == 422 and "竣工后" in early.text


def test_the_county_allocates_and_never_more_than_there_is(site: TestClient, demo: Demo) -> None:
    enter(site, demo.token("county"))
    number = first(site, demo, "in_library", demo.place("county"))
    fund = site.get(f"/v1/projects/{number}").json()["funds"][0]
    form = {"fund": fund["fund"], "amount": "999999999", "document": "乌财农〔2018〕9号"}
    for amount, expected in (("99999999.00", 422), ("-1", 422), ("0.01", 303)):
        sent = site.post(
            f"/desk/projects/{number}/allocations", data={**form, "amount": amount, **hidden(site, number)}
        )
        assert sent.status_code == expected, amount


def test_the_form_of_allocations_is_the_county_s_alone(site: TestClient, demo: Demo) -> None:
    number = first(site, demo, "in_library", demo.place("township"))
    form = f'action="/desk/projects/{number}/allocations"'
    for level, shown in (("village", False), ("township", False), ("county", True)):
        enter(site, demo.token(level))
        page = site.get(f"/desk/projects/{number}")
        assert page.status_code == 200 and (form in page.text) == shown, level


def test_an_objection_is_decided_at_the_desk_of_its_level(site: TestClient, demo: Demo) -> None:
    village = demo.place("village")
    notice = site.get("/v1/notices", params={"status": "open", "place": village}).json()["items"]
    mine = next((each for each in notice if each["level"] == "village"), None)
    if mine is None:
        pytest.fail("the demo's first village has no notice of its own on display")
    made = site.post(f"/v1/notices/{mine['id']}/objections", json={"content": "账目不清"}).json()["id"]
    guard = enter(site, demo.token("village"))
    assert "账目不清" in site.get("/desk").text
    form = {"guard": guard, "project": str(mine["project"]), "outcome": "upheld", "answer": "补公账目后重新公示"}
    assert site.post(f"/desk/objections/{made}", data=form).status_code == 303
    assert "账目不清" not in site.get("/desk").text
    assert site.get(f"/v1/projects/{mine['project']}").status_code == 404, "it was sent back"
    again = site.post(f"/desk/objections/{made}", data={**form, "answer": "另一个答复"})
    assert again.status_code == 422 and "已经作出决定" in again.text and "另一个答复" in again.text


def test_a_draft_is_shown_at_the_desk_of_its_own_village_only(site: TestClient, demo: Demo) -> None:
    number = first(site, demo, "draft", demo.place("county"))
    officer = {"Authorization": f"Bearer {demo.token('county')}"}
    place = site.get(f"/v1/projects/{number}", headers=officer).json()["place"]
    other = next(each for each in demo.offices if each["level"] == "village" and each["place"] != place)
    enter(site, other["token"])
    assert site.get(f"/desk/projects/{number}").status_code == 404
    enter(site, demo.token("village", place))
    assert site.get(f"/desk/projects/{number}").status_code == 200


@grid("guard", ["", "0" * 32, "安达"])
def test_a_form_that_another_site_made_changes_nothing(site: TestClient, demo: Demo, guard: str) -> None:
    enter(site, demo.token("county"))
    number = first(site, demo, "county_review", demo.place("county"))
    before = site.get(f"/desk/projects/{number}").text
    form = {"guard": guard, "version": hidden(site, number)["version"], "action": "return", "note": "x"}
    answer = site.post(f"/desk/projects/{number}/actions", data=form)
    assert answer.status_code == 403
    assert site.get(f"/desk/projects/{number}").text == before


def test_what_guards_the_forms_of_one_officer_guards_nobody_else_s(site: TestClient, demo: Demo) -> None:
    of_the_village = enter(site, demo.token("village"))
    assert enter(site, demo.token("county")) != of_the_village
    number = first(site, demo, "county_review", demo.place("county"))
    form = {**hidden(site, number), "guard": of_the_village, "action": "return", "note": "x"}
    assert site.post(f"/desk/projects/{number}/actions", data=form).status_code == 403


def test_an_officer_cannot_act_outside_his_place_or_level_from_the_desk(site: TestClient, demo: Demo) -> None:
    enter(site, demo.token("village"))
    number = first(site, demo, "in_library", demo.place("county"))
    form = {"guard": enter(site, demo.token("village")), "version": "1", "action": "remove", "note": "x"}
    project = site.get(f"/v1/projects/{number}").json()
    answer = site.post(f"/desk/projects/{number}/actions", data={**form, "version": str(project["version"])})
    assert answer.status_code == 422 and "不在您的管辖地域或层级之内" in answer.text
    assert site.get(f"/v1/projects/{number}").json() == project
