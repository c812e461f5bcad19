"""The ledger's chain: every write is an event, the events are linked, and whatever is changed quietly is named."""

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, text
from typer.testing import CliRunner

from app.cli.main import app
from app.db import tokens
from app.db.engine import reading, sealing, writing
from app.db.ledger import aliases, events
from app.db.sealing import seal_events
from app.db.visits import fees, visits
from app.db.visits.fees import FeeLine, FeeSums
from app.db.visits.visits import NewVisit
from app.db.writer import AFTERWARDS
from app.ledger import verification
from app.ledger.answer_verification import answer_faults
from app.ledger.event_verification import verify_events
from tests.support.county import LONG_AGO, project
from tests.support.lasting import made_ready
from tests.support.ledger_desk import HOSPITALS, SICK, WRITTEN, Desk, Json, expect, new_id, status, stay


def faults(connection: Connection) -> list[str]:
    """Return all that `anda verify` names of the ledger."""
    return [*verify_events(connection).faults, *answer_faults(connection), *verification.faults(connection)]


@pytest.fixture(scope="module")
def lived(desk: Desk) -> Json:
    """A desk at which everything was done that the chain holds; what was done, by name."""
    person = desk.person(*SICK)
    first, other = desk.settle(stay(person, "county")), desk.settle(stay(desk.person(*SICK)))
    reversal = desk.reverse(desk.settle(stay(desk.person())))
    desk.register(person, *SICK, status("chronic_disease", "2018-06-01"))
    key = {"Idempotency-Key": new_id()}
    expect(201, desk.ask("village", "POST", "/v1/projects", "2018-02-09", json=project(), headers=key))
    moved = desk.person(*SICK)
    _transfer(desk, moved, "other_county", "/v1/persons/transfer", {"from": "2018-05-01"})
    _transfer(desk, moved, "county", "/v1/persons/transfer/reversal", {})
    _transfer(desk, moved, "other_county", "/v1/persons/transfer", {"from": "2018-05-02"})
    with writing(desk.engine) as connection:
        tokens.create(connection, "150923", "旗县", LONG_AGO, 30, person="李四")
    with writing(desk.engine) as connection:
        revoked = tokens.list_all(connection)[-1].id
        tokens.revoke(connection, revoked, LONG_AGO)
    joined, other_number = desk.person(*SICK), desk.person()
    expect(200, desk.ask("county", "POST", "/v1/persons/join", json={"person": joined, "other": other_number}))
    _identify_and_admit(desk)
    last = desk.settle(stay(desk.person(*SICK)))
    seal_events(desk.engine)
    return {
        "first": first["id"],
        "other": other["id"],
        "reversal": reversal["id"],
        "token": revoked,
        "last": last["id"],
    }


def _identify_and_admit(desk: Desk) -> None:
    """Give person 1 an alias, let it prove to be person 2, and report a visit with a fee."""
    visit = NewVisit(HOSPITALS["city"].code, 1, "inpatient", WRITTEN.today, None, None, "m", None)
    with writing(desk.engine) as connection:
        aliases.add(connection, WRITTEN, "a", 1, "card_number")
        aliases.add_double(connection, WRITTEN, 1, 2)
        admitted = visits.add(connection, WRITTEN, visit, "150900").id
        fees.add(connection, WRITTEN, admitted, None, {"f": FeeLine(FeeSums(in_scope=100), assumed=False)})


def _transfer(desk: Desk, person: str, who: str, path: str, body: Json) -> None:
    expect(200, desk.ask(who, "POST", path, "2018-05-20", json={"person": person, **body}))


def _cut_last_event(connection: Connection, lived: Json) -> None:
    """Take the newest event out, with the settlement that it made, its message and its year."""
    settlement = {"last": lived["last"]}
    person = connection.execute(text("SELECT person_id FROM settlements WHERE id = :last"), settlement).scalar_one()
    for statement in (
        "DELETE FROM messages WHERE settlement_id = :last",
        "DELETE FROM settlements WHERE id = :last",
        "DELETE FROM ledger_events WHERE number = (SELECT max(number) FROM ledger_events)",
    ):
        connection.execute(text(statement), settlement)
    connection.execute(text("DELETE FROM accounts WHERE person_id = :person"), {"person": person})


TAMPERINGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "an amount is raised, and the account adjusted": (
        (
            "UPDATE settlements SET civil_relief = civil_relief + 100, out_of_pocket = out_of_pocket - 100 "
            "WHERE id = {first}",
        ),
        (
            "settlement {first}: is not what its event says",
            "settlement {first}: differs from its answer (zh) in layers, out of pocket",
        ),
    ),
    "a settlement is moved to another day": (
        ("UPDATE settlements SET service_date = '2018-05-21' WHERE id = {first}",),
        (
            "settlement {first}: is not what its event says",
            "settlement {first}: differs from its answer (zh) in service date",
        ),
    ),
    "a settlement is moved to another hospital": (
        ("UPDATE settlements SET institution = 'H15090000001' WHERE id = {first}",),
        (
            "settlement {first}: is not what its event says",
            "settlement {first}: differs from its answer (zh) in institution",
        ),
    ),
    "a settlement is deleted with its message and its account": (
        (
            "DELETE FROM accounts WHERE person_id = (SELECT person_id FROM settlements WHERE id = {last})",
            "DELETE FROM purses",
            "DELETE FROM messages WHERE settlement_id = {last}",
            "DELETE FROM settlements WHERE id = {last}",
        ),
        ("settlement {last}: is missing", "message "),
    ),
    "an answer is replaced by that of another settlement": (
        ("UPDATE settlements SET answer = (SELECT answer FROM settlements WHERE id = {other}) WHERE id = {first}",),
        (
            "settlement {first}: is not what its event says",
            "settlement {first}: differs from its answer (zh) in institution",
        ),
    ),
    "a reversal is undone": (
        ("UPDATE settlements SET reversed_by = NULL WHERE reversed_by = {reversal}",),
        ("settlement {reversed}: is not what its event says",),
    ),
    "a token is inserted": (
        (
            "INSERT INTO tokens (id, hash, place, name, created, expires) "
            "VALUES (9999, 'x', '150923', 'x', '2018-01-01 00:00:00', '2099-01-01 00:00:00')",
        ),
        ("token 9999: no event says that it was written",),
    ),
    "a token is revived": (
        ("UPDATE tokens SET revoked = NULL WHERE id = {token}",),
        ("token {token}: is not what its event says",),
    ),
    "a token holds longer": (
        ("UPDATE tokens SET expires = '2099-01-01 00:00:00' WHERE id = {token}",),
        ("token {token}: is not what its event says",),
    ),
    "a token is another person's": (
        ("UPDATE tokens SET person = '王五' WHERE id = {token}",),
        ("token {token}: is not what its event says",),
    ),
    "a person is moved to another county": (
        ("UPDATE persons SET county = '150924' WHERE id = 1",),
        ("person 1: is not what its event says",),
    ),
    "a transfer begins on another day": (
        ("UPDATE transfers SET first_day = '2018-01-01' WHERE id = 2",),
        ("transfer 2: is not what its event says",),
    ),
    "a transfer stands that was taken back": (
        ("UPDATE transfers SET taken_back = NULL WHERE id = 1",),
        ("transfer 1: is not what its event says",),
    ),
    "a transfer is deleted": (("DELETE FROM transfers WHERE id = 2",), ("transfer 2: is missing",)),
    "a hospital lies in another county": (
        ("UPDATE institutions SET place = '150924' WHERE code = 'H15090000004'",),
        ("institution H15090000004: is not what its event says",),
    ),
    "a status is changed": (
        ("UPDATE standings SET status = 'none' WHERE id = 1",),
        ("status 1: is not what its event says",),
    ),
    "a status is inserted": (
        (
            "INSERT INTO standings (id, person_id, status, first_day, written) "
            "VALUES (9999, 1, 'registered', '2018-01-01', '2018-01-01 00:00:00')",
        ),
        ("status 9999: no event says that it was written",),
    ),
    "two persons change places": (
        ("UPDATE persons SET number = 'x' WHERE id = 1",),
        ("person 1: is not what its event says",),
    ),
    "a level is changed": (
        ("UPDATE institutions SET level = 'village' WHERE code = 'H15090000004'",),
        ("institution H15090000004: is not what its event says",),
    ),
    "an alias leads to another person": (
        ("UPDATE aliases SET person_id = 2 WHERE number = 'a'",),
        ("alias a: is not what its event says",),
    ),
    "an alias is deleted": (("DELETE FROM aliases WHERE number = 'a'",), ("alias a: is missing",)),
    "two who prove to be one are not": (("DELETE FROM doubles",), ("pair of persons who are one ",)),
    "a join is forgotten": (("DELETE FROM joins WHERE id = 1",), ("join of persons 1: is missing",)),
    "a person is joined by hand": (
        ("UPDATE persons SET joined_to = 2 WHERE id = 1",),
        ("person 1: is not what its event says",),
    ),
    "a visit is another person's": (
        ("UPDATE visits SET person_id = 2 WHERE id = 1",),
        ("visit 1: is not what its event says",),
    ),
    "a visit is cancelled": (
        ("UPDATE visits SET cancelled = made WHERE id = 1",),
        ("visit 1: is not what its event says",),
    ),
    "a fee counts for more": (
        ("UPDATE fee_batches SET in_scope = in_scope + 100 WHERE id = 1",),
        ("fees 1: is not what its event says",),
    ),
    "fees are taken out": (("DELETE FROM fee_batches WHERE id = 1",), ("fees 1: is missing",)),
    "an answer to an Idempotency-Key is changed": (
        ("UPDATE replies SET status = 200",),
        ("answer to an Idempotency-Key ",),
    ),
    "a message leads to another settlement": (
        ("UPDATE messages SET settlement_id = {other} WHERE settlement_id = {first}",),
        ("message ",),
    ),
    "an event is changed": (
        ("UPDATE ledger_events SET day = '2001-01-01' WHERE number = 3",),
        ("ledger event 3: does not say what it said when it was sealed",),
    ),
    "an event is taken out": (
        ("DELETE FROM ledger_events WHERE number = 3",),
        ("ledger event 3: is missing",),
    ),
}
"""What is done to the store, and the beginnings of the lines that name it."""


@pytest.mark.each_database
def test_every_quiet_change_is_named(desk: Desk, lived: Json) -> None:
    numbers = {**lived, "reversed": desk.row(lived["reversal"])["reverses"]}
    with reading(desk.engine) as connection:
        assert faults(connection) == []
        count = verify_events(connection).head.number
    missed = []
    for name, (statements, lines) in TAMPERINGS.items():
        with desk.engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement.format(**numbers)))
            found = faults(connection)
            connection.rollback()
        missed += [
            (name, line, found) for line in lines if not any(each.startswith(line.format(**numbers)) for each in found)
        ]
    assert missed == []
    with desk.engine.connect() as connection:
        _cut_last_event(connection, lived)
        named = [line for line in faults(connection) if line.startswith(f"ledger event {count}: is missing")]
        connection.rollback()
    assert len(named) == 1


@pytest.mark.each_database
def test_events_of_twenty_desks_at_once_are_each_sealed_once(desk: Desk, lived: Json) -> None:
    assert lived
    persons = [desk.person(*SICK) for _ in range(4)]
    with desk.reopened() as second:
        clients = made_ready(*(each.on("2019-12-31") for each in (desk, second) for _ in range(2)))

        def settle(number: int) -> int:
            body = stay(persons[number % 4])
            headers = desk.headers(body["institution"])
            answer = clients[number % 4].post("/v1/settlements", json=body, headers=headers)
            seal_events((desk, second)[number % 2].engine)
            return int(answer.status_code)

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(settle, range(16))) == {201}
    seal_events(desk.engine)
    with reading(desk.engine) as connection:
        verified = verify_events(connection)
        assert (verified.faults, verified.unsealed) == ([], 0)
        assert verified.head[1] == events.head(connection).hash


@pytest.mark.each_database
def test_no_writer_waits_for_an_event_of_another_to_be_sealed(desk: Desk, lived: Json) -> None:
    if desk.engine.dialect.name == "sqlite":
        return
    with sealing(desk.engine) as held:
        assert held is not None
        desk.settle(stay(desk.person()))
        with sealing(desk.engine) as second:
            assert second is None, "one sealer at a time"


@pytest.mark.lengthy
def test_what_a_process_wrote_is_sealed_after_a_second_and_when_it_ends(empty_desk: Desk) -> None:
    empty_desk.settle(stay(empty_desk.person()))
    with reading(empty_desk.engine) as connection:
        assert verify_events(connection).unsealed > 0
    deadline = time.monotonic() + 10 * AFTERWARDS
    while _unsealed(empty_desk.engine) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _unsealed(empty_desk.engine) == 0
    with empty_desk.reopened() as again:
        again.settle(stay(again.person()))
    assert _unsealed(empty_desk.engine) == 0


def test_a_refused_settlement_leaves_no_event_and_a_repeated_one_none_either(empty_desk: Desk) -> None:
    body = stay(empty_desk.person())
    empty_desk.settle(body)
    with reading(empty_desk.engine) as connection:
        before = len(list(events.all_events(connection)))
    empty_desk.settle(body)
    assert empty_desk.post({**body, "message_id": new_id()}).status_code == 409
    with reading(empty_desk.engine) as connection:
        assert len(list(events.all_events(connection))) == before
        assert faults(connection) == []


def test_an_event_has_the_real_instant_beside_the_day_of_the_service(empty_desk: Desk) -> None:
    empty_desk.settle(stay(empty_desk.person()), day="2018-05-20")
    with reading(empty_desk.engine) as connection:
        last = list(events.all_events(connection))[-1]
    assert last.day == dt.date(2018, 5, 20)
    assert abs(dt.datetime.now(dt.UTC) - last.at) < dt.timedelta(minutes=5)


def test_the_head_is_printed_shown_on_the_board_and_answered_and_is_found_again(empty_desk: Desk) -> None:
    empty_desk.settle(stay(empty_desk.person()))
    seal_events(empty_desk.engine)
    shown = expect(200, empty_desk.ask(None, "GET", "/v1/ledger/head"))
    page = empty_desk.ask(None, "GET", "/notices").text
    assert shown["hash"] in page
    assert shown["day"] in page
    code, out = _verify(empty_desk)
    assert code == 0
    assert f"{shown['number']} events of the ledger, unbroken; the newest has the hash {shown['hash']}" in out
    empty_desk.settle(stay(empty_desk.person()))
    assert "events of the ledger are not sealed yet" in _verify(empty_desk)[1]
    assert _verify(empty_desk, "--including", shown["hash"])[0] == 0
    assert _verify(empty_desk, "--including", "0" * 64)[0] == 1


def _verify(desk: Desk, *words: str) -> tuple[int, str]:
    ended = CliRunner().invoke(app, ["verify", *words], env={"ANDA_DATABASE_URL": desk.database_url})
    return ended.exit_code, ended.output


def _unsealed(engine: Engine) -> int:
    with reading(engine) as connection:
        return verify_events(connection).unsealed
