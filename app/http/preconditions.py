"""The headers `ETag` and `If-Match` of a project's versions."""

import re
from typing import Annotated

from fastapi import Header

from app.projects.procedure import Versions

_ETAG = re.compile(r'"([1-9][0-9]{0,8})-([1-9][0-9]{0,8})"', re.ASCII)


IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The ETag of the version that was seen; 412 when it is stale.")
]


def etag(number: int, version: int) -> str:
    """Write the ETag of a version of a project."""
    return f'"{number}-{version}"'


def versions_seen(if_match: str | None, number: int) -> Versions | None:
    """Return the versions of a project that an If-Match names; None where every version is accepted."""
    if if_match is None or if_match.strip() == "*":
        return None
    # A weak tag never matches (RFC 9110, 13.1.1), nor does a tag of another form.
    tags = [_ETAG.fullmatch(tag.strip()) for tag in if_match.split(",")]
    return frozenset(int(tag[2]) for tag in tags if tag is not None and int(tag[1]) == number)
