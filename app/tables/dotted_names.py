"""Names with dots, and the nested objects that they stand for: `visit.kind` is the field `kind` of the object `visit`.

Columns of files, fields of forms and parts of a page's address are all named like this. The module stands with the
tables because they are the lowest floor that needs it.
"""

from collections.abc import Iterable, Mapping


def nest(values: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Put values with dotted names into nested objects, in their order."""
    objects: dict[str, dict[str, object]] = {"": {}}
    for name, value in values:
        parent, _, last = name.rpartition(".")
        _object_at(objects, parent)[last] = value
    return objects[""]


def flatten(nested: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Name the values of nested objects with dots; null values are left out."""
    fields: dict[str, object] = {}
    for name, value in nested.items():
        if isinstance(value, Mapping):
            fields |= flatten(value, f"{prefix}{name}.")
        elif value is not None:
            fields[prefix + name] = value
    return fields


def _object_at(objects: dict[str, dict[str, object]], name: str) -> dict[str, object]:
    if name not in objects:
        parent, _, last = name.rpartition(".")
        objects[name] = {}
        _object_at(objects, parent)[last] = objects[name]
    return objects[name]
