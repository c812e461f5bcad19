"""Texts that are erased: gone from every table, on record, and all else is held to what it was."""

from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli.main import app
from app.db.engine import reading, writing
from app.projects.verification import verify
from tests.support.county import County, Json

DAY = "2018-03-14"
NAME, CONTACT, CONTENT = "欧阳青山", "13904741118", "管线没有经过村东头王家。"
ANSWER = "王家已列入二期。"
REASON = "当事人申请删除"


@pytest.fixture(name="county")
def _county(lasting_county: County) -> County:
    """An empty county."""
    return lasting_county.empty()


def _decided(county: County) -> tuple[int, str]:
    """Make an objection and decide it; return its number and its receipt."""
    notice = county.show(county.walk_to("county_notice"), DAY)["notice"]["id"]
    body = {"content": CONTENT, "name": NAME, "contact": CONTACT}
    made: Json = county.on(DAY).post(f"/v1/notices/{notice}/objections", json=body).json()
    decision = {"outcome": "dismissed", "answer": ANSWER}
    headers = county.headers("county", Idempotency_Key="decides-once")
    decided = county.on(DAY).post(f"/v1/objections/{made['id']}/decision", json=decision, headers=headers)
    assert decided.status_code == 200
    return made["id"], made["receipt"]


def _anda(county: County, *words: object) -> tuple[int, str]:
    environment = {"ANDA_DATABASE_URL": county.database_url, "ANDA_TODAY": DAY}
    ended = CliRunner().invoke(app, [str(word) for word in words], env=environment)
    return ended.exit_code, ended.output


def _erase(county: County, number: int, *texts: str) -> None:
    options = [word for each in texts for word in ("--text", each)]
    code, said = _anda(county, "erase", "objection", number, *options, "--reason", REASON)
    assert code == 0, said


def _change(table: str, key: str, number: int, change: str) -> str:
    return f"UPDATE {table} SET {change} WHERE {key} = {number}"  # noqa: S608 - written here


def _faults(county: County, *statements: str) -> list[str]:
    """Verify the store after some statements, and undo them."""
    with writing(county.engine) as connection:
        savepoint = connection.begin_nested()
        for statement in statements:
            connection.execute(text(statement))
        faults = verify(connection).faults
        savepoint.rollback()
    return faults


@pytest.mark.each_database
def test_who_objected_is_erased_on_record_and_the_rest_is_held_as_before(county: County) -> None:
    number, receipt = _decided(county)
    before = county.on(DAY).get(f"/v1/objections/{receipt}").json()
    _erase(county, number, "name", "contact")
    stored = str(county.rows())
    assert NAME not in stored and CONTACT not in stored
    assert county.on(DAY).get(f"/v1/objections/{receipt}").json() == before
    assert _faults(county) == []
    with reading(county.engine) as connection:
        last = connection.execute(text("SELECT action, note FROM events ORDER BY number DESC LIMIT 1")).one()
    assert tuple(last) == ("erase", REASON)
    named = [f"objection {number}: is not what the history says"]
    assert _faults(county, _change("objections", "id", number, "content = '另一种'")) == named
    assert _faults(county, _change("objections", "id", number, "name = '别人'")) == named
    again = _anda(county, "erase", "objection", number, "--text", "name", "--reason", REASON)
    assert (again[0], "nothing to erase" in again[1]) == (1, True)


@pytest.mark.each_database
def test_what_should_never_have_been_written_is_erased_from_the_objection_and_the_history(county: County) -> None:
    number, receipt = _decided(county)
    _erase(county, number, "content", "answer", "name")
    stored = str(county.rows())
    assert CONTENT not in stored and ANSWER not in stored
    assert county.rows()["replies"] == [], "the stored answer to the decision held them too"
    shown = county.on(DAY).get(f"/v1/objections/{receipt}").json()
    assert (shown["content"], shown["answer"]) == ("（已删除）", "（已删除）")
    assert _faults(county) == []
    assert _anda(county, "verify")[0] == 0


@pytest.mark.each_database
def test_a_reason_is_erased_and_a_missing_text_without_an_event_is_named(county: County) -> None:
    project = county.walk_to("township_notice")
    private = "张三患有重病，电话13904741118。"
    county.act("township", project, {"action": "return", "note": private}, DAY)
    number = _newest(county)
    unlocked = "DROP TRIGGER events_no_update" if _is_sqlite(county) else "SET LOCAL session_replication_role = replica"
    for note in ("NULL", "'（已删除）'"):
        quietly = _change("events", "number", number, f"note = {note}, salt = 'another'")
        assert _faults(county, unlocked, quietly) == [f"event {number}: does not say what it said when it was written"]
    code, said = _anda(county, "erase", "note", number, "--reason", REASON)
    assert code == 0, said
    assert private not in str(county.rows())
    assert _faults(county) == []
    for change in ("note = NULL", "was = 'draft'", "salt = NULL", "texts = NULL"):
        faults = _faults(county, unlocked, _change("events", "number", number, change))
        assert faults == [f"event {number}: is not what was left of it when a text was erased"], change


@pytest.mark.each_database
def test_a_text_of_a_project_is_erased_from_what_it_is_was_and_was_posted(county: County) -> None:
    private = "给张三（重病）家打井。"
    project = county.declare(tasks=private)
    county.take(project, "post_village_notice", "2018-02-09")
    key = {"Idempotency_Key": "holds-it", "If_Match": "*"}
    body, headers = {"tasks": f"{private}打井两眼。"}, county.headers("village", **key)
    assert county.on("2018-02-09").patch(f"/v1/projects/{project}", json=body, headers=headers).status_code == 200
    code, said = _anda(county, "erase", "project", project, "--text", "tasks", "--reason", REASON)
    assert code == 0, said
    assert "张三" not in str(county.rows())
    assert all(
        "张三" not in str(each, "utf-8") for row in county.rows()["replies"] for each in row if isinstance(each, bytes)
    )
    assert county.show(project, DAY)["tasks"] == "（已删除）"
    assert _faults(county) == []
    named = [f"project {project}: is not what its history says"]
    assert _faults(county, _change("projects", "id", project, "tasks = '别的'")) == named
    assert _faults(county, _change("notices", "project_id", project, "salt = NULL")) != []
    wrong = _anda(county, "erase", "project", project, "--text", "budget", "--reason", REASON)
    assert (wrong[0], "--text takes one of" in wrong[1]) == (2, True)


@pytest.mark.each_database
def test_the_reason_of_a_removal_is_erased_from_its_notice_too(county: County) -> None:
    project = county.walk_to("in_library")
    private = "张三家已不需要。"
    assert county.act("county", project, {"action": "remove", "note": private}, DAY).status_code == 200
    code, said = _anda(county, "erase", "note", _newest(county), "--reason", REASON)
    assert (code, "notice" in said) == (0, True), said
    assert private not in str(county.rows())
    assert _faults(county) == []


def test_the_text_of_a_report_is_erased_and_the_rest_of_it_held(county: County) -> None:
    project = county.walk_to("under_way")
    body, headers = {"text": "张三家的井已打成。"}, county.headers("township")
    made = county.on(DAY).post(f"/v1/projects/{project}/progress", json=body, headers=headers).json()["id"]
    code, said = _anda(county, "erase", "report", made, "--reason", REASON)
    assert code == 0, said
    assert "张三" not in str(county.rows())
    assert _faults(county) == []
    named = [f"report {made}: is not what the history says"]
    assert _faults(county, _change("reports", "id", made, "text = '别的'")) == named


def test_an_event_of_an_earlier_release_is_erased_and_its_hash_is_a_link(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.projects.events._salted", lambda event: event)
    project = county.walk_to("township_notice")
    county.act("township", project, {"action": "return", "note": "张三患有重病。"}, DAY)
    number = _newest(county)
    county.take(county.declare(DAY), "post_village_notice", DAY)
    monkeypatch.undo()
    assert _anda(county, "erase", "note", number, "--reason", REASON)[0] == 0
    assert "张三" not in str(county.rows())
    assert _faults(county) == []
    faults = _faults(county, "DROP TRIGGER events_no_delete", "DELETE FROM events WHERE action = 'erase'")
    assert faults == [f"event {number}: does not say what it said when it was written"]


def test_what_is_erased_from_a_sqlite_file_is_in_none_of_its_pages(county: County) -> None:
    number, _ = _decided(county)
    _erase(county, number, "name", "contact", "content")
    path = Path(str(county.engine.url.database))
    files = [path.read_bytes(), path.with_name(f"{path.name}-wal").read_bytes()]
    assert [name for name in (NAME, CONTACT, CONTENT) for content in files if name.encode() in content] == []


def _newest(county: County) -> int:
    with reading(county.engine) as connection:
        newest: int = connection.execute(text("SELECT max(number) FROM events")).scalar_one()
    return newest


def _is_sqlite(county: County) -> bool:
    return county.engine.dialect.name == "sqlite"
