"""Persons and institutions have a county, persons pass from one to another, and the city may have a token.

A person of before has no county until one writes. An institution of before lies where the six digits in its code say.

Revision: 0011, after 0010
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
INSTITUTIONS = sa.table("institutions", *map(sa.column, ("code", "place")))
TOKENS = sa.table("tokens", *map(sa.column, ("place",)))
DIGITS = "ck_tokens_place_is_a_division"


def upgrade() -> None:
    op.add_column("persons", sa.Column("county", sa.String(6)))
    op.create_index(op.f("ix_persons_county"), "persons", ["county"])
    op.add_column("institutions", sa.Column("place", sa.String(6)))
    op.create_index(op.f("ix_institutions_place"), "institutions", ["place"])
    with op.batch_alter_table("tokens") as tokens:
        tokens.drop_constraint(op.f(DIGITS), type_="check")
        tokens.create_check_constraint(op.f(DIGITS), "length(place) IN (4, 6, 9, 12)")
    op.create_table(
        "transfers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("from_county", sa.String(6), nullable=False),
        sa.Column("to_county", sa.String(6), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("made", INSTANT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("taken_back", INSTANT),
        sa.Column("taken_back_token_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_transfers_person_id_persons")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_transfers_token_id_tokens")),
        sa.ForeignKeyConstraint(
            ["taken_back_token_id"], ["tokens.id"], name=op.f("fk_transfers_taken_back_token_id_tokens")
        ),
    )
    op.create_index(op.f("ix_transfers_person_id"), "transfers", ["person_id"])
    connection = op.get_bind()
    for code in connection.execute(sa.select(INSTITUTIONS.c.code)).scalars().all():
        if digits := re.search(r"[0-9]{6}", code, re.ASCII):
            its = sa.update(INSTITUTIONS).where(INSTITUTIONS.c.code == code)
            connection.execute(its.values(place=digits[0]))


def downgrade() -> None:
    """Go back. ValueError where the city has a token, which would become nobody's."""
    city = sa.select(TOKENS.c.place).where(sa.func.length(TOKENS.c.place) == 4).limit(1)
    if op.get_bind().execute(city).first() is not None:
        raise ValueError("the city has a token, which earlier releases do not know")
    op.drop_table("transfers")
    with op.batch_alter_table("tokens") as tokens:
        tokens.drop_constraint(op.f(DIGITS), type_="check")
        tokens.create_check_constraint(op.f(DIGITS), "length(place) IN (6, 9, 12)")
    op.drop_index(op.f("ix_institutions_place"), "institutions")
    op.drop_column("institutions", "place")
    op.drop_index(op.f("ix_persons_county"), "persons")
    op.drop_column("persons", "county")
