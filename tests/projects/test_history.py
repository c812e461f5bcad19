"""History: an event for every act, which the store lets nobody change, and what `anda verify` says where one was."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Executable, Table, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from app.cli.main import app
from app.db.engine import make_engine, reading, writing
from app.db.models import Base
from app.db.projects.events import EventRecord, all_events, digest_of_texts, hash_of
from app.db.projects.models import Allocation, Event, Notice, Objection, Project, ProjectSource, Report
from app.projects.verification import verify
from tests.support.county import DAY_OF, PLACES, STATUSES, County, Json, is_now, project, taking
from tests.support.grid import grid
from tests.support.lasting import made_ready, store_for
from tests.support.scale import chosen, scaled

pytestmark = pytest.mark.lengthy

CENTRAL, LOCAL = "中央财政专项扶贫资金", "县级配套资金"
NAME, CONTACT, CONTENT = "欧阳青山", "13904741118", "管线没有经过村东头的十二户。"
EVENTS: Any = Event.__table__
LAST_DAY = "2018-03-14"
"""The last of the days on which the county of these tests lives."""


class Lived(NamedTuple):
    """A county in which everything has happened that can happen, and the project to which most of it did."""

    county: County
    project: int


def send(county: County, who: str | None, address: str, body: Json, day: str) -> Json:
    """Write something, as an officer or as anyone, and return what is answered."""
    change = address.count("/") == 1
    client, headers = county.on(day), county.headers(who, **({"If_Match": "*"} if change else {}))
    call = client.patch if change else client.post
    answer = call(f"/v1/{address}", json=body, headers=headers)
    assert answer.status_code in {200, 201}, answer.text
    told: Json = answer.json()
    return told


def live(county: County) -> int:
    """Take a project along the usual path with all that can happen on the way; return its number."""
    project = county.declare()
    its = f"projects/{project}"
    send(county, "village", its, {"tasks": "打深井一眼。"}, "2018-02-09")
    notice = county.take(project, "post_village_notice", "2018-02-09")["notice"]["id"]
    objection = {"content": CONTENT, "name": NAME, "contact": CONTACT}
    made = [send(county, None, f"notices/{notice}/objections", objection, "2018-02-09")["id"] for _ in range(2)]
    decision = {"outcome": "dismissed", "answer": "已列入二期。"}
    send(county, "village", f"objections/{made[0]}/decision", decision, "2018-02-09")
    send(county, "village", its, {"participation": None}, "2018-02-09")
    send(county, "village", f"objections/{made[1]}/decision", {**decision, "outcome": "upheld"}, "2018-02-09")
    county.take(project, "post_village_notice", "2018-02-09")
    county.take(project, "submit_to_township", "2018-02-20")
    late = send(county, None, f"notices/{notice}/objections", {"content": CONTENT}, "2018-02-20")["id"]
    send(county, "village", f"objections/{late}/decision", {**decision, "outcome": "upheld"}, "2018-02-20")
    for action, day in (
        ("approve_in_township", "2018-02-20"),
        ("submit_to_county", "2018-03-03"),
        ("approve_in_county", "2018-03-03"),
        ("enter_library", LAST_DAY),
    ):
        county.take(project, action, day)
    for fund, amount in ((LOCAL, "60000.00"), (CENTRAL, "1.00"), (LOCAL, "0.01")):
        send(
            county, "county", f"{its}/allocations", {"fund": fund, "amount": amount, "document": "乌财农1号"}, LAST_DAY
        )
    send(county, "county", its, {"tasks": "打深井两眼。"}, LAST_DAY)
    county.take(project, "start", LAST_DAY)
    send(county, "township", f"{its}/progress", {"text": "井已打成。", "spent": "1.00"}, LAST_DAY)
    county.take(project, "complete", LAST_DAY)
    whom = {"households": 118, "persons": 300, "registered_households": 45, "registered_persons": 102}
    send(county, "township", f"{its}/outcome", {"text": "入户率98%。", "beneficiaries": whom}, LAST_DAY)
    return project


@pytest.fixture(scope="module")
def lived(request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """The county that all these tests look at; what one tries on it is undone at its end."""
    with County(store_for(request, tmp_path_factory, "history", database)) as county:
        other = county.walk_to("returned", place=PLACES["other_village"])
        project = live(county)
        county.walk_to("withdrawn")
        county.walk_to("removed")
        assert other < project
        yield Lived(county, project)


# ---- an event for every act


@pytest.mark.each_database
def test_every_act_is_an_event_that_says_who_from_where_to_where_and_what(lived: Lived) -> None:
    answer = lived.county.on(LAST_DAY).get(f"/v1/projects/{lived.project}/events")
    assert answer.status_code == 200
    events = answer.json()["items"]
    told = [(each["action"], each["actor"], each["level"], each["from"], each["to"], each["day"]) for each in events]
    notice, on, off, back = "village_notice", "2018-02-09", "2018-02-20", "2018-03-03"
    assert told == [
        ("declare", "officer", "village", None, "draft", on),
        ("revise", "officer", "village", "draft", "draft", on),
        ("post_village_notice", "officer", "village", "draft", notice, on),
        ("object", "anyone", None, notice, notice, on),
        ("object", "anyone", None, notice, notice, on),
        ("decide", "officer", "village", notice, notice, on),
        ("revise", "officer", "village", notice, notice, on),
        ("decide", "officer", "village", notice, "returned", on),
        ("post_village_notice", "officer", "village", "returned", notice, on),
        ("submit_to_township", "officer", "village", notice, "township_review", off),
        ("object", "anyone", None, "township_review", "township_review", off),
        ("decide", "officer", "village", "township_review", "township_review", off),
        ("approve_in_township", "officer", "township", "township_review", "township_notice", off),
        ("submit_to_county", "officer", "township", "township_notice", "county_review", back),
        ("approve_in_county", "officer", "county", "county_review", "county_notice", back),
        ("enter_library", "officer", "county", "county_notice", "in_library", LAST_DAY),
        *[("allocate", "officer", "county", "in_library", "in_library", LAST_DAY)] * 3,
        ("revise", "officer", "county", "in_library", "in_library", LAST_DAY),
        ("start", "officer", "township", "in_library", "under_way", LAST_DAY),
        ("progress", "officer", "township", "under_way", "under_way", LAST_DAY),
        ("complete", "officer", "township", "under_way", "completed", LAST_DAY),
        ("outcome", "officer", "township", "completed", "completed", LAST_DAY),
    ]
    assert all(is_now(each["at"]) for each in events), "the day is set, the instant is the real one"
    assert [each["place"] for each in events] == [each["level"] and PLACES[each["level"]] for each in events]
    assert [each["number"] for each in events] == sorted({each["number"] for each in events})


def test_an_event_says_what_changed_why_and_what_came_of_it(lived: Lived) -> None:
    events = lived.county.on(LAST_DAY).get(f"/v1/projects/{lived.project}/events").json()["items"]
    declared, revised, posted, objected = events[:4]
    changed = {each["field"]: (each["from"], each["to"]) for each in declared["changes"]}
    assert changed["budget"][0] is None and changed["budget"][1]["total"] == "500000.00"
    assert "poverty_reduction_mechanism" in changed and set(changed) == set(project())
    (change,) = revised["changes"]
    assert (change["field"], change["to"]) == ("tasks", "打深井一眼。") and change["from"].startswith("打深井一眼，")
    assert posted["record"]["evidence"]["meeting"]["kind"] == "villagers_representatives"
    assert (posted["record"]["notice"]["last_day"], posted["record"]["notice"]["level"]) == ("2018-02-19", "village")
    assert objected["note"] is None and set(objected["record"]) == {"objection"}
    dismissed, superseded, upheld = events[5:8]
    assert (dismissed["note"], dismissed["record"]["decision"]["outcome"]) == ("已列入二期。", "dismissed")
    assert set(superseded["record"]) == {"closed", "notice"}
    assert superseded["record"]["closed"] == {"notice": posted["record"]["notice"]["id"], "by": "superseded"}
    assert upheld["record"]["closed"] == {"notice": superseded["record"]["notice"]["id"], "by": "returned"}
    assert set(events[16]["record"]) == {"allocation"} and set(events[-1]["record"]) == {"report"}


@grid("status", ["returned", "withdrawn", "removed"])
def test_what_was_sent_back_withdrawn_or_removed_says_why(lived: Lived, status: str) -> None:
    with reading(lived.county.engine) as connection:
        (event,) = connection.execute(
            select(EVENTS.c.note).where(EVENTS.c.status == status, EVENTS.c.was != status, EVENTS.c.action != "decide")
        ).all()
    assert (
        event.note == taking({"returned": "return", "withdrawn": "withdraw", "removed": "remove"}[status], "")["note"]
    )


def test_the_events_of_all_projects_are_one_chain_without_a_gap(lived: Lived) -> None:
    with reading(lived.county.engine) as connection:
        events = list(all_events(connection))
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert len({event.project_id for event in events}) == 4
    hashes = ["0" * 64, *(event.hash for event in events)]
    assert [event.previous for event in events] == hashes[:-1]
    assert [hash_of(event) for event in events] == hashes[1:]


def test_what_is_refused_leaves_no_event(county: County) -> None:
    project = county.walk_to("village_notice")
    before = county.rows()
    day = DAY_OF["village_notice"]
    refused = [
        county.act("village", project, taking("submit_to_township", day), day),
        county.act("township", project, taking("return", day), day),
        county.act(None, project, taking("withdraw", day), day),
        county.act("village", project, {"action": "withdraw", "reason": "x"}, day),
        county.act("village", 99, taking("withdraw", day), day),
        county.act("village", project, taking("withdraw", day), day, If_Match=f'"{project}-1"'),
    ]
    assert [answer.status_code for answer in refused] == [409, 403, 401, 422, 404, 412]
    assert county.rows() == before


def test_a_draft_hides_its_history_from_who_may_not_read_it(county: County) -> None:
    project = county.walk_to("draft")
    answered = {
        who: county.on(LAST_DAY).get(f"/v1/projects/{project}/events", headers=county.headers(who)).status_code
        for who in (None, *PLACES)
    }
    covering = {"village", "township", "county"}
    assert answered == {who: 200 if who in covering else 404 for who in (None, *PLACES)}


# ---- the store lets nobody change it


def acts_on_events(connection: Connection) -> dict[str, Any]:
    """List what somebody at the database itself might try."""
    first = EVENTS.c.number == 1
    copied = [column.name for column in EVENTS.columns]
    values = {"number": 1, "note": "quietly"}
    forged = select(*[text(repr(values[name])) if name in values else EVENTS.c[name] for name in copied]).where(first)
    acts: dict[str, Any] = {
        "update": update(EVENTS).where(first).values(note="quietly"),
        "update to the same": update(EVENTS).values(note=EVENTS.c.note),
        "delete": delete(EVENTS).where(EVENTS.c.number == select(func.max(EVENTS.c.number)).scalar_subquery()),
        "delete all": delete(EVENTS),
        "insert again": insert(EVENTS).from_select(copied, forged),
    }
    if connection.dialect.name == "sqlite":
        acts["insert or replace"] = insert(EVENTS).prefix_with("OR REPLACE").from_select(copied, forged)
        acts["update or replace"] = update(EVENTS).prefix_with("OR REPLACE").where(first).values(number=2)
    else:
        acts["truncate"] = text("TRUNCATE events CASCADE")
        acts["delete what it hangs on"] = text("TRUNCATE projects CASCADE")
    return acts


@pytest.mark.each_database
def test_the_store_itself_refuses_to_change_or_delete_an_event(lived: Lived) -> None:
    before = lived.county.rows()["events"]
    done = []
    with writing(lived.county.engine) as connection:
        acts = acts_on_events(connection)
        for name, act in acts.items():
            savepoint = connection.begin_nested()
            try:
                connection.execute(act)
            except DBAPIError as error:
                assert re.search("only added to|unique", str(error), re.IGNORECASE), name
            else:
                done.append(name)
            savepoint.rollback()
    assert done == []
    assert lived.county.rows()["events"] == before
    assert len(acts) == 7


# ---- what is found where somebody got past that


Tampering = Executable | Callable[[Connection], None]


def unlock(connection: Connection) -> None:
    """Do what only whoever owns the database can: take away what protects its rows from him."""
    if connection.dialect.name == "sqlite":
        triggers = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in connection.execute(triggers).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    else:
        connection.execute(text("SET LOCAL session_replication_role = replica"))


def found_after(county: County, *tampering: Tampering) -> list[str]:
    """Tamper with the store, return what verifying it finds, and undo all of it."""
    with writing(county.engine) as connection:
        assert verify(connection).faults == []
        unlock(connection)
        for tamper in tampering:
            if isinstance(tamper, Executable):
                connection.execute(tamper)
            else:
                tamper(connection)
        found = verify(connection).faults
        connection.get_transaction().rollback()  # type: ignore[union-attr]
    return found


def other(value: Any, column: Any) -> Any:
    """Return something else that a column could hold."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case dt.datetime():
            return value + dt.timedelta(seconds=1)
        case dt.date():
            return value + dt.timedelta(days=1)
        case dict() | list():
            return [*value, "x"] if isinstance(value, list) else {**value, "x": ["x", "x"]}
        case str():
            return value[:-1] + ("0" if value[-1] != "0" else "1")
    return {"INTEGER": 1, "JSON": {"x": 1}, "BIGINT": 1}.get(column.type.compile(), "1")


def row_of(connection: Connection, table: Any, *where: Any) -> Any:
    found = connection.execute(select(table).where(*where).order_by(*table.primary_key).limit(1)).one()
    return found._mapping


def altered(table: Any, name: str, *where: Any) -> Callable[[Connection], None]:
    """Change one column of the first row."""

    def alter(connection: Connection) -> None:
        row = row_of(connection, table, *where)
        key = [column == row[column.name] for column in table.primary_key]
        value = other(row[name], table.c[name])
        assert value != row[name]
        assert connection.execute(update(table).where(*key).values({name: value})).rowcount == 1

    return alter


def last_event(county: County) -> int:
    with reading(county.engine) as connection:
        return int(connection.execute(select(func.max(EVENTS.c.number))).scalar_one())


BROKEN = {
    "number": "is missing",
    "previous": "does not follow the one before it",
}
CHANGED = "does not say what it said when it was written"


@pytest.mark.slow
@pytest.mark.each_database
@grid("column", [column.name for column in EVENTS.columns])
def test_an_event_that_was_changed_in_any_column_is_named_as_the_first_broken_link(lived: Lived, column: str) -> None:
    last = last_event(lived.county)
    for number in chosen((1, last // 2, last), (1, 2, last // 2, last - 1, last)):
        if column == "number":
            tampering: Any = update(EVENTS).where(EVENTS.c.number == number).values(number=last + 1000)
        else:
            tampering = altered(EVENTS, column, EVENTS.c.number == number)
        assert found_after(lived.county, tampering) == [f"event {number}: {BROKEN.get(column, CHANGED)}"]


@grid("column", [column.name for column in EVENTS.columns if column.nullable])
def test_an_event_of_which_something_was_wiped_is_named(lived: Lived, column: str) -> None:
    with reading(lived.county.engine) as connection:
        given = select(func.min(EVENTS.c.number)).where(EVENTS.c[column].is_not(None))
        number = connection.execute(given).scalar_one()
    tampering = update(EVENTS).where(EVENTS.c.number == number).values({column: None})
    assert found_after(lived.county, tampering) == [f"event {number}: {CHANGED}"]


def test_an_instant_that_was_moved_by_a_microsecond_is_named(lived: Lived) -> None:
    with reading(lived.county.engine) as connection:
        at = row_of(connection, EVENTS, EVENTS.c.number == 5)["at"]
    tampering = update(EVENTS).where(EVENTS.c.number == 5).values(at=at + dt.timedelta(microseconds=1))
    assert found_after(lived.county, tampering) == [f"event 5: {CHANGED}"]


def moved(first: int, by: int) -> Callable[[Connection], None]:
    """Give all events from one on other numbers."""

    def move(connection: Connection) -> None:
        far = 1_000_000
        here = update(EVENTS).where(EVENTS.c.number >= first, EVENTS.c.number < far)
        connection.execute(here.values(number=EVENTS.c.number + far))
        connection.execute(update(EVENTS).where(EVENTS.c.number >= far).values(number=EVENTS.c.number - far + by))

    return move


def copied(number: int, to: int, **changes: Any) -> Callable[[Connection], None]:
    """Add an event like another."""

    def copy(connection: Connection) -> None:
        row = {**row_of(connection, EVENTS, EVENTS.c.number == number), "number": to, **changes}
        connection.execute(insert(EVENTS).values(row))

    return copy


@grid("number", [1, 2, 9])
def test_an_event_that_was_taken_out_is_missed_and_one_that_was_closed_up_after_does_not_follow(
    lived: Lived, number: int
) -> None:
    taken_out = delete(EVENTS).where(EVENTS.c.number == number)
    assert found_after(lived.county, taken_out) == [f"event {number}: is missing"]
    closed_up = found_after(lived.county, taken_out, moved(number, -1))
    assert closed_up == [f"event {number}: does not follow the one before it"]


@grid("number", [1, 2, 9])
def test_an_event_that_was_put_in_between_is_named(lived: Lived, number: int) -> None:
    found = found_after(lived.county, moved(number, 1), copied(number + 3, number))
    assert found == [f"event {number}: does not follow the one before it"]
    # One that does follow, and is hashed rightly, leaves the next one without a beginning.
    found = found_after(lived.county, moved(number, 1), _following(number))
    assert found == [f"event {number + 1}: does not follow the one before it"]


def _following(number: int) -> Callable[[Connection], None]:
    def put_in(connection: Connection) -> None:
        next_one = row_of(connection, EVENTS, EVENTS.c.number == number + 1)
        forged = EventRecord(**{**next_one, "number": number, "action": "revise"})
        connection.execute(insert(EVENTS).values(forged._replace(hash=hash_of(forged))._asdict()))

    return put_in


def test_an_event_that_was_added_at_the_end_is_named(lived: Lived) -> None:
    last = last_event(lived.county)
    assert found_after(lived.county, copied(last, last + 1)) == [f"event {last + 1}: does not follow the one before it"]
    with reading(lived.county.engine) as connection:
        head = row_of(connection, EVENTS, EVENTS.c.number == last)["hash"]
    assert found_after(lived.county, copied(last, last + 1, previous=head)) == [f"event {last + 1}: {CHANGED}"]


@grid(("first", "second"), [(1, 2), (8, 9), (3, 20)])
def test_two_events_that_changed_places_are_named_from_the_first(lived: Lived, first: int, second: int) -> None:
    def exchange(connection: Connection) -> None:
        for number, to in ((first, -1), (second, first), (-1, second)):
            connection.execute(update(EVENTS).where(EVENTS.c.number == number).values(number=to))

    assert found_after(lived.county, exchange) == [f"event {first}: does not follow the one before it"]


@pytest.mark.each_database
def test_a_tail_that_was_cut_off_is_missed_however_long_it_was(lived: Lived) -> None:
    last = last_event(lived.county)
    for number in range(1, last + 1):
        found = found_after(lived.county, delete(EVENTS).where(EVENTS.c.number >= number))
        assert found, f"events from {number} to {last} are gone, and nobody missed them"
        assert not any(fault.startswith("event") for fault in found), "what is left is a whole chain"


def test_the_last_act_that_was_undone_with_its_event_is_missed_only_by_a_hash_that_was_noted(county: County) -> None:
    project = county.walk_to("draft")
    before = county.rows()
    send(county, "village", f"projects/{project}", {"tasks": "打深井一眼。"}, DAY_OF["draft"])
    noted = head_of(county)
    with writing(county.engine) as connection:
        unlock(connection)
        connection.execute(delete(EVENTS).where(EVENTS.c.number == 2))
        tasks = next(value for value in before["projects"][0] if str(value).startswith("打深井一眼，"))
        values = {"tasks": tasks, "version": 1, "changed": Project.declared}
        connection.execute(update(Project).values(values))
    assert county.rows() == before
    assert verified(county) == (0, ["1 events, unbroken; the newest has the hash " + head_of(county)], [])
    assert verified(county, "--including", noted) == (1, [], ["anda: the event of that hash is not in the chain"])


def test_a_history_that_was_written_anew_is_told_from_the_old_by_a_hash_that_was_noted(county: County) -> None:
    county.walk_to("in_library")
    county.walk_to("draft")
    noted = head_of(county)
    assert verified(county, "--including", noted)[0] == 0
    with writing(county.engine) as connection:
        unlock(connection)
        previous = "0" * 64
        for event in list(all_events(connection)):
            anew = event._replace(note="另一种原因。", previous=previous)
            anew = anew._replace(salt="", texts=digest_of_texts(anew._replace(salt="")))
            previous = hash_of(anew)
            at_number = update(EVENTS).where(EVENTS.c.number == event.number)
            connection.execute(at_number.values(anew._replace(hash=previous)._asdict()))
    assert verified(county)[0] == 0, "it is as good as any other that nobody has seen"
    assert verified(county, "--including", noted)[0] == 1


# ---- rows behind the history's back


def columns_of(table: Any, *left_out: str) -> list[Any]:
    """List the columns of a table, for a test of each."""
    names = [column.name for column in table.columns if column.name not in {"id", *left_out}]
    return [pytest.param(table, name, id=f"{table.name}-{name}") for name in names]


PROJECTS: Any = Project.__table__
SOURCES: Any = ProjectSource.__table__
NOTICES: Any = Notice.__table__
OBJECTIONS: Any = Objection.__table__
ALLOCATIONS: Any = Allocation.__table__
REPORTS: Any = Report.__table__
RECORDS = (NOTICES, OBJECTIONS, ALLOCATIONS, REPORTS)


def its_rows(lived: Lived, table: Any) -> list[Any]:
    """Say which rows are those of the project to which most happened."""
    if table is OBJECTIONS:
        return []
    return [(table.c.id if table is PROJECTS else table.c.project_id) == lived.project]


def expect_named(lived: Lived, table: Any, found: list[str]) -> None:
    with reading(lived.county.engine) as connection:
        number = row_of(connection, table, *its_rows(lived, table))["id"]
    assert f"{table.name.removesuffix('s')} {number}: is not what" in "\n".join(found)


@pytest.mark.each_database
@grid(
    ("table", "column"),
    [
        *columns_of(PROJECTS, "construction"),
        *columns_of(NOTICES, "closed", "closed_by"),
        *columns_of(OBJECTIONS),
        *columns_of(ALLOCATIONS),
        *columns_of(REPORTS),
    ],
)
def test_a_row_that_was_changed_behind_the_historys_back_is_named(lived: Lived, table: Any, column: str) -> None:
    expect_named(lived, table, found_after(lived.county, altered(table, column, *its_rows(lived, table))))


def changed(table: Any, *where: Any, **values: Any) -> Callable[[Connection], None]:
    def change(connection: Connection) -> None:
        assert connection.execute(update(table).where(*where).values(values)).rowcount >= 1

    return change


def test_a_projects_kind_of_construction_that_was_changed_is_named(lived: Lived) -> None:
    tampering = changed(PROJECTS, PROJECTS.c.id == lived.project, construction="renovation")
    expect_named(lived, PROJECTS, found_after(lived.county, tampering))


@grid(
    "values",
    [
        {"closed": None, "closed_by": None},
        {"closed_by": "returned"},
        {"closed": dt.datetime(2018, 2, 11, tzinfo=dt.UTC)},
    ],
)
def test_a_superseded_notice_that_was_opened_again_or_closed_otherwise_is_named(
    lived: Lived, values: dict[str, Any]
) -> None:
    expect_named(lived, NOTICES, found_after(lived.county, changed(NOTICES, NOTICES.c.id == 2, **values)))


def test_a_notice_that_was_closed_behind_the_historys_back_is_named(lived: Lived) -> None:
    with reading(lived.county.engine) as connection:
        number = row_of(connection, NOTICES, NOTICES.c.closed.is_(None))["id"]
    values = {"closed": dt.datetime(2018, 2, 11, tzinfo=dt.UTC), "closed_by": "superseded"}
    found = found_after(lived.county, changed(NOTICES, NOTICES.c.id == number, **values))
    assert found == [f"notice {number}: is not what the history says"]


@grid(
    "values",
    [
        {"late": True},
        {"outcome": "upheld"},
        {"answer": "另一种答复。"},
        {"outcome": None, "decided": None, "answer": None},
        {"name": None},
        {"name": None, "contact": None},
        {"content": "没有意见。"},
    ],
)
def test_an_objection_that_was_made_late_decided_otherwise_or_stripped_is_named(
    lived: Lived, values: dict[str, Any]
) -> None:
    expect_named(lived, OBJECTIONS, found_after(lived.county, changed(OBJECTIONS, OBJECTIONS.c.id == 1, **values)))


def test_an_answer_that_was_slipped_under_an_objection_that_nobody_decided_is_named(county: County) -> None:
    county.walk_to("village_notice")
    send(county, None, "notices/1/objections", {"content": CONTENT}, "2018-02-09")
    found = found_after(county, changed(OBJECTIONS, OBJECTIONS.c.id == 1, answer="已列入二期。"))
    assert found == ["objection 1: is not what the history says"]


@grid("table", RECORDS)
def test_a_record_that_was_removed_is_missed_and_one_that_was_slipped_in_is_named(lived: Lived, table: Any) -> None:
    kind = table.name.removesuffix("s")
    with reading(lived.county.engine) as connection:
        row = dict(row_of(connection, table, *its_rows(lived, table)))
    removed = found_after(lived.county, delete(table).where(table.c.id == row["id"]))
    assert f"{kind} {row['id']}: is missing" in removed
    more = {**row, "id": 9_999, **({"receipt": "0" * 64} if table is OBJECTIONS else {})}
    slipped_in = found_after(lived.county, insert(table).values(more))
    assert f"{kind} 9999: is not what the history says" in slipped_in


def test_a_project_that_was_removed_or_slipped_in_is_missed(lived: Lived) -> None:
    with reading(lived.county.engine) as connection:
        row = dict(row_of(connection, PROJECTS, PROJECTS.c.id == lived.project))
    removed = found_after(lived.county, delete(PROJECTS).where(PROJECTS.c.id == lived.project))
    assert f"project {lived.project}: is missing" in removed
    (slipped_in,) = found_after(lived.county, insert(PROJECTS).values({**row, "id": 9_999}))
    assert slipped_in == "projects: 5 are stored, the history knows 4"


def of_source(lived: Lived, fund: str = LOCAL) -> list[Any]:
    return [SOURCES.c.project_id == lived.project, SOURCES.c.fund == fund]


def test_a_source_that_was_changed_removed_or_added_is_named_with_its_project(lived: Lived) -> None:
    its = of_source(lived)
    not_what = f"project {lived.project}: is not what its history says"
    row = {"project_id": lived.project, "fund": "社会捐赠", "position": 2, "amount": 1, "allocated": 0}
    for tampering in (
        changed(SOURCES, *its, amount=SOURCES.c.amount + 1),
        changed(SOURCES, *its, fund="社会捐赠"),
        changed(SOURCES, *its, position=-1),
        delete(SOURCES).where(*its),
        insert(SOURCES).values(row),
    ):
        assert not_what in found_after(lived.county, tampering)


def test_what_was_allocated_of_a_source_and_the_allocations_add_up_or_the_project_is_named(lived: Lived) -> None:
    its = of_source(lived)
    not_adding_up = f"project {lived.project}: its allocations do not add up"
    with reading(lived.county.engine) as connection:
        allocation = row_of(connection, ALLOCATIONS, ALLOCATIONS.c.fund == LOCAL)["id"]
    for tampering in (
        changed(SOURCES, *its, allocated=0),
        changed(SOURCES, *its, allocated=SOURCES.c.allocated - 1),
        changed(SOURCES, *its, allocated=SOURCES.c.amount),
        changed(ALLOCATIONS, ALLOCATIONS.c.id == allocation, amount=ALLOCATIONS.c.amount - 1),
        changed(ALLOCATIONS, ALLOCATIONS.c.id == allocation, fund=CENTRAL),
        delete(ALLOCATIONS).where(ALLOCATIONS.c.id == allocation),
    ):
        assert not_adding_up in found_after(lived.county, tampering)


def test_every_table_that_hangs_on_a_project_is_tampered_with_here() -> None:
    found = {"projects"}
    while more := {table.name for table in Base.metadata.tables.values() if _refers_to(table, found)} - found:
        found |= more
    assert found == {table.name for table in (PROJECTS, SOURCES, EVENTS, *RECORDS)}


def _refers_to(table: Table, names: set[str]) -> bool:
    return any(key.target_fullname.partition(".")[0] in names for key in table.foreign_keys)


# ---- the command


def verified(county: County, *words: str, address: str | None = None) -> tuple[int, list[str], list[str]]:
    """Run `anda verify`; return its exit code and the lines that it wrote, but for those of the ledger."""
    environment = {"ANDA_DATABASE_URL": address or county.database_url}
    ended = CliRunner().invoke(app, ["verify", *words], env=environment)
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    told = [line for line in ended.stdout.splitlines() if "of the ledger" not in line]
    return ended.exit_code, told, ended.stderr.splitlines()


def head_of(county: County) -> str:
    with reading(county.engine) as connection:
        newest = select(EVENTS.c.hash).order_by(EVENTS.c.number.desc()).limit(1)
        return str(connection.execute(newest).scalar_one())


@pytest.mark.each_database
def test_the_command_says_how_many_events_hold_and_which_is_the_newest(lived: Lived) -> None:
    last, head = last_event(lived.county), head_of(lived.county)
    told = f"{last} events, unbroken; the newest has the hash {head}"
    assert verified(lived.county) == (0, [told], [])
    assert verified(lived.county, "--including", head) == (0, [told], [])
    with reading(lived.county.engine) as connection:
        early = row_of(connection, EVENTS, EVENTS.c.number == 3)["hash"]
    assert verified(lived.county, "--including", early) == (0, [told], [])


@grid("hash_", ["", "0" * 64, "f" * 64, "欧阳青山", "1"])
def test_the_command_fails_where_a_noted_hash_is_not_in_the_chain_and_does_not_repeat_it(
    lived: Lived, hash_: str
) -> None:
    assert verified(lived.county, "--including", hash_) == (1, [], ["anda: the event of that hash is not in the chain"])


def test_the_command_finds_an_empty_history_whole(county: County) -> None:
    code, out, err = verified(county)
    assert (code, err) == (0, []) and out[0].startswith("0 events")


def test_the_command_fails_and_names_the_first_broken_link(county: County) -> None:
    county.walk_to("in_library")
    with writing(county.engine) as connection:
        unlock(connection)
        connection.execute(update(EVENTS).where(EVENTS.c.number.in_([4, 6])).values(note="quietly"))
    assert verified(county) == (1, [], [f"anda: event 4: {CHANGED}"])
    # A broken chain still holds the hash that was noted: that saves nothing.
    assert verified(county, "--including", head_of(county))[0] == 1


def test_the_command_names_what_differs_and_prints_nothing_of_what_it_says(county: County) -> None:
    live(county)
    with writing(county.engine) as connection:
        unlock(connection)
        connection.execute(update(OBJECTIONS).values(late=True))
        connection.execute(update(PROJECTS).values(status="draft"))
        connection.execute(delete(ALLOCATIONS))
    code, out, err = verified(county)
    assert (code, out) == (1, [])
    assert "anda: project 1: is not what its history says" in err
    assert err.count("anda: objection 1: is not what the history says") == 1
    assert [line for line in err if line.endswith("is missing")] == [
        f"anda: allocation {number}: is missing" for number in (1, 2, 3)
    ]
    told = "\n".join(err)
    for private in (NAME, CONTACT, CONTENT, LOCAL, "打深井", "已列入二期"):
        assert private not in told


UNREADABLE = {
    "UPDATE events SET record = '{' WHERE number = 3": "event 3",
    "UPDATE events SET changes = '{\"x\": ' WHERE number = 1": "event 1",
    "UPDATE events SET at = 'yesterday' WHERE number = 3": "event 3",
    "UPDATE events SET day = '2018-02-30' WHERE number = 3": "event 3",
    "UPDATE events SET note = X'00ff' WHERE number = 3": "event 3",
    "UPDATE projects SET performance_goals = '{'": "project",
    "UPDATE projects SET budget = 'x'": "project",
    "UPDATE projects SET declared = 'yesterday'": "project",
    "UPDATE notices SET text = '{'": "notice",
}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@grid("statement", UNREADABLE)
def test_what_sqlite_keeps_and_nobody_can_read_is_named_like_any_other_broken_link(
    county: County, statement: str
) -> None:
    county.empty().walk_to("in_library")
    with writing(county.engine) as connection:
        unlock(connection)
        connection.execute(text(statement.replace(":", r"\:")))
    code, out, err = verified(county)
    assert (code, out) == (1, [])
    assert all(line.startswith("anda: ") for line in err)
    assert err[0].startswith(f"anda: {UNREADABLE[statement]}")


def test_the_command_lists_twenty_faults_and_counts_the_others(county: County) -> None:
    for _ in range(25):
        county.walk_to("draft")
    with writing(county.engine) as connection:
        connection.execute(update(PROJECTS).values(category="别的"))
    code, _, err = verified(county)
    assert (code, len(err), err[-1]) == (1, 21, "anda: and 5 more")


def test_the_command_fails_where_there_is_no_store(county: County, tmp_path: Path) -> None:
    for address in (f"sqlite:///{tmp_path / 'none' / 'anda.db'}", f"sqlite:///{tmp_path / 'new.db'}"):
        code, out, err = verified(county, address=address)
        assert (code, out, len(err)) == (1, [], 1)
        assert str(tmp_path) not in err[0]


# ---- unbroken, whatever happens


@pytest.mark.each_database
def test_the_chain_is_unbroken_when_many_write_at_once_through_two_processes_worth_of_service(county: County) -> None:
    projects = [county.walk_to("village_notice") for _ in range(4)]
    day = DAY_OF["village_notice"]
    headers = county.headers("village", If_Match="*")
    with county.reopened(objections_a_minute=1_000) as second:
        clients = made_ready(*(each.on(day) for each in (county, second) for _ in range(4)))

        def write(number: int) -> int:
            client, project = clients[number % 8], projects[number % 4]
            if number % 3:
                answer = client.post(f"/v1/notices/{1 + number % 4}/objections", json={"content": f"第{number}件"})
            else:
                body = {"tasks": f"第{number}次修改。"}
                answer = client.patch(f"/v1/projects/{project}", json=body, headers=headers)
            return int(answer.status_code)

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(write, range(60)))
    assert set(statuses) == {200, 201}
    with reading(county.engine) as connection:
        found = verify(connection)
    assert found.faults == []
    assert found.head.number == 4 * 2 + 60


@pytest.mark.slow
@pytest.mark.each_database
def test_the_chain_is_unbroken_after_a_long_walk_through_every_status_again_and_again(county: County) -> None:
    for round_ in range(scaled(2, 10)):
        for status in STATUSES:
            county.walk_to(status, name=f"第{round_}轮", place=PLACES[("village", "other_village")[round_ % 2]])
    live(county)
    with reading(county.engine) as connection:
        found = verify(connection)
        again = make_engine(county.database_url)
        with reading(again) as other_connection:
            assert verify(other_connection) == found
        again.dispose()
    assert found.faults == []
    assert found.head.number > scaled(100, 500)
