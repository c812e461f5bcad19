"""The pages: how long the first answer takes with 10,000 notices, and how much a bill's page transfers.

An officer's desk is measured at each level, as seeded and with the whole library in one village.
"""

import gzip
import http.client
import re
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from statistics import median
from urllib.parse import urlencode

from sqlalchemy import update

from app.db.engine import writing
from app.db.projects.models import Notice, Project
from app.routers.pages.desk_session import COOKIE
from app.rules.projects.publicity import Level
from app.schemas.examples import BILLS
from benchmarks.library_seed import count
from benchmarks.library_stores import Store, filled, sqlite
from benchmarks.load import HOST
from benchmarks.report import against, heading, table

PROJECTS = 5_000
"""This many have more than 10,000 notices."""

TARGET = 50.0
"""Milliseconds of the first answer of a page."""

MOST_BYTES = 300_000
"""The limit in bytes for a bill's page and everything it loads."""

TURNS = 20


def run() -> None:
    """Measure each page on SQLite, and what a bill's page transfers."""
    with sqlite() as addresses, filled(addresses, [PROJECTS]) as (store,):
        notices = count(store.engine, Notice)
        heading(
            f"Pages with {notices:,} notices, one connection: milliseconds from the request to the last byte",
            f"the first answer after the start, and the median of {TURNS}",
        )
        rows = [_measured(store, path.partition("?")[0], path) for path in _pages(store)]
        rows += _desks(store, "")
        _move_into_one_village(store)
        rows += _desks(store, ", everything in one village")
        table(["page", "first", "target", "median"], rows)
        size = _transferred(store.port, _bill())
        print(f"  /bill and everything it loads: {size:,} bytes; {against(-size, -MOST_BYTES, f'{MOST_BYTES:,}')}")


def _pages(store: Store) -> list[str]:
    with store.engine.connect() as connection:
        notice = connection.exec_driver_sql("SELECT max(id) FROM notices").scalar_one()
        project = connection.exec_driver_sql("SELECT max(id) FROM projects WHERE status = 'completed'").scalar_one()
    board = ["/notices", "/notices?status=over", f"/notices/{notice}", f"/notices/{notice}/poster", "/notices.atom"]
    return ["/", *board, f"/projects/{project}", "/bill", _bill(), "/household", "/policy", "/desk"]


def _measured(store: Store, name: str, path: str, session: str = "") -> list[str]:
    times = [_get(store.port, path, session)[0] for _ in range(TURNS)]
    first, usual = times[0], median(times)
    return [name, f"{first:.1f}", against(-first, -TARGET, f"{TARGET:.0f}"), f"{usual:.1f}"]


def _desks(store: Store, how: str) -> Iterator[list[str]]:
    """Measure the desks of the officers of the busy township's first village, its township and its county."""
    digits: dict[Level, int] = {"county": 6, "township": 9, "village": 12}
    for level, length in digits.items():
        token = store.library.tokens[store.library.villages[0].code[:length]]
        yield _measured(store, f"/desk of a {level}{how}", "/desk", enter(store.port, token))


def _move_into_one_village(store: Store) -> None:
    """Move every project and notice to one village, the fullest desk there can be. The history does not record it."""
    place = store.library.villages[0].code
    here = {"place": place, "township": place[:9], "county": place[:6]}
    with writing(store.engine) as connection:
        for moved in (Project, Notice):
            connection.execute(update(moved).values(here))


def _bill() -> str:
    return f"/bill?{urlencode(flat_fields(BILLS['registered_major_disease']['value'], ''))}"


def flat_fields(value: object, name: str) -> list[tuple[str, str]]:
    """Write a request's object as the fields of a page's form."""
    if isinstance(value, dict):
        return [each for key, inner in value.items() for each in flat_fields(inner, f"{name}.{key}" if name else key)]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value))]


def enter(port: int, token: str) -> str:
    """Begin a session of the desk, and return its secret."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/desk/session", urlencode({"token": token}), form)
    cookie = SimpleCookie(connection.getresponse().headers["Set-Cookie"])
    connection.close()
    return cookie[COOKIE].value


def _get(port: int, path: str, session: str = "") -> tuple[float, bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.connect()
    begun = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Cookie": f"{COOKIE}={session}"})
    response = connection.getresponse()
    body = response.read()
    taken = (time.perf_counter() - begun) * 1_000
    connection.close()
    if response.status != http.client.OK:
        raise ValueError(f"{path} answered {response.status}")
    return taken, body


def _transferred(port: int, path: str) -> int:
    page = _get(port, path)[1]
    text = gzip.decompress(page) if page[:2] == b"\x1f\x8b" else page
    loaded = set(re.findall(rb'(?:href|src)="(/(?:pages|bill)/[^"]+)"', text))
    return len(page) + sum(len(_get(port, each.decode().replace("&amp;", "&"))[1]) for each in loaded)
