"""`anda verify --from`: a check goes on from noted events, names what came after them, and looks at nothing before."""

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli.main import app
from app.db.chain import Head
from app.db.engine import reading
from app.db.ledger import events as ledger_events
from app.db.projects import events
from app.db.sealing import seal_events
from app.ledger import verification as ledger_verification
from app.ledger.answer_verification import answer_faults
from app.ledger.event_verification import verify_events
from app.projects import verification
from tests.support.county import project
from tests.support.ledger_desk import SICK, Desk, Json, expect, new_id, stay


@pytest.fixture(scope="module")
def noted(desk: Desk) -> Json:
    """A desk with a settlement and a project before two noted heads, and others after them."""
    before = _live(desk)
    with reading(desk.engine) as connection:
        heads = {"library": events.head(connection), "ledger": ledger_events.head(connection)}
    after = _live(desk)
    again = desk.settle(stay(desk.person(*SICK)))
    reversal = desk.reverse(again)
    seal_events(desk.engine)
    return {**heads, "before": before, "after": after, "again": again["id"], "reversal": reversal["id"]}


def _live(desk: Desk) -> dict[str, int]:
    body = {"headers": {"Idempotency-Key": new_id()}, "json": project()}
    declared = expect(201, desk.ask("village", "POST", "/v1/projects", "2018-02-09", **body))
    settled = desk.settle(stay(desk.person(*SICK)))
    seal_events(desk.engine)
    return {"project": declared["id"], "settlement": settled["id"]}


TAMPERINGS: dict[str, list[str]] = {
    "UPDATE settlements SET total = total + 100 WHERE id = {settlement}": [
        "settlement {settlement}: is not what its event says",
        "settlement {settlement}: differs from its answer",
    ],
    "UPDATE settlements SET civil_relief = civil_relief + 100 WHERE id = {settlement}": ["account "],
    "UPDATE messages SET taken_back = made WHERE settlement_id = {settlement}": ["message "],
    "UPDATE projects SET budget = budget + 100 WHERE id = {project}": ["project {project}: is not what"],
    "UPDATE projects SET township = '150923101' WHERE id = {project}": ["project {project}: is not what"],
}
"""What is done by hand, and the beginnings of what names it."""

STANDS_AGAIN = "UPDATE settlements SET reversed_by = NULL WHERE id = {again}"
MESSAGE_GONE = "DELETE FROM messages WHERE settlement_id = {reversal}"
CUT_OFF = "DELETE FROM ledger_events WHERE number > {}"


def _found(desk: Desk, noted: Json, *statements: str) -> list[str]:
    """Return what a check from the noted heads names after some statements, which are taken back."""
    with desk.engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
        library = verification.verify(connection, noted["library"])
        ledger = verify_events(connection, noted["ledger"])
        numbers = ledger.written_in("settlements")
        found = [*library.faults, *ledger.faults, *answer_faults(connection, numbers)]
        found += ledger_verification.faults(connection, numbers)
        connection.rollback()
    return found


@pytest.mark.each_database
def test_what_was_changed_after_a_noted_head_is_named_and_before_it_is_not_looked_for(desk: Desk, noted: Json) -> None:
    assert _found(desk, noted) == []
    assert _found(desk, noted, *(each.format(**noted["before"]) for each in TAMPERINGS)) == []
    missed = []
    for statement, lines in TAMPERINGS.items():
        found = _found(desk, noted, statement.format(**noted["after"]))
        named = [line.format(**noted["after"]) for line in lines]
        missed += [(line, found) for line in named if not any(each.startswith(line) for each in found)]
    assert missed == []


@pytest.mark.each_database
def test_a_link_that_was_broken_after_a_noted_head_is_named_and_before_it_is_not_looked_for(
    desk: Desk, noted: Json
) -> None:
    head = noted["ledger"].number
    changed = "UPDATE ledger_events SET day = '2001-01-01' WHERE number = {}"
    assert _found(desk, noted, changed.format(head - 1)) == []
    said = f"ledger event {head + 1}: does not say what it said when it was sealed"
    assert said in _found(desk, noted, changed.format(head + 1))
    assert any("is missing, and was the newest" in each for each in _found(desk, noted, CUT_OFF.format(head)))
    number = noted["library"].number
    unlocked = "DROP TRIGGER IF EXISTS events_no_update"
    if desk.engine.dialect.name == "postgresql":
        unlocked = "SET LOCAL session_replication_role = replica"
    changed = "UPDATE events SET day = '2001-01-01' WHERE number = {}"
    assert _found(desk, noted, unlocked, changed.format(number)) == []
    said = f"event {number + 1}: does not say what it said when it was written"
    assert _found(desk, noted, unlocked, changed.format(number + 1)) == [said]


def test_a_reversal_after_the_head_is_held_to_its_settlement_and_its_message(desk: Desk, noted: Json) -> None:
    said = "settlement {reversal}: does not reverse what it says".format(**noted)
    assert said in _found(desk, noted, STANDS_AGAIN.format(**noted))
    found = _found(desk, noted, MESSAGE_GONE.format(**noted))
    assert any(each.startswith("message ") and each.endswith("is missing") for each in found)


def test_the_command_goes_on_from_both_heads_and_says_what_it_did_not_look_at(desk: Desk, noted: Json) -> None:
    library, ledger = noted["library"], noted["ledger"]
    code, out = _verify(desk, library, ledger)
    assert code == 0, out
    assert f"events, unbroken since event {library.number}; the newest has the hash " in out
    assert f"events of the ledger, unbroken since event {ledger.number}; the newest has the hash " in out
    assert "not looked at again: the events up to the noted ones" in out
    assert "not looked at again" not in _verify(desk)[1]


def test_a_noted_head_that_no_chain_has_is_a_fault_and_another_text_is_refused(desk: Desk, noted: Json) -> None:
    number, hash_ = noted["ledger"]
    for wrong in (Head(number + 1, hash_), Head(number, "0" * 64)):
        code, out = _verify(desk, wrong)
        assert (code, f"event {wrong.number}: is in neither chain with the hash {wrong.hash}" in out) == (1, True)
    for text_ in ("", "310", "x:9a", f"{'9' * 30}:9a"):
        ended = CliRunner().invoke(app, ["verify", "--from", text_], env={"ANDA_DATABASE_URL": desk.database_url})
        assert ended.exit_code == 2, text_


def _verify(desk: Desk, *since: Head) -> tuple[int, str]:
    words = [word for number, hash_ in since for word in ("--from", f"{number}:{hash_}")]
    ended = CliRunner().invoke(app, ["verify", *words], env={"ANDA_DATABASE_URL": desk.database_url})
    return ended.exit_code, ended.output
