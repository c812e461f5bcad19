"""The county of `anda demo` over HTTP, and its projects exported and imported again."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from tests.corpus.area import Area, drawn_for
from tests.corpus.area_commands import refused_files

_FILLED: list[tuple[bytes, str, list[str]]] = []
"""The store, the table of its officers' tokens, and the record of both commands: seconds of work, done once."""


def filled(area: Area) -> str:
    """Fill the store with the demo of 20 May 2018, and return the table of its officers' tokens."""
    if not _FILLED:
        begun = len(area.lines)
        area.on("2018-05-20", "09:00:00")
        with drawn_for("demo"):
            area.run("migrate")
            table = area.run("demo")
        _FILLED.append((Path("anda.db").read_bytes(), table, area.lines[begun:]))
    else:
        store, table, lines = _FILLED[0]
        Path("anda.db").write_bytes(store)
        area.lines += lines
    area.on("2018-05-20")
    return table


def demo_library(area: Area) -> None:
    """The county of `anda demo` as its API shows it: lists by page, exports, single projects of every status."""
    table = filled(area)
    area.run("demo")
    area.run("token", "list")
    area.run("verify")
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    tokens = {level: token for level, _, _, token in reversed(rows)}
    with area.served(publisher="某县扶贫办", oc4ids_prefix="oc4ids-abcdef"):
        exported = area.ask("GET", "/v1/projects.csv", token=tokens["county"]).text
        area.ask("GET", "/v1/projects.oc4ids.json", brief=True)
        area.ask("GET", "/v1/projects.oc4ids.json?place=150923100", en=True)
        area.ask("GET", "/v1/notices?limit=20", en=True)
        after = ""
        while after is not None:
            answer = area.ask("GET", f"/v1/notices?limit=20{after and f'&cursor={after}'}", brief=bool(after))
            after = answer.json()["next"]
        for status in (
            *["draft", "village_notice", "township_review", "township_notice", "county_review", "county_notice"],
        ):
            area.ask("GET", f"/v1/projects?status={status}&limit=2", token=tokens["county"], en=status == "draft")
        for status in ["in_library", "under_way", "completed", "returned", "withdrawn", "removed"]:
            answer = area.ask("GET", f"/v1/projects?status={status}&limit=2", token=tokens["county"])
            number = answer.json()["items"][0]["id"]
            for what in ("events", "allocations", "reports"):
                area.ask("GET", f"/v1/projects/{number}/{what}", token=tokens["county"])
    _imported(area, list(csv.reader(io.StringIO(exported.removeprefix("\ufeff")))))


def _imported(area: Area, rows: list[list[str]]) -> None:
    area.title("imported again, with faults in every column")
    store = "sqlite:///imported.db"
    area.run("migrate", ANDA_DATABASE_URL=store)
    area.file("projects.csv", text=_csv(rows[:12]))
    area.run("import-projects", "projects.csv", ANDA_DATABASE_URL=store)
    area.run("import-projects", "projects.csv", ANDA_DATABASE_URL=store)
    broken = [[*rows[1][:at], "" if cell == "x" else "x", *rows[1][at + 1 :]] for at, cell in enumerate(rows[1])]
    area.file("broken.csv", text=_csv([rows[0], *broken, rows[1][:3]]))
    area.run("import-projects", "broken.csv", ANDA_DATABASE_URL=store)
    area.run("import-projects", "broken.csv", "--english", ANDA_DATABASE_URL=store)
    area.run("verify", "--including", "0" * 64, ANDA_DATABASE_URL=store)
    refused_files(area)


def _csv(rows: Iterable[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()
