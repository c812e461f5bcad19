"""A desk on which much waits: it asks the store as often as an empty one, says what the act says, hides nothing."""

import re
from html import unescape
from threading import current_thread

import pytest
from sqlalchemy import Engine, event

from app.pages import desk
from tests.support.county import DAY_OF, PATH, PLACES, County, OnADay, taking
from tests.support.grid import grid
from tests.support.scale import LONG, chosen, scaled

pytestmark = pytest.mark.lengthy

WAITING = {
    "village": ("draft", "returned", "village_notice"),
    "township": ("township_review", "township_notice", "in_library", "under_way"),
    "county": ("county_review", "county_notice"),
}
"""What waits for whom, by the contract."""

ONWARD = {
    **dict(zip(("draft", *(step.status for step in PATH)), (step.action for step in PATH), strict=False)),
    "returned": "post_village_notice",
}
"""The step that leads on from each status."""

DAY = "2018-03-14"
"""A day on which the usual path has been walked to its end."""

AT_ONCE = scaled(10, 50)
"""Rows that a list of the desk shows at once; the small form shortens it."""

MANY = scaled(12, 40)
"""Projects that wait on a full desk."""


@pytest.fixture(autouse=True)
def short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    if not LONG:
        monkeypatch.setattr(desk, "AT_ONCE", AT_ONCE)


def desk_of(county: County, who: str, day: str = DAY) -> OnADay:
    """Enter the desk of an officer, on a day."""
    site = county.on(day)
    assert site.post("/desk/session", data={"token": county.token(who)}).status_code == 200
    return site


def shown(site: OnADay, address: str = "/desk?lang=en") -> str:
    answer = site.get(address)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def waiting(page: str) -> dict[int, str]:
    """Read the projects that wait, in the page's order, and what it says of each."""
    told = re.findall(r'<li><a href="/desk/projects/(\d+)[^>]*>.*?<br>\s*<[^>]+>(.*?)</', page, re.DOTALL)
    return {int(number): said for number, said in told}


def words(page: str) -> str:
    """Return what a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]*>", "", page).split())


def statements_of(site: OnADay, address: str) -> list[str]:
    """List what the store is asked for a page; the writer links events at its own time."""
    site.get(address)  # the first connection asks more
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if current_thread().name != "anda-writer":
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert site.get(address).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return asked


def object_to(county: County, number: int, day: str) -> None:
    """Object, as anyone, to a project's newest notice."""
    notice = county.notices_of(number, day)[-1]["id"]
    answer = county.on(day).post(f"/v1/notices/{notice}/objections", json={"content": "账目不清"})
    assert answer.status_code == 201, answer.text


# ---- how it is read


@pytest.mark.slow
@grid("level", WAITING)
def test_the_desk_asks_the_store_as_often_for_many_waiting_projects_as_for_three(county: County, level: str) -> None:
    site = desk_of(county, level)
    counts = {}
    statuses = WAITING[level]
    for number in range(MANY):
        made = county.walk_to(statuses[number % len(statuses)])
        if "notice" in statuses[number % len(statuses)]:
            object_to(county, made, DAY_OF[statuses[number % len(statuses)]])
        if number + 1 in {3, MANY}:
            assert len(waiting(shown(site))) == number + 1
            counts[number + 1] = len(statements_of(site, "/desk"))
    assert counts[MANY] == counts[3]
    assert counts[3] > 5, "something is counted"


# ---- what it says


def projects_of_every_kind(county: County) -> None:
    """Put in what can go on and what cannot, for each reason that there is and for two at once."""
    for status in ("draft", *(step.status for step in PATH[:-1]), "returned"):
        county.walk_to(status)
    county.walk_to("county_review", performance_goals=[])
    for status in ("village_notice", "township_notice", "county_notice"):
        object_to(county, county.walk_to(status), DAY_OF[status])
    changed = county.walk_to("village_notice")
    object_to(county, changed, DAY_OF["village_notice"])
    headers = county.headers("village", If_Match="*")
    day = "2018-02-12"
    assert county.on(day).patch(f"/v1/projects/{changed}", json={"tasks": "x"}, headers=headers).status_code == 200


def refused(county: County, number: int, level: str, day: str) -> dict[str, str]:
    """Take the step that leads on, with all that its form asks for, and return why it is refused; none if it is not."""
    step = taking(ONWARD[county.show(number, day)["status"]], day)
    answer = county.act(level, number, step, day)
    if answer.status_code == 200:
        return {}
    assert answer.status_code == 409, answer.text
    return {each["code"]: each["message"] for each in answer.json()["unmet"]}


DAYS = ("2016-12-31", "2018-02-19", "2018-02-20", "2018-03-13", "2018-03-14", "2018-03-24")


@pytest.mark.slow
def test_the_desk_gives_the_reasons_for_which_the_act_is_refused(county: County) -> None:
    projects_of_every_kind(county)
    said = set()
    went_on = 0
    # Before there was a policy; then on the last days of the notices, and after them.
    for day in chosen(("2016-12-31", "2018-02-19", "2018-02-20", "2018-03-14"), DAYS):
        for level in WAITING:
            site = desk_of(county, level, day)
            found = waiting(shown(site))
            assert found, (day, level)
            for number, told in found.items():
                page = shown(site, f"/desk/projects/{number}?lang=en")
                reasons = refused(county, number, level, day)
                assert told == (f"not yet: {' '.join(reasons.values())}" if reasons else "can go on"), (day, number)
                assert all(reason in page for reason in reasons.values())
                said |= set(reasons)
                went_on += not reasons
    assert said == {"period_not_over", "objections_undecided", "no_performance_goals", "no_policy_yet"}
    assert went_on > 10


# ---- what it hides


def rest_of(page: str, site: OnADay) -> list[str]:
    """Follow a page's links to the rest of its lists, to their ends."""
    pages = []
    links = re.findall(r'<a href="([^"]+)" rel="next">', page)
    while links:
        pages.append(shown(site, links.pop()))
        links += re.findall(r'<a href="([^"]+)" rel="next">', pages[-1])
        assert len(pages) < 10, "a list has an end"
    return pages


@pytest.mark.slow
@grid(
    ("query", "line"),
    [
        ("", f"这里只列出最近申报的{AT_ONCE}个，还有更早的。 继续查看"),
        (
            "?lang=en",
            f"Only the {AT_ONCE} that were declared last are listed here; there are older ones. Go on to the rest",
        ),
    ],
)
def test_a_desk_with_more_waiting_projects_than_it_lists_says_so_and_leads_to_them(
    county: County, query: str, line: str
) -> None:
    county.empty()
    numbers = [county.declare() for _ in range(AT_ONCE)]
    site = desk_of(county, "village")
    whole = shown(site, f"/desk{query}")
    assert list(waiting(whole)) == numbers[::-1]
    assert rest_of(whole, site) == [] and line not in words(whole)
    numbers += [county.declare() for _ in range(AT_ONCE + 1)]
    returned = county.walk_to("returned")
    page = shown(site, f"/desk{query}")
    assert list(waiting(page)) == [*numbers[: -AT_ONCE - 1 : -1], returned]
    assert words(page).count(line) == 1
    following = rest_of(page, site)
    assert [list(waiting(each)) for each in following] == [numbers[AT_ONCE:0:-1], numbers[:1]]
    assert [line in words(each) for each in following] == [True, False]


@pytest.mark.slow
def test_a_desk_with_more_objections_than_it_lists_says_so_and_leads_to_them(county: County) -> None:
    day = DAY_OF["village_notice"]
    project = county.walk_to("village_notice")
    other = county.walk_to("village_notice", place=PLACES["other_village"])
    site = desk_of(county, "village", day)
    line = f"这里只列出最早提出的{AT_ONCE}件，还有更晚的。 继续查看"
    for number in range(AT_ONCE + 1):
        assert line not in words(shown(site, "/desk"))
        object_to(county, project, day)
        if number % 10 == 0:
            object_to(county, other, day)
    page = shown(site, "/desk")
    assert line in words(page)
    (following,) = rest_of(page, site)
    assert line not in words(following)
    decided = [re.findall(r'action="/desk/objections/(\d+)"', each) for each in (page, following)]
    assert [len(each) for each in decided] == [AT_ONCE, 1]
    listed = [int(number) for each in decided for number in each]
    assert listed == sorted(set(listed))
    # Decided from the second page, the last one is gone from there.
    form = dict(re.findall(r'type="hidden" name="(guard|project)" value="([^"]+)"', following))
    answer = site.post(f"/desk/objections/{listed[-1]}", data={**form, "outcome": "dismissed", "answer": "已经公开"})
    assert answer.status_code == 200
    assert line not in words(shown(site, "/desk"))


@pytest.mark.slow
def test_a_desk_with_more_notices_that_end_soon_than_it_lists_says_so_and_leads_to_them(county: County) -> None:
    ends = {}
    line = f"这里只列出最先期满的{AT_ONCE}个，还有更晚期满的。 继续查看"
    county.take(county.declare("2018-02-08"), "post_village_notice", "2018-02-08")  # over
    county.take(county.declare("2018-02-13"), "post_village_notice", "2018-02-13")  # not soon
    county.take(county.declare(place=PLACES["other_county"] + "100201"), "post_village_notice", "2018-02-10")
    for number in range(AT_ONCE + 1):
        day = f"2018-02-{(12, 9, 11)[number % 3]:02}"
        made = county.declare(day)
        county.take(made, "post_village_notice", day)
        ends[made] = day
    site = desk_of(county, "county", "2018-02-19")
    page = shown(site, "/desk")
    assert line in words(page)
    (following,) = rest_of(page, site)
    assert line not in words(following)
    soon = page.partition("三天内期满的公示")[2] + following
    listed = [int(number) for number in re.findall(r'href="/desk/projects/(\d+)"', soon)]
    assert listed == sorted(ends, key=lambda number: (ends[number], number))


def test_only_the_lists_of_the_level_are_there(county: County) -> None:
    for level, statuses in WAITING.items():
        site = desk_of(county, level)
        there = {*statuses, "objections", "ending"}
        asked = {*DAY_OF, *there, "nothing", "%00"}
        assert {which for which in asked if site.get(f"/desk/lists/{which}").status_code == 200} == there
        assert {site.get(f"/desk/lists/{which}").status_code for which in asked - there} == {404}


def test_a_list_after_what_is_no_number_is_not_found(county: County) -> None:
    site = desk_of(county, "village")
    for which in ("village_notice", "objections", "ending"):
        for after in ("", "0", "-1", "x", "１", "1.0", "99999999999999999999", "2147483648", "%00"):
            assert site.get(f"/desk/lists/{which}?after={after}").status_code == 404, (which, after)
    assert site.get("/desk/lists/ending?after=7").status_code == 404, "no notice has this number"


def test_nobody_reads_a_list_of_the_desk_without_a_token(county: County) -> None:
    county.declare()
    for which in ("draft", "objections", "ending", "nothing"):
        page = county.on(DAY).get(f"/desk/lists/{which}").text
        assert 'name="token"' in page and "/desk/projects/" not in page
