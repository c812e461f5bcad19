"""Lists: pages that no write in between disturbs, their filters, their order, and what whoever asks gets to see."""

import base64
import datetime as dt
import random
from collections.abc import Callable, Iterator
from threading import current_thread
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text

from app.db.engine import reading, writing
from app.db.projects import lists
from app.db.projects.lists import NoticeFilter, ProjectFilter
from app.db.projects.objections import undecided_in_time
from app.db.tokens import Officer
from tests.support.county import DAY_OF, PLACES, STATUSES, County, Json, taking
from tests.support.grid import grid
from tests.support.lasting import store_for
from tests.support.scale import chosen, scaled
from tests.support.stores import migrated_file

PUBLISHED = {
    *("village_notice", "township_notice", "county_notice"),
    *("in_library", "under_way", "completed", "removed"),
}
"""What the contract opens to all: drafts and reviews, what was sent back or withdrawn is for officers."""

CATEGORIES = ("基础设施", "产业扶贫")
VILLAGES = (PLACES["village"], PLACES["other_village"], "150923101201", "150924100201")
DAY = "2018-03-14"
LATER = "2018-06-01"


class Known:
    """A county, and all that is in it as its own officers see it."""

    def __init__(self, county: County) -> None:
        self.county = county
        for number, status in enumerate(STATUSES * 2):
            county.walk_to(status, place=VILLAGES[number * 5 // 3 % 4], category=CATEGORIES[number % 5 > 2])
        numbers = range(len(STATUSES) * 2, 0, -1)
        self.projects = [county.show(number, DAY) for number in numbers]
        board, english = county.on(DAY), county.headers(None)
        numbers = range(1, 1 + len(county.rows()["notices"]))
        told = [board.get(f"/v1/notices/{number}", headers=english).json() for number in numbers]
        self.notices = sorted(told, key=lambda each: (each["last_day"], each["id"]), reverse=True)


@pytest.fixture(scope="module")
def known(request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    """A county that these tests only read."""
    with County(store_for(request, tmp_path_factory, "lists", database)) as county:
        yield Known(county)


def page(county: County, what: str, who: str | None = None, day: str = DAY, **query: Any) -> Json:
    answer = county.on(day).get(f"/v1/{what}", params=query, headers=county.headers(who))
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    assert set(told) == {"items", "next"}
    return told


def pages(
    county: County,
    what: str,
    who: str | None = None,
    day: str = DAY,
    between: Callable[[], None] | None = None,
    **query: Any,
) -> list[Json]:
    """Read a list to its end, and do something between its pages."""
    told = page(county, what, who, day, **query)
    items: list[Json] = told["items"]
    while told["next"] is not None:
        assert len(told["items"]) == int(query.get("limit", 50)), "only the last page is short"
        if between is not None:
            between()
        told = page(county, what, who, day, **query, cursor=told["next"])
        assert told["items"] or between is not None, "a next page holds something"
        items += told["items"]
    return items


def ids(items: list[Json]) -> list[int]:
    return [each["id"] for each in items]


def may_read(project: Json, who: str | None) -> bool:
    place = PLACES.get(who, who) if who else None
    return project["status"] in PUBLISHED or (place is not None and project["place"].startswith(place))


# ---- what is listed


@pytest.mark.each_database
@grid("who", [None, *PLACES, *VILLAGES[2:]])
def test_projects_are_listed_newest_first_the_published_ones_and_those_of_the_officers_place(
    known: Known, who: str | None
) -> None:
    expected = [each for each in known.projects if may_read(each, who)]
    assert page(known.county, "projects", who, limit=200) == {"items": expected, "next": None}
    hidden = len(known.projects) - len(expected)
    assert hidden > 0, "nobody's place covers all of them"


def test_a_project_is_listed_as_it_is_shown(known: Known) -> None:
    for each in page(known.county, "projects", limit=200)["items"]:
        assert each == known.county.on(DAY).get(f"/v1/projects/{each['id']}").json()


@grid("who", [None, "village", "township", "county", "other_county"])
def test_projects_are_filtered_by_status_and_nobody_finds_what_he_may_not_read(known: Known, who: str | None) -> None:
    found = 0
    for status in STATUSES:
        expected = [each["id"] for each in known.projects if each["status"] == status and may_read(each, who)]
        assert ids(page(known.county, "projects", who, status=status)["items"]) == expected, status
        assert expected or status not in PUBLISHED
        found += len(expected) * (status not in PUBLISHED)
    assert (found == 0) == (who is None)


@pytest.mark.lengthy
@pytest.mark.each_database
@grid("place", [VILLAGES[0], VILLAGES[1], VILLAGES[3], "150923101999", "999999999999"])
def test_projects_and_notices_are_filtered_by_the_beginning_of_a_division_code_however_long(
    known: Known, place: str
) -> None:
    found = {len(known.notices)}
    for length in range(1, 6):
        for what in ("projects", "notices"):
            refused = known.county.on("2018-03-14").get(f"/v1/{what}?place={place[:length]}")
            assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "place_short")
    for length in range(6, 13):
        prefix = place[:length]
        expected = ids([each for each in known.projects if each["place"].startswith(prefix) and may_read(each, None)])
        assert ids(page(known.county, "projects", place=prefix, limit=200)["items"]) == expected, prefix
        expected = ids([each for each in known.notices if each["place"].startswith(prefix)])
        assert ids(page(known.county, "notices", place=prefix, limit=200)["items"]) == expected, prefix
        found.add(len(expected))
    assert len(found) >= 2, "a longer code finds less"


def test_projects_are_filtered_by_the_whole_category(known: Known) -> None:
    for category in CATEGORIES:
        expected = ids([each for each in known.projects if each["category"] == category and may_read(each, None)])
        assert ids(page(known.county, "projects", category=category)["items"]) == expected
        assert expected
    for other in (CATEGORIES[0][:-1], CATEGORIES[0] + " ", "%", "_" * 4, "'"):
        assert page(known.county, "projects", category=other)["items"] == []


@pytest.mark.slow
@pytest.mark.lengthy
@pytest.mark.each_database
def test_filters_are_taken_together(known: Known) -> None:
    rng = random.Random("filters 20180314")
    several = 0
    for _ in range(scaled(30, 300)):
        who = rng.choice([None, "village", "township", "county"])
        query = {
            "status": rng.choice([None, *STATUSES]),
            "place": rng.choice([None, "150923", "150923100", "1509231", *VILLAGES]),
            "category": rng.choice([None, *CATEGORIES]),
        }
        expected = [
            each["id"]
            for each in known.projects
            if may_read(each, who)
            and query["status"] in {None, each["status"]}
            and each["place"].startswith(query["place"] or "")
            and query["category"] in {None, each["category"]}
        ]
        given: dict[str, Any] = {name: value for name, value in query.items() if value is not None}
        assert ids(pages(known.county, "projects", who, limit=rng.choice([1, 2, 50]), **given)) == expected, query
        several += len(expected) > 1
    assert several > scaled(3, 50)


@pytest.mark.each_database
def test_notices_are_listed_for_all_the_latest_end_first_as_they_are_shown(known: Known) -> None:
    assert page(known.county, "notices", limit=200) == {"items": known.notices, "next": None}
    assert page(known.county, "notices", "county", limit=200)["items"] == known.notices
    ends = [(each["last_day"], each["id"]) for each in known.notices]
    assert ends == sorted(ends, reverse=True)
    assert len({end for end, _ in ends}) > 2
    assert len(ends) > len({end for end, _ in ends}), "some end on one day"


@pytest.mark.each_database
@grid("day", ["2018-02-19", "2018-02-20", "2018-03-24", "2018-03-25"])
def test_notices_are_open_over_or_closed_on_a_day(known: Known, day: str) -> None:
    expected: dict[str, list[int]] = {"open": [], "over": [], "closed": []}
    for each in known.notices:
        over = dt.date.fromisoformat(day) > dt.date.fromisoformat(each["last_day"])
        expected["closed" if each["closed"] else "over" if over else "open"].append(each["id"])
    for status, numbers in expected.items():
        told = page(known.county, "notices", day=day, status=status, limit=200)["items"]
        assert ids(told) == numbers, status
        assert all(each["status"] == status for each in told)
        here = [each["id"] for each in told if each["place"].startswith("150923100")]
        assert ids(page(known.county, "notices", day=day, status=status, place="150923100")["items"]) == here
    assert sum(map(len, expected.values())) == len(known.notices)
    assert (expected["open"] == []) == (day == "2018-03-25")


def test_a_superseded_notice_and_one_of_a_project_that_was_sent_back_are_closed(county: County) -> None:
    day = DAY_OF["village_notice"]
    revised, returned = county.walk_to("village_notice"), county.walk_to("village_notice")
    headers = county.headers("village", If_Match="*")
    assert county.on(day).patch(f"/v1/projects/{revised}", json={"tasks": "x"}, headers=headers).status_code == 200
    county.take(returned, "return", day)
    assert ids(page(county, "notices", day=day, status="closed")["items"]) == [2, 1]
    assert ids(page(county, "notices", day=day, status="open")["items"]) == [3]
    assert page(county, "notices", day=LATER, status="open")["items"] == []
    assert ids(page(county, "notices", day=LATER, status="closed")["items"]) == [2, 1]
    assert ids(page(county, "notices", day=LATER, status="over")["items"]) == [3]


# ---- pages


@pytest.mark.slow
@pytest.mark.lengthy
@pytest.mark.each_database
@grid("what", ["projects", "notices"])
@grid("limit", chosen([1, 7, 200], [1, 2, 3, 7, 50, 199, 200]))
def test_the_pages_put_together_are_the_whole_list(known: Known, what: str, limit: int) -> None:
    whole = page(known.county, what, "county", limit=200)["items"]
    assert 14 < len(whole) < 100
    assert pages(known.county, what, "county", limit=limit) == whole


def test_a_page_that_ends_the_list_exactly_has_no_next(known: Known) -> None:
    for what in ("projects", "notices"):
        whole = page(known.county, what, limit=200)["items"]
        assert page(known.county, what, limit=len(whole))["next"] is None
        assert page(known.county, what, limit=len(whole) - 1)["next"] is not None


@pytest.mark.lengthy
def test_fifty_come_on_a_page_where_nothing_is_said(county: County) -> None:
    for _ in range(51):
        county.declare()
    told = page(county, "projects", "village")
    assert (len(told["items"]), told["next"] is None) == (50, False)
    assert ids(page(county, "projects", "village", cursor=told["next"])["items"]) == [1]


@grid("what", ["projects", "notices"])
@grid("limit", ["0", "-1", "201", "1000000", "99999999999999999999", "1.0", "1e2", "", " 1", "x", "NaN", "１", "0x10"])
def test_a_limit_outside_1_to_200_is_refused(known: Known, what: str, limit: str) -> None:
    answer = known.county.on(DAY).get(f"/v1/{what}", params={"limit": limit})
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/limit", "limit_range")]


def encoded(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


GARBAGE = [
    *("", "x", "=", "====", "AAAA", "not a cursor", "'; --", "%", "安达", "１", "\x00", "A" * 100, "A" * 101),
    *map(encoded, ("", "0x1", "-1", "1.", ".1", "1.2.3", "1e3", " 1", "１", "99999999999", "2147483648", "null")),
]


@grid("cursor", GARBAGE)
@grid(("what", "another"), [("projects", encoded("736749.1")), ("notices", encoded("1"))])
def test_a_cursor_that_this_list_did_not_give_is_refused(known: Known, what: str, another: str, cursor: str) -> None:
    for sent in (cursor, another):
        answer = known.county.on(DAY).get(f"/v1/{what}", params={"cursor": sent})
        assert answer.status_code == 422, answer.text
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/cursor"]


@grid("cursor", [encoded("0.1"), encoded("2147483647.1"), encoded("3652060.1")])
def test_a_cursor_of_a_day_that_no_calendar_has_is_refused(known: Known, cursor: str) -> None:
    answer = known.county.on(DAY).get("/v1/notices", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "cursor_unknown")


def test_a_cursor_goes_on_after_its_place_whatever_filters_come_with_it(known: Known) -> None:
    told = page(known.county, "projects", limit=3)
    last = told["items"][-1]["id"]
    expected = ids([each for each in known.projects if each["id"] < last and each["status"] == "in_library"])
    assert ids(page(known.county, "projects", status="in_library", cursor=told["next"])["items"]) == expected


# ---- writes between the pages


@pytest.mark.lengthy
@pytest.mark.each_database
@grid("limit", [1, 4])
def test_what_was_there_at_the_start_and_still_matches_comes_once_whatever_is_written_between_pages(
    county: County, limit: int
) -> None:
    county.empty()
    rng = random.Random(f"pages {limit}")
    status = "village_notice"
    day = DAY_OF[status]
    for _ in range(12):
        county.walk_to(status, place=rng.choice(VILLAGES))
    started = set(ids(page(county, "projects", day=day, status=status, limit=200)["items"]))
    assert len(started) == 12
    changed: set[int] = set()
    written = 0

    def write() -> None:
        nonlocal written
        for _ in range(rng.randint(1, 3)):
            written += 1
            if rng.random() < 0.5:
                county.walk_to(status, place=rng.choice(VILLAGES))
            elif still := sorted(started - changed):
                number = rng.choice(still)
                county.take(number, rng.choice(["return", "withdraw"]), day)
                changed.add(number)

    items = pages(county, "projects", day=day, between=write, limit=limit, status=status)
    listed = ids(items)
    assert len(set(listed)) == len(listed), "nothing comes twice"
    assert started - changed <= set(listed)
    assert set(listed) <= started, "what is newer than the first page stands before it"
    assert all(each["status"] == status for each in items)
    assert written >= 3


@pytest.mark.lengthy
@pytest.mark.each_database
@grid("limit", [1, 4])
def test_notices_that_are_posted_superseded_or_closed_between_pages_move_no_other(county: County, limit: int) -> None:
    county.empty()
    rng = random.Random(f"notices {limit}")
    days = ("2018-02-09", "2018-02-10", "2018-02-12")
    for day in days * 4:
        county.take(county.declare(day), "post_village_notice", day)
    today = days[-1]
    started = ids(page(county, "notices", day=today, status="open", limit=200)["items"])
    changed: set[int] = set()
    headers = county.headers("village", If_Match="*")

    def write() -> None:
        number = rng.choice(sorted(set(started) - changed))
        project = county.on(today).get(f"/v1/notices/{number}").json()["project"]
        if rng.random() < 0.5:
            county.take(project, "withdraw", today)
        else:
            revised = county.on(today).patch(f"/v1/projects/{project}", json={"tasks": f"{number}"}, headers=headers)
            assert revised.status_code == 200
        changed.add(number)
        # The clock of a training deployment may stand anywhere: one that ends later, one that ends in between.
        for day in (today, days[0]):
            county.take(county.declare(day), "post_village_notice", day)

    listed = ids(pages(county, "notices", day=today, between=write, limit=limit, status="open"))
    assert len(set(listed)) == len(listed)
    assert set(started) - changed <= set(listed)
    assert [number for number in listed if number in started] == [
        number for number in started if number in set(listed)
    ], "the order stays"
    assert changed


@pytest.mark.each_database
def test_a_list_read_while_projects_are_declared_never_repeats_or_skips_one(county: County) -> None:
    numbers = [county.declare() for _ in range(9)]
    told = page(county, "projects", "village", limit=4)
    for _ in range(5):
        county.declare()
    second = page(county, "projects", "village", limit=4, cursor=told["next"])
    third = page(county, "projects", "village", limit=4, cursor=second["next"])
    assert ids(told["items"] + second["items"] + third["items"]) == numbers[::-1]
    assert third["next"] is None


# ---- how it is read


def plans(county: County, read: Callable[[Any], Any]) -> list[str]:
    """Say how SQLite reads what a list asks for first."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if current_thread().name != "anda-writer":
            asked.append((statement, parameters))

    with reading(county.engine) as connection:
        event.listen(county.engine, "before_cursor_execute", note)
        try:
            read(connection)
        finally:
            event.remove(county.engine, "before_cursor_execute", note)
        statement, parameters = next(each for each in asked if each[0].startswith("SELECT"))
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    return [row[3] for row in rows]


OBJECTED = """
    INSERT INTO objections (notice_id, place, made, late, content, receipt, outcome, answer, decided)
    SELECT id, {place}, '2018-03-01', 0, '账目不清', id, 'dismissed', '已经公开', '2018-03-02' FROM notices
    WHERE id % 20
    UNION ALL SELECT id, {place}, '2018-03-01', 0, '账目不清', id, NULL, NULL, NULL FROM notices WHERE id % 20 = 0
"""
"""An objection to every notice, of which one in twenty is not decided."""
ITS_PLACE = "substr(place, 1, CASE level WHEN 'county' THEN 6 WHEN 'township' THEN 9 ELSE 12 END)"


@pytest.fixture(scope="module", params=["as it is made", "analysed"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county on SQLite with enough in it that a sort would look cheap to no planner."""
    with County(migrated_file(tmp_path_factory.mktemp("plans"))) as county:
        for number in range(6):
            county.walk_to("in_library", place=VILLAGES[number % 4])
            county.walk_to("draft", place=VILLAGES[number % 4])
        with writing(county.engine) as connection:
            for table in ("projects", "notices"):
                names = [row[1] for row in connection.execute(text(f"PRAGMA table_info({table})")) if row[1] != "id"]
                columns = ", ".join(names)
                for _ in range(7):
                    copy = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}"  # noqa: S608
                    connection.execute(text(copy))
            connection.execute(text(OBJECTED.format(place=ITS_PLACE)))
            if request.param == "analysed":
                connection.execute(text("ANALYZE"))
        yield county


COUNTY_OFFICER = Officer(1, "150923", "county")
SORTED = "USE TEMP B-TREE FOR ORDER BY"


@grid("officer", [None, COUNTY_OFFICER])
@grid("after", [None, 500])
@grid(
    "wanted",
    [
        {},
        {"status": "in_library"},
        {"status": "draft"},
        {"category": "基础设施"},
        *({"place": place} for place in ("150923", "15092310", "150923100", VILLAGES[0])),
        {"status": "in_library", "place": "150923"},
        {"status": "in_library", "place": "150923100"},
        {"status": "in_library", "place": VILLAGES[0]},
        {"status": "draft", "place": "150923"},
        {"category": "基础设施", "place": "150923"},
        {"category": "基础设施", "status": "in_library", "place": "150923100"},
    ],
)
def test_a_page_of_projects_is_read_in_its_order_and_never_sorted(
    filled: County, wanted: dict[str, Any], after: int | None, officer: Officer | None
) -> None:
    asked = ProjectFilter(**wanted, after=after)
    plan = plans(filled, lambda connection: lists.projects(connection, asked, officer, 50))
    assert any("projects" in step for step in plan)
    assert not any(SORTED in step for step in plan), plan


@pytest.mark.lengthy
@grid("after", [None, (dt.date(2018, 3, 1), 5)])
@grid("status", [None, "open", "over", "closed"])
@grid("place", [None, "150923", "15092310", "150923100", VILLAGES[0]])
def test_a_page_of_notices_is_read_in_its_order_and_never_sorted(
    filled: County, status: Any, place: str | None, after: tuple[dt.date, int] | None
) -> None:
    asked = NoticeFilter(dt.date(2018, 3, 14), status, place, after)
    plan = plans(filled, lambda connection: lists.notices(connection, asked, 50))
    assert any("notices" in step for step in plan)
    assert not any(SORTED in step for step in plan), plan


OFFICERS = [COUNTY_OFFICER, Officer(2, PLACES["township"], "township"), Officer(3, PLACES["village"], "village")]


@grid("after", [None, (dt.date(2018, 3, 1), 5)])
@grid("officer", OFFICERS)
def test_what_ends_soon_is_read_among_the_notices_of_the_place_in_their_order(
    filled: County, officer: Officer, after: tuple[dt.date, int] | None
) -> None:
    days = (dt.date(2018, 2, 28), dt.date(2018, 3, 3))
    (step,) = plans(filled, lambda connection: lists.ending(connection, officer, days, after, 50))
    column = "place" if officer.level == "village" else officer.level
    assert step.startswith(f"SEARCH notices USING INDEX ix_notices_{column} ({column}=? AND last_day>?")


@grid("after", [None, 5])
@grid("officer", OFFICERS)
def test_undecided_objections_of_the_officer_alone_are_read_in_their_order_without_a_look_at_the_decided_ones(
    filled: County, officer: Officer, after: int | None
) -> None:
    objections, notices = plans(filled, lambda connection: lists.undecided(connection, officer, after, 50))
    assert objections.startswith("SEARCH objections USING INDEX ix_objections_undecided (place=?")
    assert notices == "SEARCH notices USING INTEGER PRIMARY KEY (rowid=?)"


@grid("number", [1, 150])
def test_what_a_step_asks_of_projects_is_read_by_their_numbers(filled: County, number: int) -> None:
    numbers = list(range(1, 1 + number))
    plan = plans(filled, lambda connection: undecided_in_time(connection, numbers))
    assert any("notices" in step for step in plan)
    assert not any(step.startswith("SCAN notices") or step == "SCAN objections" for step in plan), plan


def test_a_list_that_is_sorted_would_be_noticed(filled: County) -> None:
    plan = plans(filled, lambda connection: connection.execute(text("SELECT id FROM projects ORDER BY budget")))
    assert any(SORTED in step for step in plan)


# ---- who asks


@grid("what", ["projects", "projects/1", "projects/1/events", "projects/1/allocations"])
def test_a_token_that_is_not_valid_is_told_so_even_where_none_is_needed(known: Known, what: str) -> None:
    for authorization in ("Bearer anda_" + "x" * 43, "Bearer", "Basic YTpi", known.county.token("village")):
        answer: httpx.Response = known.county.on(DAY).get(f"/v1/{what}", headers={"Authorization": authorization})
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_project_that_is_sent_back_leaves_the_public_list_and_comes_back_with_its_next_notice(county: County) -> None:
    project, day = county.walk_to("village_notice"), DAY_OF["village_notice"]
    seen = []

    def look() -> None:
        seen.append(tuple(ids(page(county, "projects", who, day)["items"]) for who in (None, "village")))

    look()
    for action in ("return", "post_village_notice", "withdraw"):
        assert county.act("village", project, taking(action, day), day).status_code == 200
        look()
    assert seen == [([1], [1]), ([], [1]), ([1], [1]), ([], [1])]
