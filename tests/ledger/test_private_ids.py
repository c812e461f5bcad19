"""Ids of visits and messages that are a person's own number: kept as a keyed hash, masked, and known again."""

import zlib
from pathlib import Path

import pytest
from alembic import command

from app.db import engine as database
from app.db.engine import reading
from app.errors import PersonKeyUnusableError
from app.ledger import verification
from app.ledger.event_verification import verify_events
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, Json, expect, new_id, stay

CITY = HOSPITALS["city"].code
IDENTITY = "11010519491231002X"
CARD = "6222021234567890128"


def _nowhere(desk: Desk, *numbers: str) -> bool:
    """Whether the store holds none of these numbers, what is packed unpacked."""
    values = [value for rows in desk.rows().values() for row in rows for value in row]
    texts = [_unpacked(value) if isinstance(value, bytes) else str(value) for value in values]
    return not any(number in text for number in numbers for text in texts)


def _unpacked(value: bytes) -> str:
    try:
        return zlib.decompress(value).decode()
    except zlib.error:
        return value.decode("utf-8", "replace")


def _find(desk: Desk, **query: str) -> list[Json]:
    found: list[Json] = expect(200, desk.ask(CITY, "GET", "/v1/settlements", params=query))["items"]
    return found


@pytest.mark.each_database
def test_a_private_id_is_answered_to_its_sender_masked_to_others_and_stored_nowhere(empty_desk: Desk) -> None:
    desk = empty_desk
    body = stay(desk.person(*SICK), visit_id=IDENTITY, message_id=CARD)
    first = desk.post(body)
    made = expect(201, first)
    assert (made["visit_id"], made["message_id"]) == (IDENTITY, CARD)
    assert desk.post(body).content == first.content, "a repeated message has them from its request"
    shown = desk.reread(made)
    assert (shown["visit_id"], shown["message_id"]) == ("…", "…")
    assert [each["id"] for each in _find(desk, visit_id=IDENTITY)] == [made["id"]]
    assert [each["id"] for each in _find(desk, message_id=CARD)] == [made["id"]]
    again = desk.post({**body, "message_id": new_id()})
    assert again.status_code == 409, "the visit is settled, by whichever id"
    changed = desk.post({**body, "bill": {"total": "1.00", "in_scope": "1.00"}})
    assert changed.json()["type"] == "/problems/idempotency-key-reused"
    undone = expect(201, desk.undo(made, message_id=IDENTITY))
    assert (undone["visit_id"], undone["message_id"]) == ("…", IDENTITY)
    assert expect(201, desk.undo(made, message_id=IDENTITY)) == undone
    assert desk.reread(undone)["message_id"] == "…"
    assert _nowhere(desk, IDENTITY, CARD)


def test_ids_of_an_earlier_release_are_hashed_by_the_migration_with_the_key_of_the_store(
    empty_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = empty_desk
    body, other = stay(desk.person(*SICK), visit_id=IDENTITY, message_id=CARD), stay(desk.person())
    with monkeypatch.context() as earlier:
        earlier.setattr("app.privacy.pseudonyms.is_private_id", lambda _: False)
        first, kept = expect(201, desk.post(body)), desk.settle(other)
    assert not _nowhere(desk, IDENTITY, CARD)
    _go_back(desk, "0019")
    monkeypatch.setenv("ANDA_PERSON_KEY_FILE", str(tmp_path / "another.key"))
    with pytest.raises(PersonKeyUnusableError):
        database.migrate(desk.engine)
    monkeypatch.setenv("ANDA_PERSON_KEY_FILE", str(desk.key))
    database.migrate(desk.engine)
    assert _nowhere(desk, IDENTITY, CARD)
    with reading(desk.engine) as connection:
        assert verify_events(connection).faults == [], "the ledger's chain knows what the migration changed"
        assert list(verification.faults(connection)) == [], "visits are compared under the ids that are stored"
    assert expect(201, desk.post(body)) == first, "it is the same message"
    assert desk.post({**body, "message_id": new_id()}).status_code == 409
    assert desk.reread(kept)["visit_id"] == other["visit_id"]


def _go_back(desk: Desk, revision: str) -> None:
    config = database._config()
    with database._without_foreign_keys(desk.engine) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
