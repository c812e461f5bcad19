"""Reasons as sentences: a code's words, with its operands in them."""

from collections.abc import Callable

from app.i18n import Language, text, wording
from app.rules.money import format_percent, format_yuan
from app.rules.three_valued import Operand, Reason


def sentence(topic: str, reason: Reason, language: Language) -> str:
    """Write a reason as a sentence of a topic's wording, with its operands in it."""
    words = {name: _in_words(topic, name, operand, language) for name, operand in reason.operands}
    return text(topic, reason.code, language).format(**words)


def _in_words(topic: str, name: str, operand: Operand, language: Language) -> str:
    """Write an operand: text is a code of the topic, a whole number fen, unless its name says otherwise."""
    if name == "facts":
        names = (wording("facts")[fact]["name"] for fact in str(operand).split(","))
        return _SEPARATOR[language].join(str(each[language]) for each in names)  # type: ignore[index]
    if name in _LISTED:
        return _SEPARATOR[language].join(text(topic, code, language) for code in str(operand).split(","))
    if isinstance(operand, int):
        return _IN_WORDS.get(name, format_yuan)(operand)
    return operand if name in _AS_IT_IS else text(_TOPICS.get(name, topic), operand, language)


_SEPARATOR: dict[Language, str] = {"zh": "、", "en": ", "}

_LISTED = {"starts", "checks"}
"""Operands that are several codes of the topic, divided by commas."""

_AS_IT_IS = {"member", "day", "last_day", "fund"}
"""Operands that are no codes: the sender's own word for a member or a fund, a day."""

_TOPICS = {"stage": "stages"}
"""Where the words of an operand stand, if not with its sentence."""

_COUNTED = """
age oldest youngest years year objections days days_a_year members area times registered along most_persons excess
"""

_IN_WORDS: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(("rate", "fund_rate"), format_percent),
    **dict.fromkeys(_COUNTED.split(), str),
}
"""How an operand is written that is no amount of money."""
