"""Requests as public hospital systems send them, byte for byte (`recorded/`), each with its right answer."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from app.http.exact_json import loads
from tests.support.grid import grid
from tests.support.national_desk import CLINIC, HOSPITAL, Desk

FOLDER = Path(__file__).with_name("recorded")

Answer = dict[str, str]

CONVERSATIONS: dict[str, dict[str, Answer]] = yaml.load(
    (FOLDER / "answers.yaml").read_text(encoding="utf-8"),
    yaml.BaseLoader,  # noqa: S506 (it makes texts alone)
)

_NUMBER = re.compile(r"-?[0-9]+\.[0-9]{2}", re.ASCII)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of an answer by its path, places of lists counted from 0."""
    yield path, value
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in entries:
        yield from leaves(each, f"{path}.{name}".removeprefix("."))


class Conversation:
    """What a hospital sends, one request after the other; it remembers what it was given."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.given: dict[str, str] = {}

    def send(self, name: str) -> dict[str, Any]:
        """Send the bytes of a file; return the answer's values by their paths."""
        head, _, body = (FOLDER / f"{name}.http").read_bytes().partition(b"\r\n\r\n")
        institution = CLINIC if CLINIC.encode() in body else HOSPITAL
        self.given["token"] = self.desk.tokens[institution]
        for each, value in self.given.items():
            head, body = (part.replace(f"{{{each}}}".encode(), value.encode()) for part in (head, body))
        line, *headers = head.decode().split("\r\n")
        response = self.desk.client.post(
            line.split()[1], content=body, headers=dict(header.split(": ", 1) for header in headers)
        )
        assert response.status_code == 200, response.text
        found = dict(leaves(loads(response.content)))
        for path in ("output.result.mdtrt_id", "output.setlinfo.setl_id"):
            if path in found:
                self.given.setdefault(path.rpartition(".")[2], found[path])
        return found


def wrong(found: dict[str, Any], right: Answer) -> list[str]:
    """What an answer should say and does not."""
    faults = []
    for path, expected in right.items():
        value = found.get(path, "absent")
        if expected.startswith("~"):
            is_right = expected[1:] in str(value)
        else:
            is_right = str(value) == expected and isinstance(value, Decimal) == bool(_NUMBER.fullmatch(expected))
        if path.endswith(".age"):
            is_right = str(value) == expected
        if not is_right:
            faults.append(f"{path} is {value!r}, not {expected!r}")
    return faults


@grid("who", list(CONVERSATIONS))
def test_a_public_systems_request_has_its_right_answer(desk: Desk, who: str) -> None:
    conversation = Conversation(desk.empty())
    for name, right in CONVERSATIONS[who].items():
        found = conversation.send(name)
        assert wrong(found, right) == [], f"{name}: {found['err_msg']}"


def test_every_recorded_request_has_an_answer() -> None:
    answered = [name for conversation in CONVERSATIONS.values() for name in conversation]
    assert sorted(answered) == sorted(path.stem for path in FOLDER.glob("*.http"))
