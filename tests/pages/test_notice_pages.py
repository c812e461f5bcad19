"""The notice board, a notice, an objection, the poster, the project's page, the feed: what they say and hide."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from app.db.engine import make_engine, writing
from app.db.projects.models import Notice
from app.main import create_app
from app.schemas.examples import PROJECT
from tests.support.demo_store import Demo, demo_in
from tests.support.grid import grid
from tests.support.markup import read

ATOM = "{http://www.w3.org/2005/Atom}"
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'&"
CLOSED = "default-src 'none'; script-src 'self'; style-src 'self'"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return demo_in(tmp_path_factory.mktemp("board"))


@pytest.fixture(scope="module")
def site(demo: Demo) -> Iterator[TestClient]:
    with TestClient(create_app(demo.settings), follow_redirects=False) as client:
        yield client


def text_of(page: str) -> str:
    body = page.partition("<body>")[2]
    return unescape(re.sub(r"<[^>]+>", " ", body))


def open_notices(site: TestClient, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"status": "open", "limit": "200", **query}
    while True:
        page = site.get("/v1/notices", params=asked).json()
        found += page["items"]
        if page["next"] is None:
            return found
        asked["cursor"] = page["next"]


def test_the_board_shows_what_is_on_display_page_after_page_and_nothing_else(site: TestClient) -> None:
    expected = [notice["id"] for notice in open_notices(site)]
    address: str | None = "/notices"
    shown: list[int] = []
    while address:
        page = site.get(address).text
        shown += [int(number) for number in re.findall(r'<td><a href="/notices/(\d+)">', page)]
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = unescape(following[1]) if following else None
    assert shown == expected
    assert len(expected) > 30


@grid("level", ["county", "township", "village"])
def test_the_board_is_shown_for_a_county_a_township_a_village(site: TestClient, demo: Demo, level: str) -> None:
    place = demo.place(level)
    name = "county" if level == "county" else "place"
    page = site.get("/notices", params={name: place, "status": "open"}).text
    shown = {int(number) for number in re.findall(r'<td><a href="/notices/(\d+)">', page)}
    expected = {notice["id"] for notice in open_notices(site, place=place)}
    assert shown and shown <= expected
    assert shown == expected or 'rel="next"' in page


@grid(
    ("query", "field"),
    [
        ("place=abc", "place"),
        ("place=1", "place"),
        ("status=x", "status"),
        ("county=15", "county"),
        ("county=110101", "county"),
        ("county=150921&place=150923100201", "place"),
    ],
)
def test_a_board_that_is_asked_wrongly_says_what_is_wrong_and_lists_nothing(
    site: TestClient, query: str, field: str
) -> None:
    answer = site.get(f"/notices?{query}")
    page = read(answer.text)
    assert answer.status_code == 422
    assert page.one(id=field).attributes["aria-describedby"] == f"{field}-error"
    assert page.one(id=f"{field}-error").text in page.one(role="alert").text
    assert page.all("tbody") == []


def test_a_board_that_begins_nowhere_says_so(site: TestClient) -> None:
    answer = site.get("/notices?cursor=!!")
    assert (answer.status_code, bool(read(answer.text).one(role="alert").text)) == (422, True)


def test_what_others_add_to_the_board_s_address_means_nothing(site: TestClient) -> None:
    added = site.get("/notices?from=singlemessage&isappinstalled=0")
    assert added.status_code == 200
    assert read(added.text).one("tbody").text == read(site.get("/notices").text).one("tbody").text


def test_a_row_leads_to_what_else_is_on_display_in_its_township_and_its_village(site: TestClient, demo: Demo) -> None:
    page = read(site.get("/notices", params={"place": demo.place("village")}).text)
    links = {link.attributes["href"] for link in page.one("tbody").all("a")}
    for level in ("township", "village"):
        assert f"/notices?place={demo.place('village')[: 9 if level == 'township' else 12]}&status=open" in links


def test_a_notice_says_until_when_and_what_was_posted(site: TestClient) -> None:
    notice = open_notices(site)[0]
    page = site.get(f"/notices/{notice['id']}")
    said = text_of(page.text)
    told = notice["text"]
    total = f"{told['budget']['total'].removesuffix('.00')}元"
    for part in (told["name"], told["tasks"], total, notice["last_day"], notice["next_step_from"]):
        assert part in said
    assert "至少10天" in said and "自然日" in said and "publicity." not in said
    assert "0474-1234567" in said
    assert page.headers["content-security-policy"].startswith(CLOSED)
    assert "set-cookie" not in page.headers
    english = text_of(site.get(f"/notices/{notice['id']}?lang=en").text)
    assert "On display through" in english and told["name"] in english


def test_a_notice_names_the_place_of_the_level_that_decides_objections(site: TestClient) -> None:
    of_level = {notice["level"]: notice for notice in open_notices(site)}
    decides = {"village": "嘎查村（区划代码{}）", "township": "商都县", "county": "商都县（区划代码150923）"}
    for level, digits in (("village", 12), ("township", 9), ("county", 6)):
        notice = of_level[level]
        page = text_of(site.get(f"/notices/{notice['id']}").text)
        code = notice["place"][:digits]
        assert f"异议由{decides[level].format(code)}" in page, level
        assert f"区划代码{code}）作出决定" in page, level


@grid("address", ["/notices/0", "/notices/999999", "/notices/x", "/projects/99999999999", "/projects/x"])
def test_what_is_not_there_is_a_page_that_says_so(site: TestClient, address: str) -> None:
    page = site.get(address)
    assert page.status_code == 404
    assert "未找到" in page.text and page.headers["content-type"].startswith("text/html")


def test_a_notice_of_before_a_field_was_added_is_shown_without_it(demo: Demo) -> None:
    engine = make_engine(demo.settings.database_url)
    with TestClient(create_app(demo.settings)) as site:
        notice = site.get("/v1/notices?status=open").json()["items"][0]["id"]
        with writing(engine) as connection:
            posted = connection.execute(select(Notice.text).where(Notice.id == notice)).scalar_one()
            older = {name: value for name, value in posted.items() if name != "participation"}
            connection.execute(update(Notice).where(Notice.id == notice).values(text=older))
        assert site.get(f"/v1/notices/{notice}").json()["text"] == {**posted, "participation": None}
        for page in (f"/notices/{notice}", f"/notices/{notice}/poster"):
            assert site.get(page).status_code == 200, page
        with writing(engine) as connection:
            connection.execute(update(Notice).where(Notice.id == notice).values(text=posted))
    engine.dispose()


def test_a_project_that_is_not_published_has_no_page(site: TestClient, demo: Demo) -> None:
    officer = {"Authorization": f"Bearer {demo.token('county')}"}
    for status in ("draft", "township_review", "county_review", "returned", "withdrawn"):
        hidden = site.get("/v1/projects", params={"status": status, "limit": "1"}, headers=officer).json()["items"][0]
        assert site.get(f"/projects/{hidden['id']}").status_code == 404


def test_a_project_s_page_tells_every_act_in_the_order_of_time(site: TestClient) -> None:
    project = site.get("/v1/projects", params={"status": "completed", "limit": "1"}).json()["items"][0]
    events = site.get(f"/v1/projects/{project['id']}/events").json()["items"]
    page = site.get(f"/projects/{project['id']}").text
    assert re.findall(r'<time datetime="([0-9-]+)"', page) == [event["day"] for event in events]
    assert "竣工" in text_of(page)
    for fund in project["funds"]:
        assert fund["allocated"] in text_of(page)


def test_an_objection_is_received_counted_and_answered_by_its_receipt(site: TestClient, demo: Demo) -> None:
    notice = next(each for each in open_notices(site) if each["level"] == "village")
    before = notice["objections"]["in_time"]
    sent = site.post(
        f"/notices/{notice['id']}/objection", data={"content": f"不公平。{MARKUP}", "name": "王某", "contact": "139"}
    )
    assert sent.status_code == 303
    receipt = sent.headers["location"].removeprefix("/objections/")
    page = site.get(f"/notices/{notice['id']}").text
    assert f"期内提出{before + 1}件" in text_of(page)
    answer = site.get(f"/objections/{receipt}")
    assert f'id="receipt">{receipt}<' in answer.text
    assert "不公平。" in answer.text and "尚未作出决定" in answer.text
    for shown in (page, answer.text, sent.text):
        assert "王某" not in shown and "139" not in re.sub(r"<code.*?</code>", "", shown) and MARKUP not in shown
    assert unescape(re.sub(r"<[^>]+>", "", answer.text)).count(MARKUP) == 1


@grid(
    ("typed", "field"),
    [
        ({"content": ""}, "content"),
        ({"content": "   "}, "content"),
        ({"content": "x" * 5_001}, "content"),
        ({"content": "身份证 150923198001011234"}, "content"),
        ({"content": "看这里", "contact": "6222 0212 3456 7890 123"}, "contact"),
        ({"content": "看这里", "name": "长" * 101}, "name"),
    ],
)
def test_an_objection_that_cannot_be_taken_says_why_beside_its_field_and_keeps_what_was_typed(
    site: TestClient, typed: dict[str, str], field: str
) -> None:
    notice = open_notices(site)[0]
    answer = site.post(f"/notices/{notice['id']}/objection", data=typed)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', answer.text)
    for value in typed.values():
        assert value.strip() in unescape(answer.text)
    assert open_notices(site)[0]["objections"] == notice["objections"]


def test_an_address_that_sends_too_many_is_told_so_and_keeps_what_it_typed(demo: Demo) -> None:
    limited = demo.settings.model_copy(update={"objections_a_minute": 1})
    with TestClient(create_app(limited), follow_redirects=False) as site:
        notice = open_notices(site)[-1]
        for expected in (303, 429):
            answer = site.post(f"/notices/{notice['id']}/objection", data={"content": "路灯不亮"})
            assert answer.status_code == expected
        assert "路灯不亮" in answer.text and "一分钟" in answer.text


def test_the_poster_bears_a_code_that_leads_to_its_notice(site: TestClient) -> None:
    notice = open_notices(site)[0]
    page = site.get(f"/notices/{notice['id']}/poster").text
    picture = re.search(r'<img src="([^"]+)"', page)
    assert picture is not None and f"http://testserver/notices/{notice['id']}" in page
    drawn = site.get(picture[1])
    # Read by a phone whose pages are dark, too.
    assert b'fill="#fff"' in drawn.content
    assert drawn.headers["content-type"] == "image/svg+xml" and drawn.content.startswith(b"<?xml")
    assert site.get("/notices/x/qr.svg").status_code == 404


def test_the_feed_lists_what_is_on_display(site: TestClient) -> None:
    answer = site.get("/notices.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.text)  # noqa: S314 - our own answer
    names = [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]
    assert names == [notice["text"]["name"] for notice in open_notices(site)[: len(names)]]
    assert len(names) == 30
    english = ET.fromstring(site.get("/notices.atom?lang=en").text)  # noqa: S314
    assert english.findtext(f"{ATOM}id") == "http://testserver/notices.atom?lang=en" != feed.findtext(f"{ATOM}id")


def test_markup_in_a_project_comes_out_as_text_everywhere(site: TestClient, demo: Demo) -> None:
    village = demo.place("village")
    officer = {"Authorization": f"Bearer {demo.token('village')}"}
    texts = (
        "name",
        "category",
        "place_name",
        "responsible_unit",
        "tasks",
        "participation",
        "poverty_reduction_mechanism",
    )
    planted = {**PROJECT, **dict.fromkeys(texts, MARKUP), "place": village, "performance_goals": ["=1+1", MARKUP]}
    planted["budget"] = {"total": "1.00", "sources": [{"fund": MARKUP, "amount": "1.00"}]}
    made = site.post("/v1/projects", json=planted, headers=officer).json()["id"]
    meeting = {"kind": "villagers_assembly", "date": "2018-05-19", "attendance": 9}
    act = {"action": "post_village_notice", "note": MARKUP, "evidence": {"meeting": meeting}}
    posted = site.post(f"/v1/projects/{made}/actions", json=act, headers=officer).json()
    notice = posted["notice"]["id"]
    for address in (
        "/notices",
        "/notices.atom",
        f"/notices/{notice}",
        f"/notices/{notice}/poster",
        f"/projects/{made}",
        "/v1/projects.csv",
    ):
        shown = site.get(address)
        assert shown.status_code == 200
        if address.endswith(".csv"):
            assert "'=1+1" in shown.text
        else:
            assert MARKUP not in shown.text and "<script>alert" not in shown.text, address
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown.text, address


def test_a_page_of_a_store_that_is_gone_is_said_to_be_unavailable(demo: Demo) -> None:
    gone = demo.settings.model_copy(update={"database_url": "sqlite:////nonexistent/anda.db"})
    with TestClient(create_app(gone)) as site:
        assert site.get("/notices").status_code == 503


def test_the_fixture_s_store_is_one_that_verifies(demo: Demo) -> None:
    from app.projects.verification import verify  # noqa: PLC0415

    engine = make_engine(demo.settings.database_url)
    with writing(engine) as connection:
        assert verify(connection).faults == []
    engine.dispose()
