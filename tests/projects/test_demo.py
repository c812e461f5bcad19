"""`anda demo`: an empty store becomes a believable county around today; a store in use is left alone."""

import datetime as dt
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli.main import app
from app.clock import SHANGHAI, is_working_day
from app.db.engine import make_engine, migrate, reading, tables_in_use
from app.db.models import Base
from app.db.projects.models import Allocation, Event, Notice, Objection, Project, ProjectSource, Report
from app.db.projects.projects import find_by_ids
from app.demo.county import load_county
from app.demo.seed import first_day, plan_projects
from app.demo.timelines import PASSING, POSTING
from app.main import create_app
from app.privacy.redaction import holds_private_number
from app.projects.notice_days import NoticeCalendar
from app.rules.parameters import load, shipped_files
from app.rules.projects.content import ContentFields, described, wanting
from app.rules.projects.procedure import Status
from app.rules.projects.publicity import Level
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.demo_store import demo_in
from tests.support.grid import grid
from tests.support.lasting import store_for
from tests.support.stores import migrated_file

pytestmark = pytest.mark.lengthy

TODAY = dt.date(2018, 5, 20)
COUNTY = "150923"
PATIENCE = 60.0


class Ended(NamedTuple):
    """How a command ended, and what it said on either output."""

    status: int
    output: str
    told: str


class Demo(NamedTuple):
    """A store that the command has filled, what it printed, and the service over it."""

    database_url: str
    engine: Engine
    ended: Ended
    client: TestClient

    def rows(self, model: type[Base]) -> list[Any]:
        """Read all rows of a table, in the order of its first column."""
        table = model.__table__
        with reading(self.engine) as connection:
            return list(connection.execute(select(table).order_by(next(iter(table.c)))))

    def offices(self) -> list[list[str]]:
        """Read the table that was printed: level, place, name and token of each office."""
        return [line.split("\t") for line in self.ended.output.splitlines()[1:]]

    def headers(self, place: str) -> dict[str, str]:
        """Return an officer's headers."""
        [token] = [token for _, code, _, token in self.offices() if code == place]
        return {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    def notices(self, **asked: str) -> list[dict[str, Any]]:
        """Read every page of notices, as anyone."""
        found: list[dict[str, Any]] = []
        after: dict[str, str] | None = {}
        while after is not None:
            answer = self.client.get("/v1/notices", params={**asked, **after, "limit": "200"})
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += page["items"]
            after = page["next"] and {"cursor": page["next"]}
        return found

    def refused(self, project: int, place: str, action: str, **given: Any) -> list[str]:
        """Try a step as an officer, and return the conditions that do not hold."""
        address = f"/v1/projects/{project}/actions"
        answer = self.client.post(address, json={"action": action, **given}, headers=self.headers(place))
        assert answer.status_code == 409, answer.text
        return [each["code"] for each in answer.json()["unmet"]]


def run(database_url: str, *words: str | Path, today: dt.date = TODAY) -> Ended:
    environment = {"ANDA_DATABASE_URL": database_url, "ANDA_TODAY": f"{today}", "NO_COLOR": "1", "TERM": "dumb"}
    ended = copy_context().run(CliRunner().invoke, app, list(map(str, words)), env=environment)
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return Ended(ended.exit_code, ended.stdout, ended.stderr)


@contextmanager
def shared(folder: Path) -> Iterator[Demo]:
    """Serve the store that the tests of pages have filled as well: filling another takes seconds."""
    there = demo_in(folder)
    printed = [list(there.offices[0]), *(list(each.values()) for each in there.offices)]
    ended = Ended(0, "\n".join("\t".join(row) for row in printed), there.said)
    with made_of(there.settings.database_url, ended) as demo:
        yield demo


@contextmanager
def filled(database_url: str) -> Iterator[Demo]:
    """Fill a store of this address by the command, and serve it."""
    ended = run(database_url, "demo")
    assert ended.status == 0, ended.told
    with made_of(database_url, ended) as demo:
        yield demo


@contextmanager
def made_of(database_url: str, ended: Ended) -> Iterator[Demo]:
    """Serve a filled store."""
    engine = make_engine(database_url)
    with InProcessClient(create_app(Settings(database_url=database_url, access_log=False, today=TODAY))) as client:
        yield Demo(database_url, engine, ended, client)
    engine.dispose()


@pytest.fixture(scope="module")
def demos(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Demo]]:
    """Give the filled store on a database; no test changes it."""
    with ExitStack() as made:

        @cache
        def demos(database: str) -> Demo:
            if database == "sqlite":
                return made.enter_context(shared(tmp_path_factory.mktemp("demo")))
            return made.enter_context(filled(store_for(request, tmp_path_factory, "demo", database)))

        yield demos


@pytest.fixture
def demo(database: str, demos: Callable[[str], Demo]) -> Demo:
    """The filled store on the database of a test."""
    return demos(database)


def exported(demo: Demo) -> bytes:
    """Export all projects, as the county sees them."""
    answer = demo.client.get("/v1/projects.csv", headers=demo.headers(COUNTY))
    assert answer.status_code == 200
    content: bytes = answer.content
    return content


def contents(engine: Engine) -> list[ContentFields]:
    with reading(engine) as connection:
        ids = connection.execute(select(Project.id)).scalars().all()
        told = [described(each.content) for each in find_by_ids(connection, ids)]
    return sorted(told, key=lambda each: (each["place"], each["name"]))


# ---- what there is


def test_twenty_villages_of_three_townships_have_two_hundred_projects_in_every_status(demo: Demo) -> None:
    projects = demo.rows(Project)
    assert len(projects) == 200
    assert len({each.place for each in projects}) == 20
    assert len({each.township for each in projects}) == 3
    assert {each.county for each in projects} == {COUNTY}
    counted = Counter(each.status for each in projects)
    assert set(counted) == set(get_args(Status))
    assert min(counted.values()) >= 4
    assert f"200 projects ({', '.join(f'{count} {status}' for status, count in sorted(counted.items()))})" in (
        demo.ended.told
    )


def test_notices_are_on_display_with_every_number_of_days_left_at_each_level(demo: Demo) -> None:
    notices = [each for each in demo.notices(status="open") if each["kind"] == "publicity"]
    assert len(notices) > 50
    for level in get_args(Level):
        left = {each["days_left"] for each in notices if each["level"] == level}
        assert {0, 1, 10} <= left, "one ends today, one tomorrow, one was posted today"
        assert len(left) >= 8
    assert {each["posted"] for each in notices if each["days_left"] == 10} == {f"{TODAY}"}
    assert {each["kind"] for each in demo.notices()} == {"publicity", "announcement", "removal"}


def test_notices_are_over_superseded_sent_back_and_withdrawn(demo: Demo) -> None:
    assert len(demo.notices(status="over")) > 100
    closed = Counter(each["closed"]["by"] for each in demo.notices(status="closed"))
    assert set(closed) == {"superseded", "returned", "withdrawn"}
    waiting = [each for each in demo.rows(Project) if each.status.endswith("_notice")]
    over = {each["project"] for each in demo.notices(status="over")} - {
        each["project"] for each in demo.notices(status="open")
    }
    assert len([each for each in waiting if each.id in over]) >= 8, "their next step is possible"


def test_objections_came_in_time_and_late_and_are_upheld_dismissed_or_undecided(demo: Demo) -> None:
    objections = demo.rows(Objection)
    kinds = Counter((each.late, each.outcome) for each in objections)
    assert {(False, None), (False, "dismissed"), (False, "upheld"), (True, None)} <= set(kinds)
    assert any(late and outcome for late, outcome in kinds)
    assert {(each.name, each.contact) for each in objections} == {(None, None)}
    statuses = {each.id: each.status for each in demo.rows(Project)}
    of_notice = {each.id: each.project_id for each in demo.rows(Notice)}
    for each in objections:
        status = statuses[of_notice[each.notice_id]]
        if (each.late, each.outcome) == (False, "upheld"):
            assert status == "returned"
        if (each.late, each.outcome) == (False, None):
            assert status.endswith("_notice")


def test_funds_are_allocated_in_part_in_full_and_never_above_a_source(demo: Demo) -> None:
    sources = demo.rows(ProjectSource)
    given: Counter[tuple[int, str]] = Counter()
    for each in demo.rows(Allocation):
        given[each.project_id, each.fund] += each.amount
    assert len(demo.rows(Allocation)) > 80
    assert len({each.fund for each in sources}) == 7
    parts: Counter[str] = Counter()
    for each in sources:
        assert given[each.project_id, each.fund] == each.allocated <= each.amount
        parts["whole" if each.allocated == each.amount else "part" if each.allocated else "none"] += 1
    assert min(parts["whole"], parts["part"], parts["none"]) > 10


def test_what_was_carried_out_and_achieved_is_told_and_costs_no_more_than_was_allocated(demo: Demo) -> None:
    reports = demo.rows(Report)
    assert Counter(each.kind for each in reports)["outcome"] == 15
    assert Counter(each.kind for each in reports)["progress"] > 30
    allocated: Counter[int] = Counter()
    for each in demo.rows(ProjectSource):
        allocated[each.project_id] += each.allocated
    assert all(each.spent <= allocated[each.project_id] for each in reports if each.spent is not None)


def test_projects_say_all_that_they_should_but_five_without_goals(demo: Demo) -> None:
    with reading(demo.engine) as connection:
        projects = find_by_ids(connection, [each.id for each in demo.rows(Project)])
    lacking = Counter((each.status, *wanting(each.content)) for each in projects if wanting(each.content))
    assert lacking == {("draft", "performance_goals"): 3, ("county_review", "performance_goals"): 2}
    assert all(1_000_000 <= each.content.budget <= 300_000_000 for each in projects), "10,000 to 3,000,000 yuan"
    assert len({each.content.category for each in projects}) >= 10
    assert len({each.content.construction for each in projects}) == 4


def test_no_text_holds_a_private_number_or_a_gap_that_was_not_filled_in(demo: Demo) -> None:
    said = [text for each in contents(demo.engine) for text in texts(each)]
    for model in (Objection, Allocation, Report, Event):
        said += [text for row in demo.rows(model) for name, text in row._asdict().items() if name in WRITTEN and text]
    assert len(said) > 1_500
    assert [text for text in said if "{" in text or "}" in text or holds_private_number(text)] == []


WRITTEN = {"content", "answer", "document", "text", "note"}
"""Columns that hold what somebody wrote."""


def texts(told: Any) -> Iterator[str]:
    """Go through all texts of a description."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for each in told.values() if isinstance(told, dict) else told:
            yield from texts(each)


# ---- how it came about


@pytest.mark.each_database
def test_the_history_is_whole_and_goes_some_months_back_in_order_of_time(demo: Demo) -> None:
    ended = run(demo.database_url, "verify")
    assert ended.status == 0, ended.told
    events = demo.rows(Event)
    assert f"{len(events)} events, unbroken" in ended.output
    times = [each.at for each in events]
    assert times == sorted(times)
    assert all(each.at.astimezone(SHANGHAI).date() == each.day for each in events)
    assert 120 <= (TODAY - events[0].day).days <= 250
    assert times[-1] < dt.datetime.combine(TODAY, dt.time(0, 10), SHANGHAI), "nothing lies in the future"
    assert any(each.day == TODAY for each in events)
    assert {each.actor for each in events} == {"officer", "anyone"}


@pytest.mark.postgresql
def test_the_same_day_brings_the_same_county_on_either_database(demos: Callable[[str], Demo]) -> None:
    demo, another = demos("sqlite"), demos("postgresql")
    assert exported(demo) == exported(another)
    told = ("number", "at", "day", "project_id", "action", "place", "was", "status", "version", "note", "changes")
    one, other = ([[getattr(each, name) for name in told] for each in made.rows(Event)] for made in (demo, another))
    assert one == other
    assert {token for *_, token in demo.offices()}.isdisjoint({token for *_, token in another.offices()})


def test_another_day_brings_another_county() -> None:
    postings = NoticeCalendar(load(shipped_files()), is_working_day)
    county = load_county()
    days = (TODAY, TODAY, TODAY + dt.timedelta(days=1))
    one, same, other = (plan_projects(county, postings, day) for day in days)
    assert one == same
    assert one != other


def test_what_the_demo_exports_is_imported_field_by_field(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "projects.csv"
    path.write_bytes(exported(demo))
    address = f"sqlite:///{tmp_path / 'empty.db'}"
    engine = make_engine(address)
    migrate(engine)
    ended = run(address, "import-projects", path)
    assert ended.status == 0, ended.told
    assert contents(engine) == contents(demo.engine)
    engine.dispose()


# ---- what a trainer does with it


@pytest.mark.postgresql
def test_the_tokens_of_all_offices_are_printed_and_each_finds_its_officer(demos: Callable[[str], Demo]) -> None:
    demo = demos("postgresql")
    assert demo.ended.output.splitlines()[0] == "level\tplace\tname\ttoken"
    assert Counter(level for level, *_ in demo.offices()) == {"county": 1, "township": 3, "village": 20}
    assert not any(token in demo.ended.told for *_, token in demo.offices())
    drafts = [each for each in demo.rows(Project) if each.status == "draft"]
    for _, place, _, _ in demo.offices():
        answer = demo.client.get("/v1/projects", params={"status": "draft"}, headers=demo.headers(place))
        assert [each["id"] for each in answer.json()["items"]] == sorted(
            (each.id for each in drafts if each.place.startswith(place)), reverse=True
        )


def test_every_refusal_of_the_procedure_can_be_tried(demo: Demo) -> None:
    projects = demo.rows(Project)
    draft = next(each for each in projects if each.status == "draft")
    assert demo.refused(draft.id, draft.place, "post_village_notice") == ["no_meeting"]
    without = next(each for each in projects if each.status == "county_review" and not each.performance_goals)
    assert "no_performance_goals" in demo.refused(without.id, COUNTY, "approve_in_county")
    counted = {each["project"]: each for each in demo.notices(status="over") if each["objections"]["undecided"]}
    blocked = next(each for each in projects if each.status == "village_notice" and each.id in counted)
    assert demo.refused(blocked.id, blocked.place, "submit_to_township") == ["objections_undecided"]
    ending = next(
        each for each in demo.notices(status="open") if each["days_left"] == 0 and each["level"] == "township"
    )
    assert demo.refused(ending["project"], ending["place"][:9], "submit_to_county") == ["period_not_over"]


# ---- where none is made


def test_a_store_in_use_is_refused_and_left_as_it_is(demo: Demo) -> None:
    before = [len(demo.rows(each)) for each in (Project, Event, Notice)]
    ended = run(demo.database_url, "demo")
    assert (ended.status, ended.output) == (1, "")
    assert "The store is in use: it holds" in ended.told
    assert [len(demo.rows(each)) for each in (Project, Event, Notice)] == before


def test_a_store_with_nothing_but_a_token_is_in_use(store: Engine, database_url: str) -> None:
    assert store
    assert run(database_url, "token", "create", "--place", COUNTY, "--name", "An office").status == 0
    ended = run(database_url, "demo")
    assert (ended.status, ended.output) == (1, "")
    assert "it holds tokens." in ended.told


@grid(("today", "told"), [("2017-03-01", "begin on 2017-01-01"), ("2017-06-20", "the policy begins on 2017-01-01")])
def test_a_county_that_would_begin_before_the_policy_is_refused(tmp_path: Path, today: str, told: str) -> None:
    address = migrated_file(tmp_path)
    engine = make_engine(address)
    ended = run(address, "demo", today=dt.date.fromisoformat(today))
    assert (ended.status, ended.output) == (1, "")
    assert "no demo is made" in ended.told
    assert told in ended.told
    with reading(engine) as connection:
        assert tables_in_use(connection) == []
    engine.dispose()


def test_a_store_that_is_not_migrated_is_told(engine: Engine, database_url: str) -> None:
    migrate(engine, "0002")
    ended = run(database_url, "demo")
    assert (ended.status, ended.output) == (1, "")
    assert "anda migrate" in ended.told


KILLED = """
import os, signal
from app.cli.main import main
from app.projects import procedure
record, recorded = procedure.append_event, 0
def killing(*asked):
    global recorded
    recorded += 1
    if recorded == 200:
        os.kill(os.getpid(), signal.SIGKILL)
    return record(*asked)
procedure.append_event = killing
main()
"""


@pytest.mark.each_database
def test_a_demo_that_is_killed_leaves_the_store_empty(store: Engine, database_url: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, "demo"],
        env={**os.environ, "ANDA_DATABASE_URL": database_url, "ANDA_TODAY": f"{TODAY}"},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert ended.stdout == b""
    with reading(store) as connection:
        assert tables_in_use(connection) == []


# ---- a deployment's own days

OWN = """
publicity.days.{level}:
  unit: days
  values:
    - {{from: 2017-01-01, value: {days}, clause: 本地, basis: assumption, checked: 2026-11-24}}
publicity.kind_of_day.{level}:
  unit: text
  values:
    - {{from: 2017-01-01, value: {kind}, clause: 本地, basis: assumption, checked: 2026-11-24}}
"""


@grid(("days", "kind"), [(1, "calendar"), (30, "calendar"), (7, "working")])
def test_a_county_with_other_days_has_notices_that_stand_them(tmp_path: Path, days: int, kind: str) -> None:
    own = tmp_path / "own.yaml"
    levels: tuple[Level, ...] = get_args(Level)
    own.write_text("".join(OWN.format(level=level, days=days, kind=kind) for level in levels), encoding="utf-8")
    postings = NoticeCalendar(load(shipped_files(), own), is_working_day)
    plans = plan_projects(load_county(), postings, TODAY)
    assert first_day(plans) > dt.date(2017, 1, 1)
    passed = 0
    for plan in plans:
        for level in levels:
            steps = {act.request.get("action"): act.day for act in plan if act.level == level}
            if PASSING[level] in steps:
                passed += 1
                assert steps[PASSING[level]] > postings.on(level, steps[POSTING[level]]).days.last_day
    assert passed > 200
