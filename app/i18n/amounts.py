"""Amounts and bands of amounts as sentences have them: 1200 and 600.50 in Chinese, 1,200.00 in English.

The amounts of the API do not change: there an amount has two decimals in either language.
"""

from app.i18n import Language, text
from app.rules.money import Fen, format_yuan


def format_amount(fen: Fen, language: Language) -> str:
    """Write an amount in fen as yuan for a sentence: 120000 becomes 1200 in Chinese and 1,200.00 in English."""
    return in_sentence(format_yuan(fen), language)


def in_sentence(amount: str, language: Language) -> str:
    """Write an amount of an answer, in yuan with two decimals, as a sentence of a language has it."""
    if language == "zh":
        return amount.removesuffix(".00")
    yuan, _, decimals = amount.partition(".")
    return f"{int(yuan):,}.{decimals}" if yuan != "-0" else amount


def band_in_sentence(above: str, up_to: str | None, language: Language) -> str:
    """Write a band in words, its lower bound excluded and its upper one included; both are amounts of an answer."""
    begins = above == "0.00"
    if up_to is None:
        code = "every_amount" if begins else "above"
        return text("amounts", code, language).format(above=in_sentence(above, language))
    code = "up_to" if begins else "between"
    words = {"above": in_sentence(above, language), "up_to": in_sentence(up_to, language)}
    return text("amounts", code, language).format(**words)
