"""The OpenAPI document held against a recorded one, whatever its components are called."""

import json
from collections.abc import Iterator
from typing import Any

Json = Any

_COMPONENT = "#/components/schemas/"


def written(document: Json) -> str:
    """Write a document for people to read."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def between(recorded: str, found: str) -> list[str]:
    """List where two documents say something else. Components are followed where they are named, not by their names.

    The order of keys counts, but that of components. The title of a component is its name once more.
    """
    return list(_Comparison(json.loads(recorded), json.loads(found)).differences())


class _Comparison:
    def __init__(self, recorded: Json, found: Json) -> None:
        self._recorded = recorded
        self._found = found
        self._followed: set[tuple[str, str]] = set()

    def differences(self) -> Iterator[str]:
        yield from self._apart(_outside(self._recorded), _outside(self._found), "")

    def _apart(self, recorded: Json, found: Json, at: str) -> Iterator[str]:
        if _is_name(recorded) and _is_name(found):
            yield from self._components_apart(recorded, found, at)
        elif isinstance(recorded, dict) and isinstance(found, dict):
            yield from self._objects_apart(recorded, found, at)
        elif isinstance(recorded, list) and isinstance(found, list):
            for number, (one, other) in enumerate(zip(recorded, found, strict=False)):
                yield from self._apart(one, other, f"{at}/{number}")
            if len(recorded) != len(found):
                yield f"{at}: recorded {len(recorded)} items {_short(recorded)}, now {len(found)} {_short(found)}"
        elif (type(recorded), recorded) != (type(found), found):
            yield f"{at}: recorded {_short(recorded)}, now {_short(found)}"

    def _objects_apart(self, recorded: dict[str, Json], found: dict[str, Json], at: str) -> Iterator[str]:
        for name in sorted(recorded.keys() - found.keys()):
            yield f"{at}/{name}: recorded {_short(recorded[name])}, now missing"
        for name in sorted(found.keys() - recorded.keys()):
            yield f"{at}/{name}: new, {_short(found[name])}"
        both = [name for name in recorded if name in found]
        if both != [name for name in found if name in recorded]:
            yield f"{at}: recorded in the order {list(recorded)}, now {list(found)}"
        for name in both:
            yield from self._apart(recorded[name], found[name], f"{at}/{name}")

    def _components_apart(self, recorded: str, found: str, at: str) -> Iterator[str]:
        if (recorded, found) in self._followed:
            return
        self._followed.add((recorded, found))
        one, other = (
            {name: value for name, value in _component(document, name_of).items() if name != "title"}
            for document, name_of in ((self._recorded, recorded), (self._found, found))
        )
        yield from self._apart(one, other, f"{at}({recorded.removeprefix(_COMPONENT)})")


def _outside(document: Json) -> Json:
    """Return a document without the schemas of its components, which are met where they are named."""
    components = {name: value for name, value in document["components"].items() if name != "schemas"}
    return {**document, "components": components}


def _component(document: Json, name: str) -> dict[str, Json]:
    found: dict[str, Json] = document["components"]["schemas"][name.removeprefix(_COMPONENT)]
    return found


def _is_name(value: Json) -> bool:
    return isinstance(value, str) and value.startswith(_COMPONENT)


def _short(value: Json) -> str:
    told = json.dumps(value, ensure_ascii=False)
    return told if len(told) <= 300 else f"{told[:300]} …"
