"""The mutants: what is changed in which file, and the tests that run first; each area is a file in `mutants/`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

FOLDER = Path(__file__).with_name("mutants")

AREAS: Mapping[str, tuple[str, ...]] = {
    "rules": ("tests/rules", "tests/routers", "tests/bulk", "tests/scenarios"),
    "ledger": ("tests/ledger", "tests/db"),
    "projects": ("tests/projects", "tests/rules/test_publicity.py", "tests/pages/test_full_desk.py"),
    "national": ("tests/national",),
    "privacy": ("tests/privacy", "tests/cli", "tests/db", "tests/http", "tests/ledger", "tests/projects"),
    "answers": ("tests/http", "tests/routers", "tests/ledger", "tests/projects"),
    "pages": ("tests/pages",),
}
"""The areas, each with the tests that run where the first ones of a mutant pass."""


class Mutant(NamedTuple):
    """One change of one file that makes the service wrong."""

    name: str
    area: str
    file: str
    text: str
    """The text that is replaced; it occurs once in the file."""
    becomes: str
    tests: tuple[str, ...]
    """The tests that run first: files, or a single test of one."""
    postgresql: bool = False
    """Whether only the tests on PostgreSQL can notice."""
    survives: str = ""
    """The reason why no test needs to notice; empty where one must."""


class Layout(NamedTuple):
    """Where files and tests lay in an older tree, and the mutants whose text was another there."""

    files: Mapping[str, str]
    tests: Mapping[str, str]
    """Files of tests, and folders, which end with a slash."""
    mutants: Mapping[str, Mapping[str, str]]
    """By name, the fields `file`, `text` and `becomes` that differ."""
    selected_by: str
    """The option of pytest that leaves out the tests on PostgreSQL: `-k`, by their names, where they have no marks."""


def load(areas: Iterable[str] = AREAS) -> list[Mutant]:
    """Read the mutants of some areas. ValueError for two of one name, or one that changes nothing."""
    mutants = []
    for area in areas:
        entries = yaml.safe_load((FOLDER / f"{area}.yaml").read_text(encoding="utf-8"))
        mutants += [Mutant(area=area, **{**entry, "tests": tuple(entry["tests"])}) for entry in entries]
    names = [mutant.name for mutant in mutants]
    for mutant in mutants:
        if names.count(mutant.name) > 1:
            raise ValueError(f"two mutants have the name {mutant.name!r}")
        if mutant.text == mutant.becomes:
            raise ValueError(f"{mutant.name!r} changes nothing")
    return mutants


def load_layout(file: Path) -> Layout:
    """Read the layout of an older tree."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Layout(content["files"], content["tests"], content["mutants"], content["selected_by"])


def moved(mutant: Mutant, layout: Layout) -> Mutant:
    """Return a mutant as it is in an older tree."""
    differing = layout.mutants.get(mutant.name, {})
    return mutant._replace(
        file=differing.get("file", layout.files.get(mutant.file, mutant.file)),
        text=differing.get("text", mutant.text),
        becomes=differing.get("becomes", mutant.becomes),
        tests=tuple(dict.fromkeys(_moved_test(test, layout) for test in mutant.tests)),
    )


def _moved_test(test: str, layout: Layout) -> str:
    """Return where a test lay: the file as it is listed, or by the folder that it lies in."""
    file = test.partition("::")[0]
    for beginning in (file, *(f"{parent}/" for parent in Path(file).parents)):
        if beginning in layout.tests:
            return file.replace(beginning, layout.tests[beginning], 1)
    return file
