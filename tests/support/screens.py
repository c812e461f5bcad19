"""How a page is looked at in a real browser, and what must hold for every page."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request

from tests.support.scale import LONG

PHONE, SCREEN = 360, 1280
"""Widths in pixels that every page is looked at with."""

COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe whose answer depends on the colour scheme."""

_left: WeakKeyDictionary[Browser, dict[bool, Page]] = WeakKeyDictionary()
"""The pages that tests have left, by whether they run scripts: a new context costs half a second of a processor."""


@contextmanager
def looking(browser: Browser, address: str, width: int = SCREEN, script: bool = True) -> Iterator[Page]:
    """Open a page without cookies at an address; at the end: no error in the console, no request to another host."""
    pages = _left.setdefault(browser, {})
    page = pages.pop(script, None) or browser.new_context(java_script_enabled=script).new_page()
    page.set_default_timeout(10_000)
    page.set_viewport_size({"width": width, "height": 800})
    faults: list[str] = []
    asked: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            faults.append(message.text)

    def fail(error: Error) -> None:
        faults.append(str(error))

    def ask(request: Request) -> None:
        asked.append(request.url)

    page.on("console", hear)
    page.on("pageerror", fail)
    page.on("request", ask)
    try:
        page.goto(address)
        yield page
        # A page that was refused is said to the console; the test itself looks at its status.
        assert [fault for fault in faults if "status of 4" not in fault] == []
        own = urlsplit(address).netloc
        assert [url for url in asked if not url.startswith("data:") and urlsplit(url).netloc != own] == []
    except BaseException:
        page.context.close()
        raise
    page.remove_listener("console", hear)
    page.remove_listener("pageerror", fail)
    page.remove_listener("request", ask)
    _clear(page)
    pages[script] = page


def _clear(page: Page) -> None:
    """Leave a page as a new one is."""
    page.emulate_media(media="null", color_scheme="light")
    page.context.clear_cookies()
    page.context.clear_permissions()


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
    """axe-core finds no violation that is serious or critical, on a light screen and on a dark one.

    In the small form a telephone is light and a screen is dark: most pages are looked at in both widths.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found: list[str] = []
    size = page.viewport_size
    dark = size is not None and size["width"] > PHONE
    if LONG or dark:
        page.emulate_media(color_scheme="dark")
        found += _violations(page, {"runOnly": COLOURS} if LONG else {})
    page.emulate_media(color_scheme="light")
    if LONG or not dark:
        found += _violations(page, {})
    assert found == []


def _violations(page: Page, options: dict[str, list[str]]) -> list[str]:
    """Describe what axe-core finds serious or critical."""
    found: list[str] = page.evaluate(
        """async (options) => {
            const {violations} = await axe.run(document, {resultTypes: ["violations"], preload: false, ...options});
            return violations.filter((each) => ["serious", "critical"].includes(each.impact)).flatMap(
                (each) => each.nodes.map((node) => `${each.id}: ${node.target} ${node.failureSummary}`));
        }""",
        options,
    )
    return found
