"""An idempotency key belongs to the place of the officer, not to the token: a renewed token repeats no write.

Where two tokens of one place used the same key, the first answer stays: the key is then refused for the other request.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TOKENS = sa.table("tokens", *map(sa.column, ("id", "place")))
REPLIES = sa.table("replies", *map(sa.column, ("scope", "key", "made")))


def upgrade() -> None:
    connection = op.get_bind()
    places = {f"token {row.id}": f"place {row.place}" for row in connection.execute(_officers())}
    old = sa.select(REPLIES.c.scope, REPLIES.c.key).where(REPLIES.c.scope.like("token %")).order_by(REPLIES.c.made)
    seen: set[tuple[str, str]] = set()
    for scope, key in connection.execute(old).all():
        it = (REPLIES.c.scope == scope) & (REPLIES.c.key == key)
        if (places[scope], key) in seen:
            connection.execute(sa.delete(REPLIES).where(it))
        else:
            connection.execute(sa.update(REPLIES).where(it).values(scope=places[scope]))
            seen.add((places[scope], key))


def downgrade() -> None:
    """Give the keys of a place to its newest token."""
    connection = op.get_bind()
    for row in connection.execute(_officers()).all():
        newest = sa.select(sa.func.max(TOKENS.c.id)).where(TOKENS.c.place == row.place)
        if connection.execute(newest).scalar_one() == row.id:
            its = REPLIES.c.scope == f"place {row.place}"
            connection.execute(sa.update(REPLIES).where(its).values(scope=f"token {row.id}"))


def _officers() -> sa.Select[tuple[int, str]]:
    return sa.select(TOKENS.c.id, TOKENS.c.place).where(TOKENS.c.place.is_not(None))
