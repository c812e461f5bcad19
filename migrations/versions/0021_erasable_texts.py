"""Texts of the history and objections have salts, so that they can be erased and nobody can test a guess of them.

An event's note may be replaced by what stands for an erased one, and its changes, under another salt. `anda verify`
holds that against an event that says so. All else stays as it was written.

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

FIXED = (
    *("number", "at", "day", "project_id", "action", "actor", "level", "place", "token_id", "was", "status", "version"),
    *("record", "previous", "hash", "texts"),
)
"""The columns of an event that never change."""

JSON = ("record",)
ERASED = "（已删除）"


def upgrade() -> None:
    for table in ("notices", "objections"):
        op.add_column(table, sa.Column("salt", sa.String(32)))
    op.add_column("events", sa.Column("salt", sa.String(32)))
    op.add_column("events", sa.Column("texts", sa.String(64)))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER events_no_update")
        fixed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)
        op.execute(
            f"CREATE TRIGGER events_no_update BEFORE UPDATE ON events WHEN {fixed} OR NEW.salt IS OLD.salt "
            f"OR NOT (NEW.note IS OLD.note OR NEW.note IS '{ERASED}') "
            "BEGIN SELECT RAISE(ABORT, 'events are only added to'); END"
        )
        return
    op.execute("DROP TRIGGER events_only_added_to ON events")
    op.execute(
        "CREATE TRIGGER events_only_added_to BEFORE DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION events_only_added_to()"
    )
    # JSON can be compared as text only.
    texts = {name: f"{name}::text" if name in JSON else name for name in FIXED}
    fixed = " OR ".join(f"NEW.{text} IS DISTINCT FROM OLD.{text}" for text in texts.values())
    op.execute(
        f"CREATE TRIGGER events_only_erased BEFORE UPDATE ON events FOR EACH ROW WHEN ({fixed} "
        "OR NEW.salt IS NOT DISTINCT FROM OLD.salt "
        f"OR NOT (NEW.note IS NOT DISTINCT FROM OLD.note OR NEW.note IS NOT DISTINCT FROM '{ERASED}')) "
        "EXECUTE FUNCTION events_only_added_to()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER events_no_update")
    else:
        op.execute("DROP TRIGGER events_only_erased ON events")
        op.execute("DROP TRIGGER events_only_added_to ON events")
    op.drop_column("events", "texts")
    op.drop_column("events", "salt")
    for table in ("objections", "notices"):
        op.drop_column(table, "salt")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER events_no_update BEFORE UPDATE ON events "
            "BEGIN SELECT RAISE(ABORT, 'events are only added to'); END"
        )
        return
    op.execute(
        "CREATE TRIGGER events_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION events_only_added_to()"
    )
