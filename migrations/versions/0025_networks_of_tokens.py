"""A hospital's token may be bound to the network that its system calls from.

Revision: 0025, after 0024
"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from app.db.ledger import events

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("network", sa.String(43)))


def downgrade() -> None:
    """Go back. ValueError while a token is bound to a network: earlier releases would take it from everywhere."""
    connection = op.get_bind()
    bound = connection.execute(sa.text("SELECT id, revoked FROM tokens WHERE network IS NOT NULL")).all()
    if any(token.revoked is None for token in bound):
        raise ValueError("tokens are bound to networks, which earlier releases do not know; revoke them first")
    op.drop_column("tokens", "network")
    # The ledger's chain holds the rows as they were with their networks.
    now = dt.datetime.now(dt.UTC)
    events.append_migrated(connection, now, [("tokens", {"id": token.id}) for token in bound], [])
