"""The language of names, reasons and problems: Chinese by default, English on `Accept-Language: en`."""

from contextvars import ContextVar
from functools import lru_cache

from app.i18n import Language

current: ContextVar[Language] = ContextVar("language", default="zh")
"""The language of the current request."""


_MOST_CHARACTERS = 500
"""Of a header that are read. Those of browsers have fifty; what is kept of 256 of them is bounded by this."""


def choose(accept_language: str) -> Language:
    """Return the language that a client prefers, by the weights in its header (RFC 9110, 12.5.4)."""
    return _choose(accept_language[:_MOST_CHARACTERS])


@lru_cache(maxsize=256)
def _choose(accept_language: str) -> Language:
    best: Language = "zh"
    best_weight = 0.0
    for choice in accept_language.split(","):
        tag, _, parameters = choice.partition(";")
        weight = _weight(parameters)
        primary = tag.strip().lower().split("-")[0]
        language: Language | None = "en" if primary == "en" else "zh" if primary in {"zh", "*"} else None
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
