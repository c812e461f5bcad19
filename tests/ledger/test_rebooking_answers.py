"""Rebookings through the API: what the county, the hospitals and the totals see of them."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.db.engine import reading
from app.db.ledger.models import RecordedRead
from tests.ledger.test_differences import booked, compared, found
from tests.support.county import LONG_AGO
from tests.support.ledger_desk import HOSPITALS, SICK, TODAY, Desk, Json, expect, problem, status, stay

CITY, COUNTY = HOSPITALS["city"].code, HOSPITALS["county"].code
BOOKED, REBOOKED, UNDONE = "2018-07-01", "2018-08-01", "2018-08-02"
BEFORE_ALL = f"{LONG_AGO:%Y-%m-%dT%H:%M:%SZ}"


def address(settlement: Json) -> str:
    return f"/v1/settlements/{settlement['id']}/rebooking"


def rebook(desk: Desk, settlement: Json, day: str = TODAY) -> Json:
    return expect(201, desk.ask("county", "POST", address(settlement), day))


def changed(desk: Desk, who: str) -> list[int]:
    """List what has changed of the settlements that somebody sees."""
    answer = desk.ask(who, "GET", "/v1/settlements", params={"changed_since": BEFORE_ALL})
    return [each["id"] for each in expect(200, answer)["items"]]


def paid(settlement: Json) -> dict[str, str]:
    """Return what basic and critical-illness insurance pay, and what the patient owes."""
    reimbursement = settlement["reimbursement"]
    layers = {each["layer"]: each["paid"] for each in reimbursement["layers"][:2]}
    return {**layers, "out_of_pocket": reimbursement["summary"]["out_of_pocket"]}


def test_a_stay_at_another_hospital_is_paid_anew_to_the_fen_when_the_first_is_rebooked(empty_desk: Desk) -> None:
    """By hand, for an ordinary patient of 2018.

    At the city hospital, of 200,000: 28,800 at 65 %, 40,000 at 70 %, 130,000 at 75 %: 144,220 of the yearly 160,000.
    At the county's, a second admission, of 50,000 in scope: 49,700 at 75 % is 37,275, of which the limit leaves 15,780;
    of the other 34,220 critical-illness insurance pays 60 %, since the year is above 14,000: 20,532.
    Without the first stay: 49,600 at 75 % is 37,200, and the 12,800 that are left lie below 14,000.
    """
    desk = empty_desk
    person = desk.person(status("none"))
    first = desk.settle(stay(person, "city", bill={"total": "200000.00", "in_scope": "200000.00"}), BOOKED)
    later = desk.settle(stay(person, "county", bill={"total": "60000.00", "in_scope": "50000.00"}), BOOKED)
    booked = {"basic_insurance": "15780.00", "critical_illness": "20532.00", "out_of_pocket": "23688.00"}
    assert paid(later) == booked
    assert (changed(desk, CITY), changed(desk, COUNTY)) == ([], [])

    answer = rebook(desk, first, REBOOKED)
    now = {"basic_insurance": "37200.00", "critical_illness": "0.00", "out_of_pocket": "22800.00"}
    difference = {"basic_insurance": "21420.00", "critical_illness": "-20532.00", "out_of_pocket": "-888.00"}
    (correction,) = answer["corrections"]
    assert {name: correction["amounts"][name] for name in difference} == difference
    assert (correction["corrects"], correction["institution"], answer["day"]) == (later["id"], COUNTY, REBOOKED)
    assert answer["reversal"]["reverses"] == answer["settlement"] == first["id"]
    assert [each["institution"] for each in answer["institutions"]] == [CITY, COUNTY]
    assert answer["institutions"][1]["amounts"] == correction["amounts"]
    # The patient owed 30,712.00 of the first stay.
    assert answer["difference"]["out_of_pocket"] == "-31600.00"

    shown = desk.reread(later)
    assert (shown["id"], shown["status"], shown["message_id"]) == (later["id"], "corrected", later["message_id"])
    assert paid(shown) == now
    assert [(each["id"], each["amounts"]) for each in shown["corrections"]] == [
        (correction["id"], correction["amounts"])
    ]
    assert desk.account(person) == {"year": 2018, **shown["year_to_date"]["after"]}
    assert desk.reread(first)["status"] == "reversed"
    assert desk.reread(correction) == correction
    assert (changed(desk, CITY), changed(desk, COUNTY)) == ([first["id"]], [later["id"]])

    sums = desk.totals(REBOOKED, REBOOKED)
    assert [sums[kind]["count"] for kind in ("settlements", "reversals", "corrections")] == [0, 1, 1]
    assert sums["corrections"]["amounts"] == correction["amounts"]
    assert sums["net"] == answer["difference"]
    own = desk.totals(BOOKED, REBOOKED, who=COUNTY)
    assert own["net"]["out_of_pocket"] == now["out_of_pocket"]

    assert expect(200, desk.ask("county", "GET", address(first))) == answer
    undone = expect(200, desk.ask("county", "DELETE", address(first), UNDONE))
    assert (undone["status"], undone["corrections"][0]["status"]) == ("undone", "annulled")
    assert paid(desk.reread(later)) == booked
    assert [desk.reread(each)["status"] for each in (first, later)] == ["standing", "standing"]
    assert changed(desk, COUNTY) == [later["id"]]
    assert desk.totals(REBOOKED, UNDONE)["institutions"] == []


@pytest.mark.each_database
def test_books_of_before_a_rebooking_differ_by_its_corrections_and_books_of_now_agree(empty_desk: Desk) -> None:
    desk, person = empty_desk, empty_desk.person(status("none"))
    first = desk.settle(stay(person, "city", bill={"total": "200000.00", "in_scope": "200000.00"}), BOOKED)
    bills = [{"total": "60000.00", "in_scope": in_scope} for in_scope in ("50000.00", "40000.00")]
    later = [desk.settle(stay(person, "county", bill=bill), BOOKED) for bill in bills]
    untouched = desk.settle(stay(desk.person(*SICK), "county"), BOOKED)
    books = [booked(each) for each in (*later, untouched)]
    assert compared(desk, BOOKED, *books, who=COUNTY)["agrees"]

    corrections = {str(each["corrects"]): each["amounts"] for each in rebook(desk, first, REBOOKED)["corrections"]}
    answer = compared(desk, BOOKED, *books, who=COUNTY)
    assert found(answer) == [(0, "amounts_differ", None), (1, "amounts_differ", None)]
    apart = {each["setl_id"]: _more(each["ours"], each["theirs"]) for each in answer["differences"]}
    assert apart == {number: -Decimal(each["out_of_pocket"]) for number, each in corrections.items()}
    assert all(apart.values())
    assert Decimal(answer["difference"]["reimbursed"]) == -sum(apart.values())
    assert compared(desk, BOOKED, *(booked(desk.reread(each)) for each in (*later, untouched)), who=COUNTY)["agrees"]
    assert compared(desk, REBOOKED, who=COUNTY)["agrees"], "a correction is no settlement of its day"

    expect(200, desk.ask("county", "DELETE", address(first), UNDONE))
    assert compared(desk, BOOKED, *books, who=COUNTY)["agrees"]


def _more(one: Json, other: Json) -> Decimal:
    return Decimal(one["reimbursed"]) - Decimal(other["reimbursed"])


def test_a_rebooking_is_done_once_for_each_idempotency_key(empty_desk: Desk) -> None:
    desk, person = empty_desk, empty_desk.person(*SICK)
    first, _ = desk.settle(stay(person)), desk.settle(stay(person, "county"))
    done, undone = ({"Idempotency-Key": key} for key in ("done", "undone"))
    made = desk.ask("county", "POST", address(first), headers=done)
    assert made.headers["location"] == address(first)
    assert desk.ask("county", "POST", address(first), headers=done).content == made.content
    problem(409, "settlement-reversed", desk.ask("county", "POST", address(first)))
    problem(422, "idempotency-key-reused", desk.ask("county", "POST", address(first), json={"a": 1}, headers=done))
    taken = desk.ask("county", "DELETE", address(first), headers=undone)
    assert desk.ask("county", "DELETE", address(first), headers=undone).content == taken.content
    problem(404, "unknown-rebooking", desk.ask("county", "DELETE", address(first)))
    rebook(desk, first)
    desk.settle(stay(person))
    problem(409, "rebooking-followed", desk.ask("county", "DELETE", address(first)))


def test_a_county_rebooks_its_own_persons_alone_and_what_its_answer_shows_is_on_record(empty_desk: Desk) -> None:
    desk, person, stranger = empty_desk, empty_desk.person(*SICK), empty_desk.person(*SICK)
    own, later, moved = (desk.settle(stay(each)) for each in (person, person, stranger))
    body = {"person": stranger, "from": "2018-01-01"}
    expect(200, desk.ask("other_county", "POST", "/v1/persons/transfer", json=body))
    # The institution is the county's, the person is not.
    problem(403, "forbidden", desk.ask("county", "POST", address(moved)))
    problem(404, "unknown-settlement", desk.ask("other_county", "POST", address(own)))
    problem(404, "unknown-settlement", desk.ask("county", "POST", address({"id": 999_999})))
    answer = rebook(desk, own)
    problem(409, "settlement-reversed", desk.ask("county", "POST", address(answer["reversal"])))
    problem(409, "settlement-reversed", desk.ask("county", "POST", address(answer["corrections"][0])))
    with reading(desk.engine) as connection:
        statement = select(RecordedRead.settlement_id).order_by(RecordedRead.id)
        recorded = list(connection.execute(statement.where(RecordedRead.kind == "settlement")).scalars())
    assert recorded == [answer["reversal"]["id"], answer["corrections"][0]["id"]]
    assert answer["corrections"][0]["corrects"] == later["id"]


def test_what_changed_is_asked_for_from_an_instant_of_the_form_that_the_answers_have(empty_desk: Desk) -> None:
    for wrong, code in (("2018-05-20", "instant_format"), ("2018-02-30T00:00:00Z", "day_unknown")):
        answer = empty_desk.ask(CITY, "GET", "/v1/settlements", params={"changed_since": wrong})
        (error,) = problem(422, "validation-error", answer)["errors"]
        assert (error["pointer"], error["code"]) == ("/changed_since", code)
    later = {"changed_since": "2999-01-01T00:00:00Z"}
    assert expect(200, empty_desk.ask(CITY, "GET", "/v1/settlements", params=later))["items"] == []
