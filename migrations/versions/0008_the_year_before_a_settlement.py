"""The year before a settlement stands in columns; for what is stored it is taken once from the stored answers.

A reversal has none.

Revision: 0008, after 0007
"""

import json
import zlib
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TYPES: dict[str, sa.Integer | sa.JSON] = {
    "settlements_before": sa.Integer(),
    "admissions_before": sa.Integer(),
    "admissions_at_before": sa.JSON(),
    "counted_before": sa.JSON(),
    "paid_before": sa.JSON(),
}
SETTLEMENTS = sa.table(
    "settlements",
    *map(sa.column, ("id", "kind", "answer")),
    *(sa.column(name, of_type) for name, of_type in TYPES.items()),
)

AT_ONCE = 1_000
"""Rows that are read and written together."""


def upgrade() -> None:
    for name, of_type in TYPES.items():
        op.add_column("settlements", sa.Column(name, of_type))
    connection = op.get_bind()
    statement = sa.select(SETTLEMENTS.c.id, SETTLEMENTS.c.answer).where(SETTLEMENTS.c.kind == "settlement")
    change = (
        sa.update(SETTLEMENTS)
        .where(SETTLEMENTS.c.id == sa.bindparam("number"))
        .values({name: sa.bindparam(f"new_{name}") for name in TYPES})
    )
    last = 0
    while rows := connection.execute(
        statement.where(SETTLEMENTS.c.id > last).order_by(SETTLEMENTS.c.id).limit(AT_ONCE)
    ).all():
        connection.execute(change, [{"number": row.id, **_year_before(row.answer)} for row in rows])
        last = rows[-1].id


def downgrade() -> None:
    for name in reversed(TYPES):
        op.drop_column("settlements", name)


def _year_before(answer: bytes) -> Mapping[str, object]:
    """Read the year before a settlement out of its stored answer, whichever language; amounts in fen."""
    before = json.loads(zlib.decompress(answer).partition(b"\n")[0])["year_to_date"]["before"]
    layers = before["layers"].items()
    return {
        "new_settlements_before": before["settlements"],
        "new_admissions_before": before["admissions"],
        "new_admissions_at_before": before["admissions_by_level"],
        "new_counted_before": {layer: _fen(amounts["base"]) for layer, amounts in layers},
        "new_paid_before": {layer: _fen(amounts["paid"]) for layer, amounts in layers},
    }


def _fen(yuan: str) -> int:
    """Read an amount that was written with two decimals."""
    return int(yuan.replace(".", ""))
