"""Persons whom older releases kept twice: named, joined by an officer or where nothing is in doubt, and never lost."""

from typing import Any

import pytest
from sqlalchemy import select, update

from app.db.engine import reading, writing
from app.db.ledger import events
from app.db.ledger.models import Person, RecordedRead
from app.ledger import verification
from app.ledger.event_verification import verify_events
from app.privacy.pseudonyms import PersonPseudonyms
from tests.support.ledger_desk import SICK, Desk, Json, expect, new_number, status, stay
from tests.support.stores import move_to

pytestmark = pytest.mark.each_database

ACCIDENT: Json = {"patient": {"accident_disability": True}}


def spell(desk: Desk, person: str, spelling: str) -> None:
    """Let a person stand under a number exactly as it is written, as older releases kept it."""
    pseudonyms = PersonPseudonyms(None, desk.key)
    with writing(desk.engine) as connection:
        its = Person.number == pseudonyms.hashed(person)
        older = update(Person).where(its).values(number=pseudonyms.hashed(spelling)).returning(Person.id)
        events.note_stored(connection, "persons", connection.execute(older).scalar_one())


def settled(desk: Desk, *persons: str, **more: Any) -> list[Json]:
    """Settle a stay for each, in their order."""
    return [desk.settle(stay(person, **more)) for person in persons]


def codes(settlement: Json) -> list[str]:
    return [each["code"] for each in settlement["warnings"]]


def join(desk: Desk, person: str, who: str = "county", **other: str) -> Any:
    return desk.ask(who, "POST", "/v1/persons/join", json={"person": person, **other})


def noted(desk: Desk) -> list[str]:
    with reading(desk.engine) as connection:
        assert [*verification.faults(connection), *verify_events(connection).faults] == []
        return list(verification.notices(connection))


def reads_of(desk: Desk, person: str) -> int:
    """Count the reads of whom a number names."""
    with reading(desk.engine) as connection:
        number = desk.ledger().identify(connection, person).number
        of_person = select(RecordedRead.id).where(RecordedRead.number == number, RecordedRead.kind == "person")
        return len(connection.execute(of_person).all())


def persons_of(desk: Desk) -> int:
    with reading(desk.engine) as connection:
        return len(connection.execute(select(Person.id).where(Person.joined_to.is_(None))).all())


def test_two_who_prove_to_be_one_are_named_at_the_counter_and_by_verify_and_joined_by_an_officer(desk: Desk) -> None:
    number, other = f"{new_number()}X", new_number()
    first, second, third = settled(desk, number, other, other)
    assert noted(desk) == []
    spell(desk, other, number.lower())
    fourth = desk.settle(stay(number))
    assert "person_twice" in codes(fourth)
    assert "person_twice" not in codes(first)
    (note,) = noted(desk)
    assert "are one person" in note
    assert desk.account(number)["settlements"] == 2, "nothing is joined silently"
    before = [desk.reread(each) for each in (first, second, third, fourth)]

    answer = expect(200, join(desk, number.lower()))
    (made,) = answer["joins"]
    assert (made["by_officer"], made["settlements"]) == (True, [second["id"], third["id"]])
    assert expect(200, join(desk, number)) == answer
    assert noted(desk) == []
    assert [desk.reread(each) for each in (first, second, third, fourth)] == before
    year = desk.account(number)
    assert (year["settlements"], year["admissions"]) == (4, 4)
    assert desk.account(number.lower()) == year
    later = desk.settle(stay(number.lower()))
    assert later["year_to_date"]["before"] == {name: year[name] for name in later["year_to_date"]["before"]}
    assert "person_twice" not in codes(later)
    for each in (later, fourth, third, second, first):
        desk.reverse(each)
    assert desk.account(number)["settlements"] == 0
    assert noted(desk) == []


def test_where_only_one_has_settlements_and_only_one_an_entry_nobody_has_to_decide(desk: Desk) -> None:
    number, other = f"{new_number()}X", new_number()
    (stayed,) = settled(desk, other)
    desk.register(number, *SICK)
    before = persons_of(desk)
    spell(desk, other, number.lower())
    assert [each["status"] for each in desk.register(number, *SICK)["statuses"]] == ["registered", "major_disease"]
    assert desk.account(number)["settlements"] == 1
    assert persons_of(desk) == before - 1
    (made,) = expect(200, join(desk, number))["joins"]
    assert (made["by_officer"], made["settlements"]) == (False, [stayed["id"]])
    assert desk.settle(stay(number))["person"]["registration"] == "registered"
    assert noted(desk) == []


def test_what_an_older_release_kept_alone_under_another_spelling_stays_one_person(desk: Desk) -> None:
    number, other = f"{new_number()}aX", new_number()
    settled(desk, other)
    spell(desk, other, number)
    before = persons_of(desk)
    for spelling in (number, number.upper(), number.lower(), f" {number.upper()}　"):
        desk.settle(stay(spelling))
    assert persons_of(desk) == before
    assert desk.account(number.upper())["settlements"] == 5


def test_an_officer_joins_persons_of_the_own_county_alone(desk: Desk) -> None:
    number, other = new_number(), desk.person(*SICK)
    settled(desk, number, other)
    assert join(desk, new_number()).status_code == 404
    assert join(desk, number, other=new_number()).status_code == 404
    assert join(desk, number, "other_county", other=other).status_code == 403
    assert desk.account(number)["settlements"] == 1
    answer = expect(200, join(desk, number, other=other))
    assert [each["status"] for each in answer["person"]["statuses"]] == ["registered", "major_disease"]
    assert answer["person"]["county"] == "150923"
    assert desk.account(other)["settlements"] == 2
    assert join(desk, number, "other_county").status_code == 403


def test_the_read_of_a_join_is_on_record(desk: Desk) -> None:
    number, other = new_number(), desk.person(*SICK)
    settled(desk, number, other)
    before = reads_of(desk, number)
    expect(200, join(desk, other, other=number))
    assert reads_of(desk, number) == reads_of(desk, other) == before + 1, "both numbers name the one who stands"


def test_the_former_county_of_a_person_who_is_joined_sees_its_days_and_takes_the_person_back(desk: Desk) -> None:
    number, other = new_number(), desk.person(*SICK)
    settled(desk, number, other)
    moved = desk.ask(
        "other_county", "POST", "/v1/persons/transfer", "2018-05-21", json={"person": other, "from": "2018-05-21"}
    )
    expect(200, moved)
    answer = expect(200, join(desk, number, "other_county", other=other))
    assert [each["from_county"] for each in answer["person"]["transfers"]] == ["150923"]
    lookup = desk.ask("county", "POST", "/v1/persons/lookup", json={"person": number})
    assert len(expect(200, lookup)["statuses"]) == len(SICK)
    back = desk.ask("county", "POST", "/v1/persons/transfer/reversal", "2018-05-22", json={"person": number})
    assert expect(200, back)["county"] == "150923"
    assert noted(desk) == []


def test_the_entry_of_the_one_who_stands_holds_and_both_lump_sums_are_known(desk: Desk) -> None:
    number, other = desk.person(*SICK), desk.person(status("registered"))
    first, second = settled(desk, number, other, **ACCIDENT)
    assert len(expect(200, join(desk, number, other=other))["person"]["statuses"]) == 2
    assert noted(desk) == []
    later = desk.settle(stay(other, **ACCIDENT))
    assert not later["reimbursement"]["lump_sums"], "an accident is compensated once"
    for each in (later, second):
        desk.reverse(each)
    assert noted(desk) == []
    assert not desk.settle(stay(number, **ACCIDENT))["reimbursement"]["lump_sums"], "the first one stands"
    assert first["reimbursement"]["lump_sums"]


def test_a_store_in_which_persons_were_joined_does_not_go_back(empty_desk: Desk) -> None:
    number, other = new_number(), new_number()
    settled(empty_desk, number, other)
    expect(200, join(empty_desk, number, other=other))
    with pytest.raises(ValueError, match="joined"):
        move_to(empty_desk.engine, "0018")
    assert empty_desk.account(other)["settlements"] == 2
