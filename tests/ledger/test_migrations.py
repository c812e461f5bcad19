"""A filled store of each earlier revision of the ledger is brought to the newest one with all that it holds."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select, text

from app.clock import Clock
from app.db import engine as database
from app.db import tokens
from app.db.engine import migrate, reading, writing
from app.db.ledger import institutions
from app.db.ledger.chained_rows import stored_rows
from app.db.ledger.institutions import Institution
from app.db.ledger.messages import Message
from app.db.ledger.models import Settlement
from app.db.sealing import seal_events
from app.errors import ConflictError, ConflictReason
from app.ledger.answer_verification import answer_faults
from app.ledger.event_verification import verify_events
from tests.support.county import LONG_AGO
from tests.support.ledger_desk import HOSPITALS, SICK, WRITTEN, Desk, Json, new_number, stay
from tests.support.scale import chosen
from tests.support.stores import move_to

REVISIONS = ("0007", "0006", "0005", "0004")
"""The revisions that have settlements, but for the newest."""

BEFORE = ("settlements_before", "admissions_before", "admissions_at_before", "counted_before", "paid_before")


def some_of(desk: Desk, *revisions: str) -> Sequence[str]:
    """Choose revisions to come from: all of them, but on PostgreSQL the first and the last in the small form."""
    return revisions if desk.engine.dialect.name == "sqlite" else chosen([revisions[0], revisions[-1]], revisions)


def _years_before(desk: Desk) -> dict[int, Json]:
    statement = select(Settlement.id, *(Settlement.__table__.c[name] for name in BEFORE))
    with desk.engine.connect() as connection:
        return {row.id: {name: getattr(row, name) for name in BEFORE} for row in connection.execute(statement)}


def _take_back(desk: Desk, booking: Json) -> ConflictError | None:
    message = Message(booking["institution"], "v1", booking["message_id"], "")
    try:
        with writing(desk.engine) as connection:
            desk.ledger().take_back(connection, Clock().now(), message)
    except ConflictError as error:
        return error
    return None


@pytest.mark.lengthy
@pytest.mark.slow
@pytest.mark.each_database
def test_an_institution_of_before_lies_where_its_code_says_and_a_person_belongs_to_nobody(empty_desk: Desk) -> None:
    desk, person = empty_desk, empty_desk.person(*SICK)
    abroad = Institution("H15092400009", "邻县医院", "county")
    with writing(desk.engine) as connection:
        institutions.write(connection, WRITTEN, abroad)
        institutions.write(connection, WRITTEN, Institution("H1", "诊所", "township"))
    made = desk.settle(stay(person, "county", institution=abroad.code))
    answered = desk.reread(made)
    for revision in some_of(desk, "0011", "0010", "0009", "0008", *REVISIONS):
        move_to(desk.engine, revision)
        migrate(desk.engine)
        with reading(desk.engine) as connection:
            places = {each: getattr(institutions.find(connection, each), "place", "") for each in (abroad.code, "H1")}
        assert places == {abroad.code: "150924", "H1": None}
        if revision != "0011":
            looked = desk.ask("other_county", "POST", "/v1/persons/lookup", json={"person": person}).json()
            assert (looked["county"], len(looked["statuses"])) == (None, len(SICK)), revision
        found = desk.ask("other_county", "GET", f"/v1/settlements/{made['id']}").json()
        assert found["reimbursement"]["summary"] == answered["reimbursement"]["summary"], revision
    # It belongs to the first county that writes.
    desk.register(person, *SICK)
    refused = desk.ask("other_county", "PUT", "/v1/persons", json={"person": person, "statuses": []})
    assert refused.status_code == 403


@pytest.mark.lengthy
def test_the_year_before_each_settlement_is_carried_over_from_each_earlier_revision(empty_desk: Desk) -> None:
    desk, person, other = empty_desk, empty_desk.person(*SICK), empty_desk.person(*SICK)
    desk.settle(stay(person, "county", "outpatient"))
    desk.settle(stay(person, "city"))
    desk.settle(stay(new_number(), "township"))
    unchanged = desk.reverse(desk.settle(stay(person, "county")))
    first, second = desk.settle(stay(other, "county")), desk.settle(stay(other))
    changed = desk.reverse(second)
    desk.reverse(first)
    found = _years_before(desk)
    last = found[unchanged["reverses"]]
    assert (last["settlements_before"], last["admissions_before"], last["admissions_at_before"]) == (2, 1, {"city": 1})
    assert last["counted_before"]["basic_insurance"] > last["paid_before"]["basic_insurance"] > 0
    assert set(found[unchanged["id"]].values()) == {None}
    for revision in REVISIONS:
        move_to(desk.engine, revision)
        with desk.engine.connect() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == revision
            assert "paid_before" not in connection.execute(text("SELECT * FROM settlements")).keys()  # noqa: SIM118
        database.migrate(desk.engine)
        assert _years_before(desk) == found, revision
    # A settlement stands again where its year is as it was, and not where it has changed.
    assert _take_back(desk, unchanged) is None
    # The city's token: whose county a person is, an earlier revision does not keep.
    restored = desk.ask("1509", "GET", f"/v1/settlements/{unchanged['reverses']}")
    assert restored.json()["status"] == "standing"
    refused = _take_back(desk, changed)
    assert refused is not None
    assert (refused.reason, refused.operands) == (ConflictReason.SETTLEMENT_YEAR_CHANGED, {"settlement": second["id"]})


@pytest.mark.lengthy
@pytest.mark.slow
@pytest.mark.each_database
def test_what_a_store_of_before_holds_is_taken_into_the_chain_once_as_it_is_found(empty_desk: Desk) -> None:
    desk = empty_desk
    desk.settle(stay(desk.person(*SICK)))
    desk.reverse(desk.settle(stay(new_number(), "township")))
    with reading(desk.engine) as connection:
        # An earlier revision has no table of the figures in force.
        written = {key for key, _ in stored_rows(connection) if not key.startswith("figures ")}
    for revision in some_of(desk, "0013", "0012", "0011", "0010", "0009", *REVISIONS):
        move_to(desk.engine, revision)
        database.migrate(desk.engine)
        seal_events(desk.engine)
        with reading(desk.engine) as connection:
            found = verify_events(connection)
            faults = [*found.faults, *answer_faults(connection)]
        assert faults == [], revision
        assert (found.found, found.found_on) == (len(written), Clock().now().today), revision
    # What comes in by hand afterwards is named, also where the store is migrated again.
    with desk.engine.begin() as connection:
        connection.execute(text("UPDATE settlements SET total = total + 1 WHERE id = 1"))
    database.migrate(desk.engine)
    with reading(desk.engine) as connection:
        assert verify_events(connection).faults == ["settlement 1: is not what its event says"]


@pytest.mark.each_database
def test_a_token_that_is_bound_to_a_network_is_no_token_of_everywhere_for_an_earlier_release(empty_desk: Desk) -> None:
    engine = empty_desk.engine
    with writing(engine) as connection:
        tokens.create_for_institution(
            connection, HOSPITALS["city"].code, "内网", LONG_AGO, 36_500, network="10.20.0.0/16"
        )
        number = tokens.list_all(connection)[-1].id
    with pytest.raises(ValueError, match="revoke them first"):
        move_to(engine, "0024")
    with writing(engine) as connection:
        tokens.revoke(connection, number, LONG_AGO)
    seal_events(engine)
    move_to(engine, "0024")
    migrate(engine)
    seal_events(engine)
    with reading(engine) as connection:
        assert verify_events(connection).faults == []
        assert tokens.list_all(connection)[-1].network is None
