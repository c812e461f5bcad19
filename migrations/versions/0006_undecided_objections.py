"""An index of the undecided objections: an officer's desk no longer looks at every objection there has been.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    undecided = sa.text("outcome IS NULL")
    op.create_index("ix_objections_undecided", "objections", ["id"], sqlite_where=undecided, postgresql_where=undecided)


def downgrade() -> None:
    op.drop_index("ix_objections_undecided", "objections")
