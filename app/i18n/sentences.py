"""Reasons as sentences: the text of a code with its operands inserted."""

from collections.abc import Callable

from app.i18n import Language, text, wording
from app.i18n.amounts import format_amount
from app.rules.money import format_percent
from app.rules.projects.procedure import Unmet
from app.rules.three_valued import Operand, Reason

COLON: dict[Language, str] = {"zh": "：", "en": ": "}
BETWEEN: dict[Language, str] = {"zh": "；", "en": "; "}
LISTED: dict[Language, str] = {"zh": "、", "en": ", "}
AFTER_A_SENTENCE: dict[Language, str] = {"zh": "", "en": " "}
"""What stands between a name and its value, the parts of a list, the words of a list, and two sentences."""


def sentence(topic: str, reason: Reason, language: Language) -> str:
    """Return a reason as a sentence of a topic, with its operands inserted."""
    words = {name: _format_operand(topic, name, operand, language) for name, operand in reason.operands}
    return text(topic, reason.code, language).format(**words)


def unmet_sentence(unmet: Unmet, language: Language) -> str:
    """Return an unmet condition of a project's procedure as a sentence, which says where no clause asks for it."""
    note = unmet.required_by.note
    said = [sentence("publicity", unmet.reason, language), *([text("publicity", note, language)] if note else [])]
    return AFTER_A_SENTENCE[language].join(said)


def _format_operand(topic: str, name: str, operand: Operand, language: Language) -> str:
    """Format an operand: a text is a code of the topic and a number is fen, unless its name tells otherwise."""
    if name == "facts":
        names = (wording("facts")[fact]["name"] for fact in str(operand).split(","))
        return LISTED[language].join(str(each[language]) for each in names)  # type: ignore[index]
    if name in _LISTS:
        return LISTED[language].join(text(topic, code, language) for code in str(operand).split(","))
    if isinstance(operand, int):
        formatted = _FORMATS.get(name)
        return format_amount(operand, language) if formatted is None else formatted(operand)
    return operand if name in _VERBATIM else text(_TOPICS.get(name, topic), operand, language)


_LISTS = {"starts", "checks"}
"""Operands that hold several codes of the topic, separated by commas."""

_VERBATIM = {"member", "day", "start", "end", "last_day", "fund"}
"""Operands that are not codes: the sender's name of a member or a fund, and days."""

_TOPICS = {"stage": "stages", "arrangement": "arrangements", "whose": "living_standards"}
"""The topic of an operand's text, where it differs from that of the sentence."""

_COUNTS = """
age oldest youngest years year objections days days_a_year members area times registered along most_persons excess
from_age months odd_days
"""

_FORMATS: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(("rate", "fund_rate"), format_percent),
    **dict.fromkeys(_COUNTS.split(), str),
}
"""The formatting of operands that are not amounts of money."""
