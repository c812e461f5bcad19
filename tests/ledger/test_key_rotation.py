"""`anda rotate-key`: what is stored is hashed once more, all is found as before, and the old key opens nothing."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli.main import app
from app.db.engine import reading
from app.db.ledger.models import Person, RecordedRead
from app.ledger.event_verification import verify_events
from app.privacy.pseudonyms import PersonPseudonyms
from app.settings import Settings
from tests.support.ledger_desk import SICK, Desk, Json, expect, new_id, problem, stay

IDENTITY = "11010519491231002X"
WEAK = "0" * 32
STRONG = "a second key, of other words than the first"


def _rotate(desk: Desk, **environment: str) -> tuple[int, str]:
    base = {"ANDA_DATABASE_URL": desk.database_url, "ANDA_PERSON_KEY_FILE": str(desk.key)}
    ended = CliRunner().invoke(app, ["rotate-key"], env=base | environment)
    return ended.exit_code, ended.output


def _stored_number(desk: Desk) -> str:
    with reading(desk.engine) as connection:
        return connection.execute(select(Person.number)).scalar_one()


def _is_as_before(desk: Desk, body: Json, made: Json) -> None:
    assert expect(201, desk.post(body)) == made, "the same message has the same answer"
    assert desk.account(body["person"])["settlements"] == 1
    assert desk.post({**body, "message_id": new_id()}).status_code == 409
    assert desk.post({**body, "bill": {"total": "1.00", "in_scope": "1.00"}}).status_code == 422
    found = desk.ask("county", "GET", "/v1/settlements", params={"visit_id": body["visit_id"]}).json()["items"]
    assert [each["id"] for each in found] == [made["id"]]


@pytest.mark.each_database
def test_a_rotated_key_finds_everybody_and_the_old_one_is_refused(empty_desk: Desk, tmp_path: Path) -> None:
    desk = empty_desk
    body = stay(desk.person(*SICK), visit_id=IDENTITY)
    made = expect(201, desk.post(body))
    expect(200, desk.ask("county", "POST", "/v1/persons/lookup", json={"person": body["person"]}))
    before, old = _stored_number(desk), tmp_path / "old.key"
    shutil.copy(desk.key, old)
    for generation in (2, 3):
        code, said = _rotate(desk)
        assert (code, f"The key has {generation} generations now" in said) == (0, True), said
        assert len(desk.key.read_text().split()) == generation
        assert list(tmp_path.glob("*.next")) == []
        with desk.reopened() as again:
            _is_as_before(again, body, made)
        with reading(desk.engine) as connection:
            assert verify_events(connection).faults == [], "the ledger's chain knows what was hashed once more"
            read = set(connection.execute(select(RecordedRead.number).where(RecordedRead.kind == "person")).scalars())
        assert read == {_stored_number(desk)}, "who was looked up is known by the number of now"
    assert _stored_number(desk) not in {before, PersonPseudonyms(None, old).hashed(body["person"])}
    # The service that ran all the while, and one with the key of before.
    assert problem(503, "person-key-unusable", desk.post(stay(body["person"])))
    with desk.reopened(person_key_file=old) as other:
        problem(503, "person-key-unusable", other.ask("county", "GET", f"/v1/persons/{body['person']}"))


def test_a_rotation_that_breaks_off_is_taken_up_where_it_was(
    empty_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = empty_desk
    body = stay(desk.person(*SICK))
    made = expect(201, desk.post(body))
    with monkeypatch.context() as broken:
        broken.setattr("app.cli.rotate_key._rewrite", _break_off)
        assert _rotate(desk)[0] == 1
    following = tmp_path / "anda.key.next"
    prepared = following.read_text()
    with desk.reopened() as again:
        _is_as_before(again, body, made)
    with monkeypatch.context() as broken:
        broken.setattr("app.cli.rotate_key.put_in_place", _break_off)
        assert _rotate(desk)[0] == 1
    assert following.read_text() == prepared, "the generation that was prepared is the one that is used"
    code, said = _rotate(desk)
    assert (code, "the store had it already" in said) == (0, True)
    assert desk.key.read_text() == prepared
    with desk.reopened() as again:
        _is_as_before(again, body, made)


def _break_off(*_: object) -> int:
    raise OSError("broken off")


def test_a_key_that_is_given_rotates_to_its_last_line_also_from_one_that_could_be_guessed(
    empty_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = empty_desk
    with monkeypatch.context() as earlier:
        earlier.setattr("app.settings.weakness_of_key", lambda _: None)
        with desk.reopened(person_key=WEAK) as weak:
            body = stay(weak.person(*SICK))
            made = expect(201, weak.post(body))
        unchanged = _rotate(desk, ANDA_PERSON_KEY=WEAK)
    assert (unchanged[0], "add the new generation as the last line" in unchanged[1]) == (1, True)
    other = _rotate(desk, ANDA_PERSON_KEY=f"{STRONG}\n{STRONG} again")
    assert (other[0], "begun with" in other[1]) == (1, True)
    code, said = _rotate(desk, ANDA_PERSON_KEY=f"{WEAK}\n{STRONG}\n")
    assert (code, "2 generations" in said) == (0, True), said
    Settings(person_key=f"{WEAK}\n{STRONG}")
    with desk.reopened(person_key=f"{WEAK}\n{STRONG}") as again:
        _is_as_before(again, body, made)
