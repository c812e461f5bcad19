"""Places by name on the board, notices, posters, the desk and its forms; a code that is not known stays a code."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from starlette.testclient import TestClient

from tests.support.county import DAY_OF, County
from tests.support.grid import grid
from tests.support.markup import read
from tests.support.stores import migrated_file

DAY = DAY_OF["village_notice"]
KNOWN, VILLAGE, FULL = "150923101200", "骆驼盘村民委员会", "商都县七台镇骆驼盘村民委员会"
UNKNOWN = "150923101901"
"""A village of the same township that is not among the names."""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with County(migrated_file(tmp_path_factory.mktemp("places"))) as shared:
        yield shared


@pytest.fixture(scope="module")
def known(county: County) -> int:
    """A project on display in a village whose name is known."""
    return county.walk_to("village_notice", place=KNOWN, place_name=None)


@pytest.fixture(scope="module")
def unknown(county: County) -> int:
    """A project on display in a village whose name is not known, with words of its own for its place."""
    return county.walk_to("village_notice", place=UNKNOWN, place_name="七台镇立春村")


def shown(county: County, address: str) -> str:
    answer = county.on(DAY).get(address)
    assert answer.status_code == 200, address
    return unescape(re.sub(r"<[^>]+>", "", answer.text.partition("<body>")[2]))


def notice_of(county: County, project: int) -> int:
    number: int = county.notices_of(project, DAY)[0]["id"]
    return number


def test_the_board_names_township_and_village(county: County, known: int, unknown: int) -> None:
    rows = [row.text for row in read(county.on(DAY).get("/notices").text).one("tbody").all("tr")]
    assert any(f"苏木乡镇 七台镇 嘎查村 {VILLAGE}" in row for row in rows)
    assert any(f"七台镇立春村 苏木乡镇 七台镇 嘎查村 {UNKNOWN}" in row for row in rows)


@grid(
    "query",
    [
        {"place": VILLAGE},
        {"place": "骆驼盘村"},
        {"place": VILLAGE, "county": "150923"},
        {"place": "七台镇"},
        {"place": KNOWN},
    ],
)
def test_the_board_is_filtered_by_the_name_of_a_township_or_a_village(
    county: County, known: int, query: dict[str, str]
) -> None:
    page = county.on(DAY).get("/notices", params=query)
    assert page.status_code == 200
    assert f'href="/notices/{notice_of(county, known)}"' in page.text
    assert f'value="{query["place"]}"' in page.text


@grid(
    ("query", "said"),
    [
        ({"place": "杨柳青镇"}, "没有找到这个名称"),
        ({"place": "七台镇", "county": "150922"}, "没有找到这个名称"),
        ({"place": "七台"}, "请先选旗县"),
        ({"place": "繁荣社区居民委员会"}, "请先选旗县"),
    ],
)
def test_a_name_that_is_not_one_places_is_refused_in_words(county: County, query: dict[str, str], said: str) -> None:
    page = county.on(DAY).get("/notices", params=query)
    assert page.status_code == 422
    assert said in read(page.text).one(id="place-error").text


@grid("page", ["", "/poster"])
def test_a_notice_and_its_poster_name_the_place_with_its_code_and_who_decides(
    county: County, known: int, unknown: int, page: str
) -> None:
    named = shown(county, f"/notices/{notice_of(county, known)}{page}")
    assert f"{FULL}（{KNOWN}）" in named
    assert f"异议由{FULL}（区划代码{KNOWN}）作出决定并答复。" in named
    coded = shown(county, f"/notices/{notice_of(county, unknown)}{page}")
    assert f"七台镇立春村 {UNKNOWN}" in coded
    assert f"异议由嘎查村（区划代码{UNKNOWN}）作出决定并答复。" in coded
    english = shown(county, f"/notices/{notice_of(county, known)}{page}?lang=en")
    assert f"{VILLAGE}, 七台镇, Shangdu County ({KNOWN})" in english


def test_the_project_page_names_who_acted(county: County, known: int) -> None:
    assert f"嘎查村 {FULL} → 嘎查村公示中" in re.sub(r"\s+", " ", shown(county, f"/projects/{known}"))


def test_the_feed_names_the_place_where_the_project_has_no_words_for_it(
    county: County, known: int, unknown: int
) -> None:
    feed = county.on(DAY).get("/notices.atom").text
    assert FULL in feed and "七台镇立春村" in feed and UNKNOWN not in feed


@pytest.fixture
def desk(county: County) -> Iterator[TestClient]:
    client = county.on(DAY)
    client.cookies.clear()
    yield client
    client.cookies.clear()


def entered(desk: TestClient, county: County, place: str, address: str) -> str:
    desk.post("/desk/session", data={"token": county.token(place)})
    return unescape(desk.get(address).text)


def test_the_desk_names_the_officers_place_and_the_places_of_what_waits(
    county: County, desk: TestClient, known: int
) -> None:
    county.declare(place=KNOWN, place_name=None, name="等待公示")
    page = entered(desk, county, KNOWN, "/desk")
    assert f"嘎查村 · {FULL}（{KNOWN}） · 今天{DAY}" in page
    assert f"{FULL} · " in page.partition("等待公示")[2]
    assert f"嘎查村 {FULL}" in entered(desk, county, KNOWN, f"/desk/projects/{known}")


def test_the_form_of_a_project_names_the_place_below_its_code(county: County, desk: TestClient) -> None:
    form = read(entered(desk, county, KNOWN, "/desk/new"))
    assert form.one("input", name="place").attributes["value"] == KNOWN
    assert form.one("small", id="new-place-stands-for").text == FULL


def test_the_form_has_no_name_for_a_code_that_is_not_known(county: County, desk: TestClient) -> None:
    form = read(entered(desk, county, UNKNOWN, "/desk/new"))
    assert form.one("input", name="place").attributes["value"] == UNKNOWN
    assert form.all("small", id="new-place-stands-for") == []
