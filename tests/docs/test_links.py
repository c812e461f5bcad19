"""Whatever the documentation points to is there: pages, places in them, files of the repository."""

import re
import unicodedata
from pathlib import Path

import pytest

from .pages import ROOT, all_pages, text

LONGEST_README = 150
FOLDERS = "app|tests|docs|tools|benchmarks|migrations|screenshots"


def without_code(page: str) -> str:
    return re.sub(r"```.*?```", "", page, flags=re.DOTALL)


def anchors(page: str) -> set[str]:
    """The places in a page that a link can name, as MkDocs makes them of its headings."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", without_code(page), re.MULTILINE):
        plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
        found.add(re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower()))
    return found


def is_there(page: str, target: str) -> bool:
    """Whether a link of a page leads to a file, and to a place in it where it names one."""
    path, _, place = target.partition("#")
    there = (ROOT / page).parent / path if path else ROOT / page
    return there.is_file() and (not place or place in anchors(there.read_text(encoding="utf-8")))


def test_every_link_inside_the_repository_leads_somewhere() -> None:
    links = [
        (page, target)
        for page in all_pages()
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text(page)))
        if not re.match(r"https?://|mailto:", target)
    ]
    assert len(links) > 100
    assert [link for link in links if not is_there(*link)] == []


def test_every_file_that_is_named_exists() -> None:
    named = {
        (page, path) for page in all_pages() for path in re.findall(rf"`((?:{FOLDERS})/[A-Za-z0-9_./-]*)`", text(page))
    }
    assert sorted((page, path) for page, path in named if not (ROOT / path).exists()) == []


def test_no_page_names_a_file_that_is_not_in_the_repository() -> None:
    known = {path.name for path in ROOT.rglob("*.*") if not {".venv", ".git", "dist"} & set(path.parts)}
    # What a reader makes.
    known |= {"county.yaml"}
    named = {
        (page, name)
        for page in all_pages()
        for name in re.findall(r"`([a-z_]+\.(?:py|yaml|yml|toml|lock|md|txt))`", text(page))
    }
    assert sorted((page, name) for page, name in named if name not in known) == []


def test_the_chinese_pages_mirror_the_tutorial_and_the_guides() -> None:
    for folder in ("tutorial", "how-to"):
        english = {path.name for path in (ROOT / "docs" / folder).glob("*.md")}
        assert english == {path.name for path in (ROOT / "docs" / "zh" / folder).glob("*.md")}


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_a_readme_stays_short(page: str) -> None:
    assert len(text(page).splitlines()) <= LONGEST_README


def test_every_chinese_page_is_written_in_chinese() -> None:
    for page in [*(ROOT / "docs" / "zh").rglob("*.md"), ROOT / "README.zh-CN.md"]:
        assert len(re.findall(r"[\u4e00-\u9fff]", page.read_text(encoding="utf-8"))) > 100, page.name


def test_every_picture_of_the_documentation_is_shown() -> None:
    shown = {Path(picture).name for page in all_pages() for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text(page))}
    assert shown == {path.name for path in (ROOT / "docs" / "screenshots").iterdir()}
