"""JSON pointers (RFC 6901) of refused fields."""

from collections.abc import Iterable

from app.privacy.redaction import redacted


def pointer(location: Iterable[str | int]) -> str:
    """Write the location of a field as a JSON pointer (RFC 6901); surrogates are written as escapes.

    The name of an unknown field is input: private numbers and tokens in it are redacted.
    """
    steps = (redacted(str(step)).encode("utf-8", "backslashreplace").decode() for step in location)
    return redacted("".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps))
