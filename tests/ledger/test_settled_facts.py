"""What a settlement was calculated from is kept in columns, so that it can be calculated again."""

import pytest
from sqlalchemy import select

from app.db import engine as database
from app.db.engine import reading
from app.db.ledger import settlements
from app.db.ledger.models import Settlement
from app.db.ledger.records import SettledFacts
from app.db.sealing import seal_events
from app.ledger.event_verification import verify_events
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, Json, new_number, status, stay
from tests.support.stores import move_to

PLAIN = {"unreferred": False, "adjudicated": {}, "readings": {}}


def settled_facts(desk: Desk) -> list[SettledFacts]:
    with reading(desk.engine) as connection:
        numbers = connection.execute(select(Settlement.id).where(settlements.STANDS).order_by(Settlement.id)).scalars()
        found = [settlements.find(connection, number).facts for number in numbers.all()]
    return [each for each in found if each is not None]


def settle_variously(desk: Desk) -> None:
    away = {"kind": "inpatient", "facility_level": "in_region", "referred": False}
    bodies: list[Json] = [
        stay(desk.person(*SICK, status("chronic_disease"))),
        stay(new_number(), "in_region", visit=away, institution=HOSPITALS["in_region"].code),
        stay(desk.person(*SICK), adjudicated={"basic_insurance": "1000.00"}, readings={"ceiling": "none"}),
    ]
    for body in bodies:
        desk.settle(body)


def test_the_facts_of_a_settlement_are_those_of_the_register_and_of_the_claim(empty_desk: Desk) -> None:
    settle_variously(empty_desk)
    chosen = {**PLAIN, "adjudicated": {"basic_insurance": 100_000}, "readings": {"ceiling": "none"}}
    assert settled_facts(empty_desk) == [
        SettledFacts(True, "registered", True, True, **PLAIN),  # type: ignore[arg-type]
        SettledFacts(False, "none", False, False, **{**PLAIN, "unreferred": True}),  # type: ignore[arg-type]
        SettledFacts(True, "registered", True, False, **chosen),  # type: ignore[arg-type]
    ]


@pytest.mark.lengthy
@pytest.mark.each_database
def test_the_facts_of_earlier_settlements_are_taken_from_their_answers_and_the_chain_says_so(empty_desk: Desk) -> None:
    settle_variously(empty_desk)
    kept = settled_facts(empty_desk)
    seal_events(empty_desk.engine)
    move_to(empty_desk.engine, "0023")
    database.migrate(empty_desk.engine)
    taken = settled_facts(empty_desk)
    # Of an earlier settlement every reading is known, chosen or not.
    assert [each._replace(readings={}) for each in taken] == [each._replace(readings={}) for each in kept]
    assert [{**each.readings, **chosen.readings} for each, chosen in zip(taken, kept, strict=True)] == [
        each.readings for each in taken
    ]
    seal_events(empty_desk.engine)
    with reading(empty_desk.engine) as connection:
        assert verify_events(connection).faults == []
