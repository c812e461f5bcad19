"""A page of HTML as lines of text, one for each element or text, without what a redesign may change.

Left out are white space between blocks and beside the controls of a form, the addresses of stylesheets, class
attributes, comments, the order of attributes, and the fingerprint in the address of a script.
"""

import json
import re
from html.parser import HTMLParser

_VOID_NAMES = "area base br col embed hr img input link meta source track wbr"
_INLINE_NAMES = (
    "a abbr b bdi bdo br cite code data dfn em i img kbd mark output q s samp small span strong sub sup time u var wbr"
)
_VOID, _INLINE = frozenset(_VOID_NAMES.split()), frozenset(_INLINE_NAMES.split())
_VERBATIM = frozenset(("pre", "textarea", "script", "style"))
_FINGERPRINT = re.compile(r"(?<=\.js)\?[0-9a-f]{12}$")
_INDENT = " "

Node = tuple[str, dict[str, str], list["Node | str"]]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root: Node = ("", {}, [])
        self.open: list[Node] = [self.root]
        self.faults: list[str] = []

    def handle_decl(self, decl: str) -> None:
        self._add(("!" + decl, {}, []))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node: Node = (tag, {name: value or "" for name, value in attrs}, [])
        self._add(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add((tag, {name: value or "" for name, value in attrs}, []))

    def handle_endtag(self, tag: str) -> None:
        names = [node[0] for node in self.open]
        if tag not in names:
            self.faults.append(f"</{tag}> closes nothing")
            return
        while self.open[-1][0] != tag:
            self.open.pop()
        self.open.pop()

    def handle_data(self, data: str) -> None:
        content = self.open[-1][2]
        if content and isinstance(content[-1], str):
            content[-1] += data
        else:
            content.append(data)

    def _add(self, node: Node) -> None:
        self.open[-1][2].append(node)


def tree(page: str) -> str:
    """Write a page as lines: an element with its attributes, deeper what stands in it, texts in quotation marks."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    lines = [f"fault: {each}" for each in parser.faults]
    _write(parser.root, 0, lines)
    return "\n".join(lines)


def _write(node: Node, depth: int, lines: list[str]) -> None:
    tag, _, content = node
    kept = [each for each in content if isinstance(each, str) or not _is_left_out(each)]
    for at, each in enumerate(kept):
        if isinstance(each, str):
            text = each if tag in _VERBATIM else _spaced(each, _is_edge(kept, at - 1, tag), _is_edge(kept, at + 1, tag))
            if text:
                lines.append(_INDENT * depth + json.dumps(text, ensure_ascii=False))
        else:
            name, attributes, _ = each
            shown = "".join(f" {key}{_told(value)}" for key, value in sorted(attributes.items()) if key != "class")
            lines.append(f"{_INDENT * depth}<{name}{shown}>")
            _write(each, depth + 1, lines)


def _told(value: str) -> str:
    if not value:
        return ""
    return f"={json.dumps(_FINGERPRINT.sub('', value), ensure_ascii=False)}"


def _is_left_out(node: Node) -> bool:
    tag, attributes, _ = node
    return tag == "link" and (attributes.get("rel") == "stylesheet" or attributes.get("as") == "style")


def _is_edge(content: "list[Node | str]", at: int, parent: str) -> bool:
    """Whether white space here stands beside a block, where it is never seen."""
    if 0 <= at < len(content):
        beside = content[at]
        return not isinstance(beside, str) and beside[0] not in _INLINE
    return parent not in _INLINE


def _spaced(text: str, after_block: bool, before_block: bool) -> str:
    text = re.sub(r"[ \t\r\n\f]+", " ", text)
    if after_block:
        text = text.removeprefix(" ")
    if before_block:
        text = text.removesuffix(" ")
    return text
