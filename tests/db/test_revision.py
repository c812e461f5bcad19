"""A store of another migration is not written to, and a newer one is not migrated."""

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli.main import app
from app.db import revision
from app.db.engine import make_engine
from tests.support.county import County, project


def _stand_at(county: County, number: str) -> None:
    with county.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": number})


def _declare(county: County) -> tuple[int, str]:
    client: TestClient = county.on("2018-02-09")
    answer = client.post("/v1/projects", json=project(), headers=county.headers("village"))
    return answer.status_code, answer.json().get("type", "")


def test_a_store_of_another_migration_is_not_written_to(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with County(database_url) as county:
        county.token("village")
        with county.engine.connect() as connection:
            newest = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        _stand_at(county, "9999")
        before = county.rows()
        assert _declare(county) == (503, "/problems/not-ready"), "before the first write"
        assert county.rows() == before
        _stand_at(county, newest)
        assert _declare(county)[0] == 201
        _stand_at(county, "9999")
        assert _declare(county)[0] == 201, "it is looked at every minute"
        monkeypatch.setattr(revision, "EVERY", 0.0)
        assert _declare(county) == (503, "/problems/not-ready")


def test_a_store_of_a_newer_release_is_named_in_one_line(database_url: str) -> None:
    with County(database_url) as county:
        _stand_at(county, "9999")
    ended = CliRunner().invoke(app, ["migrate"], env={"ANDA_DATABASE_URL": database_url})
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr == "anda: the store is at revision 9999, of a newer release; run that release instead\n"
    engine = make_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
    engine.dispose()
