"""The beginning: an empty store, marked as migrated.

Revision: 0001
"""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is stored yet; the mark itself is what /readyz looks for."""


def downgrade() -> None:
    """Back to a store without a mark."""
