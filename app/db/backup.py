"""Backups of the store: one file of its state at one moment, made while the service writes, and restored whole.

A backup of SQLite is a database file. One of PostgreSQL is the script of `pg_dump`, packed by gzip, which notices where
it is damaged or breaks off: `pg_restore` takes an archive that lacks its end, and loads a part.
"""

import gzip
import os
import secrets
import shutil
import sqlite3
import subprocess
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

from sqlalchemy import URL, Engine

from app.db.engine import reading, tables_in_use
from app.db.tables import METADATA
from app.errors import BackupError

_DUMPING = ("pg_dump", "--no-owner", "--no-privileges", "--no-comments")
_LOADING = ("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
_COMPLETE = b"-- PostgreSQL database dump complete"
_LAST_LINES = 12
"""Lines at the end of a dump among which it says that it is complete."""
_PIPE = subprocess.PIPE
_MOST_TOLD = 300
"""Characters of what a program of PostgreSQL says that are repeated."""
_VERSIONS = "alembic_version"


def back_up(engine: Engine, file: Path) -> None:
    """Write the store as it is at one moment into a new file, for its owner only. BackupError, and no file then."""
    if file.exists():
        raise BackupError(f"{file.name} exists already; a backup replaces nothing")
    with _written_whole(file) as temporary:
        if engine.dialect.name == "sqlite":
            _copy(Path(str(engine.url.database)), temporary)
        else:
            _dump(engine.url, temporary)


def restore(engine: Engine, file: Path, *, replace: bool) -> None:
    """Put a backup in place of the store, in one step. BackupError where the file is none, and nothing changed then.

    A store that holds anything is only replaced where `replace` says so. No service may use it meanwhile.
    """
    if not file.is_file():
        raise BackupError(f"there is no file {file.name}")
    if not replace and _holds_rows(engine):
        raise BackupError("the store is not empty; --replace puts the backup in its place, and what it holds is lost")
    if engine.dialect.name == "sqlite":
        _put_back(file, Path(str(engine.url.database)))
    else:
        _load(engine.url, file)


def _holds_rows(engine: Engine) -> bool:
    """Whether any table of the store holds what somebody has entered; False where there is no store yet."""
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        return False
    with reading(engine) as connection:
        return bool(tables_in_use(connection))


@contextmanager
def _written_whole(file: Path) -> Iterator[Path]:
    """Give a file to write beside the one that is to be; it gets the name once it is whole and on the disk."""
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield temporary
        _sync(temporary)
        temporary.rename(file)
        _sync(file.absolute().parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"the backup cannot be written ({type(error).__name__})") from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ---- SQLite


def _copy(store: Path, target: Path) -> None:
    """Copy a SQLite store into an empty file: what is committed, without the pages that hold nothing any more."""
    with closing(_opened(store, "ro")) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    with closing(_opened(target, "ro")) as copied:
        _check(copied, target)


def _put_back(file: Path, store: Path) -> None:
    """Copy a backup over a SQLite store, under SQLite's own lock: a copy that breaks off changes nothing."""
    try:
        with closing(_opened(file, "ro")) as backup:
            _check(backup, file)
            new = not store.exists()
            if new:
                os.close(os.open(store, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(_opened(store, "rw")) as connection:
                backup.backup(connection)
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"the backup cannot be restored ({type(error).__name__})") from None


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, timeout=10, isolation_level=None
    )


def _check(connection: sqlite3.Connection, file: Path) -> None:
    """BackupError where a file is no store of this service, or a damaged one."""
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        sound = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError:
        tables, sound = set(), False
    if not sound or _VERSIONS not in tables:
        raise BackupError(f"{file.name} is no backup of a store on SQLite, or a damaged one")


# ---- PostgreSQL


_NAMES = ", ".join(f'"{name}"' for name in (*METADATA.tables, _VERSIONS))
_EMPTYING = f"""
DROP TABLE IF EXISTS {_NAMES} CASCADE;
DO $$ DECLARE each regprocedure; BEGIN
    FOR each IN SELECT oid FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND prorettype = 'trigger'::regtype
    LOOP EXECUTE 'DROP FUNCTION ' || each; END LOOP;
END $$;
"""  # noqa: S608 - the names are those of our own tables
"""Takes out the tables of any release, and the functions of their triggers."""


def _dump(url: URL, target: Path) -> None:
    with (
        gzip.open(target, "wb", compresslevel=6) as packed,
        _started(url, [*_DUMPING, f"--dbname={_named(url)}"]) as dump,
    ):
        shutil.copyfileobj(_piped(dump.stdout), packed)
        _, said = dump.communicate()
    if dump.returncode != 0:
        raise BackupError(_told("the backup cannot be written", said))


def _load(url: URL, file: Path) -> None:
    """Load a dump in one transaction, in which the tables of the store are dropped first."""
    _check_dump(file)
    with gzip.open(file, "rb") as packed, _started(url, [*_LOADING, f"--dbname={_named(url)}"]) as load:
        script = _piped(load.stdin)
        try:
            script.write(_EMPTYING.encode())
            shutil.copyfileobj(packed, script)
        except BrokenPipeError:
            pass  # It has ended, and says why.
        except BaseException:
            load.kill()  # before the end of what it reads, at which it would commit a part
            raise
        _, said = load.communicate()
    if load.returncode != 0:
        raise BackupError(_told("the backup cannot be restored", said))


def _check_dump(file: Path) -> None:
    """BackupError where a file is no dump of a store of this service, or one that is damaged or breaks off."""
    found = False
    last: deque[bytes] = deque(maxlen=_LAST_LINES)
    try:
        with gzip.open(file, "rb") as packed:
            for line in packed:
                found = found or _VERSIONS.encode() in line
                last.append(line)
    except (OSError, EOFError, zlib.error):
        found = False
    if not found or not any(line.startswith(_COMPLETE) for line in last):
        raise BackupError(f"{file.name} is no backup of a store on PostgreSQL, or a damaged one")


def _started(url: URL, words: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Start a program of PostgreSQL; no list of processes shows the password. BackupError where there is none."""
    environment = dict(os.environ) if url.password is None else {**os.environ, "PGPASSWORD": url.password}
    try:
        return subprocess.Popen(  # noqa: S603 - the words are ours, the address is the operator's
            words, stdin=_PIPE, stdout=_PIPE, stderr=_PIPE, env=environment
        )
    except FileNotFoundError:
        raise BackupError(
            f"there is no {words[0]} on this machine: install PostgreSQL's client of the server's version, "
            "or run it where the server is"
        ) from None


def _piped(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise LookupError("the program was started without this pipe")
    return stream


def _named(url: URL) -> str:
    """Return the address of a database as PostgreSQL's programs take it, without the password."""
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _told(what: str, said: bytes) -> str:
    """Return an error with the last line that a program said."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return what if not lines else f"{what} ({lines[-1][:_MOST_TOLD]})"
