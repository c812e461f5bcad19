"""A real Chromium for the tests of the pages. They skip where none is installed, and say so."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from app.settings import Settings
from tests.support.demo_store import Demo, demo_in
from tests.support.service import client, settings
from tools.screenshots.browser import chromium, installed, served

__all__ = ["client", "settings"]


# Not of the whole session: while Playwright is there, no test of the same thread can run an event loop of its own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A Chromium that every test of the pages shares; what they do in it, each does in a context of its own."""
    if installed() is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def address(settings: Settings) -> Iterator[str]:
    """The address of the service over the store that the tests share, for pages that need nothing in it.

    A page that does serves a store of its own: `with served(Settings(...)) as address`.
    """
    with served(settings) as found:
        yield found


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo's county in a store that the tests of a process share."""
    return demo_in(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="package")
def site(demo: Demo) -> Iterator[str]:
    """The address of the service over the demo's county."""
    with served(demo.settings) as found:
        yield found
