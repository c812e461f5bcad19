"""How Hypothesis runs, and the marks that follow from where a test stands and what it uses."""

import functools
import gc
import os
import re
import sys
from pathlib import Path

import hypothesis
import pytest
import yaml
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

hypothesis.settings.register_profile("anda", deadline=None, print_blob=True, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("anda")

TESTS = Path(__file__).parent

# By default a tenth of the tests' time goes into looking through what is imported.
gc.set_threshold(50_000, 20, 20)

# Most tests build an application, and composing the same files again is a third of that. Nobody changes a node.
yaml.compose = functools.lru_cache(64)(yaml.compose)  # type: ignore[assignment]

WHOLE = re.compile(r"^pytestmark = .*\bpytest\.mark\.(\w+)\]?$", re.MULTILINE)
"""The mark of a whole file; the last one where it has several."""

FOLDERS = {"browser": "browser", "faults": "slow"}
"""The marks of whole folders."""


class FoldersTogether(LoadFileScheduling):  # type: ignore[misc]
    """Each file of tests in one process, and all that open a browser in one: two browsers take a gigabyte more."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "tests/browser" if file.startswith("tests/browser/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FoldersTogether:
    """Give out the tests to the processes."""
    return FoldersTogether(config, log)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not read a file all of whose tests are left out: it imports what no other file needs."""
    # `not lengthy and not slow`; anything else leaves no file out.
    parts = [part.strip().partition("not ") for part in config.option.markexpr.split(" and ")]
    left_out = {mark for before, negated, mark in parts if negated and not before}
    if not left_out or collection_path == TESTS or not collection_path.is_relative_to(TESTS):
        return None
    mark = FOLDERS.get(collection_path.relative_to(TESTS).parts[0])
    if mark is None and collection_path.is_file():
        found = WHOLE.search(collection_path.read_text(encoding="utf-8"))
        mark = found[1] if found else None
    return True if mark in left_out else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs PostgreSQL, and what stands in a folder that has a mark.

    What starts whole services comes when the browser, which is first, has gone: together they take two gigabytes.
    """
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] == "cli")
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if "postgresql" in parameters.values() or "postgresql" in getattr(item, "fixturenames", ()):
            by_database = any(value in {"sqlite", "postgresql"} for value in parameters.values())
            if not by_database or "postgresql" in parameters.values():
                item.add_marker(pytest.mark.postgresql)
        if folder in FOLDERS:
            item.add_marker(FOLDERS[folder])


def pytest_sessionfinish() -> None:
    """Stop the PostgreSQL server of the process, where a test has needed one."""
    if stores := sys.modules.get("tests.support.stores"):
        stores.end_server()


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every search for garbage."""
    gc.collect()
    gc.freeze()
