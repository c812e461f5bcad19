"""A county to try the project library in: a migrated store, its officers, the service on any day, projects in it.

The days are those of the usual path: declared and posted on 9 February 2018, in the library on 14 March.
"""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from types import TracebackType
from typing import Any, NamedTuple, Self
from unittest.mock import patch

import httpx
from sqlalchemy import Engine, inspect, text

from app.clock import Clock
from app.db import tokens
from app.db.engine import OF_THE_CHAIN, is_ready, make_engine, migrate, reading, writing
from app.db.projects.events import Actor
from app.db.tokens import Officer
from app.main import create_app
from app.projects import procedure
from app.projects.notice_days import NoticeCalendar
from app.projects.procedure import ActContext, StepRequest
from app.schemas.examples import PROJECT
from app.schemas.requests.projects import ActionRequest, ProjectRequest
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.lasting import empty

Json = dict[str, Any]

PLACES = {
    "village": "150923100201",
    "township": "150923100",
    "county": "150923",
    "other_village": "150923100202",
    "other_township": "150923101",
    "other_county": "150924",
}
"""Whose officers there are by name; the first three are those of the usual project."""

DIGITS = {"village": 12, "township": 9, "county": 6}

LONG_AGO = dt.datetime(2017, 1, 1, tzinfo=dt.UTC)


class Taken(NamedTuple):
    """A step of the usual path: what it leads to, at whose level, on which day."""

    status: str
    action: str
    level: str
    day: str


PATH = (
    Taken("village_notice", "post_village_notice", "village", "2018-02-09"),
    Taken("township_review", "submit_to_township", "village", "2018-02-20"),
    Taken("township_notice", "approve_in_township", "township", "2018-02-20"),
    Taken("county_review", "submit_to_county", "township", "2018-03-03"),
    Taken("county_notice", "approve_in_county", "county", "2018-03-03"),
    Taken("in_library", "enter_library", "county", "2018-03-14"),
    Taken("under_way", "start", "township", "2018-03-14"),
    Taken("completed", "complete", "township", "2018-03-14"),
)

ASIDE = {
    "returned": ("township_review", Taken("returned", "return", "township", "2018-02-20")),
    "withdrawn": ("draft", Taken("withdrawn", "withdraw", "village", "2018-02-09")),
    "removed": ("in_library", Taken("removed", "remove", "county", "2018-03-14")),
}
"""What the path does not lead to: from which status, by which step."""

DAY_OF = {
    "draft": "2018-02-09",
    **{step.status: step.day for step in PATH},
    **{step.status: step.day for _, step in ASIDE.values()},
}
"""The day on which a project comes to a status."""

STATUSES = tuple(DAY_OF)

LEVEL_OF_STEP = {step.action: step.level for step in (*PATH, *(step for _, step in ASIDE.values()))}
"""For `return`, in a township's review; it is the step of whatever level a project is at."""


def project(**changes: Any) -> Json:
    """Write a project that lacks nothing; `changes` replace whole fields."""
    return {**deepcopy(PROJECT), **changes}


def taking(action: str, day: str, **changes: Any) -> Json:
    """Write a step with all that it asks for on a day; `changes` replace parts of it."""
    checks = ("truth", "need", "content", "budget", "benefit", "participation", "mechanism")
    given: dict[str, Json] = {
        "post_village_notice": {
            "evidence": {"meeting": {"kind": "villagers_representatives", "date": day, "attendance": 46}}
        },
        "approve_in_township": {"evidence": {"checks": dict.fromkeys(checks, True)}},
        "approve_in_county": {
            "evidence": {
                "opinion": {"department": "水利局", "text": "方案科学、合规、可行。"},
                "decision": {"group": "县扶贫开发领导小组", "date": day},
            }
        },
        "return": {"note": "预算缺少单价依据，请补充后重新公示。"},
        "withdraw": {"note": "村民代表大会决定不再申报。"},
        "remove": {"note": "水源不足，不再实施。"},
    }
    return {"action": action, **given.get(action, {}), **changes}


def steps_to(status: str) -> list[Taken]:
    """Return the steps that lead from a draft to a status."""
    until, aside = ASIDE.get(status, (status, None))
    reached = ["draft", *(step.status for step in PATH)].index(until)
    return [*PATH[:reached], *([aside] if aside else [])]


def _day(status: str) -> dt.date:
    return dt.date.fromisoformat(DAY_OF[status])


def _request(step: Taken) -> StepRequest:
    request = ActionRequest.model_validate(taking(step.action, step.day))
    return StepRequest(request.action, request.note or "", request.to_evidence())


def is_now(told: str) -> bool:
    """Say whether an instant of an answer is the real one, whatever the service's day."""
    return abs(dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(told)) < dt.timedelta(hours=1)


def unmet(answer: httpx.Response) -> list[str]:
    """Return the codes of the conditions for which an act was refused."""
    assert answer.status_code == 409, answer.text
    return [each["code"] for each in answer.json()["unmet"]]


class _MovedClock(Clock):
    def move_to(self, day: dt.date) -> None:
        self._today = day


class OnADay(InProcessClient):
    """The service on a day; clients of several days may be used by turns, not at once."""

    def __init__(self, running: InProcessClient, clock: _MovedClock, day: dt.date) -> None:
        super().__init__(running.app)
        # What `running` has started is shared: nothing is started or stopped here.
        self.join(running)
        self._clock = clock
        self._day = day

    def request(self, *asked: Any, **more: Any) -> httpx.Response:
        self._clock.move_to(self._day)
        answer: httpx.Response = super().request(*asked, **more)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the service running."""


class County:
    """A store that is migrated, officers with tokens, and the service over it."""

    def __init__(self, database_url: str, **settings: Any) -> None:
        self.database_url = database_url
        self._tokens: dict[str, str] = {}
        self._places: dict[int, str] = {}
        self._clock = _MovedClock()
        self._clients: dict[str, OnADay] = {}
        self._officers: dict[str, Officer] = {}
        # An application takes a tenth of a second to build, moving the clock of one nothing.
        with patch("app.main.Clock", return_value=self._clock):
            app = create_app(Settings(database_url=database_url, access_log=False, **settings))
        self._running = InProcessClient(app)
        self._notice_calendar: NoticeCalendar = app.state.components.notice_calendar
        # Last: settings that stop the start leave no connection open.
        self.engine: Engine = make_engine(database_url)
        if not is_ready(self.engine):
            migrate(self.engine)

    def __enter__(self) -> Self:
        self._running.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._running.__exit__(*error)
        self.engine.dispose()

    @contextmanager
    def reopened(self, **settings: Any) -> Iterator["County"]:
        """Give the same county under other settings."""
        with County(self.database_url, **settings) as again:
            again._tokens, again._places = self._tokens, self._places
            yield again

    def empty(self) -> Self:
        """Take out all that is stored, the officers too."""
        empty(self.engine)
        self._tokens.clear()
        self._places.clear()
        self._officers.clear()
        return self

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all that is stored, but for the tokens, which are made as they are needed, and their events."""
        with reading(self.engine) as connection:
            tables = set(inspect(connection).get_table_names()) - {"tokens", "alembic_version", *OF_THE_CHAIN}
            return {
                table: sorted((tuple(row) for row in connection.execute(text(f'SELECT * FROM "{table}"'))), key=repr)  # noqa: S608
                for table in tables
            }

    def on(self, day: str) -> OnADay:
        """Return the service as it is on a day."""
        if day not in self._clients:
            self._clients[day] = OnADay(self._running, self._clock, dt.date.fromisoformat(day))
        return self._clients[day]

    def token(self, who: str) -> str:
        """Return the token of an officer: a name of `PLACES`, or a division code."""
        place = PLACES.get(who, who)
        if place not in self._tokens:
            with writing(self.engine) as connection:
                self._tokens[place] = tokens.create(connection, place, who, LONG_AGO, 36_500)
        return self._tokens[place]

    def headers(self, who: str | None, **more: str) -> dict[str, str]:
        """Return the headers with which an officer asks, in English; None: anyone."""
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {**({"Authorization": f"Bearer {self.token(who)}"} if who else {}), "Accept-Language": "en", **named}

    def declare(self, day: str = DAY_OF["draft"], **changes: Any) -> int:
        """Declare a project, as the officer of its village, and return its number."""
        whole = project(**changes)
        answer = self.on(day).post("/v1/projects", json=whole, headers=self.headers(whole["place"]))
        assert answer.status_code == 201, answer.text
        number: int = answer.json()["id"]
        self._places[number] = whole["place"]
        return number

    def officer_of(self, number: int, level: str) -> str:
        """Return the division code of the officer of a level whose place a declared project lies in."""
        return self._places[number][: DIGITS[level]]

    def act(self, who: str | None, number: int, step: Json, day: str, **headers: str) -> httpx.Response:
        """Try a step of the procedure, as an officer or as anyone."""
        address = f"/v1/projects/{number}/actions"
        answer: httpx.Response = self.on(day).post(address, json=step, headers=self.headers(who, **headers))
        return answer

    def take(self, number: int, action: str, day: str, **changes: Any) -> Json:
        """Take a step, as the officer whose step it is, with all that it asks for; return the project after it."""
        level = LEVEL_OF_STEP[action]
        if action == "return":
            level = self.show(number, day)["status"].partition("_")[0]
        answer = self.act(self.officer_of(number, level), number, taking(action, day, **changes), day)
        assert answer.status_code == 200, answer.text
        taken: Json = answer.json()
        return taken

    def walk_to(self, status: str, **changes: Any) -> int:
        """Put a project into the store that has come to a status on the days of `DAY_OF`; return its number.

        It is done by the functions behind the API, in a third of the time that the API takes for it.
        """
        content = ProjectRequest.model_validate_json(json.dumps(project(**changes))).to_content()
        officers = {level: self._officer(content.place[:digits]) for level, digits in DIGITS.items()}
        with writing(self.engine) as connection:
            who = Actor("officer", officers["village"])
            number = procedure.declare(connection, Clock(_day("draft")).now(), who, content).id
            for step in steps_to(status):
                context = ActContext(Clock(_day(step.status)).now(), officers[step.level])
                procedure.take(connection, context, number, _request(step), self._notice_calendar)
        self._places[number] = content.place
        return number

    def _officer(self, place: str) -> Officer:
        if place not in self._officers:
            token = self.token(place)
            with reading(self.engine) as connection:
                found = tokens.find(connection, token, LONG_AGO)
            assert isinstance(found, Officer)
            self._officers[place] = found
        return self._officers[place]

    def show(self, number: int, day: str, who: str | None = None) -> Json:
        """Read a declared project, as the officer of its county unless another is named."""
        headers = self.headers(who or self.officer_of(number, "county"))
        answer = self.on(day).get(f"/v1/projects/{number}", headers=headers)
        assert answer.status_code == 200, answer.text
        shown: Json = answer.json()
        return shown

    def notices_of(self, number: int, day: str) -> list[Json]:
        """Return the notices of a declared project, the oldest first."""
        found: list[Json] = []
        asked = {"place": self._places[number], "limit": "200"}
        while asked is not None:
            page = self.on(day).get("/v1/notices", params=asked, headers=self.headers(None)).json()
            found += [each for each in page["items"] if each["project"] == number]
            asked = page["next"] and {**asked, "cursor": page["next"]}
        return sorted(found, key=lambda each: each["id"])
