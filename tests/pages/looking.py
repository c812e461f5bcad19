"""How a page is looked at in a real browser, and what must hold for every page."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

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


def accessible(page: Page) -> None:
    """axe-core finds no violation that is serious or critical."""
    found = Axe().run(page).response["violations"]
    grave = [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
    assert grave == []
