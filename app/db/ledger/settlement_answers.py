"""The answers of a settlement as they are stored: in both languages, without its number, which its row gives."""

import zlib
from collections.abc import Mapping

from app.i18n import LANGUAGES, Language

_NUMBER = b'{"id":'
"""How an answer begins that has its number: one of an earlier release, or of a correction, which has another's."""


def without_number(answer: bytes) -> bytes:
    """Return an answer without the number that it begins with. Then it is known before the row is inserted."""
    return b"{" + answer.removeprefix(_NUMBER).partition(b",")[2]


def numbered(answer: bytes, number: int) -> bytes:
    """Return an answer as it is sent, with its number; one that has a number as it is."""
    return answer if answer.startswith(_NUMBER) else b"%b%d,%b" % (_NUMBER, number, answer[1:])


def packed(answers: Mapping[Language, bytes]) -> bytes:
    """Pack answers in both languages, or none at all."""
    return zlib.compress(b"\n".join(answers[language] for language in LANGUAGES if language in answers))


def unpacked(content: bytes, number: int) -> dict[Language, bytes]:
    """Return the answers of a settlement with its number; none for a reversal."""
    text = zlib.decompress(content)
    each = [numbered(answer, number) for answer in text.split(b"\n")] if text else []
    return dict(zip(LANGUAGES, each, strict=True)) if each else {}
