"""An objection on its page: made once however often it is sent, and told what it does to the project."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.county import DAY_OF, County, Json
from tests.support.grid import grid
from tests.support.markup import Element, read
from tests.support.stores import migrated_file

LATE = "2018-09-01"
CONTENT = "管线绕开了六户。"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with County(migrated_file(tmp_path_factory.mktemp("objections")), objections_a_minute=10_000) as shared:
        yield shared


def newest(county: County, project: int, day: str) -> int:
    number: int = county.show(project, day)["notice"]["id"]
    return number


def shown(county: County, address: str, day: str) -> Element:
    answer = county.on(day).get(address)
    assert answer.status_code == 200
    return read(answer.text)


def filled_in(county: County, notice: int, day: str, **typed: str) -> dict[str, str]:
    """What a browser sends where the notice's form is filled in."""
    form = shown(county, f"/notices/{notice}", day).one("form", method="post")
    return {"once": form.one("input", name="once").attributes["value"], "content": CONTENT, **typed}


def sent(county: County, notice: int, day: str, form: dict[str, str]) -> httpx.Response:
    answer: httpx.Response = county.on(day).post(f"/notices/{notice}/objection", data=form, follow_redirects=False)
    return answer


def counted(county: County, notice: int, day: str) -> Json:
    found: Json = county.on(day).get(f"/v1/notices/{notice}").json()["objections"]
    return found


def superseded(county: County) -> tuple[int, int, int]:
    """A project whose notice in the village another has taken the place of: the project, the old and the new one."""
    project = county.walk_to("village_notice")
    day = DAY_OF["village_notice"]
    old = newest(county, project, day)
    headers = county.headers(county.officer_of(project, "village"), If_Match="*")
    assert county.on(day).patch(f"/v1/projects/{project}", json={"tasks": "另行安排"}, headers=headers).is_success
    return project, old, newest(county, project, day)


# ---- once


def test_a_form_that_is_sent_twice_makes_one_objection_with_one_receipt(county: County) -> None:
    day = DAY_OF["village_notice"]
    notice = newest(county, county.walk_to("village_notice"), day)
    form = filled_in(county, notice, day)
    first, again = sent(county, notice, day, form), sent(county, notice, day, form)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["location"] == again.headers["location"]
    assert counted(county, notice, day)["in_time"] == 1


def test_another_text_another_form_or_no_secret_is_another_objection(county: County) -> None:
    day = DAY_OF["village_notice"]
    notice = newest(county, county.walk_to("village_notice"), day)
    form = filled_in(county, notice, day)
    for each in (form, {**form, "content": "另有一处。"}, filled_in(county, notice, day), *[{**form, "once": ""}] * 2):
        assert sent(county, notice, day, each).status_code == 303
    assert counted(county, notice, day)["in_time"] == 5


def test_the_receipt_s_page_is_read_in_either_language_and_never_shows_who_objects(county: County) -> None:
    day = DAY_OF["village_notice"]
    notice = newest(county, county.walk_to("village_notice"), day)
    form = filled_in(county, notice, day, name="欧阳青山", contact="青山村东头")
    address = sent(county, notice, day, form).headers["location"]
    page = shown(county, address, day)
    other = next(link.attributes["href"] for link in page.all("a") if link.text == "English")
    english = shown(county, other, day)
    assert other == f"{address}?lang=en"
    for each in (page, english):
        assert each.one(id="receipt").text == address.removeprefix("/objections/")
        assert CONTENT in each.text
        assert "青山" not in each.text
    assert counted(county, notice, day)["in_time"] == 1


def test_the_store_keeps_no_receipt_of_a_form(county: County) -> None:
    day = DAY_OF["village_notice"]
    notice = newest(county, county.walk_to("village_notice"), day)
    form = filled_in(county, notice, day)
    receipt = sent(county, notice, day, form).headers["location"].removeprefix("/objections/")
    stored = repr(county.rows())
    assert receipt not in stored and form["once"] not in stored


# ---- what is typed


def test_the_end_of_a_line_counts_once(county: County) -> None:
    day = DAY_OF["village_notice"]
    notice = newest(county, county.walk_to("village_notice"), day)
    for lines, status in ((2_499, 303), (2_501, 422)):
        form = filled_in(county, notice, day, content="长\r\n" * lines + "完")
        assert sent(county, notice, day, form).status_code == status


def test_what_is_refused_is_said_first_with_a_link_to_its_field(county: County) -> None:
    day = DAY_OF["village_notice"]
    notice = newest(county, county.walk_to("village_notice"), day)
    answer = sent(county, notice, day, filled_in(county, notice, day, content=" ", name="长" * 101))
    page = read(answer.text)
    summary = page.one("main").all("section")[0]
    assert summary.attributes["role"] == "alert" and "autofocus" in summary.attributes
    links = [link.attributes["href"] for link in summary.all("a")]
    assert links == ["#content", "#name"]
    assert all(page.all(id=link[1:]) for link in links)
    assert page.one("title").text.startswith("异议未提交成功")


@grid("language", ["", "?lang=en"])
def test_a_refused_form_s_address_leads_to_the_notice(county: County, language: str) -> None:
    day = DAY_OF["village_notice"]
    notice = newest(county, county.walk_to("village_notice"), day)
    answer = county.on(day).get(f"/notices/{notice}/objection{language}", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/notices/{notice}{language}#objections"


# ---- what it does


@grid(
    ("status", "holds_up"),
    [("village_notice", True), ("county_notice", True), ("in_library", False), ("removed", False)],
)
def test_only_an_objection_to_a_publicity_is_said_to_hold_the_project_up(
    county: County, status: str, holds_up: bool
) -> None:
    day = DAY_OF[status]
    notice = newest(county, county.walk_to(status), day)
    for address in (f"/notices/{notice}", f"/notices/{notice}/poster"):
        assert ("起方可办理下一步" in shown(county, address, day).text) == holds_up
    receipt = sent(county, notice, day, filled_in(county, notice, day)).headers["location"]
    assert ("先对它作出决定，项目才能办理下一步" in shown(county, receipt, day).text) == holds_up


def test_a_late_objection_is_told_why_it_is_late(county: County) -> None:
    day = DAY_OF["village_notice"]
    notice = newest(county, county.walk_to("village_notice"), day)
    receipt = sent(county, notice, LATE, filled_in(county, notice, LATE)).headers["location"]
    assert "期满后提出" in shown(county, receipt, LATE).one(id="counts").text
    _, old, _ = superseded(county)
    receipt = sent(county, old, day, filled_in(county, old, day)).headers["location"]
    assert "已提前结束" in shown(county, receipt, day).one(id="counts").text


def test_a_notice_that_was_replaced_leads_to_the_one_that_counts(county: County) -> None:
    day = DAY_OF["village_notice"]
    _, old, new = superseded(county)
    page = shown(county, f"/notices/{old}", day)
    assert page.one(id="successor").attributes["href"] == f"/notices/{new}"
    assert f"/notices/{new}#objections" in [link.attributes["href"] for link in page.one(id="closed").all("a")]
    folded = page.one("form", method="post")
    assert any(folded in each.all("form") for each in page.all("details") if "open" not in each.attributes)
    assert shown(county, f"/notices/{new}", day).all(id="closed") == []


def test_the_poster_of_a_notice_that_was_closed_early_is_marked(county: County) -> None:
    day = DAY_OF["village_notice"]
    _, old, new = superseded(county)
    assert "已提前结束" in shown(county, f"/notices/{old}/poster", day).one(id="closed").text
    assert "起方可办理下一步" not in shown(county, f"/notices/{old}/poster", day).text
    assert shown(county, f"/notices/{new}/poster", day).all(id="closed") == []


@grid(("status", "linked"), [("village_notice", 1), ("township_review", 0), ("returned", 0)])
def test_a_notice_links_to_its_project_only_where_that_has_a_page(county: County, status: str, linked: int) -> None:
    project = county.walk_to(status)
    day = DAY_OF[status]
    notice = county.notices_of(project, day)[0]["id"]
    links = shown(county, f"/notices/{notice}", day).all("a", href=f"/projects/{project}")
    assert len(links) == linked
    assert county.on(day).get(f"/projects/{project}").status_code == (200 if linked else 404)
