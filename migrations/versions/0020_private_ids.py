"""Ids of visits and messages that are a person's own number are stored as keyed hashes, and masked in what is stored.

Where there are any, the key of the persons' numbers is needed, as the service is given it.

Revision: 0020, after 0019
"""

import datetime as dt
import json
import zlib
from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

from app.db.ledger import events
from app.ledger.person_key import PersonKey
from app.privacy.private_ids import is_private_id
from app.privacy.pseudonyms import person_pseudonyms
from app.privacy.redaction import REPLACEMENT
from app.settings import Settings

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SETTLEMENTS = sa.table("settlements", *map(sa.column, ("id", "visit_id", "message_id", "answer")))
MESSAGES = sa.table(
    "messages", *map(sa.column, ("institution", "interface", "message_id", "settlement_id", "answer", "statement"))
)
V1_FIELDS = ("visit_id", "message_id")
NATIONAL_FIELDS = ("mdtrt_id", "medins_setl_id")
SHORTEST, LONGEST = 16, 19
"""Characters of the numbers that are private."""


def upgrade() -> None:
    connection = op.get_bind()
    private = _settlements(connection)
    messages = _messages(connection, private)
    if not private and not messages:
        return
    key = PersonKey(person_pseudonyms(Settings()))
    key.check(connection, writing=True)
    for number, visit_id, message_id in private:
        its = SETTLEMENTS.c.id == number
        answer = connection.execute(sa.select(SETTLEMENTS.c.answer).where(its)).scalar_one()
        values = {
            "visit_id": key.stored_id(visit_id),
            "message_id": key.stored_id(message_id),
            "answer": _masked(answer, V1_FIELDS, (visit_id, message_id)),
        }
        connection.execute(sa.update(SETTLEMENTS).where(its).values(values))
    for institution, interface, message_id, visit_id in messages:
        its = (
            (MESSAGES.c.institution == institution)
            & (MESSAGES.c.interface == interface)
            & (MESSAGES.c.message_id == message_id)
        )
        answer, statement = connection.execute(sa.select(MESSAGES.c.answer, MESSAGES.c.statement).where(its)).one()
        values = {
            "message_id": key.stored_id(message_id),
            "answer": _masked(answer, NATIONAL_FIELDS, (visit_id, message_id)),
            "statement": _masked(statement, NATIONAL_FIELDS, (visit_id, message_id)),
        }
        connection.execute(sa.update(MESSAGES).where(its).values(values))
    _note(connection, key, [number for number, *_ in private], [each[:3] for each in messages])


def _note(
    connection: sa.Connection, key: PersonKey, private: Iterable[int], messages: Iterable[tuple[str, str, str]]
) -> None:
    """Let the ledger's chain say what is changed."""
    changed: list[tuple[str, dict[str, object]]] = [("settlements", {"id": number}) for number in private]
    removed: list[tuple[str, dict[str, object]]] = []
    for institution, interface, message_id in messages:
        its: dict[str, object] = {"institution": institution, "interface": interface}
        removed.append(("messages", its | {"message_id": message_id}))
        changed.append(("messages", its | {"message_id": key.stored_id(message_id)}))
    events.append_migrated(connection, dt.datetime.now(dt.UTC), changed, removed)


def downgrade() -> None:
    """Leave the hashes: nobody can undo them, and whoever looks for such an id by itself finds nothing."""


def _settlements(connection: sa.Connection) -> list[tuple[int, str, str]]:
    """List the settlements with a private id: their numbers, visits and messages."""
    columns = (SETTLEMENTS.c.visit_id, SETTLEMENTS.c.message_id)
    long = sa.or_(*(sa.func.length(column).between(SHORTEST, LONGEST) for column in columns))
    rows = connection.execute(sa.select(SETTLEMENTS.c.id, *columns).where(long)).all()
    return [(number, *ids) for number, *ids in rows if any(map(is_private_id, ids))]


def _messages(connection: sa.Connection, private: Iterable[tuple[int, str, str]]) -> list[tuple[str, str, str, str]]:
    """List the messages with a private id, or whose settlement has one, each with its visit, empty without one."""
    visits = {number: visit_id for number, visit_id, _ in private}
    columns = (MESSAGES.c.institution, MESSAGES.c.interface, MESSAGES.c.message_id, MESSAGES.c.settlement_id)
    rows = connection.execute(sa.select(*columns)).all()
    return [
        (institution, interface, message_id, visits.get(number, ""))
        for institution, interface, message_id, number in rows
        if is_private_id(message_id) or is_private_id(visits.get(number, ""))
    ]


def _masked(packed: bytes | None, fields: Iterable[str], ids: Iterable[str]) -> bytes | None:
    """Mask the private ids in what is stored as compressed JSON, of no blanks."""
    if not packed:
        return packed
    text = zlib.decompress(packed)
    for name, value in zip(fields, ids, strict=True):
        if is_private_id(value):
            text = text.replace(_member(name, value), _member(name, REPLACEMENT))
    return zlib.compress(text)


def _member(name: str, value: str) -> bytes:
    return json.dumps({name: value}, ensure_ascii=False, separators=(",", ":"))[1:-1].encode()
