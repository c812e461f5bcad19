"""Answers to an Idempotency-Key have a keyed fingerprint of their request, with the key's version, and expire.

Those of before have none: their fingerprint is unkeyed until they expire.

Revision: 0019, after 0018
"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from app.db.ledger import events

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("replies", sa.Column("version", sa.Integer()))
    op.create_index(op.f("ix_replies_made"), "replies", ["made"])


def downgrade() -> None:
    """Take out the answers whose fingerprint nobody can compare any more."""
    replies = sa.table("replies", *map(sa.column, ("scope", "key", "version")))
    keyed = replies.c.version.is_not(None)
    connection = op.get_bind()
    keys = connection.execute(sa.select(replies.c.scope, replies.c.key).where(keyed)).mappings().all()
    connection.execute(sa.delete(replies).where(keyed))
    events.append_migrated(connection, dt.datetime.now(dt.UTC), (), [("replies", dict(key)) for key in keys])
    op.drop_index(op.f("ix_replies_made"), "replies")
    op.drop_column("replies", "version")
