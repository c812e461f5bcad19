"""The problems an operation can answer with, as its OpenAPI declares them."""

from typing import Any

from app.problems import MEDIA_TYPE, STATUS
from app.wording import text

_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare problems by status; every operation can also fail with 500."""
    declared: dict[int | str, dict[str, Any]] = {}
    for status in (*statuses, 500):
        slugs = [slug for slug, its_status in STATUS.items() if its_status == status]
        declared[status] = {
            "description": " / ".join(f"`{slug}`: {text('problems', slug, 'en')}" for slug in slugs),
            "content": {MEDIA_TYPE: {"schema": _SCHEMA}},
        }
    return declared
