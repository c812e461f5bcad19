"""The service answers as it is recorded: area by area, and every route in both languages."""

import difflib
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.corpus import (
    area_calculations,
    area_commands,
    area_demo,
    area_desk,
    area_ledger,
    area_national,
    area_operations,
    area_pages,
    area_projects,
    area_random,
    area_reference,
    area_schemas,
    openapi,
)
from tests.corpus.area import Area, started
from tests.corpus.service import Settings, create_app, routes_of

pytestmark = pytest.mark.lengthy

RECORDED = Path(__file__).parent / "recorded"
RECORDING = bool(os.environ.get("RECORD"))
MOST_LINES = 200
"""Of a difference that are shown."""

AREAS: dict[str, Callable[[Area], None]] = {
    "bills": area_calculations.bills,
    "several-bills": area_calculations.several_bills,
    "entitlements": area_calculations.entitlements,
    "reference": area_reference.reference,
    "documentation": area_reference.documentation,
    "operations": area_operations.operations,
    "faults": area_operations.faults,
    "projects": area_projects.projects,
    "demo-library": area_demo.demo_library,
    "ledger": area_ledger.ledger,
    "national": area_national.national,
    "pages": area_pages.pages,
    "household-pages": area_pages.household,
    "notice-pages": area_pages.notices,
    "desk-pages": area_desk.desk,
    "commands": area_commands.commands,
    "schema-sqlite": area_schemas.sqlite,
}


def compared(name: str, found: str) -> None:
    """Hold what was found against the record; where it is recorded anew, write it."""
    path = RECORDED / name
    if RECORDING:
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8", newline="\n")
        return
    recorded = path.read_text(encoding="utf-8")
    if recorded == found:
        return
    lines = list(difflib.unified_diff(recorded.split("\n"), found.split("\n"), "recorded", "now", n=12, lineterm=""))
    shown = [line if len(line) < 1_000 else f"{line[:1_000]} …" for line in lines[:MOST_LINES]]
    more = f"\n… and {len(lines) - MOST_LINES} lines more" if len(lines) > MOST_LINES else ""
    pytest.fail(f"{name} is not as recorded:\n" + "\n".join(shown) + more, pytrace=False)


@pytest.mark.parametrize("name", AREAS)
def test_an_area_is_as_recorded(name: str, tmp_path: Path) -> None:
    with started(tmp_path) as area:
        AREAS[name](area)
    compared(f"{name}.txt", area.text)


def test_random_requests_are_answered_as_recorded(tmp_path: Path) -> None:
    path = RECORDED / "random.tsv"
    with started(tmp_path) as area:
        found, wrong = area_random.answered_again(area, path.read_text(encoding="utf-8"))
    if RECORDING:
        path.write_text(found, encoding="utf-8", newline="\n")
    elif wrong:
        pytest.fail(f"{len(wrong)} are answered otherwise; the first:\n" + "\n\n".join(wrong[:3]), pytrace=False)


def test_the_schema_of_postgresql_is_as_recorded(tmp_path: Path, postgresql: str) -> None:
    server = create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE corpus"))
        try:
            with started(tmp_path) as area:
                address = make_url(postgresql).set(database="corpus").render_as_string(hide_password=False)
                area_schemas.postgresql(area, address)
        finally:
            connection.execute(text("DROP DATABASE corpus WITH (FORCE)"))
    server.dispose()
    compared("schema-postgresql.txt", area.text)


def test_the_openapi_document_is_as_recorded_but_for_the_names_of_its_components(tmp_path: Path) -> None:
    path = RECORDED / "openapi.json"
    with started(tmp_path) as area, area.served() as client:
        found = client.get("/openapi.json")
    assert found.headers["content-type"] == "application/json"
    if RECORDING:
        path.write_text(openapi.written(found.json()), encoding="utf-8", newline="\n")
        return
    apart = openapi.between(path.read_text(encoding="utf-8"), found.text)
    if apart:
        more = f"\n… and {len(apart) - MOST_LINES} more" if len(apart) > MOST_LINES else ""
        pytest.fail("openapi.json is not as recorded:\n" + "\n".join(apart[:MOST_LINES]) + more, pytrace=False)


NO_LANGUAGE = re.compile(r"/(docs|redoc|openapi\.json|documentation-assets.*|metrics|pages/.*|.*\.svg|fsi/.*)")
"""What is the same in either language."""


def test_every_route_is_in_the_record_with_success_and_in_both_languages() -> None:
    routes = [
        (route, re.compile(re.sub(r"\{[^}]+\}", "[^/?]+", route.path)))
        for route in routes_of(create_app(Settings(database_url="sqlite://")))
    ]
    met: dict[tuple[str, str], set[tuple[str, bool]]] = {}
    for path in RECORDED.glob("*.txt"):
        for method, url, english, status in _requests(path.read_text(encoding="utf-8")):
            for route, pattern in routes:
                if method in route.methods and pattern.fullmatch(url):
                    met.setdefault((method, route.path), set()).add((status[0], english))
                    break
    missing = []
    for route, _ in routes:
        for method in route.methods - {"HEAD"}:
            if route.path in {"/openapi.json", "/metrics", "/documentation-assets"}:
                continue
            found = met.get((method, route.path), set())
            if not any(status in "23" for status, _ in found):
                missing.append(f"{method} {route.path} never succeeds")
            if not NO_LANGUAGE.fullmatch(route.path) and len({english for _, english in found}) < 2:
                missing.append(f"{method} {route.path} is asked in one language only")
    assert not missing, missing


def _requests(record: str) -> list[tuple[str, str, bool, str]]:
    found = []
    for each in re.split(r"^=== ", record, flags=re.MULTILINE)[1:]:
        method, url = each.partition("\n")[0].split(" ", 1)
        status = re.search(r"^--- ([0-9]{3})$", each, re.MULTILINE)
        assert status is not None, url
        english = "lang=en" in url or "> accept-language: en" in each
        found.append((method, url.partition("?")[0], english, status[1]))
    return found
