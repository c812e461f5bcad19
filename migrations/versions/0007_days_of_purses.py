"""A purse of the major-disease fund knows its last day. What was kept of purses is summed anew when it is asked for.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.delete(sa.table("purses")))
    op.add_column("purses", sa.Column("last_day", sa.Date()))


def downgrade() -> None:
    op.drop_column("purses", "last_day")
