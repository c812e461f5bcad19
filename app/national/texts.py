"""The sentences of the interface, from `texts.yaml`: in Chinese alone, as hospitals' systems show them."""

from functools import cache
from pathlib import Path

from app.errors import RefusedError
from app.i18n import text
from app.rules.strict_yaml import Node, read

FILE = Path(__file__).with_name("texts.yaml")

LONGEST_REFUSAL = 200
"""Characters of err_msg."""


class TransactionRefusedError(RefusedError):
    """A transaction is refused and nothing of it is kept: infcode -1, with this sentence.

    The operands are names of fields, numbers of our own and amounts; never a text of the request.
    """

    def __init__(self, code: str, **operands: object) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = say("refusals", code, **operands)[:LONGEST_REFUSAL]

    def name_row(self, place: int) -> None:
        """Say which row of a list is meant."""
        row = say("fees", "row", row=place)
        self.sentence = f"{row}{self.sentence}"[:LONGEST_REFUSAL]


def say(topic: str, code: str, **operands: object) -> str:
    """Write the sentence of a code with its operands. KeyError for an unknown topic or code."""
    return sentences()[topic, code].format(**operands)


def ledger_warning(code: str) -> str:
    """Write a warning of the ledger, as of a person who is not in the register."""
    return text("warnings", code, "zh").rstrip("。")


@cache
def sentences() -> dict[tuple[str, str], str]:
    """Return every sentence by topic and code; the code of a nested one is dotted, as `limits.ceiling`."""
    by_code: dict[tuple[str, str], str] = {}
    for topic, node in read(FILE).mapping().items():
        by_code |= {(topic, code): words for code, words in _flatten(node)}
    return by_code


def _flatten(node: Node) -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for code, each in node.mapping().items():
        if each.is_mapping:
            flat += [(f"{code}.{inner}", words) for inner, words in _flatten(each)]
        else:
            flat.append((code, each.text()))
    return flat
