"""Every text for people keeps to the words of the glossary's table "Words to use", in Chinese and in English."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from app.i18n import LANGUAGES, Language, text

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "app" / "i18n" / "texts"

RIGHT = {
    "计入": ("计入年度累计",),
    "余额": ("基金余额", "账户余额"),
    "未定": ("尚未定", "未定义"),
    "a head": ("a head of",),
    "不能换": ("不能换行",),
}
"""Where a word of the table stands as another word, or in another sense."""

NAMES = {
    "docs/zh/how-to/own-figures.md": ("central-hospital.yaml",),
    "pages": ("anda.example",),
}
"""Names with a point in them that are no names of figures, by the text that has them."""

EXACT = {
    ("policy_page", "title"): "政策标准",
    ("policy_page", "none"): "未设",
    ("policy_page", "default"): "采用",
    ("policy_page", "other"): "其他口径",
    ("policy_page", "not_switchable"): "不可切换。",
}
"""Texts that are one word of the table."""

CLAUSE = re.compile(r"[一二三四五六七八九十]\.(?:[0-9]+\.)?(?:\([一二三四五六七八九十0-9]+\))?")


class Said(NamedTuple):
    """A text for people, and where it stands."""

    where: str
    language: Language
    words: str


class Term(NamedTuple):
    """A row of the table: what to write, and what not."""

    write: str
    never: tuple[str, ...]


@cache
def terms(language: Language) -> list[Term]:
    """Read the table of the glossary for a language."""
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    section = page.partition("\n## Words to use\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    first = {"zh": 0, "en": 2}[language]
    return [Term(row[first], tuple(re.findall("`([^`]+)`", row[first + 1]))) for row in rows[2:]]


@cache
def said() -> list[Said]:
    """Return every text that is held against the table."""
    return [*_said_in_yaml(), *_said_by_the_interface(), *_said_in_pages()]


def _said_in_yaml() -> Iterator[Said]:
    for path in [*sorted(TEXTS.glob("*.yaml")), *sorted((ROOT / "app" / "rules").rglob("*.yaml"))]:
        for key, language, words in _spoken(yaml.safe_load(path.read_text(encoding="utf-8")), path.stem):
            yield Said(key, language, words)


def _spoken(node: object, key: str) -> Iterator[tuple[str, Language, str]]:
    if isinstance(node, list):
        for each in node:
            yield from _spoken(each, key)
    if isinstance(node, dict):
        for name, value in node.items():
            for language in LANGUAGES:
                if name == language and isinstance(value, str):
                    yield key, language, value
            yield from _spoken(value, f"{key}: {name}")


def _said_by_the_interface() -> Iterator[Said]:
    file = ROOT / "app" / "national" / "texts.yaml"
    for topic, codes in yaml.safe_load(file.read_text(encoding="utf-8")).items():
        for code, words in codes.items():
            for each in words.values() if isinstance(words, dict) else [words]:
                yield Said(f"national: {topic}: {code}", "zh", each)


def _said_in_pages() -> Iterator[Said]:
    for path in [ROOT / "README.zh-CN.md", *sorted((ROOT / "docs" / "zh").rglob("*.md"))]:
        name = path.relative_to(ROOT).as_posix()
        prose = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for line in prose.splitlines():
            yield Said(name, "zh", re.sub(r"`[^`]*`|\]\([^)]*\)|\*\*", "", line))
    for path in sorted((ROOT / "app" / "pages" / "templates").rglob("*.html")):
        for words in re.findall(r"[\u4e00-\u9fff，。：；（）、]+", path.read_text(encoding="utf-8")):
            yield Said(f"templates: {path.name}", "zh", words)


def _has(words: str, never: str) -> bool:
    for right in RIGHT.get(never, ()):
        words = words.replace(right, "")
    pattern = rf"\b{re.escape(never)}\b" if never.isascii() and never[0].isalpha() else re.escape(never)
    return re.search(pattern, words, re.IGNORECASE) is not None


@pytest.mark.lengthy
def test_the_table_names_what_to_write_for_everything_it_rules_out() -> None:
    for language in LANGUAGES:
        assert len([term for term in terms(language) if term.never]) >= 4
        assert [term for term in terms(language) if term.never and not term.write] == []
    held = {each.language for each in said()}
    assert held == set(LANGUAGES) and len(said()) > 1000


def _without_words(node: object, key: str) -> Iterator[str]:
    """Name what stands in a file without words: what follows a comma that should stand in quotation marks."""
    if node is None:
        yield key
    for name, value in node.items() if isinstance(node, dict) else ():
        yield from _without_words(value, f"{key}: {name}")


def test_no_text_is_cut_off_at_a_comma() -> None:
    files = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in TEXTS.glob("*.yaml")}
    assert [cut for stem, content in files.items() for cut in _without_words(content, stem)] == []


def test_no_text_uses_a_word_that_the_table_rules_out() -> None:
    assert [
        f"{each.where}: {never}, not {term.write}: {each.words}"
        for each in said()
        for term in terms(each.language)
        for never in term.never
        if _has(each.words, never)
    ] == []


def _chinese_with(pattern: str) -> list[str]:
    """List the Chinese texts in which a pattern is found, leaving clauses such as 七.1.(3) aside."""
    return [
        f"{each.where}: {each.words}"
        for each in said()
        if each.language == "zh" and re.search(pattern, CLAUSE.sub("", each.words))
    ]


def test_punctuation_beside_chinese_is_full_width() -> None:
    assert _chinese_with(r"[\u4e00-\u9fff][,.;:?!()\"]|[()\"][\u4e00-\u9fff]") == []


def test_whole_yuan_have_no_decimals_in_chinese() -> None:
    assert _chinese_with(r"\.00\s?元") == []


def test_an_operand_in_a_chinese_sentence_has_no_spaces_around_it() -> None:
    assert _chinese_with(r"[\u4e00-\u9fff] \{|\} [\u4e00-\u9fff]") == []


def test_no_sentence_for_people_names_a_figure_as_the_code_does() -> None:
    named = re.compile(r"\b[a-z_-]+(?:\.[a-z_]+)+\b", re.ASCII)
    assert [
        f"{each.where}: {found[0]}"
        for each in said()
        for found in [named.search(each.words)]
        if found and found[0] not in NAMES.get(each.where.partition(":")[0], ())
    ] == []


def test_texts_that_are_one_word_of_the_table_are_that_word() -> None:
    assert {at: text(*at, "zh") for at in EXACT} == EXACT
