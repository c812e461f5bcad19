"""Charts drawn on the server as SVG: bars that stand where they begin, each with its name and its figure in words."""

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

BILL, PAID, LEFT = "#44546a", "#0b6e4f", "#b3261e"
"""The colours of a bill, of what is paid of it and of what is left; each 4.5 to 1 and more against the paper."""

WIDTH = 560
"""Of a chart, in its own units; on a phone it is shown at six tenths and can still be read."""

_INK, _PAPER = "#1b1b1b", "#ffffff"
_SIZE = 20
_ROW = 40
_MARGIN = 10
_WIDE, _NARROW = 1.0, 0.64
"""Widths of a Chinese character and of any other, in parts of the size of the letters: the widest usual fonts."""
_AS_PYGAL_SEES = 0.6
"""Width of any character for which pygal leaves room."""

_STYLE: dict[str, object] = {
    "background": _PAPER,
    "plot_background": _PAPER,
    "foreground": _INK,
    "foreground_strong": _INK,
    "foreground_subtle": _INK,
    "opacity": "1",
    "opacity_hover": "1",
    "transition": "0s",
    "colors": (_PAPER, _PAPER, _PAPER),
    "value_colors": (_INK, _INK, _INK),
    "font_family": "sans-serif",
    "label_font_size": _SIZE,
    "major_label_font_size": _SIZE,
    "value_font_size": _SIZE,
}


class Bar(NamedTuple):
    """One row: its name, where its bar begins and how long it is (fen), its colour, and the figure beside it."""

    name: str
    begins: int
    length: int
    colour: str
    figure: str


def height(rows: int) -> int:
    """Return the height of a chart of so many rows, in its own units."""
    return _ROW * rows + 2 * _MARGIN


def floating_bars(title: str, bars: Sequence[Bar]) -> bytes:
    """Draw rows of bars from the top down, each from where it begins; its figure stands to the right of it, unshaded.

    pygal stacks: a bar without ink up to where the bar begins, the bar, and one without ink that holds the figure.
    """
    import pygal  # noqa: PLC0415 - no other page needs it
    from pygal.style import Style  # noqa: PLC0415

    rows = list(reversed(bars))
    names = max(_width(row.name) for row in rows)
    for_bars = WIDTH - names - 4 * _MARGIN
    longest = max(1, *(row.begins + row.length for row in rows))
    figures = max(_width(row.figure) for row in rows) + _MARGIN
    all_of_it = longest * for_bars / (for_bars - figures)
    chart = pygal.HorizontalStackedBar(
        style=Style(**_STYLE),
        js=[],
        width=WIDTH,
        height=height(len(rows)),
        margin=_MARGIN,
        # pygal leaves room for names as if no character were Chinese; the rest is left here.
        margin_left=_MARGIN + max(names - max(len(row.name) for row in rows) * _AS_PYGAL_SEES * _SIZE, 0),
        show_legend=False,
        show_x_labels=False,
        show_x_guides=False,
        show_y_guides=False,
        truncate_label=-1,
        print_values=True,
        range=(0, all_of_it),
    )
    chart.x_labels = [row.name for row in rows]
    chart.add("", [_part(row.begins, "none", "") for row in rows])
    chart.add("", [_part(row.length, row.colour, "") for row in rows])
    room = all_of_it / for_bars
    chart.add("", [_part((_width(row.figure) + _MARGIN) * room, "none", row.figure) for row in rows])
    chart.add_xml_filter(lambda root: _plain(root, title))
    drawn: bytes = chart.render()
    return drawn


def _part(length: float, colour: str, figure: str) -> dict[str, object]:
    return {"value": length, "style": f"fill: {colour}; stroke: none", "formatter": lambda _: figure}


def _width(text: str) -> float:
    return sum(_WIDE if character > "\u2e80" else _NARROW for character in text) * _SIZE


def _plain(root: Element, title: str) -> Element:
    """Take out what a picture cannot use, scripts and what they would show, and say what it is."""
    for parent in list(root.iter()):
        for child in list(parent):
            kind = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
            hidden = "tooltip" in child.get("class", "") and kind == "g"
            if kind in {"script", "desc", "title"} or hidden:
                parent.remove(child)
    named = Element("title")
    named.text = title
    root.insert(0, named)
    return root
