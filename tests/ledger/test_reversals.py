"""Reversals: a settlement is undone once and leaves no trace in the year; a message is taken back; totals add up."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from app.clock import Clock
from app.db.engine import writing
from app.db.ledger.messages import Message
from app.db.ledger.models import AMOUNTS
from app.errors import ConflictError
from app.http.problems import SLUG
from app.schemas.responses.settlements import ReversalAnswer, TotalsAnswer
from tests.support.grid import grid
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, Json, expect, new_id, new_number, problem, stay

CITY = HOSPITALS["city"].code
COUNTY = HOSPITALS["county"].code
ACCIDENT = {"accident_disability": True}

NOTHING = {
    "settlements": 0,
    "admissions": 0,
    "admissions_by_level": {},
    "layers": {
        layer: {"base": "0.00", "paid": "0.00"}
        for layer in (
            "basic_insurance",
            "critical_illness",
            "civil_relief",
            "major_disease_fund",
            "supplementary_insurance",
        )
    },
}

_days = (f"20{year}-{month:02}-{day:02}" for year in range(30, 99) for month in range(1, 13) for day in range(1, 29))


def fen(signed: str) -> int:
    assert signed.startswith("-") or signed[0].isdigit()
    return int(signed.replace(".", ""))


# ---- reversing


def test_a_reversal_undoes_the_year_and_answers_every_amount_negated(desk: Desk) -> None:
    person = desk.person(*SICK)
    first = desk.settle(stay(person, patient=ACCIDENT))
    second = desk.settle(stay(person, "county"))
    before = desk.account(person)
    third = desk.settle(stay(person, "village", "outpatient", bill={"total": "99.99", "in_scope": "77.77"}))
    undone = desk.reverse(third)
    TypeAdapter(ReversalAnswer).validate_python(undone)
    assert desk.account(person) == before == {"year": 2018, **second["year_to_date"]["after"]}
    assert (undone["status"], undone["reverses"]) == ("reversal", third["id"])
    assert {name: undone[name] for name in ("institution", "visit_id", "service_date")} == {
        name: third[name] for name in ("institution", "visit_id", "service_date")
    }
    row, its = desk.row(third["id"]), desk.row(undone["id"])
    assert {name: its[name] for name in AMOUNTS} == {name: -row[name] for name in AMOUNTS}
    assert {name: fen(undone["amounts"][name]) for name in AMOUNTS} == {name: -row[name] for name in AMOUNTS}
    assert undone["amounts"]["total"] == "-99.99"
    desk.reverse(second)
    assert desk.account(person) == {"year": 2018, **first["year_to_date"]["after"]}
    assert desk.reverse(first)["amounts"]["lump_sum"] == "-20000.00"
    assert desk.account(person) == {"year": 2018, **NOTHING}


def test_a_reversal_in_another_year_undoes_the_year_of_the_service_date(desk: Desk) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person, service_date="2018-12-31"), "2019-01-02")
    later = desk.settle(stay(person, service_date="2019-01-01"), "2019-01-03")
    desk.reverse(made, "2019-02-01")
    assert desk.account(person, 2018) == {"year": 2018, **NOTHING}
    assert desk.account(person, 2019) == {"year": 2019, **later["year_to_date"]["after"]}


def test_what_is_settled_after_a_reversal_is_as_if_what_was_reversed_had_never_been(desk: Desk) -> None:
    person, other = desk.person(*SICK), desk.person(*SICK)
    for _ in range(2):
        desk.reverse(desk.settle(stay(person, patient=ACCIDENT)))
    after, plain = desk.settle(stay(person, patient=ACCIDENT)), desk.settle(stay(other, patient=ACCIDENT))
    assert after["reimbursement"] == plain["reimbursement"]
    assert after["year_to_date"] == plain["year_to_date"]


def test_a_settlement_that_a_later_one_rests_on_is_not_reversed_and_the_refusal_names_the_first_such(
    desk: Desk,
) -> None:
    person = desk.person(*SICK)
    first, second, third = (desk.settle(stay(person, level)) for level in ("city", "county", "city"))
    held = desk.account(person)
    refused = problem(409, "settlement-depended-on", desk.undo(first))
    assert f"number {second['id']}," in refused["detail"]
    assert f"number {third['id']}," in problem(409, "settlement-depended-on", desk.undo(second))["detail"]
    assert desk.account(person) == held
    assert desk.reread(first)["status"] == "standing"
    desk.reverse(third)
    assert f"number {second['id']}," in problem(409, "settlement-depended-on", desk.undo(first))["detail"]
    desk.reverse(second)
    desk.reverse(first)
    assert desk.account(person) == {"year": 2018, **NOTHING}


def test_an_earlier_booking_for_an_earlier_day_rests_on_nothing_that_came_after_it(desk: Desk) -> None:
    """The order of booking counts, not that of the days: a late bill of January meets the year as it then stands."""
    person = desk.person(*SICK)
    march = desk.settle(stay(person, service_date="2018-03-01"))
    january = desk.settle(stay(person, service_date="2018-01-05"))
    assert january["year_to_date"]["before"] == march["year_to_date"]["after"]
    assert f"number {january['id']}," in problem(409, "settlement-depended-on", desk.undo(march))["detail"]
    desk.reverse(january)
    desk.reverse(march)


def test_another_year_and_another_person_rest_on_nothing(desk: Desk) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person))
    desk.settle(stay(person, service_date="2019-01-01"))
    desk.settle(stay(desk.person(*SICK)))
    desk.reverse(made)


def test_an_accident_of_a_later_year_rests_on_the_lump_sum_that_was_paid(desk: Desk) -> None:
    person = desk.person(*SICK)
    paid = desk.settle(stay(person, patient=ACCIDENT))
    not_again = desk.settle(stay(person, service_date="2019-05-01", patient=ACCIDENT))
    assert not_again["reimbursement"]["lump_sums"] == []
    refused = problem(409, "settlement-depended-on", desk.undo(paid))
    assert f"number {not_again['id']}," in refused["detail"]
    desk.reverse(not_again)
    desk.reverse(paid)
    again = desk.settle(stay(person, service_date="2019-05-01", patient=ACCIDENT))
    assert [each["paid"] for each in again["reimbursement"]["lump_sums"]] == ["20000.00"]


def test_a_settlement_is_reversed_once_and_a_reversal_never(desk: Desk) -> None:
    made = desk.settle(stay(desk.person(*SICK)))
    undone = desk.reverse(made)
    assert f"number {undone['id']};" in problem(409, "settlement-reversed", desk.undo(made))["detail"]
    problem(409, "settlement-reversed", desk.undo(undone))
    assert desk.reread(made)["reversed_by"] == undone["id"]


def test_a_reversal_that_is_repeated_is_answered_the_same_byte_for_byte(desk: Desk) -> None:
    made = desk.settle(stay(desk.person(*SICK)))
    message = new_id()
    first = desk.undo(made, message_id=message)
    undone = expect(201, first)
    assert first.headers["location"] == f"/v1/settlements/{undone['id']}"
    for day in ("2018-06-01", "2019-06-01"):
        again = desk.undo(made, day, message_id=message)
        assert (again.status_code, again.content) == (201, first.content)
    other = desk.settle(stay(desk.person(*SICK)))
    problem(422, "idempotency-key-reused", desk.undo(other, message_id=message))
    assert desk.reread(other)["status"] == "standing"


def test_a_message_that_settled_cannot_reverse_nor_one_that_reversed_settle(desk: Desk) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person))
    problem(422, "idempotency-key-reused", desk.undo(made, message_id=made["message_id"]))
    undone = desk.reverse(made)
    problem(422, "idempotency-key-reused", desk.post(stay(person, message_id=undone["message_id"])))


@grid("number", ["0", "999999", "2147483648", "x", "-1", "1.0", "0x1", "１"])
def test_a_settlement_that_is_not_there_is_not_found(desk: Desk, number: str) -> None:
    for answer in (
        desk.ask(CITY, "GET", f"/v1/settlements/{number}"),
        desk.ask("county", "GET", f"/v1/settlements/{number}"),
        desk.ask(CITY, "POST", f"/v1/settlements/{number}/reversal", json={"message_id": new_id()}),
    ):
        problem(404, "unknown-settlement", answer)


@grid(
    ("body", "pointer"),
    [
        ({}, "/message_id"),
        ({"message_id": ""}, "/message_id"),
        ({"message_id": "a b"}, "/message_id"),
        ({"message_id": 1}, "/message_id"),
        ({"message_id": "a", "person": "1509230000012"}, "/person"),
    ],
)
def test_a_reversal_that_cannot_be_is_refused_at_its_field(desk: Desk, body: Json, pointer: str) -> None:
    made = desk.settle(stay(desk.person(*SICK)))
    refused = expect(422, desk.ask(CITY, "POST", f"/v1/settlements/{made['id']}/reversal", json=body))
    assert [each["pointer"] for each in refused["errors"]] == [pointer]
    assert desk.reread(made)["status"] == "standing"


# ---- found again after an answer that was lost


def test_bookings_are_found_by_visit_and_by_message_the_oldest_first(desk: Desk) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person))
    undone = desk.reverse(made)
    again = desk.settle(stay(person, visit_id=made["visit_id"]))

    def found(who: str = CITY, **asked: str) -> list[tuple[int, str]]:
        answer = expect(200, desk.ask(who, "GET", "/v1/settlements", params=asked))
        assert answer["next"] is None
        return [(each["id"], each["status"]) for each in answer["items"]]

    expected = [(made["id"], "reversed"), (undone["id"], "reversal"), (again["id"], "standing")]
    assert found(visit_id=made["visit_id"]) == expected
    assert found("county", visit_id=made["visit_id"]) == expected
    for one in expected:
        message = desk.row(one[0])["message_id"]
        assert found(message_id=message) == found("county", message_id=message, institution=CITY) == [one]
    assert found(message_id=again["message_id"], visit_id=made["visit_id"]) == expected[2:]
    assert found("county", visit_id=made["visit_id"], institution=COUNTY) == []
    assert found(visit_id="nothing") == found(message_id="nothing") == []


@grid("asked", [{}, {"institution": CITY}, {"visit_id": ""}, {"message_id": "a b"}, {"visit_id": "a", "person": "1"}])
def test_bookings_are_found_by_visit_or_message_and_nothing_else(desk: Desk, asked: dict[str, str]) -> None:
    problem(422, "validation-error", desk.ask(CITY, "GET", "/v1/settlements", params=asked))


# ---- totals


def test_totals_are_those_of_the_days_of_booking_by_institution_with_what_was_reversed(desk: Desk) -> None:
    first_day, second_day, third_day = next(_days), next(_days), next(_days)
    person, other = desk.person(*SICK), new_number()
    bill = {"total": "1000.00", "in_scope": "900.00"}
    city = desk.settle(stay(person, bill=bill, patient=ACCIDENT), first_day)
    rows = [desk.row(city["id"])]
    rows += [desk.row(desk.settle(stay(other, "county", bill=bill), day)["id"]) for day in (first_day, second_day)]
    undone = desk.row(desk.reverse(city, third_day)["id"])

    def sums(booked: list[Json]) -> Json:
        added = {name: sum(row[name] for row in booked) for name in AMOUNTS}
        return {"count": len(booked), "amounts": added}

    def read(answer: Json) -> Json:
        return {
            kind: {
                "count": answer[kind]["count"],
                "amounts": {name: fen(each) for name, each in answer[kind]["amounts"].items()},
            }
            for kind in ("settlements", "reversals")
        }

    whole = desk.totals(first_day, third_day)
    TypeAdapter(TotalsAnswer).validate_python(whole)
    assert (whole["from"], whole["to"]) == (first_day, third_day)
    assert read(whole) == {"settlements": sums(rows), "reversals": sums([undone])}
    assert {name: fen(each) for name, each in whole["net"].items()} == sums([*rows, undone])["amounts"]
    at_city, at_county = sorted(whole["institutions"], key=lambda each: str(each["institution"]), reverse=True)
    assert (at_city["institution"], at_county["institution"]) == (CITY, COUNTY)
    assert read(at_city) == {"settlements": sums(rows[:1]), "reversals": sums([undone])}
    assert {fen(each) for each in at_city["net"].values()} == {0}
    assert read(at_county) == {"settlements": sums(rows[1:]), "reversals": sums([])}

    assert read(desk.totals(second_day, second_day)) == {"settlements": sums(rows[2:]), "reversals": sums([])}
    assert read(desk.totals(third_day, third_day)) == {"settlements": sums([]), "reversals": sums([undone])}
    only_county = desk.totals(first_day, third_day, institution=COUNTY)
    assert [each["institution"] for each in only_county["institutions"]] == [COUNTY]
    assert only_county["net"] == at_county["net"]
    own = desk.totals(first_day, third_day, who=CITY)
    assert [each["institution"] for each in own["institutions"]] == [CITY]
    assert own["net"] == at_city["net"]
    assert own == desk.totals(first_day, third_day, who=CITY, institution=CITY)
    nothing = desk.totals(next(_days), next(_days))
    assert (nothing["institutions"], nothing["settlements"]["count"]) == ([], 0)


@grid(
    ("asked", "pointer", "code"),
    [
        ({}, "/from", "missing"),
        ({"from": "2018-01-01"}, "/to", "missing"),
        ({"from": "2018-01-02", "to": "2018-01-01"}, "/to", "ends_before_start"),
        ({"from": "2018-01-01", "to": "2018-13-01"}, "/to", "day_unknown"),
        ({"from": "1.1.2018", "to": "2018-01-01"}, "/from", "day_format"),
        ({"from": "2018-01-01", "to": "2018-01-01", "person": "1"}, "/person", "extra_forbidden"),
        ({"from": "2018-01-01", "to": "2018-01-01", "institution": "a b"}, "/institution", "string_pattern_mismatch"),
    ],
)
def test_totals_that_cannot_be_are_refused_at_their_field(
    desk: Desk, asked: dict[str, str], pointer: str, code: str
) -> None:
    refused = expect(422, desk.ask("county", "GET", "/v1/ledger/totals", params=asked))
    assert (pointer, code) in [(each["pointer"], each["code"]) for each in refused["errors"]]


# ---- messages taken back (冲正), as the national interface does


class TakingBack:
    """Takes messages of the city's hospital back, through the ledger that the service works with."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ledger = desk.ledger()

    def __call__(self, booking: Json | str) -> int | None:
        message_id = booking if isinstance(booking, str) else booking["message_id"]
        with writing(self._desk.engine) as connection:
            message = Message(CITY, "v1", message_id, "")
            return self._ledger.take_back(connection, Clock().now(), message)

    def refused(self, booking: Json) -> tuple[str, Any]:
        """Take a message back in vain, and return why."""
        with pytest.raises(ConflictError) as conflict:
            self(booking)
        return SLUG[conflict.value.reason], conflict.value.operands.get("settlement")


@pytest.fixture
def take_back(desk: Desk) -> TakingBack:
    """Takes messages back."""
    return TakingBack(desk)


def test_a_settlement_that_is_taken_back_counts_nowhere_as_often_as_it_is_asked(
    desk: Desk, take_back: TakingBack
) -> None:
    day = next(_days)
    person = desk.person(*SICK)
    body = stay(person, patient=ACCIDENT)
    made = desk.settle(body, day)
    assert [take_back(made) for _ in range(3)] == [made["id"]] * 3
    assert desk.account(person) == {"year": 2018, **NOTHING}
    assert desk.totals(day, day)["institutions"] == []
    assert desk.reread(made) == {**made, "status": "annulled", "reversed_by": None, "corrections": []}
    problem(409, "message-taken-back", desk.post(body))
    problem(409, "settlement-reversed", desk.undo(made))
    again = desk.settle(stay(person, visit_id=made["visit_id"], patient=ACCIDENT))
    assert again["reimbursement"] == made["reimbursement"]


def test_a_message_that_is_taken_back_before_it_arrives_is_refused_when_it_comes(
    desk: Desk, take_back: TakingBack
) -> None:
    body = stay(desk.person(*SICK))
    assert [take_back(body["message_id"]) for _ in range(2)] == [None, None]
    for _ in range(2):
        problem(409, "message-taken-back", desk.post(body))
    assert desk.account(body["person"])["settlements"] == 0
    made = desk.settle({**body, "message_id": new_id()})
    take_back(late := new_id())
    problem(409, "message-taken-back", desk.undo(made, message_id=late))
    assert desk.reread(made)["status"] == "standing"


def test_a_settlement_stands_again_when_its_reversal_is_taken_back(desk: Desk, take_back: TakingBack) -> None:
    day, other_day = next(_days), next(_days)
    person = desk.person(*SICK)
    made = desk.settle(stay(person, patient=ACCIDENT), day)
    undone = desk.reverse(made, other_day)
    assert [take_back(undone) for _ in range(2)] == [undone["id"]] * 2
    assert desk.account(person) == {"year": 2018, **made["year_to_date"]["after"]}
    assert desk.reread(made) == {**made, "status": "standing", "reversed_by": None, "corrections": []}
    assert desk.reread(undone)["status"] == "annulled"
    assert desk.totals(other_day, other_day)["institutions"] == []
    assert desk.settle(stay(person, "county", patient=ACCIDENT))["reimbursement"]["lump_sums"] == []
    problem(409, "message-taken-back", desk.undo(made, message_id=undone["message_id"]))


def test_a_settlement_that_stands_again_is_reversed_again(desk: Desk, take_back: TakingBack) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person))
    for _ in range(3):
        take_back(desk.reverse(made))
    undone = desk.reverse(made)
    assert desk.reread(made)["reversed_by"] == undone["id"]
    assert desk.account(person) == {"year": 2018, **NOTHING}


def test_what_a_later_settlement_rests_on_is_neither_taken_back_nor_restored(desk: Desk, take_back: TakingBack) -> None:
    person = desk.person(*SICK)
    first, second = desk.settle(stay(person)), desk.settle(stay(person))
    assert take_back.refused(first) == ("settlement-depended-on", second["id"])
    undone = desk.reverse(second)
    third = desk.settle(stay(person))
    assert take_back.refused(undone) == ("settlement-depended-on", third["id"])
    assert desk.account(person) == {"year": 2018, **third["year_to_date"]["after"]}
    assert desk.reread(second)["status"] == "reversed"
    take_back(third)
    take_back(undone)
    assert desk.account(person) == {"year": 2018, **second["year_to_date"]["after"]}


def test_a_settlement_does_not_stand_again_where_what_it_rested_on_no_longer_stands(
    desk: Desk, take_back: TakingBack
) -> None:
    person = desk.person(*SICK)
    first, second = desk.settle(stay(person)), desk.settle(stay(person))
    undone = desk.reverse(second)
    desk.reverse(first)
    take_back.refused(undone)
    assert desk.account(person) == {"year": 2018, **NOTHING}
    assert desk.reread(second)["status"] == "reversed"


def test_a_settlement_does_not_stand_again_before_one_that_met_the_year_without_it(
    desk: Desk, take_back: TakingBack
) -> None:
    person = desk.person(*SICK)
    first = desk.settle(stay(person))
    first_undone = desk.reverse(first)
    second = desk.settle(stay(person))
    second_undone = desk.reverse(second)
    take_back(first_undone)
    take_back.refused(second_undone)
    assert desk.account(person) == {"year": 2018, **first["year_to_date"]["after"]}


def test_a_settlement_without_a_lump_sum_does_not_stand_again_where_nobody_was_paid_one(
    desk: Desk, take_back: TakingBack
) -> None:
    person = desk.person(*SICK)
    paid = desk.settle(stay(person, patient=ACCIDENT))
    unpaid = desk.settle(stay(person, service_date="2019-01-01", patient=ACCIDENT))
    undone = desk.reverse(unpaid)
    desk.reverse(paid)
    take_back.refused(undone)
    assert desk.account(person, 2019) == {"year": 2019, **NOTHING}


def test_a_settlement_without_a_lump_sum_does_not_stand_again_before_one_that_was_paid_later(
    desk: Desk, take_back: TakingBack
) -> None:
    person = desk.person(*SICK)
    paid = desk.settle(stay(person, patient=ACCIDENT))
    unpaid = desk.settle(stay(person, service_date="2019-01-01", patient=ACCIDENT))
    undone = desk.reverse(unpaid)
    desk.reverse(paid)
    again = desk.settle(stay(person, patient=ACCIDENT))
    # It would rest on the later one, which could be reversed beneath it.
    assert take_back.refused(undone) == ("settlement-depended-on", again["id"])


def test_an_accident_of_an_ordinary_patient_is_paid_no_lump_sum_and_stands_again(
    desk: Desk, take_back: TakingBack
) -> None:
    made = desk.settle(stay(new_number(), patient=ACCIDENT))
    assert made["reimbursement"]["lump_sums"] == []
    take_back(desk.reverse(made))
    assert desk.reread(made)["status"] == "standing"


def test_a_settlement_does_not_stand_again_where_its_visit_has_been_settled_anew(
    desk: Desk, take_back: TakingBack
) -> None:
    person, right_one = desk.person(*SICK), desk.person(*SICK)
    made = desk.settle(stay(person))
    undone = desk.reverse(made)
    again = desk.settle(stay(right_one, visit_id=made["visit_id"]))
    assert take_back.refused(undone) == ("visit-of-another", again["id"])
    assert desk.account(person) == {"year": 2018, **NOTHING}
    desk.reverse(again)
    take_back(undone)
    assert desk.reread(made)["status"] == "standing"


@grid("what", ["of_another_person", "of_another_year"])
def test_of_two_settlements_of_one_visit_that_were_reversed_one_stands_again(
    desk: Desk, take_back: TakingBack, what: str
) -> None:
    person = desk.person(*SICK)
    first = desk.settle(stay(person))
    first_undone = desk.reverse(first)
    again = stay(desk.person(*SICK)) if what == "of_another_person" else stay(person, service_date="2019-01-01")
    second = desk.settle({**again, "visit_id": first["visit_id"]})
    second_undone = desk.reverse(second)
    take_back(first_undone)
    slug = "visit-of-another" if what == "of_another_person" else "visit-settled"
    assert take_back.refused(second_undone) == (slug, first["id"])
    assert [desk.reread(each)["status"] for each in (first, second)] == ["standing", "reversed"]


def test_settlements_in_the_course_of_a_stay_stand_again_beside_each_other(desk: Desk, take_back: TakingBack) -> None:
    person, visit = desk.person(*SICK), new_id()
    desk.settle(stay(person, visit_id=visit, interim=True))
    second = desk.settle(stay(person, visit_id=visit, interim=True, service_date="2018-05-19"))
    take_back(desk.reverse(second))
    assert desk.reread(second)["status"] == "standing"


def test_a_settlement_whose_message_was_taken_back_never_stands_again(desk: Desk, take_back: TakingBack) -> None:
    day = next(_days)
    person = desk.person(*SICK)
    made = desk.settle(stay(person), day)
    undone = desk.reverse(made, day)
    take_back(made)
    take_back(undone)
    assert desk.account(person) == {"year": 2018, **NOTHING}
    assert desk.reread(made)["status"] != "standing"
    assert set(desk.totals(day, day)["net"].values()) == {"0.00"}
