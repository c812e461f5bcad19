"""JSON that is written once and put into many answers as it stands."""

from collections.abc import Iterable
from typing import Protocol, TypeVar, cast

import orjson

Content = TypeVar("Content")


def fragment(content: Content) -> Content:
    """Write a part of an answer as JSON once; orjson then copies it into each answer that holds it.

    The result keeps the type of the content, so that mypy checks where it is put. It is no mapping or list any more:
    nothing but orjson can read it.
    """
    return written(type(content), orjson.dumps(content))


def unwritten(content: Content) -> Content:
    """Leave a part of an answer as it is, for callers that read the answer: what stands in place of `fragment` then."""
    return content


class Keep(Protocol):
    """How a part of an answer is kept for later answers: `fragment` or `unwritten`."""

    def __call__(self, content: Content, /) -> Content:
        """Return the part as it is kept."""


def list_fragment(of: type[Content], items: Iterable[bytes]) -> list[Content]:
    """Make a list of an answer of items that are written already, each followed by a comma; read as a `fragment`."""
    opened = [b"[", *items]
    opened[-1] = opened[-1].removesuffix(b",")
    opened.append(b"]")
    return cast("list[Content]", orjson.Fragment(b"".join(opened)))


def written(of: type[Content], content: bytes) -> Content:
    """Put what is written as JSON already into an answer, as an answer of its own; read as a `fragment`."""
    return cast("Content", orjson.Fragment(content))
