"""A visit and a message are found without their institution too: counties look for them among all settlements.

Revision: 0026, after 0025
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_COLUMNS = {"ix_settlements_visit": "visit_key", "ix_settlements_message": "message_id"}


def upgrade() -> None:
    for name, column in _COLUMNS.items():
        op.drop_index(name, "settlements")
        op.create_index(name, "settlements", [column, "institution"])


def downgrade() -> None:
    for name, column in _COLUMNS.items():
        op.drop_index(name, "settlements")
        op.create_index(name, "settlements", ["institution", column])
