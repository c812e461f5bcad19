"""Answers to an Idempotency-Key have a keyed fingerprint of their request, with the key's version, and expire.

Those of before have none: their fingerprint is unkeyed until they expire.

Revision: 0020, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("replies", sa.Column("version", sa.Integer()))
    op.create_index(op.f("ix_replies_made"), "replies", ["made"])


def downgrade() -> None:
    """Take out the answers whose fingerprint nobody can compare any more."""
    replies = sa.table("replies", sa.column("version"))
    op.execute(sa.delete(replies).where(replies.c.version.is_not(None)))
    op.drop_index(op.f("ix_replies_made"), "replies")
    op.drop_column("replies", "version")
