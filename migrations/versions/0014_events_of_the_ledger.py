"""The events of the ledger's chain, and the newest of each day.

What is stored already is taken into the chain by `app.db.engine.migrate`, as it is found.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("number", sa.BigInteger()),
        sa.Column("previous", sa.String(64)),
        sa.Column("hash", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_events")),
        sa.UniqueConstraint("number", name=op.f("uq_ledger_events_number")),
        sa.UniqueConstraint("hash", name=op.f("uq_ledger_events_hash")),
        sa.CheckConstraint("(number IS NULL) = (hash IS NULL)", name=op.f("ck_ledger_events_sealed_with_a_hash")),
        sqlite_autoincrement=True,
    )
    unsealed = sa.text("number IS NULL")
    op.create_index(
        "ix_ledger_events_unsealed", "ledger_events", ["id"], sqlite_where=unsealed, postgresql_where=unsealed
    )
    op.create_table(
        "ledger_heads",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_ledger_heads")),
    )


def downgrade() -> None:
    # In the order in which the sealer of a running service locks them.
    op.drop_table("ledger_events")
    op.drop_table("ledger_heads")
