"""A headless Chromium, and the service on a port of its own, for screenshots and for tests of pages."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from app.main import create_app
from app.settings import Settings

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
)
"""The arguments of Chromium: no calls to the network, no sandbox, so that root can run it in a container, and one
process for all pages, since starting another takes longer than drawing a page."""

LONGEST_START = 30
"""The limit in seconds for the start of the service."""


def installed() -> str | None:
    """Return the path of Chromium; None where it is not installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium. FileNotFoundError where none is installed."""
    path = installed()
    if path is None:
        raise FileNotFoundError(f"none of {', '.join(NAMES)} is installed; Debian's package is called chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


def submit(page: Page, button: str) -> None:
    """Press the first matching button or link, and wait for the next page."""
    with page.expect_navigation():
        page.locator(button).first.click()


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve the application in a thread over a migrated store; yield its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings), log_config=None, access_log=False, ws="none", server_header=False)
        )
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        serving.start()
        until = time.monotonic() + LONGEST_START
        while not server.started:
            if not serving.is_alive() or time.monotonic() > until:
                raise RuntimeError("the service does not start")
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            serving.join(LONGEST_START)
