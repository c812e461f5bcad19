"""Persons have aliases, may prove to be one and be joined; visits are compared without the case of letters.

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
VISIT = "ix_settlements_visit"
PERSONS = sa.table("persons", *map(sa.column, ("id", "joined_to")))
SETTLEMENTS = sa.table("settlements", *map(sa.column, ("visit_id", "visit_key")))


def upgrade() -> None:
    op.add_column("persons", sa.Column("joined_to", sa.Integer()))
    op.create_index(op.f("ix_persons_joined_to"), "persons", ["joined_to"])
    op.create_table(
        "aliases",
        sa.Column("number", sa.String(64), nullable=False),
        _person("person_id"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("written", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_aliases")),
        _of_person("aliases", "person_id"),
    )
    op.create_index(op.f("ix_aliases_person_id"), "aliases", ["person_id"])
    op.create_table(
        "doubles",
        _person("person_id"),
        _person("other_id"),
        sa.Column("found", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "other_id", name=op.f("pk_doubles")),
        _of_person("doubles", "person_id"),
        _of_person("doubles", "other_id"),
    )
    op.create_index(op.f("ix_doubles_other_id"), "doubles", ["other_id"])
    op.create_table(
        "joins",
        sa.Column("id", sa.Integer(), nullable=False),
        _person("person_id"),
        _person("other_id"),
        sa.Column("made", INSTANT, nullable=False),
        sa.Column("token_id", sa.Integer()),
        sa.Column("settlements", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joins")),
        _of_person("joins", "person_id"),
        _of_person("joins", "other_id"),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_joins_token_id_tokens")),
    )
    for column in ("person_id", "other_id"):
        op.create_index(op.f(f"ix_joins_{column}"), "joins", [column])
    op.drop_index(VISIT, "settlements")
    op.add_column("settlements", sa.Column("visit_key", sa.String(64)))
    # The ids of visits are visible ASCII characters, which both databases write as capitals alike.
    op.execute(sa.update(SETTLEMENTS).values(visit_key=sa.func.upper(SETTLEMENTS.c.visit_id)))
    op.create_index(VISIT, "settlements", ["institution", "visit_key"])


def downgrade() -> None:
    """Go back. ValueError where persons were joined, whose settlements would stay with one of them."""
    joined = sa.select(PERSONS.c.id).where(PERSONS.c.joined_to.is_not(None)).limit(1)
    if op.get_bind().execute(joined).first() is not None:
        raise ValueError("persons were joined, which earlier releases do not know")
    op.drop_index(VISIT, "settlements")
    op.drop_column("settlements", "visit_key")
    op.create_index(VISIT, "settlements", ["institution", "visit_id"])
    for table in ("joins", "doubles", "aliases"):
        op.drop_table(table)
    op.drop_index(op.f("ix_persons_joined_to"), "persons")
    op.drop_column("persons", "joined_to")


def _person(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _of_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["persons.id"], name=op.f(f"fk_{table}_{column}_persons"))
