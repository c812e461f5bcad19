"""The texts of the service in Chinese and English, side by side in YAML files, reasons with their clauses.

The rules return codes and operands; only this package turns them into sentences.
"""

from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from app.rules.strict_yaml import Node, read

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

Entry = dict[str, str | dict[str, str]]

_TEXTS = 4_096
"""Texts that are remembered as they are looked up: those of both languages."""


@cache
def wording(topic: str) -> dict[str, Entry]:
    """Return the texts of a topic (`reasons`, `names`, `warnings`, …) by code. KeyError for an unknown topic."""
    path = Path(__file__).parent / "texts" / f"{topic}.yaml"
    if not path.is_file():
        raise KeyError(topic)
    return {code: _entry(node) for code, node in read(path).mapping().items()}


@lru_cache(maxsize=_TEXTS)
def text(topic: str, code: str, language: Language) -> str:
    """Return a text in a language."""
    return str(wording(topic)[code][language])


def inner_text(topic: str, code: str, part: str, language: Language) -> str:
    """Return one part of an entry that has several, in one language. TypeError where the part is a single text."""
    words = wording(topic)[code][part]
    if isinstance(words, str):
        raise TypeError(f"{topic}, {code}: {part!r} has no languages")
    return words[language]


def _entry(node: Node) -> Entry:
    entry: Entry = {}
    for key, value in node.mapping().items():
        if value.is_mapping:
            entry[key] = {language: text.text() for language, text in value.fields({"zh", "en"}).items()}
        else:
            entry[key] = value.text()
    for language in LANGUAGES:
        if language not in entry:
            raise node.error(f"the wording in {language!r} is missing")
    return entry
