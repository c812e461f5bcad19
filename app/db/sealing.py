"""The sealer: links the committed events of the ledger, a few hundred at a time, so that nobody waits long for it."""

import datetime as dt

from sqlalchemy import Engine

from app.db.engine import reading, sealing
from app.db.ledger import events


def seal_events(engine: Engine) -> None:
    """Link every committed event. Where another process is at it, leave it to that one. SQLAlchemyError."""
    with reading(engine) as connection:
        more = events.is_unsealed(connection)
    while more:
        with sealing(engine) as turn:
            more = turn is not None and events.seal(turn, dt.datetime.now(dt.UTC))
