"""The officers' tokens: what is kept of one, whom it finds and until when, and the command that keeps them."""

import datetime as dt
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from app.cli.main import app
from app.clock import Moment
from app.db import tokens
from app.db.engine import make_engine, migrate, reading, writing
from app.db.ledger import institutions
from app.db.ledger.institutions import Institution
from app.db.models import Token
from tests.support.grid import grid
from tests.support.stores import migrated_file, new_database

ANDA = Path(sys.executable).parent / "anda"
NOW = dt.datetime(2018, 2, 9, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))
VILLAGE = "150923100201"
HOSPITAL = "H15090200001"
FORM = re.compile(r"anda_[A-Za-z0-9_-]{43}", re.ASCII)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The address of a migrated SQLite file."""
    return migrated_file(tmp_path)


@pytest.fixture
def store(database_url: str) -> Iterator[Engine]:
    """A migrated store without a token, on SQLite."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated store without a token, on each database: for what SQL decides."""
    if request.param == "sqlite":
        engine = make_engine(migrated_file(tmp_path))
    else:
        engine = make_engine(new_database(request.getfixturevalue("postgresql"), "tokens", migrated=True))
    yield engine
    engine.dispose()


def made(store: Engine, place: str = VILLAGE, days: int = 365) -> str:
    with writing(store) as connection:
        return tokens.create(connection, place, "A village", NOW, days)


def found(store: Engine, token: str, now: dt.datetime = NOW) -> tokens.Officer | None:
    """Find the officer of a token; the tokens of hospitals are tried in tests/ledger."""
    with reading(store) as connection:
        holder = tokens.find(connection, token, now)
    assert holder is None or isinstance(holder, tokens.Officer)
    return holder


def kept(store: Engine) -> list[tokens.TokenRecord]:
    with reading(store) as connection:
        return tokens.list_all(connection)


# ---- what is kept, and whom a token finds


def test_a_token_is_long_random_and_recognised(store: Engine) -> None:
    several = {made(store) for _ in range(20)}
    assert len(several) == 20
    assert all(FORM.fullmatch(token) for token in several)


def test_the_store_keeps_the_hash_and_no_part_of_the_token(store: Engine) -> None:
    token = made(store)
    with reading(store) as connection:
        (row,) = connection.execute(select(Token.__table__)).all()
    assert row.hash == hashlib.sha256(token.encode()).hexdigest()
    secret = token.removeprefix("anda_")
    assert not any(secret[at : at + 6] in str(row) for at in range(len(secret) - 5))


def test_what_is_listed_holds_no_hash(either_store: Engine) -> None:
    token = made(either_store)
    (each,) = kept(either_store)
    assert each == (each.id, VILLAGE, None, "A village", NOW, NOW + dt.timedelta(days=365), None, None, None)
    assert hashlib.sha256(token.encode()).hexdigest() not in str(each)


@grid(("place", "level"), [("150923", "county"), ("150923100", "township"), (VILLAGE, "village")])
def test_a_token_finds_its_officer_whose_level_is_the_length_of_the_code(store: Engine, place: str, level: str) -> None:
    made(store, "150981")
    token = made(store, place)
    officer = found(store, token)
    assert officer is not None
    assert (officer.place, officer.level) == (place, level)
    assert officer.id == kept(store)[-1].id


@grid("place", ["", "15", "15092310", "1509231002011"])
def test_no_token_is_made_for_a_code_of_another_length(store: Engine, place: str) -> None:
    with pytest.raises(ValueError, match="6, 9 or 12"):
        made(store, place)
    assert kept(store) == []


def test_the_store_itself_refuses_a_place_of_another_length(either_store: Engine) -> None:
    row = {"hash": "0" * 64, "place": "15", "name": "A region", "created": NOW, "expires": NOW}
    with pytest.raises(DBAPIError, match="place_is_a_division"), writing(either_store) as connection:
        connection.execute(insert(Token).values(row))


def test_the_store_itself_refuses_a_hash_twice(either_store: Engine) -> None:
    row = {"hash": "0" * 64, "place": VILLAGE, "name": "A village", "created": NOW, "expires": NOW}
    with pytest.raises(DBAPIError, match=r"(?i)unique"), writing(either_store) as connection:
        connection.execute(insert(Token), [row, row])


def test_what_is_no_token_finds_nobody(either_store: Engine) -> None:
    token = made(either_store)
    hashed = hashlib.sha256(token.encode()).hexdigest()
    for wrong in ("", "anda_", token[:-1], token + "x", token.swapcase(), f" {token}", hashed, "安达", "\udcff", "\0"):
        assert found(either_store, wrong) is None, repr(wrong)
    assert found(either_store, token) is not None


def test_a_token_is_valid_up_to_the_instant_at_which_it_expires_and_not_at_it(either_store: Engine) -> None:
    token = made(either_store, days=10)
    end = NOW + dt.timedelta(days=10)
    assert found(either_store, token, (end - dt.timedelta(microseconds=1)).astimezone(dt.UTC)) is not None
    assert found(either_store, token, end.astimezone(dt.UTC)) is None
    assert found(either_store, token, end + dt.timedelta(days=1)) is None


def test_a_revoked_token_finds_nobody_and_the_others_do(either_store: Engine) -> None:
    one, other = made(either_store), made(either_store)
    with writing(either_store) as connection:
        assert tokens.revoke(connection, kept(either_store)[0].id, NOW)
    assert found(either_store, one) is None
    assert found(either_store, other) is not None


def test_a_token_that_is_revoked_again_was_revoked_the_first_time(store: Engine) -> None:
    made(store)
    (each,) = kept(store)
    for days in (1, 2):
        with writing(store) as connection:
            assert tokens.revoke(connection, each.id, NOW + dt.timedelta(days=days))
    assert kept(store)[0].revoked == NOW + dt.timedelta(days=1)


def test_a_number_that_no_token_has_revokes_nothing(store: Engine) -> None:
    token = made(store)
    with writing(store) as connection:
        assert not tokens.revoke(connection, kept(store)[0].id + 1, NOW)
    assert found(store, token) is not None


def test_a_token_that_is_not_committed_is_not_there(either_store: Engine) -> None:
    token = ""
    with pytest.raises(LookupError), writing(either_store) as connection:
        token = tokens.create(connection, VILLAGE, "A village", NOW, 1)
        assert tokens.find(connection, token, NOW) is not None
        raise LookupError
    assert found(either_store, token) is None


# ---- the command


class Command:
    """The command `anda token` over one store, in this process: starting one takes seconds."""

    def __init__(self, database_url: str) -> None:
        self.environment = {"ANDA_DATABASE_URL": database_url, "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100"}

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Run `anda token …`: how it ended and what it said on either output."""
        ended = CliRunner().invoke(app, ["token", *words], env=self.environment)
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        return ended.exit_code, ended.stdout, ended.stderr


@pytest.fixture
def command(store: Engine, database_url: str) -> Command:
    """The command over a migrated store."""
    return Command(database_url)


def rows(listed: str) -> list[list[str]]:
    return [line.split("\t") for line in listed.splitlines()]


def test_a_token_is_created_listed_and_revoked(command: Command, store: Engine) -> None:
    status, token, told = command(
        "create", "--place", VILLAGE, "--name", "某村民委员会", "--person", " 某会计 ", "--days", "30"
    )
    assert status == 0, told
    assert FORM.fullmatch(token.removesuffix("\n")), "the token alone on standard output"
    token = token.strip()
    assert VILLAGE in told
    assert token not in told
    now = dt.datetime.now(dt.UTC)
    officer = found(store, token, now)
    assert officer is not None
    assert (officer.place, officer.level) == (VILLAGE, "village")
    assert found(store, token, now + dt.timedelta(days=30)) is None
    assert found(store, token, now + dt.timedelta(days=29)) is not None

    status, listed, told = command("list")
    assert (status, told) == (0, "")
    heading, (number, place, name, created, expires, state, person, network) = rows(listed)
    assert heading == ["id", "place", "name", "created", "expires", "state", "person", "network"]
    assert (number, place, name, state) == (str(officer.id), VILLAGE, "某村民委员会", "valid")
    assert (person, network) == ("某会计", "")
    assert dt.datetime.fromisoformat(expires) - dt.datetime.fromisoformat(created) == dt.timedelta(days=30)
    assert abs(dt.datetime.fromisoformat(created) - now) < dt.timedelta(minutes=2)
    assert hashlib.sha256(token.encode()).hexdigest() not in listed

    status, said, _ = command("revoke", number)
    assert (status, said) == (0, "")
    assert found(store, token, now) is None
    assert rows(command("list")[1])[1][5] == "revoked"


def test_a_token_that_has_expired_is_listed_as_expired(command: Command, store: Engine) -> None:
    made(store, days=10)
    assert rows(command("list")[1])[1][4:] == ["2018-02-19T02:00:00Z", "expired", "", ""]


def test_the_city_may_have_a_token_which_is_no_officers(command: Command, store: Engine) -> None:
    status, token, told = command("create", "--place", "1509", "--name", "市医疗保障局")
    assert (status, "the city 1509" in told) == (0, True)
    with reading(store) as connection:
        holder = tokens.find(connection, token.strip(), dt.datetime.now(dt.UTC))
    assert isinstance(holder, tokens.CityOfficer)
    assert holder.place == "1509"


def test_a_hospitals_token_may_be_bound_to_a_network_and_finds_nobody_from_elsewhere(
    command: Command, store: Engine
) -> None:
    with writing(store) as connection:
        institutions.write(connection, Moment(NOW, NOW.date()), Institution(HOSPITAL, "医院", "city"))
    of_hospital = ("create", "--institution", HOSPITAL, "--name", "收费处", "--network")
    status, printed, told = command(*of_hospital, " 10.20.0.0/16 ")
    assert (status, "in 10.20.0.0/16" in told) == (0, True)
    token = printed.strip()
    now = dt.datetime.now(dt.UTC)
    with reading(store) as connection:
        for address in ("10.20.3.4", "::ffff:10.20.255.255"):
            holder = tokens.find(connection, token, now, address)
            assert holder == tokens.Hospital(1, HOSPITAL, "10.20.0.0/16"), address
        for elsewhere in ("10.21.0.1", "::1", "unknown", "", None):
            assert tokens.find(connection, token, now, elsewhere) is None, elsewhere
    assert rows(command("list")[1])[1][5:] == ["valid", "", "10.20.0.0/16"]
    for wrong, said in {"10.20.3.4/16": "or an address", "hospital": "or an address", "0.0.0.0/0": "8 bits"}.items():
        status, printed, told = command(*of_hospital, wrong)
        assert (status, said in told) == (2, True), wrong
    status, printed, told = command("create", "--place", "150923", "--name", "旗县", "--network", "10.20.0.0/16")
    assert (status, "--institution" in told) == (2, True)
    assert len(kept(store)) == 1


def test_a_token_is_valid_for_a_year_unless_told_otherwise(command: Command, store: Engine) -> None:
    assert command("create", "--place", "150923", "--name", "A county")[0] == 0
    (each,) = kept(store)
    assert each.expires - each.created == dt.timedelta(days=365)


@grid(
    ("place", "told"),
    [
        ("", "6 (county), 9 (township) or 12 digits (village)"),
        ("15", "12 digits"),
        ("1501", "12 digits"),
        ("15092310", "12 digits"),
        ("1509231002011", "12 digits"),
        ("15092a", "12 digits"),
        ("１５０９２３", "12 digits"),
        ("150923\n", "12 digits"),
        ("150100", "150100 is no county of Ulanqab"),
        ("150121100201", "150121 is no county of Ulanqab"),  # a county, of Hohhot
        ("150900", "150900 is no county of Ulanqab"),
        ("150999100", "150999 is no county of Ulanqab"),
        ("150923000", "zeros"),
        ("150923100000", "zeros"),
        ("150923000000", "zeros"),
    ],
)
def test_a_place_that_is_none_of_the_policies_is_refused(tmp_path: Path, place: str, told: str) -> None:
    status, said, error = Command(f"sqlite:///{tmp_path / 'anda.db'}")(
        "create", "--place", place, "--name", "A village"
    )
    assert (status, said) == (2, "")
    assert told in error
    assert list(tmp_path.iterdir()) == [], "the store is not even opened"


@grid("wrong", [["--name", " "], ["--name", "a\tb"], ["--name", "a\nb"], ["--name", "x" * 101]])
def test_a_name_that_would_spoil_the_list_is_refused(tmp_path: Path, wrong: list[str]) -> None:
    status, said, error = Command(f"sqlite:///{tmp_path / 'anda.db'}")("create", "--place", VILLAGE, *wrong)
    assert (status, said) == (2, "")
    assert "--name" in error


@grid("days", ["0", "-1", "3651", "ten"])
def test_days_that_cannot_be_are_refused(tmp_path: Path, days: str) -> None:
    status, said, error = Command(f"sqlite:///{tmp_path / 'anda.db'}")(
        "create", "--place", VILLAGE, "--name", "A village", "--days", days
    )
    assert (status, said) == (2, "")
    assert "--days" in error


def test_a_number_that_is_not_known_is_told(command: Command, store: Engine) -> None:
    made(store)
    status, said, told = command("revoke", "2147483647")
    assert (status, said) == (1, "")
    assert "there is no token 2147483647" in told


@grid("words", [["create", "--place", VILLAGE, "--name", "A village"], ["list"], ["revoke", "1"]], ids=lambda it: it[0])
def test_a_store_that_is_not_migrated_is_told(tmp_path: Path, words: list[str]) -> None:
    address = f"sqlite:///{tmp_path / 'first.db'}"
    engine = make_engine(address)
    migrate(engine, "0001")
    engine.dispose()
    status, said, told = Command(address)(*words)
    assert (status, said) == (1, "")
    assert "anda migrate" in told


@grid("address", ["sqlite:////nonexistent/folder/anda.db", "postgresql://anda@127.0.0.1:1/anda", "no"])
def test_a_store_that_cannot_be_reached_is_told(address: str) -> None:
    status, said, told = Command(address)("list")
    assert (status, said) == (1, "")
    assert "ANDA_DATABASE_URL" in told


def test_a_table_that_went_missing_is_told(either_store: Engine) -> None:
    with writing(either_store) as connection:
        connection.execute(text("ALTER TABLE tokens RENAME TO gone"))
    status, said, told = Command(either_store.url.render_as_string(hide_password=False))("list")
    assert (status, said) == (1, "")
    assert "cannot be used" in told


@pytest.mark.lengthy
def test_a_process_prints_the_token_alone_and_leaves_nothing_behind(
    store: Engine, database_url: str, tmp_path: Path
) -> None:
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    ended = subprocess.run(
        [ANDA, "token", "create", "--place", VILLAGE, "--name", "某村民委员会"],
        env={**os.environ, "ANDA_DATABASE_URL": database_url},
        cwd=empty,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert found(store, ended.stdout.removesuffix("\n"), dt.datetime.now(dt.UTC)) is not None
    assert ended.stdout.strip() not in ended.stderr
    assert list(empty.iterdir()) == []
