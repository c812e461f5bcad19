"""The pictures: a function each, which opens its page and returns what of it is kept."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page

from app.pages.bill_form import flat
from app.schemas.examples import BILLS, THREE_GENERATIONS
from tools.screenshots.browser import submit
from tools.screenshots.county import County

Picture = Callable[[Page, County], Locator]


def slip(page: Page, county: County) -> Locator:
    """Take the slip of the README's bill, its third layer opened."""
    bill = flat(BILLS["registered_major_disease"]["value"])
    page.goto(county.link(f"/bill?{urlencode(bill)}"))
    page.locator("#civil_relief summary").click()
    return page.locator("#slip")


def board(page: Page, county: County) -> Locator:
    """Take the notice board."""
    page.goto(county.link("/notices"))
    page.set_viewport_size({"width": 820, "height": 900})
    return page.locator("main")


def poster(page: Page, county: County) -> Locator:
    """Take the poster of the newest notice, as it is printed."""
    page.goto(county.link("/notices"))
    number = str(page.locator("tbody a").first.get_attribute("href")).partition("?")[0]
    page.goto(county.link(f"{number}/poster"))
    page.emulate_media(media="print")
    return page.locator("main")


def interview(page: Page, county: County) -> Locator:
    """Take what the interview tells the README's household, the first screens of it."""
    page.goto(county.link("/household"))
    page.fill("#as-of", THREE_GENERATIONS["as_of"])
    page.fill("#members", "\n".join(member["id"] for member in THREE_GENERATIONS["household"]["members"]))
    submit(page, "main button[type=submit]")
    while page.locator("[name=pointer]").count():
        said = _said(page.locator("[name=pointer]").input_value())
        if said is None:
            submit(page, "button[value=skip]")
            continue
        if page.locator("input[type=radio]").count():
            page.check(f"input[value='{said}']")
        else:
            page.fill("#said", said)
        submit(page, "button[value=answer]")
    return page.locator("main")


def _said(pointer: str) -> str | None:
    """Say what the README's household says at a pointer, as the page takes it."""
    at: Any = THREE_GENERATIONS
    for step in pointer.strip("/").split("/"):
        at = at[int(step)] if isinstance(at, list) else at.get(step) if isinstance(at, dict) else None
    if isinstance(at, bool):
        return "yes" if at else "no"
    if isinstance(at, dict):
        return str(at.get("stage") or at.get("kind") or "yes")
    return None if at is None else str(at)


PICTURES: dict[str, Picture] = {
    "slip": slip,
    "interview": interview,
    "board": board,
    "poster": poster,
}
"""Each picture by the name of its file; another is another line here."""
