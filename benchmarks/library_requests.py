"""The requests that measure the project library: pages, single answers, and writes of three kinds."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import orjson
from sqlalchemy import ColumnElement, Connection, func, or_, select

from app.db.engine import reading
from app.db.projects.models import Notice, Project
from app.http.pagination import cursor
from app.rules.projects.procedure import PUBLISHED
from app.schemas.examples import OBJECTIONS, PROJECT, PROJECT_ACTIONS
from benchmarks.library_load import request
from benchmarks.library_seed import CATEGORIES
from benchmarks.library_stores import Store
from benchmarks.library_walks import TODAY

ON_A_PAGE = 50

_SOME = 400
"""Different requests for the same kind of thing."""

ITEMS = b'{"items":[{"id":'
"""How the answer with a page that is not empty begins."""

_ONE = b'{"id":'


_STANDING: Mapping[str, ColumnElement[bool]] = {
    "open": Notice.closed.is_(None) & (Notice.last_day >= TODAY),
    "over": Notice.closed.is_(None) & (Notice.last_day < TODAY),
    "closed": Notice.closed.is_not(None),
}
"""The notices of each status."""


class RequestSeries(NamedTuple):
    """A series of requests of one kind: how an answer begins, and the requests between two numbers."""

    name: str
    begins: bytes
    requests: Callable[[int, int], Sequence[bytes]]
    status: int = 200
    only_once: bool = False
    """None of the requests may be sent a second time."""


class Page(NamedTuple):
    """A kind of page: the list, its filters, and the place of the officer whose token is sent."""

    name: str
    path: str
    filters: Mapping[str, str]
    officer: str | None = None
    """The officer's place."""

    def first(self, store: Store) -> bytes:
        """Write the request for the first page."""
        return self._request(store, {})

    def middle(self, store: Store) -> bytes:
        """Write the request for the page in the middle of the list."""
        with reading(store.engine) as connection:
            listed = self.listed(connection)
        # Half a page would take half the time.
        assert len(listed) > 2 * ON_A_PAGE, f"{self.name}: too few to fill two pages"
        return self._request(store, {"cursor": listed[len(listed) // 2]})

    def anywhere(self, store: Store, number: int) -> list[bytes]:
        """Write requests for pages that begin anywhere but at the very end."""
        with reading(store.engine) as connection:
            listed = self.listed(connection)
        chosen = random.Random(2).choices(listed[: -ON_A_PAGE - 1], k=number)
        return [self._request(store, {"cursor": each}) for each in chosen]

    def listed(self, connection: Connection) -> list[str]:
        """Return the cursor after each item, in the order of the list."""
        if self.path == "/v1/notices":
            statement = select(Notice.last_day, Notice.id).where(*_where(Notice, self.filters))
            rows = connection.execute(statement.order_by(Notice.last_day.desc(), Notice.id.desc()))
            return [cursor(day.toordinal(), number) for day, number in rows]
        visible = or_(Project.status.in_(PUBLISHED), Project.township == self.officer)
        projects = select(Project.id).where(visible, *_where(Project, self.filters)).order_by(Project.id.desc())
        return [cursor(number) for number in connection.scalars(projects)]

    def _request(self, store: Store, further: Mapping[str, str]) -> bytes:
        headers = {} if self.officer is None else _token(store, self.officer)
        return request("GET", f"{self.path}?{urlencode({**self.filters, **further})}", headers=headers)


def pages(store: Store) -> list[Page]:
    """List the kinds of pages; each is full in every store."""
    township = store.library.township
    county = township[:6]
    here = {"place": county}
    open_now = {"status": "open"}
    return [
        Page("projects", "/v1/projects", {}),
        Page("projects of a county", "/v1/projects", here),
        Page("projects of a township, of a status", "/v1/projects", {"place": township, "status": "in_library"}),
        Page("projects of a category", "/v1/projects", {"category": CATEGORIES[0]}),
        Page("projects of ten villages", "/v1/projects", {"place": f"{township}20"}),
        Page("with a township's token", "/v1/projects", {}, township),
        Page("with a township's token: for review", "/v1/projects", {"status": "township_review"}, township),
        Page("open notices", "/v1/notices", open_now),
        Page("open notices of a county", "/v1/notices", {**open_now, **here}),
        Page("notices that are over", "/v1/notices", {"status": "over"}),
        Page("notices closed early", "/v1/notices", {"status": "closed"}),
    ]


def _where(table: type[Project] | type[Notice], filters: Mapping[str, str]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if "place" in filters:
        conditions.append(table.place.startswith(filters["place"]))
    if "category" in filters:
        conditions.append(Project.category == filters["category"])
    if "status" in filters and table is Project:
        conditions.append(Project.status == filters["status"])
    elif "status" in filters:
        conditions.append(_STANDING[filters["status"]])
    return conditions


def reads(store: Store) -> list[RequestSeries]:
    """List the series of reads, each with many different requests."""
    listed = {page.name: page for page in pages(store)}
    chance = random.Random(3)
    with reading(store.engine) as connection:
        published = list(connection.scalars(select(Project.id).where(Project.status.in_(PUBLISHED))))
        posted = list(connection.scalars(select(Notice.id)))
        in_library = select(Project.township).where(Project.status == "in_library").group_by(Project.township)
        townships = list(connection.scalars(in_library.having(func.count() > ON_A_PAGE)))
    projects = [f"/v1/projects/{number}" for number in chance.choices(published, k=_SOME)]

    def get(name: str, begins: bytes, paths: Sequence[str], headers: Mapping[str, str] | None = None) -> RequestSeries:
        return _repeated(name, begins, [request("GET", path, headers=headers) for path in paths])

    def page(name: str) -> RequestSeries:
        return _repeated(f"{ON_A_PAGE} {name}", ITEMS, listed[name].anywhere(store, _SOME))

    return [
        IDLE,
        get("a project", _ONE, projects),
        get("a project, with a token", _ONE, projects, _token(store, store.library.township)),
        get("its events", b'{"items":[{"number":', [f"{path}/events" for path in projects]),
        get("a notice", _ONE, [f"/v1/notices/{number}" for number in chance.choices(posted, k=_SOME)]),
        page("projects"),
        page("projects of a county"),
        get(
            f"{ON_A_PAGE} projects of a township, of a status",
            ITEMS,
            [f"/v1/projects?place={township}&status=in_library" for township in townships],
        ),
        page("open notices"),
    ]


def writes(store: Store) -> list[RequestSeries]:
    """List the series of writes, each request sent once."""
    with reading(store.engine) as connection:
        statement = select(Project.id, Project.place).where(Project.status == "draft").order_by(Project.id)
        drafts = list(connection.execute(statement))
        notices = list(connection.scalars(select(Notice.id).where(_STANDING["open"])))
    villages = store.library.villages
    meeting = orjson.dumps(PROJECT_ACTIONS["post_village_notice"]["value"])
    withdrawal = orjson.dumps({"action": "withdraw", "note": "改由县水利局统一实施。"})
    acts = [(number, place, act) for act in (meeting, withdrawal) for number, place in drafts]
    objection = OBJECTIONS["anonymous"]["value"]["content"]

    def declaration(number: int) -> bytes:
        place = villages[number % len(villages)].code
        body = orjson.dumps({**PROJECT, "name": f"村内道路硬化工程第{number}号", "place": place})
        return request("POST", "/v1/projects", body, {**_token(store, place), "Idempotency-Key": f"key-{number}"})

    def action(number: int) -> bytes:
        project, place, body = acts[number]
        return request("POST", f"/v1/projects/{project}/actions", body, _token(store, place))

    def objection_to(number: int) -> bytes:
        body = orjson.dumps({"content": f"{objection}（{number}）"})
        return request("POST", f"/v1/notices/{notices[number % len(notices)]}/objections", body)

    def once(name: str, status: int, write: Callable[[int], bytes], most: int = 1_000_000) -> RequestSeries:
        def requests(begin: int, end: int) -> list[bytes]:
            return [write(number) for number in range(begin, min(end, most))]

        return RequestSeries(name, _ONE, requests, status, only_once=True)

    return [
        IDLE,
        once("declaring a project, with a key", 201, declaration),
        once("posting a village's notice", 200, action, len(acts)),
        once("objection_to to a notice", 201, objection_to),
    ]


def _repeated(name: str, begins: bytes, requests: Sequence[bytes]) -> RequestSeries:
    return RequestSeries(name, begins, lambda _begin, _end: requests)


def _token(store: Store, place: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {store.library.tokens[place]}"}


IDLE = _repeated("GET /healthz", b'{"status":', [request("GET", "/healthz")])
"""The cost of HTTP where no store is read."""
