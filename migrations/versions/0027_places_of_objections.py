"""An objection has the place of who decides it, so that a desk reads its own and not those of the whole library.

Revision: 0027, after 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_PLACE = (
    "substr(notices.place, 1, CASE notices.level WHEN 'county' THEN 6 WHEN 'township' THEN 9 ELSE 12 END) "
    "FROM notices WHERE notices.id = objections.notice_id"
)
_UNDECIDED = sa.text("outcome IS NULL")


def upgrade() -> None:
    op.add_column("objections", sa.Column("place", sa.String(12)))
    op.execute(f"UPDATE objections SET place = (SELECT {_PLACE})")  # noqa: S608
    op.drop_index("ix_objections_undecided", "objections")
    _index("place", "id")


def downgrade() -> None:
    op.drop_index("ix_objections_undecided", "objections")
    _index("id")
    op.drop_column("objections", "place")


def _index(*columns: str) -> None:
    op.create_index(
        "ix_objections_undecided",
        "objections",
        list(columns),
        sqlite_where=_UNDECIDED,
        postgresql_where=_UNDECIDED,
    )
