"""Whether the store stands at the migration of this release: looked at before the first write, and every minute."""

import time

from sqlalchemy import Connection

from app.db.engine import stands_at_newest
from app.errors import StoreNotReadyError

EVERY = 60.0
"""Seconds after which the revision is looked at again."""


class RevisionCheck:
    """Refuses the writes of a process to a store of another migration."""

    def __init__(self) -> None:
        self._seen: float | None = None
        """When the revision was last seen to be right, by the monotonic clock."""

    @property
    def holds(self) -> bool:
        """Whether the revision was right when it was last looked at."""
        return self._seen is not None

    def check(self, connection: Connection) -> None:
        """Look at the revision where it is time. StoreNotReadyError where it is another; the next write looks again."""
        now = time.monotonic()
        if self._seen is not None and now - self._seen < EVERY:
            return
        self._seen = None
        if not stands_at_newest(connection):
            raise StoreNotReadyError("the store stands at another migration")
        self._seen = now
