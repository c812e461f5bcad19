"""A hospital's day as the guide shows it: every message is sent, and every answer is held against the page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from starlette.testclient import TestClient

from app.http.exact_json import loads
from app.main import create_app
from app.national.texts import sentences
from app.national.transactions import TRANSACTIONS
from app.settings import Settings
from tests.support.client import InProcessClient

from .pages import ROOT, blocks, rows, text
from .test_commands import registers, run_here

PAGES = ("docs/how-to/hospital-day.md", "docs/zh/how-to/hospital-day.md")
PAGE = PAGES[0]

Json = dict[str, Any]


class Call(NamedTuple):
    """A message of the page, and what the page shows of its answer."""

    sent: Json
    shown: Json


def day(page: str) -> list[Call]:
    """The messages of a page in their order, each with the envelope of the first."""
    listed: list[Any] = [loads(block.encode()) for block in blocks(page, "json")]
    requests, answers = listed[::2], listed[1::2]
    inputs: Json = {}
    for request in requests:
        same = re.fullmatch(r"= (M\d+)", str(request["input"]))
        request["input"] = inputs.setdefault(request["msgid"], inputs[same[1]] if same else request["input"])
    return [Call({**requests[0], **sent}, shown) for sent, shown in zip(requests, answers, strict=True)]


def differences(shown: Any, real: Any, place: str = "") -> Iterator[str]:
    """Where an answer is not as the page shows it.

    The page leaves out fields, and rows at the end of a list, and writes … for what changes.
    """
    if isinstance(shown, dict) and isinstance(real, dict):
        for name, value in shown.items():
            yield from differences(value, real.get(name), f"{place}/{name}")
    elif isinstance(shown, list) and isinstance(real, list) and len(shown) <= len(real):
        for number, (one, other) in enumerate(zip(shown, real, strict=False)):
            yield from differences(one, other, f"{place}/{number}")
    elif shown != real and not (shown == "…" and real):
        yield f"{place}: shown {shown!r}, answered {real!r}"


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[TestClient]:
    """The health centre of the page, set up by the page's own commands."""
    registers(tmp_path, PAGE)
    *commands, serve = blocks(PAGE, "sh")[0].splitlines()
    stated = dict(re.findall(r"ANDA_(\w+)=(\S+)", serve))
    address, key = f"sqlite:///{tmp_path / 'anda.db'}", tmp_path / "anda.key"
    printed = run_here(tmp_path, commands, ANDA_DATABASE_URL=address, ANDA_PERSON_KEY_FILE=str(key))
    (token,) = re.findall(r"^anda_\S+$", printed, re.MULTILINE)
    settings = Settings(
        database_url=address,
        access_log=False,
        person_key_file=key,
        today=stated["TODAY"],
        national_scope=ROOT / "docs/examples" / stated["NATIONAL_SCOPE"],
    )
    with InProcessClient(create_app(settings), headers={"apikey": token}) as client:
        yield client


def test_the_day_is_answered_as_the_page_shows(hospital: TestClient) -> None:
    wrong = []
    for sent, shown in day(PAGE):
        answer = hospital.post("/fsi/callService", json=sent)
        wrong += [f"{sent['msgid']}{each}" for each in differences(shown, loads(answer.content))]
    assert wrong == []


def test_both_pages_show_the_same_day_which_holds_the_work_of_a_hospital() -> None:
    one, other = (day(page) for page in PAGES)
    assert one == other
    for language in ("sh", "csv"):
        assert blocks(PAGES[0], language) == blocks(PAGES[1], language)
    sent = {call.sent["infno"] for call in one}
    assert sent - set(TRANSACTIONS) == {"2102"}, "one that is refused by its name"
    assert sent >= {"9001", "1101", "2401", "2301", "2402", "2303", "2304", "2305", "2405", "3201", "9002"}
    assert sent >= {"2201", "2203", "2204", "2206", "2207", "2601"}


def test_a_refusal_of_the_table_is_one_that_the_service_says() -> None:
    said = [template for (topic, _), template in sentences().items() if topic == "refusals"]
    for page in PAGES:
        (*_, table) = re.split(r"^\| `err_msg` .*$", text(page), flags=re.MULTILINE)
        named = [row[0] for row in rows(table.partition("\n\n#")[0])]
        assert len(named) > 10
        assert [each for each in named if not any(template.startswith(each) for template in said)] == []
