"""Visits and the sums of their fees, as hospitals report them before they settle.

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(30)),
        sa.Column("institution", sa.String(30), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("care", sa.String(10), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date()),
        sa.Column("med_type", sa.String(6)),
        sa.Column("diagnosis", sa.String(20)),
        sa.Column("opened_by", sa.String(64), nullable=False),
        sa.Column("made", INSTANT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("token_id", sa.Integer()),
        sa.Column("cancelled", INSTANT),
        sa.CheckConstraint("care IN ('inpatient', 'outpatient')", name=op.f("ck_visits_care_is_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("number", name=op.f("uq_visits_number")),
        sa.ForeignKeyConstraint(
            ["institution"], ["institutions.code"], name=op.f("fk_visits_institution_institutions")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_visits_person_id_persons")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_visits_token_id_tokens")),
    )
    op.create_index("ix_visits_opened_by", "visits", ["institution", "opened_by"])
    op.create_index("ix_visits_person", "visits", ["person_id", "institution", "day"])
    op.create_table(
        "fee_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(64)),
        sa.Column("made", INSTANT, nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("outside", "over_limit", "first_paid", "in_scope", "assumed")
        ),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_batches")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_fee_batches_visit_id_visits")),
    )
    op.create_index(op.f("ix_fee_batches_visit_id"), "fee_batches", ["visit_id"])


def downgrade() -> None:
    op.drop_table("fee_batches")
    op.drop_table("visits")
