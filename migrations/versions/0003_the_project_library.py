"""The village project library: projects, notices, objections, funds, reports, history, answers kept for repeats.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
FEN = sa.BigInteger()


def upgrade() -> None:
    _projects()
    _notices()
    _records()
    _history()


def _projects() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("place", sa.String(12), nullable=False),
        sa.Column("township", sa.String(9), nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("place_name", sa.String(100)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        sa.Column("construction", sa.String(12), nullable=False),
        sa.Column("starts", sa.Date()),
        sa.Column("ends", sa.Date()),
        sa.Column("responsible_unit", sa.String(200)),
        sa.Column("tasks", sa.Text()),
        sa.Column("budget", FEN, nullable=False),
        sa.Column("households", sa.Integer()),
        sa.Column("persons", sa.Integer()),
        sa.Column("registered_households", sa.Integer()),
        sa.Column("registered_persons", sa.Integer()),
        sa.Column("performance_goals", sa.JSON(), nullable=False),
        sa.Column("participation", sa.Text()),
        sa.Column("poverty_reduction_mechanism", sa.Text()),
        sa.Column("declared", INSTANT, nullable=False),
        sa.Column("changed", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.CheckConstraint("length(place) = 12", name=op.f("ck_projects_place_is_a_village")),
        sa.CheckConstraint("budget > 0", name=op.f("ck_projects_budget_is_above_zero")),
    )
    for column in ("status", "category", "county", "township", "place"):
        op.create_index(f"ix_projects_{column}", "projects", [column, "id"])
    for column in ("county", "township"):
        op.create_index(f"ix_projects_{column}_status", "projects", [column, "status", "id"])
    op.create_table(
        "sources",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("fund", sa.String(100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount", FEN, nullable=False),
        sa.Column("allocated", FEN, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "fund", name=op.f("pk_sources")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_sources_project_id_projects")),
        sa.CheckConstraint("allocated BETWEEN 0 AND amount", name=op.f("ck_sources_allocated_is_within_amount")),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(12), nullable=False),
        sa.Column("township", sa.String(9), nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("posted", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("closed", INSTANT),
        sa.Column("closed_by", sa.String(12)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_notices_project_id_projects")),
        sa.CheckConstraint("last_day > posted", name=op.f("ck_notices_ends_after_it_is_posted")),
        sa.CheckConstraint("(closed IS NULL) = (closed_by IS NULL)", name=op.f("ck_notices_closed_for_a_reason")),
    )
    op.create_index("ix_notices_project", "notices", ["project_id", "id"])
    op.create_index("ix_notices_last_day", "notices", ["last_day", "id"])
    closed = sa.text("closed IS NOT NULL")
    op.create_index("ix_notices_closed", "notices", ["last_day", "id"], sqlite_where=closed, postgresql_where=closed)
    for column in ("county", "township", "place"):
        op.create_index(f"ix_notices_{column}", "notices", [column, "last_day", "id"])
    op.create_table(
        "objections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("made", INSTANT, nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("name", sa.String(100)),
        sa.Column("contact", sa.String(200)),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(9)),
        sa.Column("answer", sa.Text()),
        sa.Column("decided", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
        sa.UniqueConstraint("receipt", name=op.f("uq_objections_receipt")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_objections_notice_id_notices")),
        sa.CheckConstraint("(decided IS NULL) = (outcome IS NULL)", name=op.f("ck_objections_decided_with_an_outcome")),
    )
    op.create_index("ix_objections_notice_id", "objections", ["notice_id"])


def _records() -> None:
    op.create_table(
        "allocations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("fund", sa.String(100), nullable=False),
        sa.Column("amount", FEN, nullable=False),
        sa.Column("document", sa.String(200), nullable=False),
        sa.Column("made", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_allocations_project_id_projects")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_allocations_amount_is_above_zero")),
    )
    op.create_index("ix_allocations_project_id", "allocations", ["project_id"])
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("spent", FEN),
        sa.Column("beneficiaries", sa.JSON()),
        sa.Column("made", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_reports_project_id_projects")),
    )
    op.create_index("ix_reports_project_id", "reports", ["project_id"])
    op.create_table(
        "replies",
        sa.Column("scope", sa.String(40), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_replies")),
    )


def _history() -> None:
    op.create_table(
        "events",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(30), nullable=False),
        sa.Column("actor", sa.String(8), nullable=False),
        sa.Column("level", sa.String(8)),
        sa.Column("place", sa.String(12)),
        sa.Column("token_id", sa.Integer()),
        sa.Column("was", sa.String(20)),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_events")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_events_project_id_projects")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_events_token_id_tokens")),
    )
    op.create_index("ix_events_project", "events", ["project_id", "number"])
    _only_added_to("events")


def _only_added_to(table: str) -> None:
    """Let the database itself refuse to change or delete a row."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are only added to'); END"
            )
        # INSERT OR REPLACE deletes without firing the trigger above.
        there = "EXISTS (SELECT 1 FROM events WHERE number = NEW.number)"
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {there} "
            f"BEGIN SELECT RAISE(ABORT, '{table} are only added to'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} are only added to'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_added_to()"
    )


def downgrade() -> None:
    op.drop_table("events")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION events_only_added_to()")
    for table in ("replies", "reports", "allocations", "objections", "notices", "sources", "projects"):
        op.drop_table(table)
