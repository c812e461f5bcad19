"""What the interface says, from `texts.yaml`: in Chinese alone, as hospitals' systems show it."""

from functools import cache
from pathlib import Path

from app.i18n import text
from app.rules.strict_yaml import Node, read

FILE = Path(__file__).with_name("texts.yaml")

LONGEST_REFUSAL = 200
"""Characters that err_msg may have."""


class TransactionRefusedError(Exception):
    """A transaction is refused and nothing of it is kept: infcode -1, with this sentence.

    The operands are names of fields, numbers of ours and amounts; never a text that was sent.
    """

    def __init__(self, code: str, **operands: object) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = say("refusals", code, **operands)[:LONGEST_REFUSAL]


def say(topic: str, code: str, **operands: object) -> str:
    """Make a sentence of a topic. KeyError for one that there is none of."""
    return sentences()[topic, code].format(**operands)


def person_unknown() -> str:
    """Warn of a person whom the register does not know, in the ledger's own words."""
    return text("warnings", "person_unknown", "zh").rstrip("。")


@cache
def sentences() -> dict[tuple[str, str], str]:
    """Return every sentence by topic and code."""
    found: dict[tuple[str, str], str] = {}
    for topic, place in read(FILE).mapping().items():
        found |= {(topic, code): words for code, words in _words(place)}
    return found


def _words(place: Node) -> list[tuple[str, str]]:
    words: list[tuple[str, str]] = []
    for code, each in place.mapping().items():
        words += (
            [(f"{code}.{inner}", words_of_it) for inner, words_of_it in _words(each)]
            if each.is_mapping
            else [(code, each.text())]
        )
    return words
