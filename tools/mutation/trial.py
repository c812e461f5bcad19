"""A copy of a tree in which one mutant at a time is tried out, and what the tests say of it."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path
from typing import NamedTuple

from tools.mutation.mutants import Mutant

LONGEST = 900
"""Seconds that one run of tests may take; a mutant that takes longer is caught."""

BY_MARK = "-m"
"""The option of pytest that leaves tests out by their marks; `-k` does so by their names."""

_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
_PASSED, _FAILING, _INTERRUPTED = 0, 1, 2
"""Exit codes of pytest: all passed, some failed, the tests could not be collected."""


class Result(NamedTuple):
    """What became of a mutant."""

    mutant: Mutant
    caught_by: str | None
    """The test that failed; None where the mutant survived."""
    seconds: float


class NotApplicableError(Exception):
    """A mutant does not fit a tree: its text does not occur exactly once in its file, or a test of it is not there."""


def copy_tree(tree: Path, target: Path) -> None:
    """Copy what git knows of a tree, and new files that it does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=tree, check=True, capture_output=True, text=True).stdout  # noqa: S603
    for name in filter(None, listed.split("\0")):
        if (tree / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree / name, target / name)


def check(tree: Path, mutant: Mutant) -> None:
    """Check that a mutant can be applied to a tree, and that its tests are there. NotApplicableError."""
    file = tree / mutant.file
    count = file.read_text(encoding="utf-8").count(mutant.text) if file.is_file() else 0
    if count != 1:
        raise NotApplicableError(f"{mutant.name}: its text occurs {count} times in {mutant.file}")
    for test in mutant.tests:
        if not (tree / test.partition("::")[0]).exists():
            raise NotApplicableError(f"{mutant.name}: there is no {test}")


@contextmanager
def applied(tree: Path, mutant: Mutant) -> Iterator[None]:
    """Apply a mutant to a tree for a while."""
    check(tree, mutant)
    file = tree / mutant.file
    original = file.read_text(encoding="utf-8")
    _write(file, original.replace(mutant.text, mutant.becomes))
    try:
        yield
    finally:
        _write(file, original)


def attempt(tree: Path, mutant: Mutant, rest: Sequence[str], selected_by: str = BY_MARK) -> Result:
    """Run the tests of a mutant until one fails: its own first, then the rest of its area."""
    begun = time.monotonic()
    with applied(tree, mutant):
        caught_by = None
        for tests in (mutant.tests, rest):
            if tests and caught_by is None:
                caught_by = run_tests(tree, tests, postgresql=mutant.postgresql, selected_by=selected_by)
    return Result(mutant, caught_by, time.monotonic() - begun)


def run_tests(tree: Path, tests: Sequence[str], *, postgresql: bool = False, selected_by: str = BY_MARK) -> str | None:
    """Run some tests in a tree up to the first that fails, and return its name; None where all pass.

    The tests in a browser and those on PostgreSQL are left out by their mark, or by their name, as pytest's option
    `selected_by` says. RuntimeError where pytest itself fails.
    """
    chosen = "not browser" if postgresql else "not browser and not postgresql"
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", selected_by, chosen, *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree), "CI": "1"}
    try:
        ended = subprocess.run(  # noqa: S603
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return f"nothing within {LONGEST} seconds"
    if ended.returncode == _PASSED:
        return None
    failed = _FAILED.search(ended.stdout)
    if ended.returncode not in {_FAILING, _INTERRUPTED} or failed is None:
        raise RuntimeError(f"pytest ended with {ended.returncode}:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return failed[1]


def _write(file: Path, content: str) -> None:
    """Write a file; its compiled form goes, because two versions may differ in nothing that Python compares."""
    file.write_text(content, encoding="utf-8")
    if file.suffix == ".py":
        Path(cache_from_source(str(file))).unlink(missing_ok=True)
