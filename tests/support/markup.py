"""A page's markup as a tree, to look things up in without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Element:
    """An element with its attributes and what stands in it."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.content: list[Element | str] = []

    @property
    def text(self) -> str:
        """All its text, runs of white space as one space."""
        return " ".join("".join(self._texts()).split())

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Every element in it, itself too, of a tag and with attributes; `class_` is one of its classes."""
        return [each for each in self._elements() if each._fits(tag, attributes)]

    def one(self, tag: str = "", **attributes: str) -> Element:
        """The only such element."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} × {tag} {attributes}"
        return found[0]

    def _fits(self, tag: str, attributes: dict[str, str]) -> bool:
        given = dict(attributes)
        classes = self.attributes.get("class", "").split()
        return (
            tag in {"", self.tag}
            and given.pop("class_", None) in {None, *classes}
            and all(self.attributes.get(name.replace("_", "-")) == value for name, value in given.items())
        )

    def _elements(self) -> Iterator[Element]:
        yield self
        for each in self.content:
            if isinstance(each, Element):
                yield from each._elements()

    def _texts(self) -> Iterator[str]:
        for each in self.content:
            if isinstance(each, str):
                yield each
            elif each.tag not in {"script", "style"}:
                yield from each._texts()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"{tag} has an attribute twice"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].content.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)


def read(page: str) -> Element:
    """Read a page; AssertionError where an element is not closed as it was opened, or an id stands twice."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert [each.tag for each in reader.open] == [""]
    root = reader.open[0]
    ids = [each.attributes["id"] for each in root.all() if "id" in each.attributes]
    assert len(set(ids)) == len(ids), "an id stands twice"
    return root
