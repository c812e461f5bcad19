"""Redaction of texts: identity-card numbers, bank-card numbers and officers' tokens are found and removed.

No answer, log line or metric may hold one. Only the form counts, whether a check digit is right or not. A number may
be disguised by digits of other scripts, by invisible characters, or by single separators between groups of digits.
"""

import re
import unicodedata
from functools import lru_cache

REPLACEMENT = "…"
"""The replacement of a number."""

_TOKEN = re.compile(r"anda_[A-Za-z0-9_-]{40,}")
"""An officer's token, `anda_` and 43 characters; one that lost a few in copying is still sensitive."""

_ENOUGH_DIGITS = re.compile(r"(?:\d[\W_]*+){16}")
"""A quick test: a text without sixteen digits in a row of no letters holds no number of a person."""

# Every text is folded first: digits become 0-9, all that resembles X becomes X, invisible characters go, `/` stays a
# slash (the parts of a path are searched together and alone), any other separator becomes `-`, all else a blank. In a
# folded text, digits joined by single separators form a chain; its groups are the runs of digits between separators.

_X = frozenset("XxＸｘⅩⅹХхΧχ×")
_SEPARATORS = frozenset("\t\n\v\f.,\\|'~、，。．／＼｜＇～〜·・･‧•∙⋅−’")
_OF_SEPARATORS = frozenset({"Zs", "Zl", "Zp", "Pd", "Pc"})
_OF_NOTHING = frozenset({"Cf", "Cc", "Cs", "Mn", "Me"})


@lru_cache(maxsize=4_096)
def _folded(character: str) -> str:
    """Fold one character: to one of `0123456789X/-`, to a blank, or to nothing."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if character in _X:
        return "X"
    if character == "/":
        return "/"
    if character in _SEPARATORS or category in _OF_SEPARATORS:
        return "-"
    return "" if category in _OF_NOTHING else " "


def _identity(joint: str) -> tuple[str, str, str]:
    """Return patterns of the three parts of an identity-card number: place, day of birth, and the rest."""
    place = joint.join([r"\d"] * 6)
    year = joint.join([f"(?:1{joint}[89]|2{joint}0)", r"\d", r"\d"])
    month = f"(?:0{joint}[1-9]|1{joint}[0-2])"
    day = rf"(?:0{joint}[1-9]|[12]{joint}\d|3{joint}[01])"
    rest = joint.join([r"\d"] * 3) + joint
    return place, joint.join([year, month, day]), rest


_YEAR = r"(?:1[89]|20)\d\d"
_MONTH_AND_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"


def _chain(joint: str) -> str:
    """Return the pattern of an identity-card number grouped in any way, but not of a list of days, months or years."""
    date = (
        rf"{_YEAR}(?:{joint}(?:0?[1-9]|1[0-2])(?:{joint}(?:0?[1-9]|[12]\d|3[01]))?(?!\d)|{_MONTH_AND_DAY}"
        r"|(?:0[1-9]|1[0-2]))?(?!\d)"
    )
    over = rf"(?!{joint}?\d)"
    place, birth, rest = _identity(f"{joint}?")
    begins = rf"(?<!\d)(?<!\d{joint})(?!{date}(?:{joint}{date})*+{over})"
    return rf"{begins}{place}{joint}?{birth}{joint}?{rest}(?:\d{over}|X)"


def _parts(joint: str) -> str:
    """Return the pattern of an identity-card number in three separate parts, anywhere in a chain.

    A code and two days look alike, `150923 2018-03-01 2018-03-11`: the rest may not begin a day.
    """
    _, birth, rest = _identity(f"{joint}?")
    begins_a_day = rf"{_YEAR}{joint}(?:0?[1-9]|1[0-2]){joint}(?:0?[1-9]|[12]\d|3[01])(?!\d)"
    return rf"(?<!\d)\d{{6}}{joint}{birth}{joint}(?!{begins_a_day}){rest}(?:\d(?!\d)|X)"


def _fours(joint: str) -> str:
    """Return the pattern of a bank-card number in groups of four; years, or days such as 2018-0301, are excluded."""
    two_dates = rf"{_YEAR}{joint}(?:{_YEAR}|{_MONTH_AND_DAY})"
    fours = rf"\d{{4}}(?:{joint}\d{{4}}(?!\d)){{3,}}(?:{joint}\d{{1,3}}(?!\d))?X?"
    return rf"(?<!\d)(?!{two_dates}{joint}{two_dates}(?!\d)){fours}"


_SHAPES = [re.compile(shape) for shape in (_chain("[-/]"), _chain("-"), _parts("[-/]"), _fours("[-/]"), r"\d{16,}X?")]
"""The patterns of a number in a folded text, the widest first, so that no end of one remains.

An identity-card number without separators is a run of digits like a bank card's.
"""


def holds_private_number(text: str) -> bool:
    """Whether a text holds anything that looks like an identity-card number, a bank-card number or a token."""
    return _TOKEN.search(text) is not None or bool(_find_spans(text))


def redacted(text: str) -> str:
    """Replace everything in a text that looks like such a number or a token."""
    text = _TOKEN.sub(REPLACEMENT, text)
    # Repeated, because the removal of one number can turn its neighbour into a chain of its own.
    while spans := _find_spans(text):
        end_of_last = 0
        pieces = []
        for start, end in spans:
            pieces += [text[end_of_last:start], REPLACEMENT]
            end_of_last = end
        text = "".join([*pieces, text[end_of_last:]])
    return text


def _find_spans(text: str) -> list[tuple[int, int]]:
    """Find where the numbers of the first pattern that occurs begin and end."""
    if not _ENOUGH_DIGITS.search(text):
        return []
    kinds = [_folded(character) for character in text]
    folded = "".join(kinds)
    positions = [position for position, kind in enumerate(kinds) if kind]
    for shape in _SHAPES:
        if spans := [(positions[match.start()], positions[match.end() - 1] + 1) for match in shape.finditer(folded)]:
            return spans
    return []
