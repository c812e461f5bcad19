"""Names that no request has: a body can hold a hundred thousand, and refusing each takes longer than reading it."""

from functools import cache

from app.schemas.fields import Request

MOST_UNKNOWN = 100
"""Unknown names that are left in a body: as many as a problem lists."""


def drop_excess(content: object) -> None:
    """Drop the unknown names from what was parsed, all but the first hundred, for which it is refused as before.

    Each item of a list counts by itself, since a batch accepts one and refuses another. A list within an item ends
    with the first of its objects whose names are dropped: the item is refused, and validating five hundred objects
    more would only find errors that no problem lists.
    """
    for item in content if isinstance(content, list) else [content]:
        if isinstance(item, dict | list):
            _drop_excess_of(item)


def _drop_excess_of(item: dict[object, object] | list[object]) -> None:
    known = known_names()
    left = MOST_UNKNOWN
    found: list[tuple[object, list[object] | None, int]] = [(item, None, 0)]
    for value, within, position in found:  # which grows: those of the outermost objects come first
        if within is not None and position >= len(within):
            continue
        if isinstance(value, dict):
            unknown = [name for name in value if name not in known]
            for name in unknown[left:]:
                del value[name]
            if len(unknown) > left and within is not None:
                del within[position + 1 :]
            left -= min(left, len(unknown))
            found += [(each, None, 0) for each in value.values() if isinstance(each, dict | list)]
        elif isinstance(value, list):
            found += [(each, value, place) for place, each in enumerate(value) if isinstance(each, dict | list)]


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
