"""A day that ANDA_TODAY sets is said at the start, on every page in both languages, and by /readyz."""

import datetime as dt
from pathlib import Path

import pytest
from structlog.testing import CapturingLogger

from app.main import create_app
from app.settings import Settings
from tests.support.client import InProcessClient
from tests.support.stores import migrated_file

PAGES = ("/", "/bill", "/household", "/notices", "/policy", "/desk", "/licences", "/nowhere")
SAID = {
    "zh": "培训环境：日期设为2018-05-20，不是当天日期。",
    "en": "the day is set to 2018-05-20 and is not the real one",
}


@pytest.mark.parametrize("today", [None, dt.date(2018, 5, 20)])
def test_a_set_day_is_said_wherever_somebody_looks_and_only_then(
    today: dt.date | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = CapturingLogger()
    monkeypatch.setattr("app.main.log", logger)
    settings = Settings(
        database_url=migrated_file(tmp_path), person_key_file=tmp_path / "anda.key", access_log=False, today=today
    )
    with InProcessClient(create_app(settings)) as client:
        said = set()
        for path in PAGES:
            for language, words in SAID.items():
                shown = client.get(path, params={"lang": language}, headers={"Accept": "text/html"})
                assert shown.status_code in {200, 404}
                said.add(words in shown.text)
        problem = client.get("/problems/not-found").text
        document = client.get("/openapi.json").json()["info"]["description"]
        said |= {SAID["zh"] in problem, *(words in document for words in SAID.values())}
        assert said == {today is not None}
        ready = client.get("/readyz").json()
        assert ready["today"] == (None if today is None else "2018-05-20")
    logged = [call.kwargs for call in logger.calls if call.args == ("ANDA_TODAY sets the day",)]
    assert logged == ([] if today is None else [{"today": "2018-05-20"}])
