"""Every read of a person, an account or a settlement is on record.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_id", sa.Integer()),
        sa.Column("institution", sa.String(30)),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("interface", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("number", sa.String(64)),
        sa.Column("year", sa.Integer()),
        sa.Column("settlement_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reads")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_reads_token_id_tokens")),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlements.id"], name=op.f("fk_reads_settlement_id_settlements")),
    )
    op.create_index("ix_reads_institution", "reads", ["institution", "at"])
    for column in ("at", "number"):
        op.create_index(op.f(f"ix_reads_{column}"), "reads", [column])


def downgrade() -> None:
    op.drop_table("reads")
