"""What looks like an identity-card number, a bank-card number or an officer's token: found in a text, taken out of it.

No answer, log line or metric may hold one. The form alone counts, whether a check digit is right or not. A number may
be disguised by other scripts' digits, by characters that show nothing, or by one separator between groups of digits.
"""

import re
import unicodedata
from functools import lru_cache

GONE = "…"
"""What stands where a number stood."""

_TOKEN = re.compile(r"anda_[A-Za-z0-9_-]{40,}")
"""An officer's token, `anda_` and 43 characters; the few that copying may lose do not make it harmless."""

_ENOUGH_DIGITS = re.compile(r"(?:\d[\W_]*+){16}")
"""The quick way out for ordinary text: fewer than sixteen digits with no letter between them are nobody's number."""

# Every text is folded first: digits are 0-9, X is what resembles X, the characters that show nothing are gone, `/` is a
# slash (a path's parts are looked at together and each alone), `-` any other separator, and a blank all else. In a
# folded text digits joined by single separators form a chain; its groups are the digits that no separator parts.

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
    """Describe the three parts of an identity-card number: place, day of birth, and the rest."""
    place = joint.join([r"\d"] * 6)
    year = joint.join([f"(?:1{joint}[89]|2{joint}0)", r"\d", r"\d"])
    month = f"(?:0{joint}[1-9]|1{joint}[0-2])"
    day = rf"(?:0{joint}[1-9]|[12]{joint}\d|3{joint}[01])"
    rest = joint.join([r"\d"] * 3) + joint
    return place, joint.join([year, month, day]), rest


_YEAR = r"(?:1[89]|20)\d\d"
_MONTH_AND_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"


def _chain(joint: str) -> str:
    """Describe a chain that is an identity-card number, grouped anyhow, and no list of days, months or years."""
    date = (
        rf"{_YEAR}(?:{joint}(?:0?[1-9]|1[0-2])(?:{joint}(?:0?[1-9]|[12]\d|3[01]))?(?!\d)|{_MONTH_AND_DAY}"
        r"|(?:0[1-9]|1[0-2]))?(?!\d)"
    )
    over = rf"(?!{joint}?\d)"
    place, birth, rest = _identity(f"{joint}?")
    begins = rf"(?<!\d)(?<!\d{joint})(?!{date}(?:{joint}{date})*+{over})"
    return rf"{begins}{place}{joint}?{birth}{joint}?{rest}(?:\d{over}|X)"


def _parts(joint: str) -> str:
    """Describe an identity-card number whose three parts stand apart, anywhere in a chain.

    A code and two days look alike, `150923 2018-03-01 2018-03-11`: the rest may not begin a day.
    """
    _, birth, rest = _identity(f"{joint}?")
    begins_a_day = rf"{_YEAR}{joint}(?:0?[1-9]|1[0-2]){joint}(?:0?[1-9]|[12]\d|3[01])(?!\d)"
    return rf"(?<!\d)\d{{6}}{joint}{birth}{joint}(?!{begins_a_day}){rest}(?:\d(?!\d)|X)"


def _fours(joint: str) -> str:
    """Describe a bank-card number in groups of four, anywhere in a chain; but years, or days as 2018-0301, are none."""
    two_dates = rf"{_YEAR}{joint}(?:{_YEAR}|{_MONTH_AND_DAY})"
    fours = rf"\d{{4}}(?:{joint}\d{{4}}(?!\d)){{3,}}(?:{joint}\d{{1,3}}(?!\d))?X?"
    return rf"(?<!\d)(?!{two_dates}{joint}{two_dates}(?!\d)){fours}"


_SHAPES = [re.compile(shape) for shape in (_chain("[-/]"), _chain("-"), _parts("[-/]"), _fours("[-/]"), r"\d{16,}X?")]
"""The shapes of a number in a folded text, the widest first, so that no end of one is left.

A whole identity-card number is a run of digits like a bank card's.
"""


def holds_private_number(text: str) -> bool:
    """Whether a text holds what looks like an identity-card number, a bank-card number or an officer's token."""
    return _TOKEN.search(text) is not None or bool(_places(text))


def redacted(text: str) -> str:
    """Take out of a text all that looks like such a number or a token."""
    text = _TOKEN.sub(GONE, text)
    # Once more for what was no chain of its own before its neighbour went.
    while places := _places(text):
        kept = 0
        pieces = []
        for start, end in places:
            pieces += [text[kept:start], GONE]
            kept = end
        text = "".join([*pieces, text[kept:]])
    return text


def _places(text: str) -> list[tuple[int, int]]:
    """Find where numbers of the first shape that occurs begin and end."""
    if not _ENOUGH_DIGITS.search(text):
        return []
    kinds = [_folded(character) for character in text]
    folded = "".join(kinds)
    at = [place for place, kind in enumerate(kinds) if kind]
    for shape in _SHAPES:
        if found := [(at[match.start()], at[match.end() - 1] + 1) for match in shape.finditer(folded)]:
            return found
    return []
