"""Settlements: what is paid rests on the ledger and the registers alone, each message is answered once."""

import json
import random
import re
from typing import Any

import pytest
from pydantic import TypeAdapter
from sqlalchemy import func, select

from app.clock import Clock
from app.db.engine import reading
from app.db.ledger.models import Person, Settlement, StoredMessage
from app.errors import InvalidFieldError
from app.ledger.claims import SettlementClaim
from app.ledger.identification import IdentifiedPerson
from app.routers.settlements import ON_A_PAGE
from app.schemas.responses.settlements import (
    AccountAnswer,
    ReversalAnswer,
    SettlementAnswer,
    SettlementMade,
    SettlementsAnswer,
)
from tests.routers.test_reimbursements_oracle import as_the_oracle_says, expect_agreement
from tests.support.county import is_now
from tests.support.grid import grid
from tests.support.ledger_desk import (
    HOSPITALS,
    LAYERS,
    SICK,
    TODAY,
    Books,
    Desk,
    Json,
    amounts_in,
    amounts_of,
    expect,
    new_id,
    new_number,
    problem,
    status,
    stay,
)
from tests.support.random_bills import random_request

CITY = HOSPITALS["city"].code
COUNTY = HOSPITALS["county"].code


def paid(settlement: Json, layer: str) -> str:
    """What a layer paid, as it was answered."""
    found: Json = next(each for each in settlement["reimbursement"]["layers"] if each["layer"] == layer)
    return str(found["paid"])


def stored(desk: Desk) -> tuple[int, int, int]:
    """How many settlements, messages and persons are stored."""
    with reading(desk.engine) as connection:
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (Settlement, StoredMessage, Person)
        ]
    return counts[0], counts[1], counts[2]


# ---- the amounts


@pytest.mark.lengthy
@grid("share", range(2))
def test_random_settlements_are_what_the_oracle_says_when_fed_with_the_year_to_date(desk: Desk, share: int) -> None:
    rng = random.Random(f"20180520 settlements {share}")
    for _ in range(10):
        statuses = (
            status(rng.choice(["registered", "registered", "exited_with_policy", "none"]), "2017-01-01", "2018-08-31"),
            status(rng.choice(["registered", "exited_with_policy", "exited_without_policy"]), "2018-09-01"),
            status("major_disease", rng.choice(["2017-01-01", "2018-06-01"])),
            *([status("chronic_disease", "2018-01-01", "2018-12-31")] * rng.randint(0, 1)),
        )
        person = desk.person(*statuses)
        books = Books(statuses)
        for _ in range(rng.randint(3, 7)):
            drawn = random_request(rng)
            body = stay(
                person,
                drawn["visit"]["facility_level"],
                service_date=f"201{rng.choice('7888')}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
                visit=drawn["visit"],
                bill={name: str(amount) for name, amount in drawn["bill"].items()},
                adjudicated=drawn.get("adjudicated"),
                readings=drawn.get("readings"),
                patient={"accident_disability": rng.random() < 0.3},
            )
            asked = books.asked(body)
            made = desk.settle(body)
            expect_agreement(asked, made["reimbursement"])
            given = books.stand(body)
            assert amounts_in(desk.row(made["id"])) == amounts_of(body, given), json.dumps(body)
            year = int(body["service_date"][:4])
            assert made["year_to_date"]["year"] == year
            assert {"year": year, **made["year_to_date"]["after"]} == books.year(year) == desk.account(person, year)
            assert desk.whole_account(person, year)["guarantee"] == books.guaranteed(year)


def test_an_answer_is_what_it_is_declared_to_be_and_is_read_back_as_it_was_given(desk: Desk) -> None:
    body = stay(desk.person(*SICK))
    made = desk.settle(body)
    TypeAdapter(SettlementMade).validate_python(made)
    TypeAdapter(SettlementAnswer).validate_python(again := desk.reread(made))
    assert again == {**made, "status": "standing", "reversed_by": None, "corrections": []}
    TypeAdapter(AccountAnswer).validate_python(desk.whole_account(body["person"]))
    TypeAdapter(ReversalAnswer).validate_python(undone := desk.reverse(made))
    assert desk.reread(undone) == undone
    assert desk.reread(made) == {**made, "status": "reversed", "reversed_by": undone["id"], "corrections": []}
    found = desk.ask(CITY, "GET", "/v1/settlements", params={"visit_id": body["visit_id"]}).json()
    TypeAdapter(SettlementsAnswer).validate_python(found)
    assert found["items"] == [desk.reread(made), undone]


def test_an_answer_names_what_it_was_calculated_with_and_holds_the_whole_working(desk: Desk) -> None:
    body = stay(desk.person(*SICK))
    answer = desk.post(body)
    made = expect(201, answer)
    assert answer.headers["location"] == f"/v1/settlements/{made['id']}"
    assert answer.headers["cache-control"] == "no-store"
    figures = desk.ledger().parameters
    assert made["parameters"] == {"edition": figures.edition, "fingerprint": figures.fingerprint}
    assert {name: made[name] for name in ("institution", "visit_id", "message_id", "service_date")} == {
        name: body[name] for name in ("institution", "visit_id", "message_id", "service_date")
    }
    assert made["visit"] == {"kind": "inpatient", "facility_level": "city"}
    assert made["person"] == {
        "in_register": True,
        "registration": "registered",
        "major_disease": True,
        "chronic_disease": False,
    }
    assert [layer["layer"] for layer in made["reimbursement"]["layers"]] == LAYERS
    assert all(layer["tiers"] and layer["sources"] for layer in made["reimbursement"]["layers"])
    assert body["person"] not in answer.text
    row = desk.row(made["id"])
    assert (row["edition"], row["fingerprint"]) == (figures.edition, figures.fingerprint)
    assert row["day"].isoformat() == TODAY
    assert is_now(made["made"])


def test_a_settlement_is_read_back_and_answered_again_in_the_language_of_who_asks(desk: Desk) -> None:
    body = stay(new_number())
    number = desk.settle(body)["id"]
    for asking in (
        {"method": "POST", "path": "/v1/settlements", "json": body},
        {"method": "GET", "path": f"/v1/settlements/{number}"},
        {"method": "GET", "path": "/v1/settlements", "params": {"visit_id": body["visit_id"]}},
    ):
        english, chinese = (desk.ask(CITY, **asking, headers={"Accept-Language": each}) for each in ("en", "zh"))
        assert (english.headers["content-language"], chinese.headers["content-language"]) == ("en", "zh")
        assert "This person is not in the register" in english.text
        assert '"name":"Basic medical insurance"' in english.text
        assert "登记中没有此人" in chinese.text
        assert re.findall(r'"[0-9]+\.[0-9]{2}"', english.text) == re.findall(r'"[0-9]+\.[0-9]{2}"', chinese.text)


def test_a_second_stay_at_the_same_level_has_no_deductible_and_one_elsewhere_has(desk: Desk) -> None:
    person = desk.person(*SICK)
    found = [
        desk.settle(stay(person, level))["reimbursement"]["layers"][0] for level in ("city", "county", "city", "county")
    ]
    assert [layer["deductible"] for layer in found] == ["600.00", "200.00", "0.00", "0.00"]


def test_a_second_stay_of_an_ordinary_patient_has_a_deductible_that_is_lower_by_a_hundred(desk: Desk) -> None:
    person = new_number()
    found = [desk.settle(stay(person, level))["reimbursement"]["layers"][0] for level in ("city", "county", "township")]
    assert [layer["deductible"] for layer in found] == ["1200.00", "300.00", "100.00"]


def test_an_outpatient_visit_is_no_admission(desk: Desk) -> None:
    person = desk.person(*SICK)
    visit = desk.settle(stay(person, "county", "outpatient", bill={"total": "100.00", "in_scope": "100.00"}))
    assert visit["year_to_date"]["after"]["admissions"] == 0
    assert visit["year_to_date"]["after"]["settlements"] == 1
    assert desk.settle(stay(person, "county"))["reimbursement"]["layers"][0]["deductible"] == "200.00"


def test_yearly_limits_count_what_was_settled_and_the_next_year_begins_anew(desk: Desk) -> None:
    person = desk.person(*SICK)
    days = ["2017-03-01", "2017-06-01", "2017-12-31", "2018-01-01"]
    made = [desk.settle(stay(person, service_date=day)) for day in days]
    basic = [each["reimbursement"]["layers"][0] for each in made]
    assert [(layer["paid"], layer["limited_by"]) for layer in basic] == [
        ("131380.00", None),
        ("28620.00", "annual_limit"),
        ("0.00", "annual_limit"),
        ("131380.00", None),
    ]
    assert basic[3]["deductible"] == "600.00"
    assert made[3]["reimbursement"] == made[0]["reimbursement"] | {
        "policy": made[3]["reimbursement"]["policy"],
        "layers": made[3]["reimbursement"]["layers"],
    }
    assert made[3]["year_to_date"]["before"]["settlements"] == 0
    assert desk.account(person, 2017)["settlements"] == 3
    assert desk.account(person, 2018) == {"year": 2018, **made[3]["year_to_date"]["after"]}


def test_what_the_insurer_has_settled_is_taken_as_given_and_counts_in_the_year(desk: Desk) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person, adjudicated={"basic_insurance": "150000.00", "critical_illness": "1.00"}))
    outcomes = {layer["layer"]: (layer["outcome"], layer["paid"]) for layer in made["reimbursement"]["layers"]}
    assert outcomes["basic_insurance"] == ("adjudicated", "150000.00")
    assert outcomes["critical_illness"] == ("adjudicated", "1.00")
    assert desk.account(person)["layers"]["basic_insurance"] == {"base": "171000.00", "paid": "150000.00"}
    assert paid(desk.settle(stay(person)), "basic_insurance") == "10000.00"


def test_each_settlement_has_the_readings_that_it_asks_for(desk: Desk) -> None:
    person = desk.person(*SICK)
    wanted = {"band_rates": "whole_amount", "layer_order": "insurance_first"}
    made = desk.settle(stay(person, readings=wanted))
    assert wanted.items() <= made["reimbursement"]["readings"].items()
    assert made["reimbursement"]["layers"][2]["layer"] == "supplementary_insurance"
    assert desk.settle(stay(person))["reimbursement"]["readings"]["band_rates"] == "marginal"


def test_a_lump_sum_for_an_accident_is_paid_once_across_years_and_hospitals(desk: Desk) -> None:
    person = desk.person(*SICK)
    accident = {"accident_disability": True}

    def lump_sums(level: str, day: str) -> list[str]:
        made = desk.settle(stay(person, level, service_date=day, patient=accident))
        return [each["paid"] for each in made["reimbursement"]["lump_sums"]]

    assert lump_sums("city", "2018-12-30") == ["20000.00"]
    assert lump_sums("city", "2018-12-31") == []
    assert lump_sums("county", "2019-01-01") == []


def test_care_outside_of_the_city_needs_a_referral_or_an_emergency(desk: Desk) -> None:
    person = desk.person(*SICK)
    ways = [{"referred": False}, {"referred": False, "emergency": True}, {}]
    visits = [{"kind": "inpatient", "facility_level": "out_of_region", **way} for way in ways]
    found = [desk.settle(stay(person, "out_of_region", visit=visit)) for visit in visits]
    outcomes = [each["reimbursement"]["layers"][0]["outcome"] for each in found]
    assert outcomes == ["not_eligible", "paid", "paid"]


# ---- what the registers decide


def test_statuses_count_on_the_service_date_their_first_and_last_day_included(desk: Desk) -> None:
    person = desk.person(
        status("registered", "2018-03-10", "2018-03-20"),
        status("exited_without_policy", "2018-03-21"),
        status("major_disease", "2018-03-11", "2018-03-19"),
        status("chronic_disease", "2018-03-20", "2018-03-20"),
    )
    known = {
        day: tuple(desk.settle(stay(person, "county", service_date=f"2018-03-{day}"))["person"].values())
        for day in ("09", "10", "11", "19", "20", "21")
    }
    assert known == {
        "09": (True, "none", False, False),
        "10": (True, "registered", False, False),
        "11": (True, "registered", True, False),
        "19": (True, "registered", True, False),
        "20": (True, "registered", False, True),
        "21": (True, "exited_without_policy", False, False),
    }


def test_what_the_register_learns_later_changes_no_settlement_that_was_made(desk: Desk) -> None:
    person = new_number()
    before = desk.settle(stay(person))
    desk.register(person, *SICK)
    assert desk.reread(before)["person"]["registration"] == "none"
    after = desk.settle(stay(person))
    assert after["person"]["registration"] == "registered"
    assert paid(before, "civil_relief") == "0.00" != paid(after, "civil_relief")


def test_an_unknown_person_is_settled_as_an_ordinary_patient_with_a_warning(desk: Desk) -> None:
    body = stay(new_number())
    made = desk.settle(body)
    assert made["person"] == {
        "in_register": False,
        "registration": "none",
        "major_disease": False,
        "chronic_disease": False,
    }
    (warning,) = made["warnings"]
    assert (warning["code"], warning["fields"]) == ("person_unknown", [])
    assert "ordinary patient" in warning["text"]
    ordinary = Books()
    expect_agreement(ordinary.asked(body), made["reimbursement"])
    assert [each["code"] for each in desk.settle(stay(body["person"]))["warnings"]] == ["person_unknown"], (
        "to have been settled once makes nobody known"
    )


def test_what_the_desk_believes_otherwise_is_warned_of_and_the_registers_decide(desk: Desk) -> None:
    person = desk.person(*SICK)
    believed = {"registration": "none", "major_disease": True, "chronic_disease": True, "accident_disability": False}
    visit = {"kind": "inpatient", "facility_level": "village"}
    made = desk.settle(stay(person, visit=visit, patient=believed))
    (warning,) = made["warnings"]
    assert (warning["code"], warning["fields"]) == (
        "register_differs",
        ["registration", "chronic_disease", "facility_level"],
    )
    assert made["visit"]["facility_level"] == "city"
    assert made["reimbursement"]["layers"][0]["deductible"] == "600.00"
    agreeing = {"registration": "registered", "major_disease": True, "chronic_disease": False}
    assert desk.settle(stay(person, patient=agreeing))["warnings"] == []


def test_an_institution_that_the_register_does_not_have_is_refused_and_nothing_is_stored(desk: Desk) -> None:
    before = stored(desk)
    ledger = desk.ledger()
    claim = SettlementClaim(
        IdentifiedPerson("0" * 64, None), "H0", new_id(), Clock().now().today, "inpatient", 100, 100
    )
    with reading(desk.engine) as connection, pytest.raises(InvalidFieldError) as refused:
        ledger.calculate(connection, claim)
    assert (refused.value.pointer, refused.value.code) == ("/institution", "institution_unknown")
    problem(403, "forbidden", desk.ask(CITY, "POST", "/v1/settlements", json=stay("1", institution="H0")))
    assert stored(desk) == before


# ---- once and only once


def test_a_message_that_is_repeated_is_answered_the_same_byte_for_byte_and_booked_once(desk: Desk) -> None:
    body = stay(desk.person(*SICK))
    first = desk.post(body)
    made = expect(201, first)
    held = stored(desk)
    reordered = dict(reversed(body.items()))
    as_numbers = json.dumps(body).replace('"186000.00"', "186000.00")
    again = [
        desk.post(body),
        desk.post(body, "2019-02-01"),
        desk.post(reordered),
        desk.ask(CITY, "POST", "/v1/settlements", content=as_numbers, headers={"Content-Type": "application/json"}),
    ]
    desk.register(body["person"])
    undone = desk.reverse(made)
    for each in again:
        assert (each.status_code, each.content) == (201, first.content)
        assert each.headers["location"] == first.headers["location"]
    for each in (desk.post(body), desk.post(body, "2019-02-01")):
        since = expect(201, each)
        assert since["warnings"].pop()["code"] == "reversed_since"
        assert since == made
    settled, messages, persons = held
    assert stored(desk) == (settled + 1, messages + 1, persons), "the reversal alone has come"
    assert desk.reread(made)["reversed_by"] == undone["id"]


CHANGES: list[Json] = [
    {"bill": {"total": "186000.01", "in_scope": "171000.00"}},
    {"visit_id": "another"},
    {"service_date": "2018-05-21"},
    {"interim": True},
    {"patient": {"accident_disability": True}},
    {"readings": {"ceiling": "ninety_percent"}},
    {"adjudicated": {"basic_insurance": "1.00"}},
    {"visit": {"kind": "inpatient", "facility_level": "city", "emergency": True}},
]


@grid("change", CHANGES)
def test_the_same_message_id_with_another_body_is_refused_and_nothing_is_merged(desk: Desk, change: Json) -> None:
    body = stay(desk.person(*SICK))
    made = desk.settle(body)
    held = stored(desk)
    problem(422, "idempotency-key-reused", desk.post({**body, **change}))
    assert stored(desk) == held
    assert desk.reread(made) == {**made, "status": "standing", "reversed_by": None, "corrections": []}
    assert desk.account(body["person"]) == {"year": 2018, **made["year_to_date"]["after"]}


def test_the_same_message_id_for_another_person_is_refused(desk: Desk) -> None:
    body = stay(desk.person(*SICK))
    desk.settle(body)
    other = desk.person(*SICK)
    problem(422, "idempotency-key-reused", desk.post({**body, "person": other}))
    assert desk.account(other)["settlements"] == 0


def test_the_same_message_id_of_another_institution_is_another_message(desk: Desk) -> None:
    body = stay(desk.person(*SICK))
    elsewhere = stay(body["person"], "county", message_id=body["message_id"], visit_id=body["visit_id"])
    made, other = desk.settle(body), desk.settle(elsewhere)
    assert other["id"] > made["id"]
    assert (made["institution"], other["institution"]) == (CITY, COUNTY)
    for code, own in ((CITY, made), (COUNTY, other)):
        found = desk.ask(code, "GET", "/v1/settlements", params={"message_id": body["message_id"]}).json()["items"]
        assert [each["id"] for each in found] == [own["id"]]


def test_a_message_that_was_refused_may_be_sent_again(desk: Desk) -> None:
    person = desk.person(*SICK)
    first = desk.settle(stay(person))
    body = stay(person, visit_id=first["visit_id"])
    problem(409, "visit-settled", desk.post(body))
    desk.reverse(first)
    assert desk.settle(body)["message_id"] == body["message_id"]


def test_a_visit_is_settled_once_and_the_refusal_names_its_settlement(desk: Desk) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person))
    held = stored(desk)
    again = problem(409, "visit-settled", desk.post(stay(person, visit_id=made["visit_id"])))
    assert f"number {made['id']};" in again["detail"]
    other = problem(409, "visit-of-another", desk.post(stay(desk.person(), visit_id=made["visit_id"])))
    assert f"Settlement {made['id']} " in other["detail"]
    assert stored(desk)[:2] == held[:2]


def test_a_stay_is_settled_on_its_last_day(desk: Desk) -> None:
    assert desk.settle(stay(desk.person(*SICK), service_date=TODAY))["service_date"] == TODAY


def test_a_visit_is_settled_again_once_its_settlement_is_reversed(desk: Desk) -> None:
    person = desk.person(*SICK)
    made = desk.settle(stay(person))
    desk.reverse(made)
    again = desk.settle(stay(person, visit_id=made["visit_id"]))
    assert again["year_to_date"] == made["year_to_date"]
    problem(409, "visit-settled", desk.post(stay(person, visit_id=made["visit_id"])))


def test_settlements_in_the_course_of_a_stay_stand_beside_each_other(desk: Desk) -> None:
    person = desk.person(*SICK)
    visit = new_id()
    days = ("2018-05-10", "2018-05-20", "2018-05-15")
    made = [desk.settle(stay(person, visit_id=visit, interim=True, service_date=day)) for day in days]
    assert desk.account(person)["settlements"] == 3
    found = desk.ask(CITY, "GET", "/v1/settlements", params={"visit_id": visit}).json()["items"]
    assert [each["id"] for each in found] == [each["id"] for each in made]


def test_beside_settlements_in_the_course_of_a_stay_a_last_one_stands_and_says_what_it_counts_as(desk: Desk) -> None:
    person, visit = desk.person(*SICK), new_id()
    first = desk.settle(stay(person, visit_id=visit, interim=True))
    last = desk.settle(stay(person, visit_id=visit))
    assert [[each["code"] for each in made["warnings"]] for made in (first, last)] == [[], ["admission_counted_again"]]
    assert last["year_to_date"]["after"]["admissions"] == 2
    problem(409, "visit-settled", desk.post(stay(person, visit_id=visit)))
    problem(409, "visit-settled", desk.post(stay(person, visit_id=visit, interim=True, service_date="2018-05-10")))
    for other in (desk.person(*SICK), new_number()):
        problem(409, "visit-of-another", desk.post(stay(other, visit_id=visit, interim=True)))


@pytest.mark.lengthy
def test_a_visit_of_many_parts_is_found_by_pages(desk: Desk) -> None:
    person, visit = desk.person(), new_id()
    bills = [{"total": f"{9000 + part}.00", "in_scope": "9000.00"} for part in range(ON_A_PAGE + 1)]
    made = [desk.settle(stay(person, visit_id=visit, interim=True, bill=bill))["id"] for bill in bills]
    problem(409, "visit-settled", desk.post(stay(person, visit_id=visit, interim=True, bill=bills[7])))
    found: list[int] = []
    cursor = None
    while found == [] or cursor is not None:
        wanted = {"visit_id": visit, **({} if cursor is None else {"cursor": cursor})}
        told = expect(200, desk.ask(CITY, "GET", "/v1/settlements", params=wanted))
        assert 0 < len(told["items"]) <= ON_A_PAGE
        found, cursor = [*found, *(each["id"] for each in told["items"])], told["next"]
    assert found == made


# ---- bad input


@grid(
    ("change", "pointer", "code"),
    [
        ({"person": ""}, "/person", "string_pattern_mismatch"),
        ({"person": "1509 23"}, "/person", "string_pattern_mismatch"),
        ({"person": "1" * 31}, "/person", "string_pattern_mismatch"),
        ({"person": "安达"}, "/person", "string_pattern_mismatch"),
        ({"person": 1509230000012}, "/person", "string_type"),
        ({"person": None}, "/person", "string_type"),
        ({"visit_id": "a b"}, "/visit_id", "string_pattern_mismatch"),
        ({"visit_id": "x" * 65}, "/visit_id", "string_pattern_mismatch"),
        ({"message_id": "报文"}, "/message_id", "string_pattern_mismatch"),
        ({"message_id": ""}, "/message_id", "string_pattern_mismatch"),
        ({"service_date": "2018-02-30"}, "/service_date", "day_unknown"),
        ({"service_date": "2016-12-31"}, "/service_date", "before_first_day"),
        ({"service_date": "2020-01-01"}, "/service_date", "day_ahead"),
        ({"interim": "yes"}, "/interim", "bool_type"),
        ({"year_to_date": {"admissions": 0}}, "/year_to_date", "extra_forbidden"),
        ({"name": "x"}, "/name", "extra_forbidden"),
        ({"patient": {"name": "x"}}, "/patient/name", "extra_forbidden"),
        ({"visit": {"kind": "inpatient"}}, "/visit/facility_level", "missing"),
        ({"bill": {"total": "0", "in_scope": "0"}}, "/bill/total", "money_zero"),
        ({"bill": {"total": "1.00", "in_scope": "1.01"}}, "/bill/in_scope", "in_scope_above_total"),
        ({"adjudicated": {"basic_insurance": "186000.01"}}, "/adjudicated", "adjudicated_above_total"),
        ({"adjudicated": {"civil_relief": "1.00"}}, "/adjudicated/civil_relief", "extra_forbidden"),
        ({"readings": {"ceiling": "some"}}, "/readings/ceiling", "literal_error"),
    ],
)
def test_a_settlement_that_cannot_be_is_refused_at_its_field_and_nothing_is_stored(
    desk: Desk, change: Json, pointer: str, code: str
) -> None:
    before = stored(desk)
    refused = expect(422, desk.post({**stay("150923"), **change}))
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [(pointer, code)]
    assert all(each["message"] for each in refused["errors"])
    assert stored(desk) == before


@grid("name", ["person", "institution", "visit_id", "message_id", "service_date", "visit", "bill"])
def test_a_field_that_is_needed_and_left_out_is_named(desk: Desk, name: str) -> None:
    body: dict[str, Any] = stay("150923")
    del body[name]
    refused = expect(422, desk.ask(CITY, "POST", "/v1/settlements", json=body))
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [(f"/{name}", "missing")]


@grid("content", [b"", b"[]", b"{", b'"x"', b"null", b"\xff", b"[" * 5000])
def test_a_body_that_is_no_settlement_is_refused(desk: Desk, content: bytes) -> None:
    answer = desk.ask(CITY, "POST", "/v1/settlements", content=content, headers={"Content-Type": "application/json"})
    problem(422, "validation-error", answer)


def test_the_largest_bill_that_the_contract_takes_is_settled_twenty_times(desk: Desk) -> None:
    person = desk.person(*SICK)
    books = Books(SICK)
    for _ in range(20):
        body = stay(person, bill={"total": "100000000.00", "in_scope": "100000000.00"})
        given = books.stand(body)
        assert as_the_oracle_says(desk.settle(body)["reimbursement"])["layers"] == given["layers"]
    assert desk.account(person) == books.year(2018)


def test_a_level_that_the_register_changes_counts_from_the_next_settlement_on(desk: Desk) -> None:
    person, code = desk.person(*SICK), "H1509900001"
    desk.place(code, "county")
    first = desk.settle(stay(person, institution=code))
    desk.place(code, "township")
    second = desk.settle(stay(person, institution=code))
    assert [each["visit"]["facility_level"] for each in (first, second)] == ["county", "township"]
    assert [each["reimbursement"]["layers"][0]["deductible"] for each in (first, second)] == ["200.00", "100.00"]
    assert desk.account(person)["admissions_by_level"] == {"county": 1, "township": 1}
    desk.reverse(second)
    desk.place(code, "city")
    desk.reverse(first)
    assert desk.account(person)["admissions_by_level"] == {}
    assert desk.reread(first)["visit"]["facility_level"] == "county"
