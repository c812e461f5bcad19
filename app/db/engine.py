"""The engine, its transactions, the migrations, and whether the store is ready."""

import datetime as dt
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Connection,
    Engine,
    String,
    column,
    create_engine,
    event,
    inspect,
    literal,
    make_url,
    select,
    table,
    update,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from app.db import locks
from app.db.ledger import events
from app.db.locks import WriteLock
from app.db.tables import METADATA
from app.errors import StoreNotReadyError

if TYPE_CHECKING:
    import psycopg
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"

_ON_CONNECT = (
    "PRAGMA busy_timeout = 10000",  # milliseconds; first, because the next may have to wait
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)

_POSTGRESQL = {
    "connect_timeout": 5,  # seconds
    # A server that no longer answers is given up; on TCP after fifteen seconds.
    "tcp_user_timeout": 15_000,  # milliseconds
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
_OPTIONS = "-c lock_timeout=20s -c idle_in_transaction_session_timeout=60s"
"""No transaction waits forever for a lock, and none that is idle holds one."""

READ_THREADS = 16
"""Reads of a process that may be under way at once."""
PERSON_THREADS = 4
"""Writes of a process that may be under way at once on PostgreSQL, each of another person, and wait for none.

With eight, 32 clients were served a third less: the threads take the interpreter from each other.
"""
WAITING_THREADS = 4
"""Writes of a process that may wait for another's lock at once on PostgreSQL."""
_CONNECTIONS = READ_THREADS + 4
"""Connections that a process keeps: for the reads, the writer, and what looks whether the store is ready."""
_INSTRUCTIONS = 10_000
"""Instructions of SQLite's machine, some tenth of a millisecond, after which a statement's time is looked at."""
_ROOM = 1024 * 1024
"""Bytes that must be free for a SQLite file: more than the largest write takes."""
_DEADLINE = "anda_deadline"

_READ_ONLY = "anda_read_only"
_WRITING = "anda_writing"


def make_engine(database_url: str, *, statement_seconds: int | None = None) -> Engine:
    """Make the engine for an address; nothing is connected yet.

    A statement that runs longer than `statement_seconds` is given up, with an error of the store.
    """
    # The parameters of a statement are personal data: no error and no log may show them.
    if make_url(database_url).get_backend_name() == "postgresql":
        limit = "" if statement_seconds is None else f" -c statement_timeout={statement_seconds}s"
        engine = create_engine(
            database_url,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args=_POSTGRESQL | {"options": _OPTIONS + limit},
            pool_size=_CONNECTIONS + PERSON_THREADS + WAITING_THREADS,
            pool_use_lifo=True,
            pool_timeout=10,
        )
        event.listen(engine, "checkin", _leave_to_the_server)
        return _with_notes(engine)
    # A store in memory has one connection for each thread, and no pool of them.
    pool = {"pool_size": _CONNECTIONS, "pool_use_lifo": True} if make_url(database_url).database else {}
    engine = create_engine(database_url, pool_pre_ping=True, hide_parameters=True, **pool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
        event.listen(engine, "checkout", _check_file)
        if statement_seconds is not None:
            _limit_statements(engine, statement_seconds)
    return _with_notes(engine)


def _with_notes(engine: Engine) -> Engine:
    """Let what a savepoint rolls back be forgotten by the events of the ledger too."""
    event.listen(engine, "savepoint", events.mark_savepoint)
    event.listen(engine, "rollback_savepoint", events.forget_savepoint)
    event.listen(engine, "rollback_savepoint", locks.forget_savepoint)
    return engine


def _leave_to_the_server(connection: "psycopg.Connection[object] | None", _: ConnectionPoolEntry) -> None:
    """Let a connection write again where the server lets it: SQLAlchemy would insist after a read-only transaction."""
    if connection is not None and not connection.closed:
        connection.read_only = None


def _limit_statements(engine: Engine, seconds: int) -> None:
    """Give up a statement on SQLite that runs for too long; PostgreSQL does so by itself."""

    def limit(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        record.info[_DEADLINE] = float("inf")
        connection.set_progress_handler(lambda: time.monotonic() > record.info[_DEADLINE], _INSTRUCTIONS)

    def start(connection: Connection, *_: object) -> None:
        connection.info[_DEADLINE] = time.monotonic() + seconds

    event.listen(engine, "connect", limit)
    event.listen(engine, "before_cursor_execute", start)


@contextmanager
def writing(engine: Engine, lock: WriteLock = WriteLock.STORE, *, waits: bool = True) -> Iterator[Connection]:
    """Open a connection that reads and writes in one transaction, committed when the context ends.

    On SQLite writers take turns from the start: no other writer changes what one has read. On PostgreSQL so do those
    that take the store alone; the others hold what they lock (`app/db/locks.py`). A write that shares the store waits
    for no lock by name where `waits` is False. What is written to the ledger becomes an event of it, for each act.
    """
    options: dict[str, object] = {_WRITING: True, events.NOTES: events.EventNotes()}
    if engine.dialect.name == "postgresql":
        # A stricter default of the server would read the state from before the lock was taken.
        options |= {"isolation_level": "READ COMMITTED", **locks.option(lock, waits=waits)}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        locks.begin(connection)
        yield connection
        events.append_noted(connection)


@contextmanager
def sealing(engine: Engine) -> Iterator[Connection | None]:
    """Open a connection that links events, in one transaction; None where another process does so now.

    On PostgreSQL no writer waits for it. On SQLite, which has one lock for all, it is a writer like the others.
    """
    if engine.dialect.name == "sqlite":
        with writing(engine) as connection:
            yield connection
        return
    options: dict[str, object] = {"isolation_level": "READ COMMITTED"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection if locks.try_sealing(connection) else None


@contextmanager
def erasing(engine: Engine) -> Iterator[Connection]:
    """Open a connection that writes, as `writing` does; what is overwritten leaves no trace in the files of SQLite.

    PostgreSQL keeps it until the tables are vacuumed, which is done here, and in the log of its server.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _overwrite)
        engine.dispose()
    with writing(engine) as connection:
        yield connection
    with engine.connect() as connection:
        plain = connection.execution_options(isolation_level="AUTOCOMMIT")
        if engine.dialect.name == "sqlite":
            _execute(plain.connection, "PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            plain.exec_driver_sql("VACUUM")


def _overwrite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    _execute(connection, "PRAGMA secure_delete = ON")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a connection that only reads, in one transaction, and waits for no writer; a write is an error.

    Everything is read as it was at one moment. SQLite does so by itself.
    """
    options: dict[str, object] = {_READ_ONLY: True, "postgresql_readonly": True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def is_ready(engine: Engine) -> bool:
    """Whether the store can be reached and stands at the newest migration."""
    try:
        with reading(engine) as connection:
            return stands_at_newest(connection)
    except SQLAlchemyError:
        return False


def stands_at_newest(connection: Connection) -> bool:
    """Whether the store stands at the newest migration of this release."""
    return _revisions_of(connection) == [newest_revision()]


def _revisions_of(connection: Connection) -> list[str]:
    """List the migrations that the store stands at: one, or none before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return []
    return list(connection.scalars(select(column("version_num", String)).select_from(table("alembic_version"))))


def revision_of(connection: Connection) -> str | None:
    """Return the migration that the store stands at; None where it has none."""
    return next(iter(_revisions_of(connection)), None)


def has_room(engine: Engine) -> bool:
    """Whether the disk of a SQLite file has room for what is written next; PostgreSQL's own is not looked at.

    A small write may find room in the file where a larger one finds none.
    """
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path == ":memory:":
        return True
    try:
        disk = os.statvfs(Path(path).absolute().parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize >= _ROOM


def touch(connection: Connection) -> None:
    """Write the number of the migration anew, as it is: a small write that fails where every write would."""
    revision = table("alembic_version", column("version_num", String))
    connection.execute(update(revision).values(version_num=revision.c.version_num))


@cache
def newest_revision() -> str:
    """Return the newest migration: each file is named by its number, and they follow each other.

    Alembic would import every migration to find it, which takes longer than most commands.
    """
    return max(_known_revisions())


def _known_revisions() -> set[str]:
    return {path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")}


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the store to a revision, the newest by default. A migration that fails changes nothing.

    StoreNotReadyError, which names the revision, where the store comes from a newer release.
    """
    from alembic import command  # noqa: PLC0415 - a service and most commands need the store as it is

    config = _config()
    with _without_foreign_keys(engine) as connection, connection.begin():
        for newer in set(_revisions_of(connection)) - _known_revisions():
            raise StoreNotReadyError(newer)
        config.attributes["connection"] = connection
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
        if revision == "head":
            events.take_over(connection, dt.datetime.now(dt.UTC))


def gather_statistics(engine: Engine) -> None:
    """Update PostgreSQL's statistics after many rows were written; by itself it does so only after a minute."""
    if engine.dialect.name == "postgresql":
        with writing(engine) as connection:
            connection.exec_driver_sql("ANALYZE")


@contextmanager
def _without_foreign_keys(engine: Engine) -> Iterator[Connection]:
    """Open a connection for migrations.

    A migration on SQLite copies a table and drops the old one, which would delete the rows that refer to it. Foreign
    keys can be switched only outside a transaction, so this goes past SQLAlchemy, which would begin one.
    """
    with engine.connect().execution_options(**{_WRITING: True}) as connection:
        if engine.dialect.name != "sqlite":
            yield connection
            return
        plain = connection.connection
        _execute(plain, "PRAGMA foreign_keys = OFF")
        try:
            yield connection
        finally:
            _execute(plain, "PRAGMA foreign_keys = ON")


def _set_up(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    # The driver would begin its transactions too late; `_begin` begins them.
    connection.isolation_level = None
    _execute(connection, *_ON_CONNECT)
    record.info["file"] = _file_of(connection)


def _check_file(_: DBAPIConnection, record: ConnectionPoolEntry, __: PoolProxiedConnection) -> None:
    """Refuse a connection whose file was replaced: what it wrote would be lost."""
    path, file = record.info["file"]
    if path and _identity(path) != file:
        raise DisconnectionError


def _file_of(connection: DBAPIConnection) -> tuple[str, tuple[int, int] | None]:
    """Return the path of the database, and the identity of its file."""
    cursor = connection.cursor()
    path: str = cursor.execute("PRAGMA database_list").fetchone()[2]
    cursor.close()
    return path, _identity(path)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _begin(connection: Connection) -> None:
    """Begin a transaction on SQLite.

    A transaction that reads first and writes later fails where another wrote in between, so a writer takes the lock
    at the start.
    """
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if options.get(_READ_ONLY) else 'OFF'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITING) else "BEGIN")


def _execute(connection: DBAPIConnection | PoolProxiedConnection, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as in `migrate`

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


OF_THE_CHAIN = frozenset({"ledger_events", "ledger_heads", "newest_instant"})
"""The tables of the ledger's chain, and of the newest instant: they say when and that something was written."""

_OF_NOBODY = OF_THE_CHAIN | {"figures"}
"""The tables that may hold a row before anybody has entered anything."""


def tables_in_use(connection: Connection) -> list[str]:
    """Name the tables that hold what somebody has entered; those that an older store lacks hold nothing."""
    there = set(inspect(connection).get_table_names()) - _OF_NOBODY
    tables = [table for table in METADATA.sorted_tables if table.name in there]
    return [
        table.name for table in tables if connection.execute(select(literal(1)).select_from(table).limit(1)).first()
    ]
