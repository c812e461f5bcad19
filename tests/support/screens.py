"""How a page is looked at in a real browser, and what must hold for every page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
PHONE, SCREEN = 360, 1280
"""Widths in pixels that every page is looked at with."""


@contextmanager
def looking(browser: Browser, address: str, width: int = SCREEN, script: bool = True) -> Iterator[Page]:
    """Open a page of one's own at an address; at the end: no error in the console, no request to another host."""
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script)
    page = context.new_page()
    page.set_default_timeout(10_000)
    faults: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(address)
        yield page
        # A page that was refused is said to the console; the test itself looks at its status.
        assert [fault for fault in faults if "status of 4" not in fault] == []
        own = urlsplit(address).netloc
        assert [url for url in asked if not url.startswith("data:") and urlsplit(url).netloc != own] == []
    finally:
        context.close()


def fits(page: Page) -> None:
    """Nothing of the page is wider than the screen."""
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= screen, f"{wide} pixels wide on a screen of {screen}"


def unbroken(page: Page) -> None:
    """Every date, amount and number of days in a cell that holds no prose stands on one line."""
    broken = page.evaluate(
        """() => [...document.querySelectorAll("td:not(:has(p, ul))")].filter((cell) => {
            const text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
            while (text.nextNode()) {
                for (const figure of text.currentNode.data.matchAll(/[-+]?[0-9][0-9.-]{3,}|[0-9]+ 天/g)) {
                    const range = document.createRange();
                    range.setStart(text.currentNode, figure.index);
                    range.setEnd(text.currentNode, figure.index + figure[0].length);
                    if (range.getClientRects().length > 1) return true;
                }
            }
            return false;
        }).map((cell) => cell.innerText)"""
    )
    assert broken == []


def accessible(page: Page) -> None:
    """axe-core finds no violation that is serious or critical, on a light phone and on a dark one."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += Axe().run(page).response["violations"]
    grave = [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
    assert grave == []
