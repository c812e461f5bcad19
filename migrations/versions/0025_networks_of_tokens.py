"""A hospital's token may be bound to the network that its system calls from.

Revision: 0025, after 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("network", sa.String(43)))


def downgrade() -> None:
    """Go back. ValueError while a token is bound to a network: earlier releases would take it from everywhere."""
    connection = op.get_bind()
    bound = "SELECT 1 FROM tokens WHERE network IS NOT NULL AND revoked IS NULL LIMIT 1"
    if connection.execute(sa.text(bound)).first() is not None:
        raise ValueError("tokens are bound to networks, which earlier releases do not know; revoke them first")
    op.drop_column("tokens", "network")
