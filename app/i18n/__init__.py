"""The words: names, reasons, warnings, in Chinese and English, each beside the other and beside its clause.

The rules speak in codes and operands; only this package and its YAML files turn them into sentences.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from app.rules.strict_yaml import Node, read

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

Entry = dict[str, str | dict[str, str]]


@cache
def wording(topic: str) -> dict[str, Entry]:
    """Return the words of one topic (`reasons`, `names`, `warnings`, …) by code. KeyError for an unknown topic."""
    path = Path(__file__).parent / "texts" / f"{topic}.yaml"
    if not path.is_file():
        raise KeyError(topic)
    return {code: _entry(place) for code, place in read(path).mapping().items()}


def text(topic: str, code: str, language: Language) -> str:
    """Return one text in one language."""
    return str(wording(topic)[code][language])


def inner_text(topic: str, code: str, part: str, language: Language) -> str:
    """Return one part of an entry that has several, in one language. TypeError where the part is a single text."""
    words = wording(topic)[code][part]
    if isinstance(words, str):
        raise TypeError(f"{topic}, {code}: {part!r} has no languages")
    return words[language]


def _entry(place: Node) -> Entry:
    entry: Entry = {}
    for key, value in place.mapping().items():
        if value.is_mapping:
            entry[key] = {inner: words.text() for inner, words in value.fields({"zh", "en"}).items()}
        else:
            entry[key] = value.text()
    for language in LANGUAGES:
        if language not in entry:
            raise place.error(f"the wording in {language!r} is missing")
    return entry
