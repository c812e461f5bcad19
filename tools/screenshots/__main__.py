"""Take the screenshots of the documentation: `python -m tools.screenshots [NAME ...]`, all without a name."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Browser, FloatRect

from app.i18n import Language
from app.logs import configure_logs
from tools.screenshots.browser import chromium
from tools.screenshots.county import County, demo_county
from tools.screenshots.pictures import PICTURES

WIDTH = 820
"""The width of the window in pixels."""

MARGIN = 16
"""The margin around a picture in pixels."""

TALLEST = 1_150
"""The greatest height of a picture in pixels; the end of a long page is cut off."""

WHOLE = {"slip"}
"""Pictures that are never cut off; the last line of a slip is its sum."""

ENDINGS: dict[Language, str] = {"en": ".png", "zh": ".zh-CN.png"}
"""The ending of a picture's file name by language."""


def photograph(browser: Browser, county: County, name: str, folder: Path) -> Iterator[Path]:
    """Take one picture in both languages; yield the path of each."""
    for language, ending in ENDINGS.items():
        context = browser.new_context(viewport={"width": WIDTH, "height": 900}, locale=language)
        page = context.new_page()
        element = PICTURES[name](page, replace(county, language=language))
        page.evaluate("scrollTo(0, 0)")  # bounding boxes are relative to the viewport
        box = element.bounding_box()
        if box is None:
            raise RuntimeError(f"the element of {name} is not visible")
        path = folder / f"{name}{ending}"
        page.screenshot(path=path, clip=_with_margin(box, name in WHOLE), full_page=True, animations="disabled")
        context.close()
        yield path


def take(
    names: Annotated[list[str] | None, typer.Argument(help=f"Which: {', '.join(PICTURES)}. [all]")] = None,
    folder: Annotated[Path, typer.Option(help="Where they go.")] = Path("docs/screenshots"),
) -> None:
    """Take pictures of a demo county's pages on a fixed day, in both languages."""
    unknown = set(names or ()) - set(PICTURES)
    if unknown:
        raise typer.BadParameter(f"no picture is called {', '.join(sorted(unknown))}; there are {', '.join(PICTURES)}")
    configure_logs()
    folder.mkdir(parents=True, exist_ok=True)
    with demo_county() as county, chromium() as browser:
        for name in names or PICTURES:
            for path in photograph(browser, county, name, folder):
                typer.echo(path, err=True)


def _with_margin(box: FloatRect, whole: bool) -> FloatRect:
    """Add the margin to a bounding box."""
    return {
        "x": max(box["x"] - MARGIN, 0),
        "y": max(box["y"] - MARGIN, 0),
        "width": box["width"] + 2 * MARGIN,
        "height": box["height"] + 2 * MARGIN if whole else min(box["height"] + 2 * MARGIN, TALLEST),
    }


if __name__ == "__main__":
    typer.run(take)
