"""A migration to the newest revision, doomed: it kills itself before a statement, or before its commit."""

import os
import signal

from sqlalchemy import event

from app.db.engine import make_engine, migrate


def main(database_url: str, last: int) -> None:
    """Migrate until as many statements are carried out and another comes."""
    carried_out = 0

    def count(*_: object) -> None:
        nonlocal carried_out
        if carried_out == last:
            kill()
        carried_out += 1

    def kill(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    engine = make_engine(database_url)
    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", kill)
    migrate(engine)
