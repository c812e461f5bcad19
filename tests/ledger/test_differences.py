"""A hospital's books against the ledger: every planted difference is found, and nothing else."""

import datetime as dt
import json
import re
import threading
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, event, func, insert, select, update

from app.clock import Moment
from app.db.engine import reading, writing
from app.db.ledger import reads
from app.db.ledger.messages import V1, Message
from app.db.ledger.models import RecordedRead, Settlement
from app.errors import StoreUnavailableError
from app.ledger.person_key import PersonKey
from app.routers import differences
from app.schemas.examples import DIFFERENCES
from app.schemas.requests.differences import MOST_ROWS
from tests.docs.pages import ROOT
from tests.support.county import LONG_AGO
from tests.support.grid import grid
from tests.support.ledger_desk import HOSPITALS, SICK, Desk, Json, expect, new_id, problem, stay
from tests.support.scale import scaled

CITY, COUNTY = HOSPITALS["city"].code, HOSPITALS["county"].code
IDENTITY, CARD = "11010519491231002X", "6222021234567890128"

_days = (dt.date(2018, 6, 1) + dt.timedelta(days=number) for number in count(0, 2))


@pytest.fixture
def day() -> str:
    """A day on which nothing is booked yet, nor on the next."""
    return next(_days).isoformat()


def day_after(day: str) -> str:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()


def settled(desk: Desk, day: str, level: str = "city", **changes: Any) -> Json:
    """Settle a stay, and return the answer."""
    changes = {"bill": {"total": "9000.00", "in_scope": "8000.00"}, **changes}
    return desk.settle(stay(desk.person(*SICK), level, service_date=day, **changes), day)


def booked(made: Json, **changes: Any) -> Json:
    """Write a settlement as a hospital's books have it."""
    return {
        "setl_id": made["id"],
        "visit_id": made["visit_id"],
        "total": made["reimbursement"]["bill"]["total"],
        "reimbursed": made["reimbursement"]["summary"]["reimbursed"],
        "reversed": False,
        **changes,
    }


def by_message(made: Json, **changes: Any) -> Json:
    row = booked(made, **{"message_id": made["message_id"], **changes})
    return {name: value for name, value in row.items() if name != "setl_id"}


def compared(desk: Desk, day: str, *rows: Json, who: str = CITY, **more: Any) -> Json:
    body = {"from": day, "to": day, "settlements": rows, **more}
    return expect(200, desk.ask(who, "POST", "/v1/ledger/differences", day, json=body))


def found(answer: Json) -> list[tuple[Any, ...]]:
    return [(each["row"], *each["kinds"], each["reason"]) for each in answer["differences"]]


def less(one: str, other: str) -> str:
    fen = round(float(one) * 100) - round(float(other) * 100)
    return f"{fen / 100:.2f}"


@pytest.mark.each_database
def test_every_planted_difference_is_found_with_the_sums_of_both_sides(desk: Desk, day: str) -> None:
    here, wrong, cancelled, uncancelled, lost, twice, mixed, back = (settled(desk, day) for _ in range(8))
    late = settled(desk, day_after(day))
    for each in (cancelled, uncancelled):
        desk.reverse(each, day)
    message = Message(CITY, V1, back["message_id"], "")
    with writing(desk.engine) as connection:
        desk.ledger().take_back(connection, Moment(LONG_AGO, dt.date.fromisoformat(day)), message)
    foreign = settled(desk, day, "county")
    unknown = {"message_id": new_id(), "visit_id": new_id(), "total": 5, "reimbursed": 3.5, "reversed": False}
    rows = [
        booked(here),
        booked(wrong, reimbursed="1.00"),
        by_message(cancelled, reversed=True),
        booked(uncancelled),
        booked(twice),
        by_message(twice),
        booked(mixed, visit_id=here["visit_id"], total="8999.99"),
        by_message(back),
        booked(late),
        unknown,
        booked(foreign),
    ]
    answer = compared(desk, day, *rows)
    assert found(answer) == [
        (1, "amounts_differ", None),
        (3, "reversed_differs", None),
        (5, "repeated", None),
        (6, "amounts_differ", "visit_differs", None),
        (7, "missing_here", "taken_back"),
        (8, "missing_here", "other_day"),
        (9, "missing_here", None),
        (10, "missing_here", None),
        (None, "missing_there", None),
    ]
    paid = here["reimbursement"]["summary"]["reimbursed"]
    side = {"total": "9000.00", "reimbursed": paid, "reversed": False}
    assert answer["differences"][-1] == {
        "kinds": ["missing_there"],
        "reason": None,
        "row": None,
        "setl_id": str(lost["id"]),
        "message_id": lost["message_id"],
        "visit_id": lost["visit_id"],
        "booked_on": day,
        "theirs": None,
        "ours": side,
    }
    assert answer["differences"][0]["theirs"] == {**side, "reimbursed": "1.00"}
    assert answer["differences"][0]["ours"] == side
    assert answer["differences"][5]["booked_on"] == day_after(day)
    assert answer["differences"][7]["ours"] is None, "it is another institution's"
    theirs, ours, apart = answer["theirs"], answer["ours"], answer["difference"]
    assert (answer["institution"], answer["agrees"]) == (CITY, False)
    assert (theirs["settlements"], theirs["reversed"], theirs["total"]) == (10, 1, "81004.99")
    assert (ours["settlements"], ours["reversed"], ours["total"]) == (5, 2, "45000.00")
    assert (apart["settlements"], apart["reversed"]) == (5, -1)
    assert apart["total"] == less(theirs["total"], ours["total"])
    assert apart["reimbursed"] == less(theirs["reimbursed"], ours["reimbursed"])


@pytest.mark.each_database
def test_books_that_agree_agree_by_every_way_to_name_a_settlement(desk: Desk, day: str) -> None:
    identity, card = settled(desk, day, visit_id=IDENTITY, message_id=new_id()), settled(desk, day, message_id=CARD)
    small, plain = settled(desk, day, message_id=IDENTITY), settled(desk, day, visit_id=f"Zy{new_id()}")
    reversed_ = settled(desk, day)
    desk.reverse(reversed_, day_after(day))
    rows = [
        booked(identity, setl_id=str(identity["id"]), visit_id=IDENTITY.lower()),
        by_message(card),
        by_message(small, message_id=IDENTITY.lower()),
        booked(plain, setl_id="OTHER-1", message_id=plain["message_id"], visit_id=plain["visit_id"].upper()),
        booked(reversed_, setl_id=float(reversed_["id"]), reversed=True),
    ]
    answer = compared(desk, day, *rows)
    assert answer["differences"] == []
    assert (answer["agrees"], answer["theirs"]) == (True, answer["ours"])
    assert (answer["ours"]["settlements"], answer["ours"]["reversed"]) == (4, 1)
    shown = compared(desk, day, *rows[1:])["differences"]
    assert [each["visit_id"] for each in shown] == ["…"], "who does not send a private id does not see it"


def test_settlements_of_one_message_id_which_came_by_several_transactions_are_told_apart_by_the_visit(
    desk: Desk, day: str
) -> None:
    one, other = settled(desk, day), settled(desk, day, bill={"total": "500.00", "in_scope": "500.00"})
    with writing(desk.engine) as connection:
        same = update(Settlement).where(Settlement.id == other["id"]).values(message_id=one["message_id"])
        connection.execute(same)
    rows = [by_message(other, message_id=one["message_id"]), by_message(one)]
    assert compared(desk, day, *rows)["differences"] == compared(desk, day, *rows[::-1])["differences"] == []


def test_nothing_is_stored_but_which_settlements_were_shown(desk: Desk, day: str) -> None:
    here, lost = settled(desk, day), settled(desk, day)
    before = desk.rows()
    compared(desk, day, booked(here), {**booked(here), "setl_id": "9" * 18, "visit_id": "SECRET-1"})
    after = desk.rows()
    assert {name for name in after if after[name] != before.get(name)} == {"reads"}
    assert "SECRET-1" not in repr(after)
    with reading(desk.engine) as connection:
        newest = select(RecordedRead.__table__).order_by(RecordedRead.id.desc()).limit(1)
        row = connection.execute(newest).one()
    assert (row.kind, row.settlement_id, row.institution, row.interface) == ("settlement", lost["id"], CITY, "v1")
    assert len(after["reads"]) == len(before["reads"]) + 1


def test_a_hospital_compares_its_own_books_and_an_officer_those_of_an_institution_that_is_named(
    desk: Desk, day: str
) -> None:
    made = settled(desk, day)
    body = {"from": day, "to": day, "settlements": [booked(made)]}

    def ask(who: str, **more: str) -> Any:
        return desk.ask(who, "POST", "/v1/ledger/differences", day, json={**body, **more})

    for who in ("county", "1509"):
        assert expect(200, ask(who, institution=CITY))["agrees"], who
        refused = problem(422, "validation-error", ask(who))
        assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [("/institution", "missing")]
    assert expect(200, ask(CITY))["agrees"]
    problem(403, "forbidden", ask(COUNTY, institution=CITY))
    problem(403, "forbidden", ask("other_county", institution=CITY))
    problem(403, "forbidden", ask("county", institution="H9"))
    assert problem(422, "validation-error", ask("1509", institution="H9"))["errors"][0]["code"] == "institution_unknown"


def test_what_cannot_be_recorded_is_not_shown(desk: Desk, day: str) -> None:
    settled(desk, day)
    body = {"from": day, "to": day, "settlements": []}
    with patch("app.db.ledger.reads.add_shown", side_effect=StoreUnavailableError("full")):
        problem(503, "store-unavailable", desk.ask(CITY, "POST", "/v1/ledger/differences", day, json=body))
    assert found(compared(desk, day)) == [(None, "missing_there", None)]


def test_more_expired_reads_are_deleted_than_are_added(empty_desk: Desk) -> None:
    by, moment = reads.ReadBy(None, None, "10.0.0.1"), Moment(LONG_AGO, LONG_AGO.date())
    later = Moment(LONG_AGO + dt.timedelta(days=181), LONG_AGO.date())
    made = settled(empty_desk, "2018-06-01")["id"]
    with writing(empty_desk.engine) as connection:
        reads.add_shown(connection, moment, by, [made] * 70)
        reads.add_shown(connection, later, by, [made] * 40)
        reads.delete_expired(connection, later, 180, 40)
        assert connection.execute(select(func.count()).select_from(RecordedRead)).scalar_one() == 40


def test_the_examples_of_the_document_and_of_the_guides_are_answered(desk: Desk) -> None:
    guides = [ROOT / "docs" / folder / "how-to" / "reconcile.md" for folder in ("", "zh")]
    blocks = [re.findall(r"```json\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL) for guide in guides]
    bodies = [each["value"] for each in DIFFERENCES.values()] + [json.loads(text) for (text,) in blocks]
    for body in bodies:
        assert body == bodies[0]
        assert len(expect(200, desk.ask(CITY, "POST", "/v1/ledger/differences", json=body))["differences"]) >= 2


@grid(
    ("changes", "pointer", "code"),
    [
        ({"to": "2017-12-31"}, "/to", "ends_before_start"),
        ({"from": "20180601"}, "/from", "day_format"),
        ({"rows": 1}, "/rows", "extra_forbidden"),
        ({"settlements": [{"visit_id": "V", "total": 1, "reimbursed": 1}]}, "/settlements/0/setl_id", "missing"),
        ({"settlements": [{"total": "-1.00"}]}, "/settlements/0/total", "money_format"),
        ({"settlements": [{"reimbursed": 1.001}]}, "/settlements/0/reimbursed", "money_format"),
        ({"settlements": [{"reversed": "1"}]}, "/settlements/0/reversed", "bool_type"),
        ({"settlements": [{"setl_id": 1.5}]}, "/settlements/0/setl_id", "string_type"),
        ({"settlements": [{"setl_id": True}]}, "/settlements/0/setl_id", "string_type"),
        ({"settlements": [{}] * (MOST_ROWS + 1)}, "/settlements", "too_long"),
    ],
)
def test_what_is_no_book_is_refused_with_its_place(desk: Desk, changes: Json, pointer: str, code: str) -> None:
    body = {"from": "2018-06-01", "to": "2018-06-02", "settlements": [], **changes}
    refused = desk.ask(CITY, "POST", "/v1/ledger/differences", json=body)
    errors = problem(422, "validation-error", refused)["errors"]
    assert (pointer, code) in [(each["pointer"], each["code"]) for each in errors], errors[:3]


@pytest.mark.slow
def test_ten_thousand_rows_are_compared_by_one_query_and_more_settlements_are_refused(
    desk: Desk, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = scaled(200, MOST_ROWS)
    monkeypatch.setattr("app.routers.differences.MOST_ROWS", most)
    made = settled(desk, day)
    stored = {name: value for name, value in desk.row(made["id"]).items() if name != "id"}
    copies = [{**stored, "visit_id": new_id(), "message_id": new_id()} for _ in range(most - 1)]
    with writing(desk.engine) as connection:
        connection.execute(insert(Settlement), copies)
    body = {"from": day, "to": day, "settlements": [booked(made), *(by_message({**made, **each}) for each in copies)]}
    statements: list[str] = []

    def listen(*call: Any) -> None:
        statements.append(call[2])

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        answer = expect(200, desk.ask(CITY, "POST", "/v1/ledger/differences", day, json=body))
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    assert (answer["agrees"], answer["ours"]["settlements"]) == (True, most)
    assert sum("FROM settlements" in each for each in statements) == 1
    settled(desk, day)
    refused = problem(422, "validation-error", desk.ask(CITY, "POST", "/v1/ledger/differences", day, json=body))
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [("/to", "too_many_settlements")]


def test_the_loop_goes_on_while_ten_thousand_rows_are_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()
    read = differences._read_books

    def noted(content: object, key: PersonKey) -> Any:
        threads.add(threading.current_thread().name)
        return read(content, key)

    monkeypatch.setattr(differences, "_read_books", noted)
    rows = [{"setl_id": 1 + number, "visit_id": "V", "total": 1, "reimbursed": 1} for number in range(MOST_ROWS)]
    answer = compared(desk, "2001-01-01", *rows)
    assert (len(answer["differences"]), answer["theirs"]["settlements"]) == (MOST_ROWS, MOST_ROWS)
    assert {name.rpartition("_")[0] for name in threads} == {"beside-the-loop"}
