"""A clock that was set back writes nothing, and the service says that its day is set."""

import datetime as dt

import pytest
from alembic import command
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli.main import app
from app.clock import Moment
from app.db import engine as database
from tests.support.county import County, project

DAY = "2018-02-09"


def _set_back(county: County, monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """Let the service's clock be behind by some seconds."""
    behind = dt.timedelta(seconds=seconds)
    monkeypatch.setattr(
        county._clock, "now", lambda: Moment(dt.datetime.now(dt.UTC) - behind, dt.date.fromisoformat(DAY))
    )


def _declare(county: County) -> tuple[int, str]:
    answer = county.on(DAY).post("/v1/projects", json=project(), headers=county.headers("village"))
    return answer.status_code, answer.json().get("type", "")


@pytest.mark.each_database
def test_a_clock_more_than_a_minute_behind_the_newest_write_writes_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with County(database_url) as county:
        assert _declare(county)[0] == 201
        _set_back(county, monkeypatch, 50)
        assert _declare(county)[0] == 201, "clocks differ a little"
        before = county.rows()
        for seconds in (62, 3_600):
            _set_back(county, monkeypatch, seconds)
            assert _declare(county) == (503, "/problems/clock-behind")
            ready = county.on(DAY).get("/readyz")
            assert (ready.status_code, ready.json()["type"]) == (503, "/problems/clock-behind")
        assert county.rows() == before
        assert county.on(DAY).get("/v1/projects", headers=county.headers("village")).status_code == 200
        _set_back(county, monkeypatch, 0)
        assert _declare(county)[0] == 201
        assert county.on(DAY).get("/readyz").status_code == 200


def test_a_command_with_a_clock_that_is_behind_writes_nothing(database_url: str) -> None:
    with County(database_url) as county:
        assert _declare(county)[0] == 201
        with county.engine.begin() as connection:
            connection.execute(text("UPDATE newest_instant SET at = '2099-01-01 00:00:00'"))
        words = ["token", "create", "--place", "150923", "--name", "x"]
        ended = CliRunner().invoke(app, words, env={"ANDA_DATABASE_URL": database_url})
        assert (ended.exit_code, ended.stdout) == (1, "")
        assert ended.stderr == "anda: the clock is more than a minute behind the newest write; set it right\n"


@pytest.mark.each_database
def test_instants_of_an_earlier_release_whose_day_was_set_ahead_are_not_compared(database_url: str) -> None:
    with County(database_url) as county:
        assert _declare(county)[0] == 201
        config = database._config()
        with database._without_foreign_keys(county.engine) as connection, connection.begin():
            config.attributes["connection"] = connection
            command.downgrade(config, "0014")
            connection.execute(text("UPDATE projects SET declared = '2099-01-01 00:00:00'"))
        database.migrate(county.engine)
        assert _declare(county)[0] == 201
