"""YAML read strictly: every scalar stays text, a repeated key is an error, every error names the file and the line.

A plain loader turns `0.80` into a float and lets a repeated key win in silence; policy can afford neither.
"""

from collections.abc import Iterator
from pathlib import Path

import yaml


class ParameterError(Exception):
    """A parameter file says something that cannot be policy; the start stops. Its text names file and line."""

    def __init__(self, file: str, line: int, message: str) -> None:
        self.file = file
        self.line = line
        super().__init__(f"{file}:{line}: {message}")


class Node:
    """A node of a YAML file together with where it stands, so that every complaint can name the line."""

    def __init__(self, file: str, node: yaml.Node, key: yaml.Node | None = None) -> None:
        self.file = file
        self._node = node
        # What stands under a key is complained of where the key stands.
        self.line = (key or node).start_mark.line + 1

    def error(self, message: str) -> ParameterError:
        """Build the error that names this place."""
        return ParameterError(self.file, self.line, message)

    @property
    def is_mapping(self) -> bool:
        """Whether keys with values stand here."""
        return isinstance(self._node, yaml.MappingNode)

    def text(self) -> str:
        """Return the scalar as it is written."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.error("expected a single value")
        return str(self._node.value)

    def items(self) -> Iterator["Node"]:
        """Go through a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.error("expected a list")
        for node in self._node.value:
            yield Node(self.file, node)

    def mapping(self) -> dict[str, "Node"]:
        """Return a mapping's entries; a repeated key is an error."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.error("expected keys with values")
        entries: dict[str, Node] = {}
        for key_node, value_node in self._node.value:
            key = Node(self.file, key_node).text()
            if key in entries:
                raise Node(self.file, key_node).error(f"the key {key!r} stands twice")
            entries[key] = Node(self.file, value_node, key_node)
        return entries

    def fields(self, required: set[str], optional: set[str] | None = None) -> dict[str, "Node"]:
        """Return a mapping's entries, refusing an unknown key and missing a required one."""
        entries = self.mapping()
        known = required | (optional or set())
        for key, place in entries.items():
            if key not in known:
                raise place.error(f"unknown key {key!r}; known are {', '.join(sorted(known))}")
        for key in sorted(required - entries.keys()):
            raise self.error(f"the key {key!r} is missing")
        return entries


def read(path: Path) -> Node:
    """Read one YAML file, which must not be empty. ParameterError where it is not YAML."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ParameterError(path.name, line, f"not YAML: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(path.name, 1, "not YAML in UTF-8") from error
    except OSError as error:
        raise ParameterError(path.name, 1, f"cannot be read: {error.strerror}") from error
    if node is None:
        raise ParameterError(path.name, 1, "the file is empty")
    return Node(path.name, node)


Words = dict[str, str]
"""The same words by language: `zh` and `en`."""


def words(place: Node) -> Words:
    """Read words in both languages. ParameterError where one is missing or empty."""
    read = {language: text.text().strip() for language, text in place.fields({"zh", "en"}).items()}
    if not all(read.values()):
        raise place.error("the words are missing in one language")
    return read
