"""A person belongs to the county that registered it; another takes the person over from a day on, and both see it."""

from typing import Any

import httpx
import pytest

from app.db.engine import writing
from app.db.ledger.institutions import Institution, place_in, write
from tests.support.grid import grid
from tests.support.ledger_desk import HOSPITALS, SICK, WRITTEN, Desk, Json, expect, new_number, problem, status, stay

HERE, THERE, THIRD, CITY = "county", "other_county", "150922", "1509"
CITY_HOSPITAL = HOSPITALS["city"].code
DAY, WITHIN, AFTER = "2019-06-01", "2019-07-01", "2019-07-02"


def put(desk: Desk, who: str, number: str, *statuses: Json, day: str = DAY) -> httpx.Response:
    return desk.ask(who, "PUT", "/v1/persons", day, json={"person": number, "statuses": statuses})


def look(desk: Desk, who: str, number: str, day: str = DAY) -> httpx.Response:
    return desk.ask(who, "POST", "/v1/persons/lookup", day, json={"person": number})


def take_over(desk: Desk, who: str, number: str, first: str, day: str = DAY) -> httpx.Response:
    return desk.ask(who, "POST", "/v1/persons/transfer", day, json={"person": number, "from": first})


def take_back(desk: Desk, who: str, number: str, day: str = DAY) -> httpx.Response:
    return desk.ask(who, "POST", "/v1/persons/transfer/reversal", day, json={"person": number})


@pytest.mark.each_database
def test_a_person_belongs_to_the_county_that_registered_it_and_another_neither_writes_nor_reads(desk: Desk) -> None:
    number = new_number()
    assert expect(200, put(desk, HERE, number, *SICK))["county"] == "150923"
    problem(403, "forbidden", put(desk, THERE, number))
    problem(403, "forbidden", put(desk, THERE, number, *SICK))
    problem(403, "forbidden", look(desk, THERE, number))
    problem(403, "forbidden", desk.ask(THERE, "PUT", f"/v1/persons/{number}", json={"statuses": []}))
    asked = {"person": number, "year": 2018}
    problem(403, "forbidden", desk.ask(THERE, "POST", "/v1/accounts/lookup", json=asked))
    for who in (HERE, CITY):
        assert expect(200, look(desk, who, number))["statuses"] == [*SICK]
        assert expect(200, desk.ask(who, "POST", "/v1/accounts/lookup", json=asked))["settlements"] == 0
    problem(403, "forbidden", put(desk, CITY, number))
    problem(404, "unknown-person", look(desk, HERE, new_number()))


def test_a_person_of_before_belongs_to_the_first_that_writes(desk: Desk) -> None:
    number = new_number()
    desk.settle(stay(number))
    for who in (HERE, THERE, CITY):
        assert expect(200, look(desk, who, number))["county"] is None
    assert expect(200, put(desk, THERE, number, *SICK))["county"] == "150924"
    problem(403, "forbidden", put(desk, HERE, number, *SICK))


@pytest.mark.each_database
def test_a_transfer_divides_the_days_and_both_counties_see_it(desk: Desk) -> None:
    number = new_number()
    expect(200, put(desk, HERE, number, status("registered")))
    moved = expect(200, take_over(desk, THERE, number, "2019-03-01"))
    assert moved == expect(200, take_over(desk, THERE, number, "2019-03-01")), "once more changes nothing"
    (transfer,) = moved["transfers"]
    assert (transfer["from_county"], transfer["to_county"], transfer["first_day"], transfer["taken_back"]) == (
        *("150923", "150924", "2019-03-01"),
        None,
    )
    before, since = status("registered", until="2019-02-28"), status("none", "2019-03-01")
    former = expect(200, look(desk, HERE, number))
    assert (former["statuses"], former["county"], former["transfers"]) == ([before], "150924", [transfer])
    # The new county writes from the day on, the former one until then.
    assert expect(200, put(desk, THERE, number, before, since))["statuses"] == [before, since]
    problem(403, "forbidden", put(desk, THERE, number, since))
    problem(403, "forbidden", put(desk, HERE, number, before, since))
    problem(403, "forbidden", put(desk, HERE, number, status("registered")))
    corrected = status("exited_with_policy", "2018-01-01", "2019-02-28")
    earlier = status("registered", until="2017-12-31")
    assert expect(200, put(desk, HERE, number, earlier, corrected))["statuses"] == [earlier, corrected]
    assert expect(200, look(desk, THERE, number))["statuses"] == [earlier, corrected, since]
    problem(403, "forbidden", put(desk, THIRD, number))


def test_the_former_county_takes_a_person_back_within_thirty_days(desk: Desk) -> None:
    numbers = [new_number(), new_number()]
    for number in numbers:
        expect(200, put(desk, HERE, number, *SICK))
        expect(200, take_over(desk, THERE, number, DAY))
        problem(403, "forbidden", take_back(desk, THERE, number))
        problem(403, "forbidden", take_back(desk, THIRD, number))
    back = expect(200, take_back(desk, HERE, numbers[0], WITHIN))
    assert (back["county"], back["transfers"][0]["taken_back"] is None) == ("150923", False)
    assert expect(200, take_back(desk, HERE, numbers[0], AFTER)) == back
    problem(403, "forbidden", put(desk, THERE, numbers[0], *SICK, day=WITHIN))
    problem(409, "transfer-final", take_back(desk, HERE, numbers[1], AFTER))
    assert expect(200, look(desk, THERE, numbers[1]))["county"] == "150924"


def test_with_a_person_all_transfers_since_come_back(desk: Desk) -> None:
    number = new_number()
    expect(200, put(desk, HERE, number, *SICK))
    expect(200, take_over(desk, THERE, number, "2019-05-01"))
    expect(200, take_over(desk, THIRD, number, "2019-05-20"))
    back = expect(200, take_back(desk, HERE, number))
    assert back["county"] == "150923"
    assert None not in [each["taken_back"] for each in back["transfers"]]


def test_a_transfer_that_cannot_be_is_refused(desk: Desk) -> None:
    number = new_number()
    problem(404, "unknown-person", take_over(desk, THERE, number, DAY))
    expect(200, put(desk, HERE, number, *SICK))
    problem(409, "person-registered-here", take_over(desk, HERE, number, DAY))
    for who in (CITY, CITY_HOSPITAL, "township", "village"):
        problem(403, "forbidden", take_over(desk, who, number, DAY))
    for first, code in (("2019-06-02", "day_ahead"), ("2019-6-1", "day_format")):
        refused = expect(422, take_over(desk, THERE, number, first))
        assert [each["code"] for each in refused["errors"]] == [code]
    expect(200, take_over(desk, THERE, number, "2019-05-02"))
    refused = expect(422, take_over(desk, THIRD, number, "2019-05-02"))
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [("/from", "before_earlier_transfer")]


@pytest.mark.each_database
def test_a_county_sees_and_sums_what_its_institutions_and_its_persons_settled(empty_desk: Desk) -> None:
    desk, mine, theirs, stranger = empty_desk, new_number(), new_number(), new_number()
    abroad = Institution("H15092400009", "邻县医院", "county")
    with writing(desk.engine) as connection:
        write(connection, WRITTEN, abroad)
    expect(200, put(desk, HERE, mine, *SICK))
    expect(200, put(desk, THERE, theirs, *SICK))
    made = {
        "mine at home": desk.settle(stay(mine)),
        "mine abroad": desk.settle(stay(mine, "county", institution=abroad.code)),
        "theirs here": desk.settle(stay(theirs)),
        "theirs at home": desk.settle(stay(theirs, "county", institution=abroad.code)),
        "a stranger abroad": desk.settle(stay(stranger, "county", institution=abroad.code)),
    }
    seen = {
        HERE: {"mine at home", "mine abroad", "theirs here"},
        THERE: set(made) - {"mine at home"},
        THIRD: set(),
        CITY: set(made),
    }
    for who, names in seen.items():
        for name, each in made.items():
            answers = [
                desk.ask(who, "GET", f"/v1/settlements/{each['id']}"),
                desk.ask(who, "GET", "/v1/settlements", params={"visit_id": each["visit_id"]}),
            ]
            assert answers[0].status_code == (200 if name in names else 404), (who, name)
            assert len(answers[1].json()["items"]) == (1 if name in names else 0), (who, name)
        assert (
            desk.totals("2019-01-01", "2019-12-31", who)["net"]["total"] == f"{186_000 * len(names)}.00"
            if names
            else "0.00"
        )
    # Of a person who has left, the former county sees what was settled for the days before.
    expect(200, take_over(desk, THIRD, mine, "2018-05-21"))
    assert desk.ask(HERE, "GET", f"/v1/settlements/{made['mine abroad']['id']}").status_code == 200
    expect(200, take_back(desk, HERE, mine))
    expect(200, take_over(desk, THIRD, mine, "2018-05-20"))
    assert desk.ask(HERE, "GET", f"/v1/settlements/{made['mine abroad']['id']}").status_code == 404


@grid(
    ("code", "place"),
    [("H15090200001", "150902"), ("150923100201", "150923"), ("H1", None), ("H12345", None), ("AB150981X", "150981")],
)
def test_an_institution_lies_where_the_six_digits_in_its_code_say(code: str, place: str | None) -> None:
    assert place_in(code) == place


def test_old_addresses_say_that_they_are_deprecated_and_until_when(desk: Desk) -> None:
    number = desk.person(*SICK)
    old: list[tuple[str, str, Any]] = [
        ("GET", f"/v1/persons/{number}", None),
        ("PUT", f"/v1/persons/{number}", {"statuses": SICK}),
        ("GET", f"/v1/accounts/{number}/2018", None),
    ]
    for who, good in ((HERE, 200), (THERE, 403)):
        for method, path, body in old:
            answer = desk.ask(who, method, path, json=body)
            assert answer.status_code == good
            assert answer.headers["deprecation"].startswith("@")
            assert answer.headers["sunset"].endswith(" GMT")
            assert number not in answer.text
    assert "deprecation" not in look(desk, HERE, number).headers
