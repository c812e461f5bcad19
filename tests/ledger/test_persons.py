"""The register of persons: written by counties alone, whole and dated; the key that its numbers are hashed with."""

import hashlib
import hmac
import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select

from app.db.engine import reading, writing
from app.db.ledger.models import LedgerKey, Person, PersonStatus
from app.errors import PersonKeyUnusableError
from app.ledger.ledger import Ledger
from app.presenters.reimbursements import ReimbursementPresenter
from app.privacy.pseudonyms import PersonPseudonyms
from app.schemas.responses.persons import PersonAnswer
from app.settings import Settings
from tests.support.forked import Forked
from tests.support.grid import grid
from tests.support.key_process import make_key
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, Json, expect, new_number, problem, status, stay

CITY = HOSPITALS["city"].code
KEY = "a key that a deployment keeps elsewhere"


def standings(desk: Desk, number: str) -> list[Any]:
    """Return all that was ever written of a person, the oldest first."""
    own = PersonPseudonyms(None, desk.key).hashed(number)
    told = select(
        PersonStatus.status, PersonStatus.first_day, PersonStatus.last_day, PersonStatus.token_id, PersonStatus.replaced
    )
    with reading(desk.engine) as connection:
        rows = connection.execute(told.join(Person).where(Person.number == own).order_by(PersonStatus.id))
        return list(rows)


# ---- what is written


def test_what_is_written_is_answered_and_read_back_in_the_order_of_time_without_the_number(desk: Desk) -> None:
    number = new_number()
    later, earlier = status("none", "2018-07-01"), status("registered", "2017-01-01", "2018-06-30")
    written = desk.ask("county", "PUT", f"/v1/persons/{number}", json={"statuses": [later, earlier]})
    TypeAdapter(PersonAnswer).validate_python(answer := expect(200, written))
    assert answer == {"statuses": [earlier, later], "county": "150923", "transfers": []}
    desk.settle(stay(number))
    for who in ("county", CITY):
        shown = desk.ask(who, "GET", f"/v1/persons/{number}")
        assert expect(200, shown) == answer
        assert number not in shown.text + str(shown.headers)


def test_what_is_written_anew_replaces_what_was_known_which_is_kept_as_replaced(desk: Desk) -> None:
    number = desk.person(*SICK)
    desk.register(number, status("none"))
    rows = standings(desk, number)
    assert [(row.status, row.replaced is None) for row in rows] == [
        ("registered", False),
        ("major_disease", False),
        ("none", True),
    ]
    assert len({row.token_id for row in rows}) == 1 and rows[0].token_id is not None
    desk.register(number)
    assert [row.replaced is None for row in standings(desk, number)] == [False] * 3
    assert desk.settle(stay(number))["person"]["in_register"] is False


def test_the_same_written_again_changes_nothing(desk: Desk) -> None:
    number = desk.person(*SICK)
    before = standings(desk, number)
    for _ in range(2):
        desk.register(number, *SICK)
    assert standings(desk, number) == before


def test_two_numbers_are_two_persons_however_alike_they_look(desk: Desk) -> None:
    number = new_number()
    alike = [number, f"{number}0", f"0{number}", f"{number}a", f"{number}b"]
    for each in alike:
        desk.register(each, status("registered", f"2018-01-{alike.index(each) + 1:02}"))
    shown = [desk.ask("county", "GET", f"/v1/persons/{each}").json()["statuses"][0]["from"] for each in alike]
    assert shown == [f"2018-01-{day:02}" for day in range(1, 6)]


def test_a_person_whom_nobody_knows_is_not_found_and_one_who_was_settled_is(desk: Desk) -> None:
    number = new_number()
    for path in (f"/v1/persons/{number}", f"/v1/accounts/{number}/2018"):
        refused = desk.ask("county", "GET", path)
        problem(404, "unknown-person", refused)
        assert number not in refused.text
    desk.settle(stay(number))
    assert desk.ask("county", "GET", f"/v1/persons/{number}").json()["statuses"] == []
    assert desk.account(number)["settlements"] == 1
    assert desk.account(number, 2019)["settlements"] == 0


@grid("year", ["0", "18", "x", "20188888888", "-1"])
def test_a_year_that_is_none_is_not_found_or_holds_nothing(desk: Desk, year: str) -> None:
    person = desk.person(*SICK)
    answer = desk.ask("county", "GET", f"/v1/accounts/{person}/{year}")
    assert answer.status_code == 404 or answer.json()["settlements"] == 0
    assert person not in answer.text


# ---- what is refused


@grid(
    ("statuses", "pointer", "code"),
    [
        ([status("registered"), status("none")], "/statuses/1", "statuses_overlap"),
        (
            [status("registered", "2017-01-01", "2018-06-30"), status("none", "2018-06-30")],
            "/statuses/1",
            "statuses_overlap",
        ),
        (
            [status("none", "2018-06-30"), status("registered", "2017-01-01", "2018-06-30")],
            "/statuses/1",
            "statuses_overlap",
        ),
        (
            [status("registered"), status("none", "2017-05-01", "2017-05-01")],
            "/statuses/1",
            "statuses_overlap",
        ),
        (
            [status("major_disease"), status("registered"), status("major_disease", "2019-01-01")],
            "/statuses/2",
            "statuses_overlap",
        ),
        ([status("registered", "2018-02-01", "2018-01-31")], "/statuses/0/until", "ends_before_start"),
        ([status("poor")], "/statuses/0/status", "literal_error"),
        ([{"status": "none"}], "/statuses/0/from", "missing"),
        ([{**status("none"), "name": "x"}], "/statuses/0/name", "extra_forbidden"),
        ([status("none", "2018-02-29")], "/statuses/0/from", "day_unknown"),
        ([status("none", "2018-2-1")], "/statuses/0/from", "day_format"),
        ([status("none", f"{2017 + at}-01-01", f"{2017 + at}-01-02") for at in range(101)], "/statuses", "too_long"),
        (None, "/statuses", "list_type"),
    ],
)
def test_what_cannot_be_of_a_person_is_refused_at_its_place_and_nothing_changes(
    desk: Desk, statuses: list[Json], pointer: str, code: str
) -> None:
    number = desk.person(*SICK)
    before = standings(desk, number)
    refused = expect(422, desk.ask("county", "PUT", f"/v1/persons/{number}", json={"statuses": statuses}))
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [(pointer, code)]
    assert standings(desk, number) == before


def test_registrations_that_follow_each_other_and_diseases_beside_them_are_accepted(desk: Desk) -> None:
    number = desk.person(
        status("registered", "2017-01-01", "2018-06-30"),
        status("exited_with_policy", "2018-07-01", "2018-07-01"),
        status("none", "2018-07-02"),
        status("major_disease", "2017-06-01", "2018-06-30"),
        status("major_disease", "2018-07-01"),
        status("chronic_disease"),
    )
    assert len(standings(desk, number)) == 6


@grid("number", ["a b", "安达", "1" * 31, "1509+23", "1509%0A23", "1509%2E23"])
def test_what_is_no_number_is_refused_without_repeating_it(desk: Desk, number: str) -> None:
    for answer in (
        desk.ask("county", "PUT", f"/v1/persons/{number}", json={"statuses": []}),
        desk.ask("county", "GET", f"/v1/persons/{number}"),
        desk.ask("county", "GET", f"/v1/accounts/{number}/2018"),
    ):
        refused = problem(422, "validation-error", answer)
        assert [each["pointer"] for each in refused["errors"]] == ["/person"]
        assert refused["instance"] in {"/v1/persons/…", "/v1/accounts/…"}


@grid("who", ["township", "village", CITY, None])
def test_only_a_county_writes_the_register(desk: Desk, who: str | None) -> None:
    number = new_number()
    answer = desk.ask(who, "PUT", f"/v1/persons/{number}", json={"statuses": [status("registered")]})
    problem(401 if who is None else 403, "unauthorized" if who is None else "forbidden", answer)
    assert number not in answer.text
    problem(404, "unknown-person", desk.ask("county", "GET", f"/v1/persons/{number}"))


# ---- the key


def test_a_number_is_stored_as_its_hash_under_the_key_and_as_nothing_else(desk: Desk) -> None:
    number = desk.person(*SICK)
    key = desk.key.read_bytes().strip()
    hashed = hmac.new(key, b"number\0" + number.encode(), hashlib.sha256).hexdigest()
    with reading(desk.engine) as connection:
        (found,) = connection.execute(select(Person.number).where(Person.number == hashed)).scalars()
    assert found != hashlib.sha256(number.encode()).hexdigest()
    assert number not in str(desk.rows())


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "anda.key"
    numbers = PersonPseudonyms(None, file)
    assert not file.exists(), "only where it is needed"
    check = numbers.check()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes()
    assert len(content) == 64
    assert [each.name for each in tmp_path.iterdir()] == ["anda.key"]
    assert PersonPseudonyms(None, file).check() == numbers.check() == check
    assert file.read_bytes() == content
    other = PersonPseudonyms(None, tmp_path / "other.key")
    assert {other.check(), other.hashed("1")}.isdisjoint({check, numbers.hashed("1")})


@pytest.mark.lengthy
def test_processes_that_make_a_key_at_once_have_one_and_the_same(tmp_path: Path) -> None:
    file, ready, go = tmp_path / "key" / "anda.key", tmp_path / "ready", tmp_path / "go"
    for folder in (file.parent, ready):
        folder.mkdir()
    processes = [Forked(tmp_path / f"{at}.log", os.environ, make_key, file, ready / str(at), go) for at in range(4)]
    until = time.monotonic() + 60
    while len(list(ready.iterdir())) < len(processes):
        assert time.monotonic() < until
        time.sleep(0.01)
    go.touch()
    assert [each.wait(60) for each in processes] == [0] * 4
    told = {(tmp_path / f"{at}.log").read_text() for at in range(4)}
    assert told == {PersonPseudonyms(None, file).check() + "\n"}
    assert [each.name for each in file.parent.iterdir()] == ["anda.key"]


def test_a_number_a_request_and_the_check_are_hashed_apart(tmp_path: Path) -> None:
    numbers = PersonPseudonyms(KEY, tmp_path / "anda.key")
    assert len({numbers.hashed(""), numbers.fingerprint(""), numbers.check(), numbers.hashed("\0")}) == 4
    assert list(tmp_path.iterdir()) == [], "a key that is given needs no file"


def test_the_service_keeps_the_key_of_the_setting_and_makes_no_file(empty_desk: Desk, tmp_path: Path) -> None:
    unused = tmp_path / "unused.key"
    with empty_desk.reopened(person_key=KEY, person_key_file=unused) as desk:
        number = desk.person(*SICK)
        desk.settle(stay(number))
        numbers = PersonPseudonyms(KEY, unused)
        with reading(desk.engine) as connection:
            assert connection.execute(select(Person.number)).scalar_one() == numbers.hashed(number)
            assert connection.execute(select(LedgerKey.check)).scalar_one() == numbers.check()
    assert not unused.exists() and not desk.key.exists()


WEAK = {
    "": "fewer than 32 characters",
    "short": "fewer than 32 characters",
    "x" * 31: "fewer than 32 characters",
    "x" * 64: "fewer than 8 different characters",
    "abcdefg" * 9 + "a": "fewer than 8 different characters",
    "a secret of many " * 4: "repeats a shorter text",
}


@grid("key", list(WEAK))
def test_a_key_that_could_be_guessed_is_refused_by_the_settings_and_in_the_file_and_is_not_shown(
    tmp_path: Path, key: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(person_key=key)
    assert refused.value.errors()[0]["loc"] == ("person_key",)
    assert WEAK[key] in refused.value.errors()[0]["msg"]
    file = tmp_path / "anda.key"
    file.write_text(key)
    with pytest.raises(OSError, match=WEAK[key]):
        PersonPseudonyms(None, file).check()
    assert "person_key" not in repr(Settings(person_key=KEY).person_key)
    assert KEY not in repr(Settings(person_key=KEY))


ASKED: list[tuple[str, str, str, Json | None]] = [
    ("county", "PUT", "/v1/persons/150923", {"statuses": [status("registered")]}),
    (CITY, "POST", "/v1/settlements", stay("150923")),
    (CITY, "POST", "/v1/settlements/1/reversal", {"message_id": "x"}),
    ("county", "GET", "/v1/persons/150923", None),
    (CITY, "GET", "/v1/accounts/150923/2018", None),
]
"""All that needs the key."""


def all_are_unavailable(desk: Desk) -> None:
    """Ask for all that needs the key, and be told each time that it is at fault, and not where it is."""
    assert problem(503, "person-key-unusable", desk.ask(None, "GET", "/readyz"))
    for who, method, path, body in ASKED:
        refused = desk.ask(who, method, path, json=body)
        assert "begun with" in problem(503, "person-key-unusable", refused)["detail"]
        assert str(desk.key.parent) not in refused.text


def test_with_another_key_than_the_store_was_begun_with_nothing_is_written_and_nobody_is_found(
    empty_desk: Desk, tmp_path: Path
) -> None:
    empty_desk.settle(stay("150923"))
    with empty_desk.reopened(person_key_file=tmp_path / "other.key") as other:
        before = other.rows()
        for _ in range(2):
            all_are_unavailable(other)
        assert other.rows() == before
        assert other.ask(CITY, "GET", "/v1/settlements/1").status_code == 200, "what holds no number is shown"
    assert empty_desk.account("150923")["settlements"] == 1
    assert not (tmp_path / "other.key").exists(), "no key is made for a store that was begun with another"
    assert empty_desk.ask(None, "GET", "/readyz").status_code == 200


@grid("unusable", ["short", "no such folder"])
def test_the_service_is_not_ready_where_a_key_can_never_be_used(
    empty_desk: Desk, tmp_path: Path, unusable: str
) -> None:
    file = tmp_path / unusable / "anda.key"
    if unusable == "short":
        file.parent.mkdir()
        file.write_text("short")
    with empty_desk.reopened(person_key_file=file) as other:
        problem(503, "person-key-unusable", other.ask(None, "GET", "/readyz"))
    assert empty_desk.ask(None, "GET", "/readyz").status_code == 200, "one will be made"
    assert not empty_desk.key.exists()


def test_a_key_whose_store_was_not_begun_after_all_is_not_trusted(empty_desk: Desk, tmp_path: Path) -> None:
    ledger = empty_desk.ledger()
    other = Ledger(
        ledger.parameters, ReimbursementPresenter(ledger.parameters), PersonPseudonyms(None, tmp_path / "other.key")
    )
    with suppress(ZeroDivisionError), writing(empty_desk.engine) as connection:
        for _ in range(2):
            other.key.check(connection, writing=True)
        raise ZeroDivisionError
    empty_desk.settle(stay("150923"))
    with writing(empty_desk.engine) as connection, pytest.raises(PersonKeyUnusableError):
        other.key.check(connection, writing=True)


@pytest.mark.lengthy
def test_where_the_key_cannot_be_read_the_service_is_unavailable_and_says_nothing_of_the_file(
    empty_desk: Desk, tmp_path: Path
) -> None:
    empty_desk.settle(stay("150923"))
    for unusable in (tmp_path / "no such folder" / "anda.key", tmp_path):
        with empty_desk.reopened(person_key_file=unusable) as other:
            all_are_unavailable(other)


@grid("content", [b"", b"\n", b"short"])
def test_a_file_that_holds_no_key_worth_the_name_is_not_used(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "anda.key"
    file.write_bytes(content)
    with pytest.raises(OSError, match="fewer than 32 characters"):
        PersonPseudonyms(None, file).check()
    assert file.read_bytes() == content
