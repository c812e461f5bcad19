"""The pictures: each is a function that opens a page and returns the element to photograph."""

from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page

from app.pages.bill_form import flat
from app.schemas.examples import BILLS, THREE_GENERATIONS
from tools.screenshots.browser import submit
from tools.screenshots.county import County

Picture = Callable[[Page, County], Locator]


def slip(page: Page, county: County) -> Locator:
    """Open the slip of the README's bill with its third layer unfolded."""
    bill = flat(BILLS["registered_major_disease"]["value"])
    page.goto(county.link(f"/bill?{urlencode(bill)}"))
    page.locator("#civil_relief summary").click()
    return page.locator("#slip")


def board(page: Page, county: County) -> Locator:
    """Open the notice board."""
    page.goto(county.link("/notices"))
    page.set_viewport_size({"width": 820, "height": 900})
    return page.locator("main")


def poster(page: Page, county: County) -> Locator:
    """Open the poster of the newest notice in print media."""
    page.goto(county.link("/notices"))
    number = str(page.locator("tbody a").first.get_attribute("href")).partition("?")[0]
    page.goto(county.link(f"{number}/poster"))
    page.emulate_media(media="print")
    return page.locator("main")


def interview(page: Page, county: County) -> Locator:
    """Answer the interview for the README's household, and open its result."""
    page.goto(county.link("/household"))
    page.fill("#as-of", THREE_GENERATIONS["as_of"])
    page.fill("#members", "\n".join(member["id"] for member in THREE_GENERATIONS["household"]["members"]))
    submit(page, "main button[type=submit]")
    while page.locator("[name=pointer]").count():
        answer = _answer(page.locator("[name=pointer]").input_value())
        if answer is None:
            submit(page, "button[value=skip]")
            continue
        if page.locator("input[type=radio]").count():
            page.check(f"input[value='{answer}']")
        else:
            page.fill("#said", answer)
        submit(page, "button[value=answer]")
    return page.locator("main")


def _answer(pointer: str) -> str | None:
    """Return the answer of the README's household at a JSON pointer, as the form takes it."""
    value: object = THREE_GENERATIONS
    for step in pointer.strip("/").split("/"):
        value = value[int(step)] if isinstance(value, list) else value.get(step) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return str(value.get("stage") or value.get("kind") or "yes")
    return None if value is None else str(value)


PICTURES: dict[str, Picture] = {
    "slip": slip,
    "interview": interview,
    "board": board,
    "poster": poster,
}
"""The pictures by file name."""
