"""JSON pointers (RFC 6901) of refused fields."""

from collections.abc import Iterable

from app.privacy.redaction import redacted


def pointer(location: Iterable[str | int]) -> str:
    """Write a place in a document as a JSON pointer (RFC 6901); characters that no text can carry are spelled out.

    An unknown field's name is the sender's word: a number or a token is taken out of it.
    """
    steps = (redacted(str(step)).encode("utf-8", "backslashreplace").decode() for step in location)
    return redacted("".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps))
