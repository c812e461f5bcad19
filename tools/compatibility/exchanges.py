"""The requests and answers that a record of the corpus holds."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_BEGIN = re.compile(r"^=== ", re.MULTILINE)
_ANSWER = re.compile(r"^--- ([0-9]{3})$", re.MULTILINE)
_OTHERS = re.compile(r"^(?:\$ |--- |##### )", re.MULTILINE)
_DRAWN = re.compile(r"anda_[A-Za-z0-9_-]{20,}|(?<=[/=\"])[A-Za-z0-9_-]{22,64}(?=[/\"&\s]|$)")


class Exchange(NamedTuple):
    """A request, without what is drawn at random, and its answer."""

    request: str
    status: int
    body: str


def exchanges_of(record: str) -> list[Exchange]:
    """List the exchanges of a record in their order."""
    found = []
    for part in _BEGIN.split(record)[1:]:
        answer = _ANSWER.search(part)
        if answer is None:
            continue
        _, _, body = part[answer.end() :].partition("\n\n")
        following = _OTHERS.search(body)
        kept = body if following is None else body[: following.start()]
        found.append(Exchange(_DRAWN.sub("…", part[: answer.start()]), int(answer[1]), kept.strip()))
    return found


def paired(old: Sequence[Exchange], new: Sequence[Exchange]) -> list[tuple[Exchange, Exchange]]:
    """Pair the exchanges whose requests are the same, in the order of both."""
    matcher = SequenceMatcher(None, [each.request for each in old], [each.request for each in new], autojunk=False)
    return [
        (old[block.a + step], new[block.b + step])
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    ]
