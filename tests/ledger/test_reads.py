"""Every read of a person, an account or a settlement is on record, and an institution looks up so many strangers."""

import datetime as dt
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, select, update

from app.db.engine import reading, writing
from app.db.ledger import reads
from app.db.ledger.models import RecordedRead
from app.errors import StoreUnavailableError
from app.privacy.pseudonyms import PersonPseudonyms
from tests.support.client import INNER
from tests.support.county import is_now
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, expect, new_number, problem, stay

CITY_HOSPITAL, COUNTY_HOSPITAL = HOSPITALS["city"].code, HOSPITALS["county"].code
DAY = "2018-06-01"


def on_record(desk: Desk, after: int = 0) -> list[Any]:
    with reading(desk.engine) as connection:
        statement = select(RecordedRead.__table__).where(RecordedRead.id > after).order_by(RecordedRead.id)
        return list(connection.execute(statement))


def fsi(desk: Desk, who: str, infno: str, number: str, **fields: str) -> Any:
    body = {
        "infno": infno,
        "msgid": new_number(),
        "fixmedins_code": who,
        "inf_time": f"{DAY} 10:00:00",
        "input": {"data": {"psn_no": number, **fields}},
    }
    return expect(200, desk.ask(who, "POST", "/fsi/callService", DAY, json=body))


@pytest.mark.each_database
def test_each_read_is_on_record_with_who_when_which_and_from_where(desk: Desk) -> None:
    number = desk.person(*SICK)
    made = desk.settle(stay(number), DAY)
    last = max((each.id for each in on_record(desk)), default=0)
    asked = {"person": number}
    desk.ask("county", "POST", "/v1/persons/lookup", DAY, json=asked)
    desk.ask(CITY_HOSPITAL, "GET", f"/v1/persons/{number}", DAY)
    desk.ask("1509", "POST", "/v1/accounts/lookup", DAY, json={**asked, "year": 2018})
    desk.ask("county", "GET", f"/v1/settlements/{made['id']}", DAY)
    desk.ask("county", "GET", "/v1/settlements", DAY, params={"visit_id": made["visit_id"]})
    fsi(desk, CITY_HOSPITAL, "1101", number)
    fsi(desk, CITY_HOSPITAL, "5206", number)
    fsi(
        desk,
        COUNTY_HOSPITAL,
        "2303",
        number,
        mdtrt_id="V1",
        medfee_sumamt="100.00",
        inscp_scp_amt="100.00",
        dscgTime=DAY,
    )
    found = on_record(desk, last)
    hashed = PersonPseudonyms(None, desk.key).hashed(number)
    assert [(each.interface, each.kind, each.institution, each.number, each.year) for each in found] == [
        ("v1", "person", None, hashed, None),
        ("v1", "person", CITY_HOSPITAL, hashed, None),
        ("v1", "account", None, hashed, 2018),
        ("v1", "settlement", None, None, None),
        ("v1", "settlement", None, None, None),
        ("1101", "person", CITY_HOSPITAL, hashed, None),
        ("5206", "account", CITY_HOSPITAL, hashed, 2018),
        ("2303", "trial", COUNTY_HOSPITAL, hashed, None),
    ]
    assert [each.settlement_id for each in found[3:5]] == [made["id"]] * 2
    assert {each.address for each in found} == {INNER[0]}
    assert all(is_now(each.at.isoformat()) for each in found), "whatever the service's day"
    assert all(each.token_id for each in found)
    assert number not in repr(found)
    with reading(desk.engine) as connection:
        assert reads.has_visit(connection, CITY_HOSPITAL, hashed)


def test_a_hospital_reads_whom_it_has_a_visit_for_or_looked_up_by_1101(desk: Desk) -> None:
    number = desk.person(*SICK)
    asked = {"person": number}

    def statuses() -> list[int]:
        return [
            desk.ask(CITY_HOSPITAL, "POST", "/v1/persons/lookup", DAY, json=asked).status_code,
            desk.ask(CITY_HOSPITAL, "POST", "/v1/accounts/lookup", DAY, json={**asked, "year": 2018}).status_code,
        ]

    known = desk.ask(CITY_HOSPITAL, "POST", "/v1/persons/lookup", DAY, json=asked)
    unknown = desk.ask(CITY_HOSPITAL, "POST", "/v1/persons/lookup", DAY, json={"person": new_number()})
    drop = {"request_id"}
    told = [
        {k: v for k, v in problem(404, "unknown-person", each).items() if k not in drop} for each in (known, unknown)
    ]
    assert told[0] == told[1], "nobody learns who is registered"
    assert fsi(desk, COUNTY_HOSPITAL, "1101", number)["infcode"] == "0"
    assert statuses() == [404, 404], "another hospital's look-up is its own"
    assert fsi(desk, CITY_HOSPITAL, "1101", number)["infcode"] == "0"
    assert statuses() == [200, 200]
    other = desk.person(*SICK)
    asked = {"person": other}
    desk.settle(stay(other), DAY)
    assert statuses() == [200, 200]


@pytest.mark.each_database
def test_a_budget_bounds_the_different_persons_whom_an_institution_looks_up(store: Engine, tmp_path: Path) -> None:
    address = store.url.render_as_string(hide_password=False)
    with Desk(address, tmp_path / "anda.key", lookups_a_day=4, lookups_an_hour=3) as desk:
        numbers = [desk.person(*SICK) for _ in range(3)]
        for number in [*numbers, *numbers]:
            assert fsi(desk, CITY_HOSPITAL, "1101", number)["infcode"] == "0"
        strange = new_number()
        for infno in ("1101", "5206"):
            refused = fsi(desk, CITY_HOSPITAL, infno, strange)
            assert (refused["infcode"], refused["output"]) == ("-1", None)
            assert "上限" in refused["err_msg"]
        assert "查无此人" in fsi(desk, COUNTY_HOSPITAL, "1101", strange)["err_msg"], "each institution has its own"
        # At /v1 it is a 429; whom the hospital settles with that day is not counted, neither now nor before.
        visited = desk.person(*SICK)
        desk.settle(stay(visited), "2018-05-31")
        answer = desk.ask(CITY_HOSPITAL, "POST", "/v1/persons/lookup", DAY, json={"person": visited})
        problem(429, "too-many-lookups", answer)
        assert int(answer.headers["retry-after"]) > 0
        desk.settle(stay(numbers[0]), DAY)
        assert desk.ask(CITY_HOSPITAL, "POST", "/v1/persons/lookup", DAY, json={"person": visited}).status_code == 200
        assert fsi(desk, CITY_HOSPITAL, "1101", strange)["infcode"] == "-1"
        assert fsi(desk, CITY_HOSPITAL, "1101", numbers[0])["infcode"] == "0"
        # Numbers that nobody has count as well: they are short and follow each other.
        told = [fsi(desk, COUNTY_HOSPITAL, "1101", new_number())["err_msg"] for _ in range(4)]
        assert ["上限" in each for each in told] == [False, False, True, True]


def test_a_read_that_cannot_be_recorded_is_not_answered(desk: Desk) -> None:
    number = desk.person(*SICK)
    made = desk.settle(stay(number), DAY)
    gone = patch("app.db.ledger.reads.add", side_effect=StoreUnavailableError("full"))
    with gone:
        for path, body in (
            ("persons/lookup", {"person": number}),
            ("accounts/lookup", {"person": number, "year": 2018}),
        ):
            answer = desk.ask("county", "POST", f"/v1/{path}", DAY, json=body)
            problem(503, "store-unavailable", answer)
        problem(503, "store-unavailable", desk.ask("county", "GET", f"/v1/settlements/{made['id']}", DAY))
        assert (fsi(desk, CITY_HOSPITAL, "1101", number)["infcode"]) == "-1"


@pytest.mark.each_database
def test_reads_are_kept_for_180_days_and_none_is_changed(empty_desk: Desk) -> None:
    desk = empty_desk
    number = desk.person(*SICK)
    seen: list[list[Any]] = []
    for days_later in (0, 60, 119, 4):
        with writing(desk.engine) as connection:
            for each in on_record(desk):
                earlier = each.at - dt.timedelta(days=days_later)
                connection.execute(update(RecordedRead).where(RecordedRead.id == each.id).values(at=earlier))
        before = on_record(desk)
        expect(200, desk.ask("county", "POST", "/v1/persons/lookup", DAY, json={"person": number}))
        kept = on_record(desk)
        assert kept[:-1] == before[len(before) - len(kept) + 1 :]
        seen.append(kept)
    assert [len(rows) for rows in seen] == [1, 2, 3, 3]
