"""What is kept for later requests is bounded in bytes, whatever a client varies."""

import asyncio
import gc
import tracemalloc
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from app.http.problems import ProblemError
from app.i18n import negotiation
from app.presenters.reimbursements import DAYS, MOST_KEPT, ReimbursementPresenter
from app.presenters.written_findings import WrittenFindings
from app.routers.pages.home import file
from app.rules.entitlements.case import Finding
from app.rules.parameters import load, shipped_files
from app.rules.three_valued import Condition
from tests.support.grid import grid


@grid(
    "address",
    [
        f"/{folder}/{name}"
        for folder in ("pages", "documentation-assets")
        for name in ("a" * 300, "%00", "..%2Fbase.html", "no.css")
    ],
)
def test_no_file_is_looked_for_but_those_that_stood_there_at_the_start(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_files_of_the_pages_and_of_the_documentation_are_sent(client: TestClient) -> None:
    for address in ("/pages/anda.css", "/pages/pico.LICENSE.md", "/documentation-assets/swagger-ui.css"):
        assert client.get(address).status_code == 200


def look_for(name: str) -> None:
    """Ask the endpoint for a file that there is not: a client and a URL keep something of their own."""
    with pytest.raises(ProblemError):
        asyncio.run(file(name))


def choose_language(name: str) -> None:
    assert negotiation.choose(f"en,{name}") == "en"


@grid("use", [look_for, choose_language])
def test_a_name_that_never_comes_again_is_not_kept(use: Callable[[str], None]) -> None:
    tracemalloc.start()
    try:
        for number in range(150):
            use(f"{number:06}".ljust(60_000, "a"))
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_long_list_of_languages_is_still_read() -> None:
    assert negotiation.choose("fr, de;q=0.5, en;q=0.4, " + "xx;q=0.1, " * 100_000) == "en"


def test_written_findings_are_thrown_away_when_they_grow_beyond_their_bytes() -> None:
    written = WrittenFindings[int](lambda *_: (b"h" * 5_000, b"t" * 3_000), most_bytes=1_000_000)
    finding = Finding(Condition(True))
    most = 0
    for context in range(20):
        kept = written.of_context(context)
        for number in range(50):
            kept["benefit", number] = (finding, *written.parts(context, "benefit", finding, (str(number),)))
            most = max(most, written.bytes)
            assert written.parts(context, "benefit", finding, (str(number),)) == (b"h" * 5_000, b"t" * 3_000)
    assert 900_000 < most <= 1_000_000
    assert len(written.of_context(0)) == 0, "an early context is forgotten"


def test_every_part_of_an_answer_that_a_request_can_vary_is_kept_within_bounds() -> None:
    parameters = load(shipped_files())
    for readable in (True, False):
        kept = vars(ReimbursementPresenter(parameters, readable=readable)).items()
        most = {name: cache.cache_info().maxsize for name, cache in kept if hasattr(cache, "cache_info")}
        assert most.pop("policy") == DAYS, "one for each day"
        assert len(most) == 6 and set(most.values()) == {MOST_KEPT}
