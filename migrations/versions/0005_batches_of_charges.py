"""An outpatient's batch of charges stands on the settlement, as a keyed hash: each batch of a visit is settled once.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("settlements", sa.Column("batch", sa.String(64)))


def downgrade() -> None:
    op.drop_column("settlements", "batch")
