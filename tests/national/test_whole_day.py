"""Hospitals' whole days, from signing in to signing out, over a bad line: all books agree to the fen every evening.

The hospitals and the second ledger are written from the document alone; ANDA_TEST_SEED draws other days.
"""

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, select

from app.db.engine import reading
from app.db.ledger.models import SpentBudget
from app.db.sealing import seal_events
from app.ledger import verification
from app.ledger.answer_verification import answer_faults
from app.ledger.event_verification import verify_events
from tests.national.test_hospital import LEVELS, SEED, by_fund, counted
from tests.support.hospital_in_process import InProcessService, served_in_process
from tests.support.hospital_ledger import BASIC, CRITICAL, FUND, RELIEF, Ledger
from tests.support.hospital_line import Line
from tests.support.hospital_messages import FUNDS, MONEY_OUT, Sender, fen, yuan
from tests.support.hospital_patients import numbers_of, patients
from tests.support.hospital_region import HOSPITALS, people
from tests.support.hospital_whole_day import DayHospital, WholeDays
from tests.support.lasting import store_for
from tests.support.scale import LONG, scaled
from tests.support.stores import opened

pytestmark = pytest.mark.lengthy

FIRST, DAYS, VISITS = dt.date(2017, 12, 30), scaled(4, 20), scaled(50, 1_000)
"""The days go over the end of a year."""
LAST = FIRST + dt.timedelta(days=DAYS - 1)
AT = HOSPITALS[:: scaled(3, 1)]
"""A hospital of the county and the township's clinic; in the long form all."""


@dataclass(frozen=True)
class Worked:
    """What the days left behind; the line is good again."""

    days: WholeDays
    bad_line: Line
    service: InProcessService
    engine: Engine


@pytest.fixture(scope="module", params=["sqlite", "postgresql"] if LONG else ["sqlite"])
def worked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    """All the days, worked through; in the long form on each database."""
    database = store_for(request, tmp_path_factory, "whole_day", request.param)
    rng, register, listed = random.Random(f"{SEED} whole days"), people(), patients()
    ledger = Ledger(LEVELS, register, same=numbers_of(listed))
    with (
        served_in_process(tmp_path_factory.mktemp("whole_day_files"), database, listed, FIRST) as service,
        Line(service.client, ledger.witness, rng) as bad_line,
        Line(service.client, ledger.witness) as good_line,
        opened(database) as engine,
    ):
        hospitals = [
            DayHospital(
                Sender(each.code, service.tokens[each.code]), bad_line, rng, tail="count", sends_parts=at % 2 == 1
            )
            for at, each in enumerate(AT)
        ]
        days = WholeDays(hospitals, ledger, listed, rng, service.clock.move_to)
        days.work(FIRST, DAYS, VISITS)
        bad_line.bring_late_ones()
        for hospital in hospitals:
            hospital.line = good_line
        yield Worked(days, bad_line, service, engine)


@pytest.mark.slow
def test_every_answer_is_right_and_every_evening_the_books_balance_and_what_is_planted_is_found(worked: Worked) -> None:
    days = worked.days
    findings = days.ledger.findings
    assert not findings, f"{len(findings)} findings, the first:\n" + "\n".join(findings[:3])
    complaints = [*days.complaints, *(each for hospital in days.hospitals for each in hospital.complaints)]
    assert not complaints, f"{len(complaints)} complaints, the first:\n" + "\n".join(complaints[:3])


@pytest.mark.slow
def test_the_days_had_everything_in_them(worked: Worked) -> None:
    days, line, judged = worked.days, worked.bad_line, worked.days.ledger.counted
    assert line.dropped > line.sent // 11 and line.doubled > line.sent // 11 and line.delayed > line.sent // 40
    assert days.done["visits"] == VISITS and days.done["balanced"] == DAYS * len(AT)
    assert days.done["settled"] > VISITS * 0.9 and days.done["compared"] > VISITS // 2
    few = {"number": 10, "card": 10, "identity_card": 10, "voucher": 10, "planted": scaled(2, 15), "refunds": 10}
    few |= {"settled again": 3, "cancelled openings": 2}
    assert not {what: days.done[what] for what, times in few.items() if days.done[what] < times}
    messages = {"2202", "2203", "2204", "2205", "2206", "2207", "2208", "2301", "2302", "2303", "2304", "2305"}
    messages |= {"1101", "2201", "2401", "2402", "2404", "2405", "2601", "3201", "9001", "9002"}
    assert not {infno for infno in messages if not judged[infno]}
    happened = {"repeats": 20, "reversals of what arrived": 1, "late originals": scaled(0, 3)}
    assert not {what: judged[what] for what, times in happened.items() if judged[what] < times}


@pytest.mark.slow
def test_all_the_days_together_balance_too(worked: Worked) -> None:
    for hospital in worked.days.hospitals:
        worked.days.balance(hospital, FIRST, LAST)
        booked = {entry.setl_id: entry.amounts for entry in hospital.books.standing()}
        standing = worked.days.ledger.standing(hospital.sender.institution)
        assert booked == {each.setl_id: each.amounts for each in standing}
        for entry in hospital.books.entries[:: scaled(3, 1)]:
            answer = hospital.look_up(entry)
            assert {name: answer.amounts[name] for name in MONEY_OUT} == dict(entry.amounts), (entry, answer.text)
    assert not worked.days.complaints, worked.days.complaints


@pytest.mark.slow
def test_each_patients_years_are_what_the_books_say_by_whichever_number_they_are_asked_for(worked: Worked) -> None:
    hospitals, ledger = worked.days.hospitals, worked.days.ledger
    seen = {number for (number, _), changes in ledger.changes.items() if changes}
    assert len(seen) > scaled(20, 45)
    patients = [each for each in worked.days.patients if each.number in seen]
    for patient, year in itertools.product(patients[:: scaled(2, 1)], (FIRST.year, LAST.year)):
        number = random.Random(patient.number).choice((patient.number, patient.card, patient.identity))
        totals = counted(hospitals[0].year_to_date(number, year), year)
        names = {patient.number, *(other for other, its in ledger.same.items() if its == patient.number)}
        books = [hospital.books.paid(each, year) for hospital in hospitals for each in names]
        assert by_fund(totals) == {fund: sum(each[fund] for each in books) for fund in FUNDS}, (patient, year, totals)
        assert totals.get("C0000", 0) == 100 * sum(each["stays"] for each in books), (patient, year, totals)
        standing = ledger.years[patient.number, year]
        for code, layer in (("S0000", BASIC), ("TS390201", CRITICAL), ("TS610101", RELIEF)):
            assert totals.get(code, 0) == sum(each.expected.base[layer] for each in standing), (patient, year, totals)


@pytest.mark.slow
def test_the_purse_and_the_totals_hold_what_stands_and_the_ledgers_own_check_finds_nothing(worked: Worked) -> None:
    standing = [each for year in worked.days.ledger.years.values() for each in year]
    seal_events(worked.engine)
    with reading(worked.engine) as connection:
        spent = connection.execute(select(SpentBudget.spent)).scalars().all()
        assert spent == [sum(each.expected.paid[FUND] for each in standing)] and spent[0] > 0
        assert [*verification.faults(connection), *answer_faults(connection)] == []
        assert verify_events(connection).faults == []
    for hospital in worked.days.hospitals:
        entries = list(hospital.books.standing())
        answer = worked.service.client.get(
            "/v1/ledger/totals",
            params={"from": FIRST.isoformat(), "to": LAST.isoformat()},
            headers={"Authorization": f"Bearer {hospital.sender.token}"},
        )
        told, net = answer.json(), answer.json()["net"]
        assert told["settlements"]["count"] - told["reversals"]["count"] == len(entries), told
        assert net["total"] == yuan(sum(entry.amounts["medfee_sumamt"] for entry in entries)), told
        paid = fen(net["total"]) - fen(net["out_of_pocket"])
        assert paid == sum(entry.amounts["fund_pay_sumamt"] for entry in entries), told
