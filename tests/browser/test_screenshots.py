"""The pictures of the documentation can be taken, and show something."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.scale import LONG, chosen
from tools.screenshots.__main__ import photograph
from tools.screenshots.county import County, demo_county
from tools.screenshots.pictures import PICTURES


@pytest.fixture(scope="module")
def county(request: pytest.FixtureRequest) -> Iterator[County]:
    """The county of the pictures; in the small form the one that the other tests share, which is the same."""
    if LONG:
        with demo_county() as served:
            yield served
    else:
        yield County(request.getfixturevalue("site"), [])


# The interview is walked in test_pages as well.
@pytest.mark.slow
@pytest.mark.parametrize("name", chosen(sorted(PICTURES.keys() - {"interview"}), list(PICTURES)))
def test_a_picture_can_be_taken(browser: Browser, county: County, name: str, tmp_path: Path) -> None:
    # The first is English; the Chinese one comes of the same pages.
    taken = next(photograph(browser, county, name, tmp_path)).read_bytes()
    assert taken.startswith(b"\x89PNG")
    assert len(taken) > 10_000
