"""A token may name the person of the office who acts with it.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("person", sa.String(100)))


def downgrade() -> None:
    op.drop_column("tokens", "person")
