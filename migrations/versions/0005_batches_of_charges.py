"""An outpatient's batch of charges stands on the settlement, as a keyed hash: each batch of a visit is settled once.

A settlement's answer is kept in both languages. One of before was kept in one, which from now on stands for both. The
note before a message's answer, which held the batch in the open, goes; that batch is known no more.

Revision: 0005, after 0004
"""

import zlib
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SETTLEMENTS = sa.table("settlements", *map(sa.column, ("id", "kind", "answer")))
MESSAGES = sa.table("messages", *map(sa.column, ("institution", "interface", "message_id", "answer")))
WRITTEN = {
    "settlements": SETTLEMENTS.c.kind == "settlement",
    "messages": MESSAGES.c.answer.is_not(None) & MESSAGES.c.interface.not_like("%-"),
}
"""Which answers are written anew: a reversal's own is empty, and a message that was refused (`2304-`) has no note."""

SEPARATOR = b"\n"


def upgrade() -> None:
    op.add_column("settlements", sa.Column("batch", sa.String(64)))
    _rewrite(SETTLEMENTS, lambda answer: answer + SEPARATOR + answer)
    _rewrite(MESSAGES, lambda answer: answer.partition(SEPARATOR)[2])


def downgrade() -> None:
    _rewrite(SETTLEMENTS, lambda answer: answer.partition(SEPARATOR)[0])
    _rewrite(MESSAGES, lambda answer: b"{}" + SEPARATOR + answer)
    op.drop_column("settlements", "batch")


def _rewrite(table: sa.TableClause, written: Callable[[bytes], bytes]) -> None:
    connection = op.get_bind()
    key = [column for column in table.columns if column.name != "answer"]
    for row in connection.execute(sa.select(table).where(WRITTEN[table.name])).all():
        answer = zlib.compress(written(zlib.decompress(row.answer)))
        which = [column == value for column, value in zip(key, row, strict=False)]
        connection.execute(sa.update(table).where(*which).values(answer=answer))
