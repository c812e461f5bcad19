"""Names that no request has: a body can hold a hundred thousand, and refusing each takes longer than reading it."""

from functools import cache

from app.schemas.fields import Request

MOST_UNKNOWN = 100
"""Unknown names that are left in a body: as many as a problem lists."""


def drop_excess(content: object) -> None:
    """Drop the unknown names from what was parsed, all but the first hundred, for which it is refused as before.

    Each item of a list counts by itself, since a batch accepts one and refuses another.
    """
    for item in content if isinstance(content, list) else [content]:
        if isinstance(item, dict | list):
            _drop_excess_of(item)


def _drop_excess_of(item: object) -> None:
    known = known_names()
    left = MOST_UNKNOWN
    found: list[object] = [item]
    for value in found:  # which grows: those of the outermost objects come first
        if isinstance(value, dict):
            unknown = [name for name in value if name not in known]
            for name in unknown[left:]:
                del value[name]
            left -= min(left, len(unknown))
            inner = list(value.values())
        else:
            inner = value if isinstance(value, list) else []
        found += [each for each in inner if isinstance(each, dict | list)]


@cache
def known_names() -> frozenset[str]:
    """Return the name of every field of every request."""
    names: set[str] = set()
    models = [Request]
    for model in models:
        models += model.__subclasses__()
        for name, field in model.model_fields.items():
            names.add(field.alias or name)
    return frozenset(names)
