"""Settlements keep what they were calculated from, and may be corrected when an earlier one is rebooked.

The facts of the earlier settlements are taken once from the stored answers.

Revision: 0024, after 0023
"""

import datetime as dt
import json
import zlib
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.db.ledger import events

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

FACTS: dict[str, sa.Boolean | sa.String | sa.JSON] = {
    "in_register": sa.Boolean(),
    "registration": sa.String(22),
    "major_disease": sa.Boolean(),
    "chronic_disease": sa.Boolean(),
    "unreferred": sa.Boolean(),
    "adjudicated": sa.JSON(none_as_null=True),
    "readings": sa.JSON(none_as_null=True),
}
SETTLEMENTS = sa.table(
    "settlements",
    *map(sa.column, ("id", "kind", "answer")),
    *(sa.column(name, of_type) for name, of_type in FACTS.items()),
)
INDICES = {
    "ix_settlements_corrects": ("corrects", "corrects IS NOT NULL"),
    "ix_settlements_rebooking": ("rebooking", "rebooking IS NOT NULL"),
    "ix_settlements_changes": ("made", "kind <> 'settlement'"),
    "ix_settlements_annulled": ("annulled", "annulled IS NOT NULL"),
}
LINKS = ("corrects", "rebooking")

AT_ONCE = 500
"""Rows that are read and written together, and stand in one event."""


def upgrade() -> None:
    for name in LINKS:
        op.add_column("settlements", sa.Column(name, sa.Integer()))
    for name, of_type in FACTS.items():
        op.add_column("settlements", sa.Column(name, of_type))
    op.add_column("settlements", sa.Column("working", sa.LargeBinary()))
    for name, (column, condition) in INDICES.items():
        where = sa.text(condition)
        op.create_index(op.f(name), "settlements", [column], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "rebookings",
        sa.Column("reversal_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("settlement_id", sa.Integer(), nullable=False),
        sa.Column("undone", sa.DateTime(timezone=True)),
        sa.Column("undone_token_id", sa.Integer()),
        sa.PrimaryKeyConstraint("reversal_id", name=op.f("pk_rebookings")),
        sa.ForeignKeyConstraint(
            ["reversal_id"], ["settlements.id"], name=op.f("fk_rebookings_reversal_id_settlements")
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlements.id"], name=op.f("fk_rebookings_settlement_id_settlements")
        ),
        sa.ForeignKeyConstraint(["undone_token_id"], ["tokens.id"], name=op.f("fk_rebookings_undone_token_id_tokens")),
    )
    op.create_index(op.f("ix_rebookings_settlement_id"), "rebookings", ["settlement_id"])
    _take_facts(op.get_bind())


def downgrade() -> None:
    """Go back. ValueError where a settlement has been rebooked, whose corrections earlier releases do not count."""
    connection = op.get_bind()
    if connection.execute(sa.text("SELECT 1 FROM rebookings LIMIT 1")).first() is not None:
        raise ValueError("settlements have been rebooked, which earlier releases do not know")
    op.drop_table("rebookings")
    for name in INDICES:
        op.drop_index(op.f(name), "settlements")
    for name in ("working", *reversed(FACTS), *LINKS):
        op.drop_column("settlements", name)
    last = 0
    while numbers := connection.execute(_after(sa.select(SETTLEMENTS.c.id), last)).scalars().all():
        _note(connection, numbers)
        last = numbers[-1]


def _take_facts(connection: sa.Connection) -> None:
    change = (
        sa.update(SETTLEMENTS)
        .where(SETTLEMENTS.c.id == sa.bindparam("number"))
        .values({name: sa.bindparam(f"new_{name}", type_=of_type) for name, of_type in FACTS.items()})
    )
    last = 0
    while rows := connection.execute(_after(sa.select(SETTLEMENTS.c.id, SETTLEMENTS.c.answer), last)).all():
        connection.execute(change, [{"number": row.id, **_facts(row.answer)} for row in rows])
        _note(connection, [row.id for row in rows])
        last = rows[-1].id


def _after(statement: sa.Select[Any], last: int) -> sa.Select[Any]:
    settlements = statement.where(SETTLEMENTS.c.kind == "settlement", SETTLEMENTS.c.id > last)
    return settlements.order_by(SETTLEMENTS.c.id).limit(AT_ONCE)


def _note(connection: sa.Connection, numbers: Any) -> None:
    """Let the ledger's chain say what is changed."""
    events.append_migrated(
        connection, dt.datetime.now(dt.UTC), [("settlements", {"id": number}) for number in numbers], []
    )


def _facts(answer: bytes) -> Mapping[str, object]:
    """Read the facts of a settlement out of its stored answer, whichever language; amounts in fen."""
    content = json.loads(zlib.decompress(answer).partition(b"\n")[0])
    layers = content["reimbursement"]["layers"]
    reasons = {reason["code"] for layer in layers for reason in layer["reasons"]}
    adjudicated = {each["layer"]: _fen(each["paid"]) for each in layers if each["outcome"] == "adjudicated"}
    person = content["person"]
    return {
        **{f"new_{name}": person[name] for name in ("in_register", "registration", "major_disease", "chronic_disease")},
        "new_unreferred": "unreferred_care" in reasons,
        "new_adjudicated": adjudicated or None,
        "new_readings": content["reimbursement"]["readings"],
    }


def _fen(yuan: str) -> int:
    """Read an amount that was written with two decimals."""
    return int(yuan.replace(".", ""))
