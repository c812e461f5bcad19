"""The reference says what there is: every setting, command, target, endpoint, problem and package, and nothing else."""

import re
import subprocess
import tomllib
from typing import Any

import pytest
import typer
import yaml
from starlette.testclient import TestClient

from app.settings import Settings
from tests.support.document import OPERATIONS

from .pages import ROOT, all_pages, blocks, command_line, rows, text

SETTINGS_PAGES = ("docs/reference/settings.md", "docs/zh/reference/settings.md")
HTTP_PAGES = ("docs/reference/http.md", "docs/zh/reference/http.md")


# ---- settings


def shown_default(value: object) -> str:
    """A default as the page writes it."""
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


@pytest.mark.parametrize("page", SETTINGS_PAGES)
def test_every_setting_is_there_with_its_default_in_its_order(page: str) -> None:
    shown = [(row[0], row[1].replace("无", "none")) for row in rows(text(page)) if row[0].startswith("`ANDA_")]
    known = [(f"`ANDA_{name.upper()}`", shown_default(field.default)) for name, field in Settings.model_fields.items()]
    assert shown == known


def test_every_setting_that_a_page_names_is_one() -> None:
    known = {f"ANDA_{name.upper()}" for name in Settings.model_fields}
    named = {(page, name) for page in all_pages() for name in re.findall(r"\bANDA_[A-Z0-9_]*[A-Z0-9]\b", text(page))}
    assert sorted((page, name) for page, name in named if name not in known) == []


# ---- commands and targets


def commands() -> dict[str, set[str]]:
    """Every command of `anda` with its options."""
    group: Any = typer.main.get_command(command_line())
    found: dict[str, set[str]] = {}

    def add(command: Any, name: str) -> None:
        for inner_name, inner in getattr(command, "commands", {}).items():
            add(inner, f"{name} {inner_name}")
        if not hasattr(command, "commands"):
            options = {option for each in command.params for option in each.opts if option.startswith("--")}
            found[name] = options - {"--help"}

    add(group, "anda")
    return found


def test_every_command_is_there_with_its_options() -> None:
    shown = {}
    for row in rows(text("docs/reference/commands.md")):
        if named := re.match(r"`(anda [a-z -]+)`", row[0]):
            shown[named[1]] = set(re.findall(r"`(--[a-z]+)`", row[2]))
    assert shown == commands()


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))


def test_every_target_is_there() -> None:
    shown = set(re.findall(r"^\| `make ([a-z]+)` \|", text("docs/reference/commands.md"), re.MULTILINE))
    assert shown == targets() - {"help", "browser"}


def test_every_command_and_target_that_a_page_names_is_one() -> None:
    known = {*commands(), *(f"make {target}" for target in targets()), "anda token", "anda erase"}
    wrong = set()
    for page in all_pages():
        code = "\n".join([*re.findall(r"`([^`\n]+)`", text(page)), *blocks(page, "sh")])
        named = re.findall(r"\bmake [a-z]+\b|\banda (?:token |parameters |erase )?[a-z]+(?:-[a-z]+)*", code)
        wrong |= {(page, name) for name in named if name not in known}
    assert sorted(wrong) == []


# ---- endpoints


@pytest.mark.parametrize("page", HTTP_PAGES)
def test_every_endpoint_is_there_and_nothing_else_is(page: str) -> None:
    assert set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`?]*)`", text(page))) == set(OPERATIONS)


def test_every_endpoint_that_a_page_names_is_there() -> None:
    forms = {
        (method, re.sub(r"\\\{[a-z_]+\\\}", "[^/ ]+", re.escape(path))) for method, path in map(str.split, OPERATIONS)
    }
    named = {
        (page, method, path)
        for page in all_pages()
        for method, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?\s]*)", text(page))
    }
    assert [
        each
        for each in sorted(named)
        if not any(each[1] == method and re.fullmatch(form, each[2]) for method, form in forms)
    ] == []


# ---- problems


def test_every_problem_is_there_with_its_status_and_its_words(service: TestClient) -> None:
    (words,) = (ROOT / "app").rglob("problems.yaml")
    known = yaml.load(words.read_text(encoding="utf-8"), yaml.CSafeLoader)
    shown = {row[1].strip("`"): row for row in rows(text("docs/reference/errors.md"))[1:]}
    assert set(shown) == set(known)
    for slug, (status, _, title, remedy) in shown.items():
        assert (title, remedy) == (known[slug]["en"], known[slug]["remedy"]["en"])
        assert f"<code>{status}</code>" in service.get(f"/problems/{slug}").text
    assert [int(row[0]) for row in shown.values()] == sorted(int(row[0]) for row in shown.values())


# ---- packages


def test_every_dependency_is_in_the_table_and_nothing_else_is() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    declared = {re.split(r"[\[>;= ]", requirement)[0] for group in groups for requirement in group}
    cells = " ".join(row[0] for row in rows(text("docs/reference/dependencies.md"))[1:])
    assert declared == set(re.findall(r"[a-z][a-z0-9-]+", re.sub(r"\*[a-z]+:\*", "", cells)))


def test_the_locks_pin_every_dependency() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    pinned = set(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==", text("requirements-dev.lock"), re.MULTILINE))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert {re.split(r"[\[>;= ]", requirement)[0] for requirement in wanted} <= pinned


def test_the_help_of_make_lists_every_target() -> None:
    # Run by `make test`, it would say which folder it enters.
    command = ["make", "--no-print-directory", "help"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert {line.split()[0] for line in ended.stdout.splitlines() if line.strip()} == targets()
