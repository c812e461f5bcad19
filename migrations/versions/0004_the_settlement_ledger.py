"""The settlement ledger: institutions, persons, settlements, accounts, purses, messages; tokens of hospitals.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
FEN = sa.BigInteger()
AMOUNTS = (
    "total",
    "in_scope",
    "basic_insurance",
    "critical_illness",
    "civil_relief",
    "major_disease_fund",
    "supplementary_insurance",
    "guarantee",
    "lump_sum",
    "out_of_pocket",
)


def upgrade() -> None:
    op.create_table(
        "institutions",
        sa.Column("code", sa.String(30), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("changed", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_institutions")),
    )
    with op.batch_alter_table("tokens") as tokens:
        tokens.alter_column("place", existing_type=sa.String(12), nullable=True)
        tokens.add_column(sa.Column("institution", sa.String(30)))
        tokens.create_foreign_key(op.f("fk_tokens_institution_institutions"), "institutions", ["institution"], ["code"])
        tokens.create_check_constraint(
            op.f("ck_tokens_place_or_institution"), "(place IS NULL) <> (institution IS NULL)"
        )
    _persons()
    _settlements()


def _persons() -> None:
    op.create_table(
        "persons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("compensated_by", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("number", name=op.f("uq_persons_number")),
    )
    op.create_table(
        "standings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(22), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date()),
        sa.Column("written", INSTANT, nullable=False),
        sa.Column("token_id", sa.Integer()),
        sa.Column("replaced", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standings")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_standings_person_id_persons")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_standings_token_id_tokens")),
    )
    op.create_index("ix_standings_person", "standings", ["person_id", "replaced"])
    op.create_table(
        "ledger_keys",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("check", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_keys")),
    )


def _settlements() -> None:
    op.create_table(
        "settlements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("reverses", sa.Integer()),
        sa.Column("reversed_by", sa.Integer()),
        sa.Column("annulled", INSTANT),
        sa.Column("institution", sa.String(30), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(64), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("made", INSTANT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("token_id", sa.Integer()),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("care", sa.String(10), nullable=False),
        sa.Column("insurance", sa.String(6)),
        *(sa.Column(name, FEN, nullable=False) for name in AMOUNTS),
        sa.Column("counted", sa.JSON(), nullable=False),
        sa.Column("accident", sa.Boolean(), nullable=False),
        sa.Column("interim", sa.Boolean(), nullable=False),
        sa.Column("purse", sa.Date()),
        sa.Column("edition", sa.String(40), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlements")),
        sa.ForeignKeyConstraint(["reverses"], ["settlements.id"], name=op.f("fk_settlements_reverses_settlements")),
        sa.ForeignKeyConstraint(
            ["institution"], ["institutions.code"], name=op.f("fk_settlements_institution_institutions")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_settlements_person_id_persons")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_settlements_token_id_tokens")),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses IS NOT NULL)", name=op.f("ck_settlements_a_reversal_reverses")
        ),
    )
    op.create_index("ix_settlements_reverses", "settlements", ["reverses"])
    op.create_index("ix_settlements_visit", "settlements", ["institution", "visit_id"])
    op.create_index("ix_settlements_message", "settlements", ["institution", "message_id"])
    op.create_index("ix_settlements_person_year", "settlements", ["person_id", "year", "id"])
    op.create_index("ix_settlements_institution_day", "settlements", ["institution", "day"])
    op.create_index("ix_settlements_day", "settlements", ["day"])
    op.create_table(
        "accounts",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("admissions", sa.Integer(), nullable=False),
        sa.Column("admissions_at", sa.JSON(), nullable=False),
        sa.Column("counted", sa.JSON(), nullable=False),
        sa.Column("paid", sa.JSON(), nullable=False),
        sa.Column("settlements", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "year", name=op.f("pk_accounts")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_accounts_person_id_persons")),
    )
    op.create_table(
        "purses",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("spent", FEN, nullable=False),
        sa.PrimaryKeyConstraint("first_day", name=op.f("pk_purses")),
        sa.CheckConstraint("spent >= 0", name=op.f("ck_purses_spent_is_not_negative")),
    )
    op.create_table(
        "messages",
        sa.Column("institution", sa.String(30), nullable=False),
        sa.Column("interface", sa.String(12), nullable=False),
        sa.Column("message_id", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("settlement_id", sa.Integer()),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("taken_back", INSTANT),
        sa.Column("made", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("institution", "interface", "message_id", name=op.f("pk_messages")),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlements.id"], name=op.f("fk_messages_settlement_id_settlements")
        ),
    )
    op.create_index("ix_messages_settlement", "messages", ["settlement_id"])


def downgrade() -> None:
    for table in ("messages", "purses", "accounts", "settlements", "ledger_keys", "standings", "persons"):
        op.drop_table(table)
    # A hospital's token means nothing without the ledger.
    op.execute("DELETE FROM tokens WHERE place IS NULL")
    with op.batch_alter_table("tokens") as tokens:
        tokens.drop_constraint(op.f("ck_tokens_place_or_institution"), type_="check")
        tokens.drop_constraint(op.f("fk_tokens_institution_institutions"), type_="foreignkey")
        tokens.drop_column("institution")
        tokens.alter_column("place", existing_type=sa.String(12), nullable=False)
    op.drop_table("institutions")
