"""The store: migrated up and down on SQLite and on a real PostgreSQL, its transactions, and whether it is ready."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Date,
    Engine,
    Integer,
    MetaData,
    Table,
    delete,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from starlette.testclient import TestClient

from app.db.engine import MIGRATIONS, is_ready, make_engine, migrate, newest_revision, reading, writing
from app.db.models import Base
from app.db.types import Fen, Instant
from app.main import create_app
from app.settings import Settings
from tests.support.grid import grid
from tests.support.scale import scaled

ANDA = Path(sys.executable).parent / "anda"

TRIED = Table(
    "tried",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", Instant),
    Column("money", Fen),
    Column("day", Date),
)
"""A table of the tests' own, with one column of each type that the store's tables are made of."""


def tables(engine: Engine) -> set[str]:
    """List the tables, without Alembic's own mark."""
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def checks(engine: Engine) -> set[tuple[str, str | None]]:
    """List the conditions that the store holds its rows to, by table and name."""
    inspector = inspect(engine)
    return {(table, each["name"]) for table in tables(engine) for each in inspector.get_check_constraints(table)}


def heads(engine: Engine) -> tuple[str, ...]:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_heads()


def test_a_store_goes_up_from_empty_down_and_up_again(engine: Engine) -> None:
    assert heads(engine) == ()
    migrate(engine)
    up = heads(engine)
    assert len(up) == 1
    assert tables(engine) == set(Base.metadata.tables)
    migrate(engine, "base")
    assert heads(engine) == ()
    assert tables(engine) == set()
    migrate(engine)
    assert heads(engine) == up
    assert tables(engine) == set(Base.metadata.tables)


def test_migrating_what_is_migrated_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    before = heads(engine)
    migrate(engine)
    assert heads(engine) == before


def test_a_store_is_ready_once_it_is_migrated_and_not_before(engine: Engine) -> None:
    assert not is_ready(engine)
    migrate(engine)
    assert is_ready(engine)
    migrate(engine, "base")
    assert not is_ready(engine)


def test_the_newest_migration_is_the_one_whose_file_has_the_highest_number() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert scripts.get_heads() == [newest_revision()]
    assert all(Path(each.path).name.startswith(f"{each.revision}_") for each in scripts.walk_revisions())


def test_a_store_of_another_version_is_not_ready(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'unknown'"))
    assert not is_ready(engine)


def test_the_models_say_what_the_migrations_made(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    said = {
        (name, str(each.name))
        for name, table in Base.metadata.tables.items()
        for each in table.constraints
        if isinstance(each, CheckConstraint)
    }
    assert said
    assert checks(engine) == said


@pytest.mark.lengthy
def test_the_service_is_not_ready_on_a_store_of_the_first_migration(sqlite: Engine, tmp_path: Path) -> None:
    migrate(sqlite, "0001")
    with TestClient(create_app(Settings(database_url=f"sqlite:///{tmp_path / 'anda.db'}", access_log=False))) as client:
        assert client.get("/readyz").status_code == 503
        migrate(sqlite)
        assert client.get("/readyz").status_code == 200


def test_a_migration_that_fails_leaves_the_store_as_it_was(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE tokens (id INTEGER)"))  # in the way of the second migration
    with pytest.raises(DBAPIError):
        migrate(engine)
    assert heads(engine) == ()
    assert set(inspect(engine).get_table_names()) == {"tokens"}


def test_every_constraint_would_have_a_name() -> None:
    assert {"ix", "uq", "ck", "fk", "pk"} <= set(Base.metadata.naming_convention)


@grid(
    "address",
    [
        "postgresql://anda@127.0.0.1:1/anda",
        "postgresql://anda@/anda?host=/nonexistent",
        "sqlite:////nonexistent/folder/anda.db",
    ],
)
def test_a_store_that_cannot_be_reached_is_not_ready(address: str) -> None:
    engine = make_engine(address)
    assert not is_ready(engine)
    engine.dispose()


def test_a_file_that_is_no_database_is_not_ready(tmp_path: Path) -> None:
    path = tmp_path / "anda.db"
    path.write_bytes(b"This is no database. " * 100)
    engine = make_engine(f"sqlite:///{path}")
    assert not is_ready(engine)
    engine.dispose()


# ---- transactions


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """An engine over an empty SQLite file."""
    engine = make_engine(f"sqlite:///{tmp_path / 'anda.db'}")
    yield engine
    engine.dispose()


def pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_every_sqlite_connection_is_durable_patient_and_holds_to_its_keys(sqlite: Engine) -> None:
    migrate(sqlite)
    with writing(sqlite) as one, reading(sqlite) as other:
        for connection in (one, other):
            assert pragma(connection, "journal_mode") == "wal"
            assert pragma(connection, "synchronous") == 2  # FULL
            assert pragma(connection, "foreign_keys") == 1
            assert pragma(connection, "busy_timeout") == 10_000


def test_foreign_keys_rest_while_a_migration_runs_on_sqlite(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def look(config: Config, revision: str) -> None:
        seen.append(pragma(config.attributes["connection"], "foreign_keys"))
        raise LookupError(revision)

    monkeypatch.setattr("alembic.command.upgrade", look)
    with pytest.raises(LookupError):
        migrate(sqlite)
    assert seen == [0]
    with writing(sqlite) as connection:
        assert pragma(connection, "foreign_keys") == 1, "they are back, though the migration failed"


def test_what_is_written_is_kept_once_the_context_ends_and_undone_where_it_fails(engine: Engine) -> None:
    with writing(engine) as connection:
        TRIED.create(connection)
        connection.execute(insert(TRIED).values(id=1))
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(TRIED).values(id=2))
        connection.execute(insert(TRIED).values(id=1))
    with reading(engine) as connection:
        assert connection.scalars(select(TRIED.c.id)).all() == [1]


def test_who_reads_cannot_write_and_the_next_one_can(engine: Engine) -> None:
    with writing(engine) as connection:
        TRIED.create(connection)
    with pytest.raises(DBAPIError, match=r"read-?only"), reading(engine) as connection:
        connection.execute(insert(TRIED).values(id=1))
    with writing(engine) as connection:
        connection.execute(insert(TRIED).values(id=1))
    with engine.begin() as connection:
        assert connection.scalars(select(TRIED.c.id)).all() == [1]


def test_a_reader_waits_for_no_writer_and_does_not_see_what_is_not_kept_yet(engine: Engine) -> None:
    with writing(engine) as connection:
        TRIED.create(connection)
    with writing(engine) as writer:
        writer.execute(insert(TRIED).values(id=1))
        with reading(engine) as reader:
            assert reader.scalars(select(TRIED.c.id)).all() == []
    with reading(engine) as reader:
        assert reader.scalars(select(TRIED.c.id)).all() == [1]


@pytest.mark.slow
def test_four_who_read_and_then_write_on_sqlite_lose_nothing(sqlite: Engine) -> None:
    turns = scaled(25, 100)
    with writing(sqlite) as connection:
        TRIED.create(connection)
        connection.execute(insert(TRIED).values(id=0, money=0))

    def write(who: int) -> None:
        for turn in range(turns):
            with writing(sqlite) as connection:
                before = connection.execute(select(TRIED.c.money).where(TRIED.c.id == 0)).scalar_one()
                connection.execute(insert(TRIED).values(id=1 + who * turns + turn, money=before))
                connection.execute(update(TRIED).where(TRIED.c.id == 0).values(money=before + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with reading(sqlite) as connection:
        written = connection.execute(select(TRIED.c.id, TRIED.c.money)).all()
    amounts = {row.id: row.money for row in written}
    assert amounts.pop(0) == 4 * turns
    assert sorted(amounts) == list(range(1, 4 * turns + 1))
    assert sorted(amounts.values()) == list(range(4 * turns)), "each read what the one before had written"


def test_an_error_of_the_store_does_not_repeat_what_was_written(engine: Engine) -> None:
    with writing(engine) as connection:
        TRIED.create(connection)
    with pytest.raises(StatementError) as raised, writing(engine) as connection:
        connection.execute(insert(TRIED).values(id=20_180_209, money=7))
        connection.execute(text("SELECT nothing_of_the_kind WHERE :marker = 1"), {"marker": 20_180_209})
    assert "20180209" not in str(raised.value)


# ---- types


@grid("zone", [dt.UTC, dt.timezone(dt.timedelta(hours=8)), dt.timezone(-dt.timedelta(hours=3, minutes=30))], ids=str)
def test_an_instant_comes_back_as_the_same_instant_in_utc(engine: Engine, zone: dt.tzinfo) -> None:
    put = dt.datetime(2018, 2, 9, 1, 2, 3, 456_789, zone)
    with writing(engine) as connection:
        TRIED.create(connection, checkfirst=True)
        connection.execute(delete(TRIED))
        connection.execute(insert(TRIED).values(id=1, at=put))
    with reading(engine) as connection:
        got = connection.execute(select(TRIED.c.at)).scalar_one()
        assert connection.execute(select(TRIED.c.id).where(TRIED.c.at == put)).scalar_one() == 1
        later = put.astimezone(dt.timezone(dt.timedelta(hours=-11))) + dt.timedelta(microseconds=1)
        assert connection.execute(select(TRIED.c.id).where(TRIED.c.at >= later)).one_or_none() is None
    assert got == put
    assert got.tzinfo is dt.UTC


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        TRIED.create(connection)
    with pytest.raises(StatementError, match="needs a time zone"), writing(engine) as connection:
        connection.execute(insert(TRIED).values(id=1, at=dt.datetime(2018, 2, 9)))


def test_money_and_days_come_back_as_they_were_put_in_and_nothing_stays_nothing(engine: Engine) -> None:
    put = [(1, 900_000_000_000_000_001, dt.date(2018, 2, 9)), (2, 0, dt.date(9999, 12, 31)), (3, None, None)]
    with writing(engine) as connection:
        TRIED.create(connection)
        connection.execute(insert(TRIED), [{"id": id_, "money": money, "day": day} for id_, money, day in put])
    with reading(engine) as connection:
        got = connection.execute(select(TRIED.c.id, TRIED.c.money, TRIED.c.day, TRIED.c.at).order_by(TRIED.c.id)).all()
    assert [tuple(row) for row in got] == [(*row, None) for row in put]


@grid("money", [1.0, 0.5, True, "1", Decimal(1)], ids=repr)
def test_money_that_is_no_integer_is_refused(engine: Engine, money: object) -> None:
    with writing(engine) as connection:
        TRIED.create(connection, checkfirst=True)
    with pytest.raises(StatementError, match="whole fen"), writing(engine) as connection:
        connection.execute(insert(TRIED).values(id=1, money=money))


# ---- PostgreSQL; the command


def test_a_plain_postgresql_address_is_spoken_to_through_psycopg_3(postgresql: str) -> None:
    assert postgresql.startswith("postgresql://")
    engine = make_engine(postgresql)
    assert engine.dialect.driver == "psycopg"
    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version_num")).scalar_one()
    engine.dispose()
    assert int(version) >= 140_000


@pytest.mark.lengthy
def test_the_command_migrates_the_store_that_the_environment_names(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path / 'anda.db'}"
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    ended = subprocess.run(
        [ANDA, "migrate"],
        env={**os.environ, "ANDA_DATABASE_URL": database_url},
        cwd=empty,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "Traceback" not in ended.stderr
    assert list(empty.iterdir()) == []  # nothing but the store that was named
    engine = make_engine(database_url)
    assert is_ready(engine)
    engine.dispose()
