"""YAML read strictly: every scalar stays text, a repeated key is an error, every error names the file and the line.

A plain loader turns `0.80` into a float and lets a repeated key win in silence; policy can afford neither.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import yaml

Choice = TypeVar("Choice", bound=str)


class ParameterError(Exception):
    """A YAML file of the rules is invalid, and the service does not start. The message names the file and the line."""

    def __init__(self, file: str, line: int, message: str) -> None:
        self.file = file
        self.line = line
        super().__init__(f"{file}:{line}: {message}")


class Node:
    """A node of a YAML file with its file and line, so that every error can name them."""

    def __init__(self, file: str, node: yaml.Node, key: yaml.Node | None = None) -> None:
        self.file = file
        self._node = node
        # An error in the value of a key names the line of the key.
        self.line = (key or node).start_mark.line + 1

    def error(self, message: str) -> ParameterError:
        """Build an error that names the file and the line of this node."""
        return ParameterError(self.file, self.line, message)

    @property
    def is_mapping(self) -> bool:
        """Whether the node is a mapping."""
        return isinstance(self._node, yaml.MappingNode)

    @property
    def is_text(self) -> bool:
        """Whether the node is a single value."""
        return isinstance(self._node, yaml.ScalarNode)

    def text(self) -> str:
        """Return the scalar as written. ParameterError where the node is none."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.error("expected a single value")
        return str(self._node.value)

    def items(self) -> Iterator["Node"]:
        """Iterate over a list. ParameterError where the node is none."""
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
        for key, node in entries.items():
            if key not in known:
                raise node.error(f"unknown key {key!r}; known are {', '.join(sorted(known))}")
        for key in sorted(required - entries.keys()):
            raise self.error(f"the key {key!r} is missing")
        return entries

    def exactly(self, keys: tuple[Choice, ...]) -> dict[Choice, "Node"]:
        """Return the entries of a mapping with exactly these keys, in the order of the file."""
        entries = self.fields(set(keys))
        order = list(entries)
        return {key: entries[key] for key in sorted(keys, key=order.index)}

    def one_of(self, choices: tuple[Choice, ...], kind: str = "") -> Choice:
        """Return the one of the choices that the scalar names. ParameterError, which names the kind, for any other."""
        text = self.text()
        for choice in choices:
            if choice == text:
                return choice
        subject = f"{kind} {text!r}" if kind else repr(text)
        raise self.error(f"unknown {subject}; known are {', '.join(choices)}")


def read(path: Path) -> Node:
    """Read one YAML file, which must not be empty. ParameterError where it is not YAML."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
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
"""A text by language: `zh` and `en`."""


def words(node: Node) -> Words:
    """Read a text in both languages. ParameterError where one is missing or empty."""
    read = {language: text.text().strip() for language, text in node.fields({"zh", "en"}).items()}
    if not all(read.values()):
        raise node.error("the words are missing in one language")
    return read
