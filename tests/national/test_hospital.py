"""A stand-in hospital system against the running service: its books and the service's agree to the fen.

Hospitals, line and second ledger are written from the document alone; the amounts come from `oracle.py`.
ANDA_TEST_SEED (a whole number) draws other visits. Numbers in brackets are the guarantees of section 5.2.
"""

import datetime as dt
import itertools
import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.grid import grid
from tests.support.hospital import Hospital
from tests.support.hospital_books import Entry, Sums, Visit
from tests.support.hospital_days import Desks
from tests.support.hospital_fees import fee_row
from tests.support.hospital_ledger import BASIC, CRITICAL, RELIEF, Ledger
from tests.support.hospital_line import Line
from tests.support.hospital_messages import (
    FUNDS,
    MONEY_OUT,
    PARTS,
    Answer,
    Dialect,
    Message,
    Sender,
    complaints,
    fen,
    yuan,
)
from tests.support.hospital_region import (
    ALONE,
    ANOTHER,
    CLINIC,
    DAILY,
    FIRST,
    HOSPITALS,
    INSTITUTIONS,
    LAST,
    NO_PARTS,
    NOBODY,
    OTHER,
    SINGLE,
    SINGLE_POOR,
    Institution,
    number,
    people,
    register,
)
from tests.support.hospital_service import Service, prepared
from tests.support.lasting import store_for
from tests.support.scale import scaled

# On PostgreSQL in the long form; what arrives there at the same moment: `test_messages_at_once`.
pytestmark = [pytest.mark.each_database(small=False), pytest.mark.slow, pytest.mark.lengthy]

SEED = int(os.environ.get("ANDA_TEST_SEED", "20180520"))
DAY = dt.date(2018, 5, 20)
LEVELS = {each.code: each.level for each in INSTITUTIONS}
YEARS = (2017, 2018)

Json = dict[str, Any]


@pytest.fixture(scope="module")
def service(
    request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service over a store of its own; it runs once a test starts it."""
    address = store_for(request, tmp_path_factory, "hospital_store", database)
    with prepared(tmp_path_factory.mktemp("hospital"), address) as service:
        yield service


# ---- hundreds of visits over a bad line; a thousand in `make slow`


@dataclass(frozen=True)
class Worked:
    """What two years left behind."""

    desks: Desks
    bad_line: Line
    service: Service

    @property
    def entries(self) -> list[tuple[Hospital, Entry]]:
        """All lines of all books."""
        return [(hospital, entry) for hospital in self.desks.hospitals for entry in hospital.books.entries]

    @property
    def persons(self) -> list[str]:
        """All who were seen, known or not."""
        return sorted({entry.visit.person for _, entry in self.entries})


@pytest.fixture(scope="module")
def worked(service: Service) -> Iterator[Worked]:
    """Two years of four hospitals, worked through; then the line is good again.

    On SQLite the service is stopped between the years, and started again on a day of the second.
    """
    rng = random.Random(f"{SEED} hospital")
    ledger = Ledger(LEVELS, register())
    with Line(service.client, ledger.witness, rng) as bad_line, Line(service.client, ledger.witness) as good_line:
        hospitals = [
            Hospital(Sender(each.code, service.tokens[each.code]), bad_line, rng, tail=tail)
            for each, tail in zip(HOSPITALS, ("random", "count", "none", "random"), strict=True)
        ]
        desks = Desks(hospitals, ledger, people(), rng)
        for year in YEARS:
            service.start(dt.date(year, 12, 31) if service.on_sqlite else LAST)
            desks.work(year, *((scaled(50, 500), scaled(5, 10)) if service.on_sqlite else (scaled(18, 60), 4)))
        bad_line.bring_late_ones()
        for hospital in hospitals:
            hospital.line = good_line
        yield Worked(desks, bad_line, service)


def test_a_second_ledger_finds_nothing_wrong_with_any_answer(worked: Worked) -> None:
    findings = worked.desks.ledger.findings
    assert not findings, f"{len(findings)} findings, the first:\n" + "\n".join(findings[:3])
    assert not worked.desks.complaints, worked.desks.complaints[:3]
    assert not [hospital.unknown for hospital in worked.desks.hospitals if hospital.unknown]


def test_the_hospitals_books_hold_what_the_second_ledger_says_must_stand(worked: Worked) -> None:
    for hospital in worked.desks.hospitals:
        booked = {entry.setl_id: entry.amounts for entry in hospital.books.standing()}
        standing = worked.desks.ledger.standing(hospital.sender.institution)
        assert booked == {each.setl_id: each.amounts for each in standing}


def test_all_that_can_go_wrong_on_a_line_went_wrong(worked: Worked) -> None:
    line, counted = worked.bad_line, worked.desks.ledger.counted
    assert line.dropped > line.sent // 11 and line.doubled > line.sent // 11 and line.delayed > line.sent // 40
    assert worked.desks.compared > worked.desks.visits // 2
    happened = {
        "repeats": scaled(10, 20),
        "collisions": scaled(1, 3),
        "late originals": scaled(1, 3),
        "reversals of what arrived": scaled(2, 5),
        "reversals of what did not arrive": scaled(1, 3),
        "cancellations reversed": 1,
        "refused for a later one": scaled(1, 3),
        "2301": scaled(15, 100),
        "2204": scaled(3, 20),
        "2302": 1,
    }
    few = {what: counted[what] for what, times in happened.items() if counted[what] < times}
    assert not few or not worked.service.on_sqlite


def clr_types(hospital: Hospital) -> list[str]:
    return sorted({entry.clr_type for entry in hospital.books.entries})


def periods() -> list[tuple[dt.date, dt.date]]:
    """Both years as a whole, and month by month; in the small form quarter by quarter."""
    firsts = [dt.date(year, month, 1) for year in YEARS for month in range(1, 13, scaled(3, 1))] + [
        LAST + dt.timedelta(days=1)
    ]
    return [(FIRST, LAST), *((begin, after - dt.timedelta(days=1)) for begin, after in itertools.pairwise(firsts))]


def found(node: object, name: str) -> list[object]:
    """All values of a field, wherever in an output it stands."""
    if isinstance(node, dict):
        own = [node[name]] if name in node else []
        return own + [each for member in node.values() for each in found(member, name)]
    if isinstance(node, list):
        return [each for member in node for each in found(member, name)]
    return []


def agrees(answer: Answer) -> bool:
    """Whether the insurer's sums are those that were sent; where no result is given, by success or failure."""
    results = found(answer.output, "stmt_rslt")
    return answer.succeeded and all(str(result) == "0" for result in results)


def test_the_sums_agree_for_both_years_and_month_by_month(worked: Worked) -> None:
    for hospital in worked.desks.hospitals:
        for (begin, end), clr_type, net in itertools.product(periods(), clr_types(hospital), (False, True)):
            sums = hospital.books.sums(begin, end, clr_type, net)
            answer = hospital.reconcile(begin, end, clr_type, net, sums)
            assert agrees(answer), (hospital.sender.institution, begin, end, clr_type, net, sums, answer.text)


def test_sums_that_are_apart_disagree_and_the_answer_says_by_how_much(worked: Worked) -> None:
    for hospital in worked.desks.hospitals:
        right = hospital.books.sums(FIRST, LAST, "21", False)
        for wrong, apart in (
            (replace(right, fund=right.fund + 1), "0.01"),
            (replace(right, medfee=right.medfee - 123_45), "123.45"),
            (replace(right, count=right.count + 7), "7"),
        ):
            answer = hospital.reconcile(FIRST, LAST, "21", False, wrong)
            assert not agrees(answer), (wrong, answer.text)
            assert apart in answer.text.replace(answer.envelope["inf_refmsgid"], ""), answer.text


def differences(hospital: Hospital, settlements: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Compare all books of a hospital with the ledger, settlement by settlement: which visits differ, and how."""
    answer = hospital.line.client.post(
        "/v1/ledger/differences",
        json={"from": FIRST.isoformat(), "to": LAST.isoformat(), "settlements": settlements},
        headers={"Authorization": f"Bearer {hospital.sender.token}"},
    )
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert content["agrees"] == (not content["differences"])
    return [(each["visit_id"], each["kinds"]) for each in content["differences"]]


def test_the_books_agree_visit_by_visit_and_planted_differences_are_found(worked: Worked) -> None:
    for hospital in worked.desks.hospitals:
        rows = [
            {
                "setl_id": entry.setl_id,
                "visit_id": entry.visit.visit_id,
                "total": yuan(entry.amounts["medfee_sumamt"]),
                "reimbursed": yuan(entry.amounts["fund_pay_sumamt"]),
                "reversed": entry.setl_id in hospital.books.cancelled,
            }
            for entry in hospital.books.entries
            if entry.cancels is None
        ]
        assert differences(hospital, rows) == [], hospital.sender.institution
        lost, *kept = rows
        kept[0] |= {"total": "0.01"}
        kept[1] |= {"reversed": not kept[1]["reversed"]}
        unknown = {**kept[2], "setl_id": "999999999", "visit_id": "NOBODY"}
        assert differences(hospital, [*kept, unknown, kept[2]]) == [
            (kept[0]["visit_id"], ["amounts_differ"]),
            (kept[1]["visit_id"], ["reversed_differs"]),
            ("NOBODY", ["missing_here"]),
            (kept[2]["visit_id"], ["repeated"]),
            (lost["visit_id"], ["missing_there"]),
        ]


def counted(answer: Answer, year: int) -> dict[str, int]:
    """The year's totals of a person, by kind of total; the rows without a suffix alone."""
    assert answer.succeeded, answer.text
    rows = answer.output["cuminfo"]
    return {
        row["cum_type_code"]: fen(row["cum"])
        for row in rows
        if str(row["year"]) == str(year) and "_" not in row["cum_type_code"]
    }


def by_fund(totals: dict[str, int]) -> dict[str, int]:
    """The totals by the field that a fund has in `setlinfo`; all other funds of residents are `oth_pay`."""
    fields = {"D390101": "hifp_pay", "D390201": "hifmi_pay", "D610101": "maf_pay"}
    paid = dict.fromkeys(FUNDS, 0)
    for code, total in totals.items():
        if code.startswith("D"):
            paid[fields.get(code, "oth_pay")] += total
    return paid


def test_a_persons_year_is_what_the_hospitals_books_say_was_paid(worked: Worked) -> None:
    hospitals = worked.desks.hospitals
    for person, year in itertools.product(worked.persons, YEARS):
        totals = counted(hospitals[0].year_to_date(person, year), year)
        books = [hospital.books.paid(person, year) for hospital in hospitals]
        standing = worked.desks.ledger.years[person, year]
        paid = by_fund(totals)
        assert paid == {fund: sum(each[fund] for each in books) for fund in FUNDS}, (person, year, totals)
        assert totals.get("C0000", 0) == 100 * sum(each["stays"] for each in books), (person, year, totals)
        for code, layer in (("S0000", BASIC), ("TS390201", CRITICAL), ("TS610101", RELIEF)):
            assert totals.get(code, 0) == sum(each.expected.base[layer] for each in standing), (person, year, totals)


def test_every_settlement_and_cancellation_can_be_looked_up_as_it_was_answered(worked: Worked) -> None:
    for hospital, entry in worked.entries:
        answer = hospital.look_up(entry)
        assert answer.succeeded, (entry.setl_id, answer.text)
        assert answer.settled["setl_id"] == entry.setl_id
        assert {name: answer.amounts[name] for name in MONEY_OUT} == dict(entry.amounts), (entry, answer.text)
        if entry.cancels is None:
            assert answer.details == entry.answer.details


def test_no_number_of_a_person_can_be_read_from_the_database_file(worked: Worked) -> None:
    if not worked.service.on_sqlite:
        pytest.skip("SQLite's files lie open to be read")
    held = b"".join(
        path.read_bytes() for path in Path(worked.service.database.removeprefix("sqlite:///")).parent.glob("anda.db*")
    )
    assert worked.entries[0][1].visit.visit_id.encode() in held, "what is looked for would be found"
    assert not [person for person in worked.persons if person.encode() in held]


# ---- hospitals on a good line


visit_ids = (f"S{count:06d}" for count in itertools.count(1))
minutes = (dt.datetime.combine(DAY, dt.time(8)) + dt.timedelta(minutes=count) for count in itertools.count())

Desk = Callable[[Institution], Hospital]


@pytest.fixture
def desk(service: Service) -> Iterator[Desk]:
    """Hospitals on a good line; an answer of a wrong form fails the test."""

    def witness(sent: Message, answer: Answer) -> None:
        wrong = list(complaints(sent, answer))
        assert not wrong, (wrong, sent.wire.decode(), answer.text)

    service.start(LAST)
    with Line(service.client, witness) as line:

        def opened(institution: Institution) -> Hospital:
            sender = Sender(institution.code, service.tokens[institution.code])
            return Hospital(sender, line, random.Random(SEED), next(minutes), "count", dialect=Dialect())

        yield opened


@pytest.fixture(scope="module")
def strangers_to_all_tests(service: Service) -> Iterator[str]:
    """Registered persons with a major disease, each for one test."""
    return iter(SINGLE_POOR)


@pytest.fixture
def person(strangers_to_all_tests: Iterator[str]) -> str:
    """A registered person with a major disease, of whom nothing was settled yet."""
    return next(strangers_to_all_tests)


def stay(person: str, total: int = 9_000_00) -> Visit:
    return Visit(next(visit_ids), person, DAY, True, "21", total, (100_00, 50_00, 350_00, total - 500_00))


def outpatient(person: str, total: int = 300_00) -> Visit:
    return Visit(next(visit_ids), person, DAY, False, "11", total, (0, 0, 20_00, total - 20_00))


@dataclass(frozen=True)
class Care:
    """A visit that a hospital is about to settle."""

    hospital: Hospital
    visit: Visit

    def send(self, sent: Message) -> Answer:
        return self.hospital.line.send(sent)

    def settled(self) -> Entry:
        """Settle the visit, as it must be possible."""
        answer = self.hospital.settle(self.visit)
        assert answer is not None and answer.succeeded, answer
        return self.hospital.books.entries[-1]

    def cancelled(self) -> Entry:
        """Cancel the settlement just made, as it must be possible."""
        answer = self.hospital.cancel(self.hospital.books.entries[-1])
        assert answer is not None and answer.succeeded, answer
        return self.hospital.books.entries[-1]

    def counted(self) -> dict[str, int]:
        """What counts for the person in the year, without zeros."""
        totals = counted(self.hospital.year_to_date(self.visit.person, DAY.year), DAY.year)
        return {code: total for code, total in totals.items() if total}


@pytest.fixture(params=["stay", "outpatient"])
def care(request: pytest.FixtureRequest, desk: Desk, person: str) -> Care:
    """A stay in the county's hospital, and a visit to the township's clinic."""
    if request.param == "stay":
        return Care(desk(SINGLE), stay(person))
    return Care(desk(CLINIC), outpatient(person))


def expect_counted(care: Care, entries: list[Entry]) -> None:
    """The person's year is the sum of these settlements, and of no other."""
    totals = care.counted()
    paid = {fund: sum(entry.amounts[fund] for entry in entries) for fund in FUNDS}
    assert by_fund(totals) == paid
    assert totals.get("S0000", 0) == sum(entry.amounts["inscp_scp_amt"] for entry in entries)
    assert totals.get("C0000", 0) == 100 * sum(entry.visit.inpatient for entry in entries)


def looked_up(hospital: Hospital, entry: Entry) -> Json:
    """A settlement as it is looked up, in the fields that it was answered in."""
    settled = hospital.look_up(entry).settled
    return {name: settled.get(name) for name in entry.answer.settled}


# ---- a day in a hospital's own order of work (section 8)


def test_a_day_from_signing_in_to_signing_out(desk: Desk, strangers_to_all_tests: Iterator[str]) -> None:
    hospital = desk(DAILY)
    hospital.dialect = replace(Dialect(), discharge="", form="bare")
    hospital.begin_day(DAY)
    for inpatient, person in ((True, next(strangers_to_all_tests)), (False, next(strangers_to_all_tests))):
        assert hospital.look_up_person(person).succeeded
        expected = stay(person) if inpatient else outpatient(person)
        visit = hospital.open(replace(expected, parts=NO_PARTS))
        refused = hospital.pre_settle(visit)
        assert refused.refused, refused.text
        dear, cheap = fee_row(visit.total - 100_00, (50_00, 0, 25_00, visit.total - 175_00)), fee_row(100_00)
        wrong = fee_row(33_33, (11_11, 11_11, 0, 11_11))
        hospital.upload(visit, [dear, wrong, cheap], 2)
        hospital.upload(visit, [fee_row(-33_32, None, wrong["feedetl_sn"]), fee_row(-1, None, wrong["feedetl_sn"])])
        hospital.end(visit)
        tried = hospital.pre_settle(visit)
        assert tried.succeeded and tried.warning, tried.text
        assert [tried.amounts[part] for part in PARTS] == [50_00, 0, 25_00, visit.total - 75_00]
        care = Care(hospital, visit)
        first = care.settled()
        assert first.amounts == tried.amounts
        assert hospital.ask("2401" if inpatient else "2201", {"psn_no": person}).succeeded, "of another visit"
        care.cancelled()
        if inpatient:
            hospital.undo_end(visit)
        hospital.take_out_fees(visit)
        hospital.upload(visit, [fee_row(visit.total)])
        hospital.end(visit)
        again = care.settled()
        assert again.amounts["inscp_scp_amt"] == visit.total
        assert hospital.books.entries[-2].cancels == first.setl_id
    for clr_type, net in itertools.product(("21", "11"), (False, True)):
        day = hospital.books.entries[-1].day
        sums = hospital.books.sums(day, day, clr_type, net)
        assert sums.count == (3 if net else 1)
        answer = hospital.reconcile(day, day, clr_type, net, sums)
        assert agrees(answer), (sums, answer.text)
    assert hospital.sign_out().output["signoutoutb"]["sign_time"]


# ---- messages, one guarantee at a time


def test_the_same_message_again_has_the_same_answer_and_counts_once(care: Care) -> None:  # (1)
    sent = care.hospital.settlement(care.visit)
    first = care.send(sent)
    assert first.succeeded, first.text
    entry = care.hospital.books.enter(care.visit, sent, first)
    again = [care.send(sent), *care.hospital.line.deliver_at_once([sent] * 4)]
    assert [each.lasting for each in again] == [first.lasting] * 5
    expect_counted(care, [entry])


def test_the_same_message_many_times_at_once_has_one_answer_and_counts_once(care: Care) -> None:  # (1)
    sent = care.hospital.settlement(care.visit)
    first, *others = care.hospital.line.deliver_at_once([sent] * 6)
    assert first.succeeded, first.text
    assert [each.lasting for each in others] == [first.lasting] * 5
    expect_counted(care, [care.hospital.books.enter(care.visit, sent, first)])


def test_another_message_with_the_same_id_is_refused_and_the_first_stands(care: Care) -> None:  # (1)
    entry = care.settled()
    dearer = replace(care.visit, total=care.visit.total + 1, parts=(*care.visit.parts[:3], care.visit.parts[3] + 1))
    answer = care.send(care.hospital.settlement(dearer, entry.msgid))
    assert answer.refused, answer.text
    assert looked_up(care.hospital, entry) == entry.answer.settled
    expect_counted(care, [entry])


def test_two_visits_whose_ids_collide_are_never_merged(care: Care) -> None:  # (2)
    entry = care.settled()
    other = replace(care.visit, visit_id=next(visit_ids))
    answer = care.send(care.hospital.settlement(other, entry.msgid))
    assert answer.refused and entry.setl_id != answer.settled.get("setl_id"), answer.text
    again = care.send(care.hospital.settlement(other))
    assert again.succeeded, again.text
    assert again.settled["setl_id"] != entry.setl_id


def test_two_visits_whose_ids_collide_at_the_same_moment_are_never_merged(care: Care) -> None:  # (2)
    other = replace(care.visit, visit_id=next(visit_ids), total=care.visit.total, parts=care.visit.parts)
    one = care.hospital.settlement(care.visit)
    both = [one, care.hospital.settlement(other, one.msgid)]
    answers = care.hospital.line.deliver_at_once(both)
    assert sorted(answer.succeeded for answer in answers) == [False, True]
    assert sorted(answer.refused for answer in answers) == [False, True]
    at = [answer.succeeded for answer in answers].index(True)
    expect_counted(care, [care.hospital.books.enter((care.visit, other)[at], both[at], answers[at])])


def test_an_id_of_one_hospital_or_transaction_is_free_for_another(desk: Desk, person: str) -> None:  # (1)
    here, elsewhere = Care(desk(SINGLE), stay(person)), Care(desk(OTHER), stay(person))
    entry = here.settled()
    answer = elsewhere.send(elsewhere.hospital.settlement(elsewhere.visit, entry.msgid))
    assert answer.succeeded, answer.text
    other = elsewhere.hospital.books.enter(elsewhere.visit, here.hospital.settlement(here.visit), answer)
    expect_counted(here, [entry, other])
    undone = elsewhere.send(elsewhere.hospital.cancellation(other, entry.msgid))
    assert undone.succeeded, undone.text
    expect_counted(here, [entry])


def test_a_pre_settlement_says_what_the_settlement_pays_and_leaves_nothing(care: Care) -> None:  # (3)
    tried = [care.hospital.pre_settle(care.visit) for _ in range(3)]
    sent = care.hospital.compose("2303" if care.visit.inpatient else "2206", care.hospital.content(care.visit))
    tried += [care.send(sent), care.send(sent), *care.hospital.line.deliver_at_once([sent] * 3)]
    assert all(each.succeeded for each in tried)
    expect_counted(care, [])
    entry = care.settled()
    assert entry.amounts["fund_pay_sumamt"] > 0
    assert [each.amounts for each in tried] == [entry.amounts] * 8
    assert [each.details for each in tried] == [entry.answer.details] * 8


def test_a_settled_visit_is_refused_with_the_number_of_its_settlement(care: Care) -> None:  # (4)
    entry = care.settled()
    answer = care.send(care.hospital.settlement(care.visit))
    assert answer.refused and entry.setl_id in answer.error, answer.text
    expect_counted(care, [entry])


def test_a_button_pressed_four_times_settles_once(care: Care) -> None:  # (4)
    sent = [care.hospital.settlement(care.visit) for _ in range(4)]
    answers = care.hospital.line.deliver_at_once(sent)
    assert sorted(answer.succeeded for answer in answers) == [False, False, False, True]
    at = [answer.succeeded for answer in answers].index(True)
    entry = care.hospital.books.enter(care.visit, sent[at], answers[at])
    assert all(entry.setl_id in answer.error for answer in answers if answer is not answers[at])
    expect_counted(care, [entry])


def test_a_stay_has_as_many_interim_settlements_as_are_sent(desk: Desk, person: str) -> None:  # (4)
    care = Care(desk(SINGLE), stay(person))
    entries = []
    for days in range(3):
        day = care.visit.day - dt.timedelta(days=days)
        sent = care.hospital.settlement(care.visit, mid_setl_flag="1", dscgTime=day.isoformat())
        answer = care.send(sent)
        assert answer.succeeded, answer.text
        entries.append(care.hospital.books.enter(care.visit, sent, answer))
    assert len({entry.setl_id for entry in entries}) == 3
    assert by_fund(care.counted()) == {fund: sum(entry.amounts[fund] for entry in entries) for fund in FUNDS}


def test_a_message_that_was_refused_stays_refused_when_it_comes_again(care: Care) -> None:  # (1, 11)
    care.settled()
    twice = care.hospital.settlement(care.visit)
    assert care.send(twice).refused
    care.cancelled()
    assert care.send(twice).refused, "its hospital was told that nothing was stored"
    expect_counted(care, [])


def test_a_cancelled_visit_can_be_settled_again(care: Care) -> None:  # (4, 5)
    first = care.settled()
    care.cancelled()
    again = care.settled()
    assert again.setl_id != first.setl_id
    assert again.amounts == first.amounts
    expect_counted(care, [again])


def test_a_cancellation_negates_every_amount_once_and_leaves_nothing(care: Care) -> None:  # (5, 12)
    entry = care.settled()
    sent = care.hospital.cancellation(entry)
    answer = care.send(sent)
    assert answer.succeeded, answer.text
    assert answer.settled["setl_id"] != entry.setl_id
    null = {name for name in ("psn_part_amt", "hosp_part_amt") if answer.settled.get(name) is None}
    assert {name: amount for name, amount in answer.amounts.items() if name not in null} == {
        name: -amount for name, amount in entry.amounts.items() if name not in null
    }
    assert [fen(row["fund_payamt"]) for row in answer.details] == [
        -fen(row["fund_payamt"]) for row in entry.answer.details
    ]
    assert care.send(sent).lasting == answer.lasting
    expect_counted(care, [])
    assert care.send(care.hospital.cancellation(entry)).refused
    expect_counted(care, [])


def test_a_settlement_cancelled_from_four_desks_at_once_is_cancelled_once(care: Care) -> None:  # (5)
    entry = care.settled()
    answers = care.hospital.line.deliver_at_once([care.hospital.cancellation(entry) for _ in range(4)])
    assert sorted(answer.succeeded for answer in answers) == [False, False, False, True]
    assert sorted(answer.refused for answer in answers) == [False, True, True, True]
    expect_counted(care, [])


def test_a_cancellation_that_names_another_visit_or_person_is_refused(care: Care) -> None:  # (5, 11)
    entry = care.settled()
    for wrong in (replace(care.visit, visit_id="S-unknown"), replace(care.visit, person=SINGLE_POOR[-1])):
        assert care.send(care.hospital.cancellation(replace(entry, visit=wrong))).refused
    assert care.send(care.hospital.cancellation(replace(entry, setl_id="unknown"))).refused
    expect_counted(care, [entry])


def test_a_reversal_undoes_what_arrived_and_succeeds_any_number_of_times(care: Care) -> None:  # (6, 12)
    sent = care.hospital.settlement(care.visit)
    assert care.send(sent).succeeded
    reversal = care.hospital.reversal(sent)
    answers = [care.send(reversal), care.send(reversal), care.send(care.hospital.reversal(sent))]
    answers += care.hospital.line.deliver_at_once([care.hospital.reversal(sent) for _ in range(3)])
    assert all(answer.succeeded for answer in answers)
    expect_counted(care, [])
    assert not care.send(sent).succeeded, "it was reversed: a success would be taken for a settlement"
    expect_counted(care, [])
    entry = care.settled()
    expect_counted(care, [entry])


def test_what_was_reversed_is_in_no_sum(desk: Desk, person: str) -> None:  # (6)
    care = Care(desk(ALONE), stay(person))
    entry = care.settled()
    day = entry.day
    cancellation = care.hospital.cancellation(entry)
    assert care.send(cancellation).succeeded
    assert care.send(care.hospital.reversal(cancellation)).succeeded
    stands = Sums(1, care.visit.total, entry.amounts["fund_pay_sumamt"])
    for net in (False, True):
        assert agrees(care.hospital.reconcile(day, day, entry.clr_type, net, stands))
    original = {"psn_no": person, "omsgid": entry.msgid, "oinfno": entry.infno}
    assert care.send(care.hospital.compose("2601", original)).succeeded
    for net in (False, True):
        assert agrees(care.hospital.reconcile(day, day, entry.clr_type, net, Sums()))


def test_an_original_that_arrives_after_its_reversal_is_refused(care: Care) -> None:  # (6)
    late = care.hospital.settlement(care.visit)
    assert care.send(care.hospital.reversal(late)).succeeded
    assert care.send(late).refused
    assert care.send(late).refused
    expect_counted(care, [])
    entry = care.settled()
    assert care.send(late).refused
    expect_counted(care, [entry])


def test_a_cancellation_that_arrives_after_its_reversal_is_refused(care: Care) -> None:  # (6)
    entry = care.settled()
    late = care.hospital.cancellation(entry)
    assert care.send(care.hospital.reversal(late)).succeeded
    assert care.send(late).refused
    expect_counted(care, [entry])
    care.cancelled()
    expect_counted(care, [])


def test_an_original_and_its_reversal_at_the_same_moment_leave_nothing(care: Care) -> None:  # (6)
    for _ in range(4):
        sent = care.hospital.settlement(replace(care.visit, visit_id=next(visit_ids)))
        answer, reversed_ = care.hospital.line.deliver_at_once([sent, care.hospital.reversal(sent)])
        assert reversed_.succeeded, reversed_.text
        assert answer.succeeded or answer.refused, answer.text
        expect_counted(care, [])


def test_a_reversal_for_another_person_or_from_another_hospital_undoes_nothing(desk: Desk, person: str) -> None:  # (6)
    care, elsewhere = Care(desk(SINGLE), stay(person)), desk(OTHER)
    entry = care.settled()
    of_another = {"psn_no": SINGLE_POOR[-1], "omsgid": entry.msgid, "oinfno": entry.infno}
    assert care.send(care.hospital.compose("2601", of_another)).refused
    elsewhere.line.send(elsewhere.compose("2601", {**of_another, "psn_no": person}))
    expect_counted(care, [entry])
    assert care.hospital.look_up(entry).succeeded


def test_a_reversed_cancellation_restores_the_settlement(care: Care) -> None:  # (7)
    entry = care.settled()
    cancellation = care.cancelled()
    assert care.hospital.undo_cancellation(cancellation)
    expect_counted(care, [entry])
    assert looked_up(care.hospital, entry) == entry.answer.settled
    answer = care.send(care.hospital.settlement(care.visit))
    assert answer.refused and entry.setl_id in answer.error, answer.text
    care.cancelled()
    expect_counted(care, [])


def test_a_cancellation_is_not_reversed_once_a_later_settlement_depends_on_it(care: Care) -> None:  # (7)
    care.settled()
    cancellation = care.cancelled()
    again = care.settled()
    assert not care.hospital.undo_cancellation(cancellation)
    expect_counted(care, [again])
    care.cancelled()
    expect_counted(care, [])


def test_a_cancellation_is_not_reversed_once_what_the_settlement_was_calculated_upon_is_gone(
    desk: Desk, person: str
) -> None:  # (7)
    care = Care(desk(SINGLE), stay(person))
    first = care.settled()
    second = Care(care.hospital, stay(person))
    second.settled()
    cancellation = second.cancelled()
    assert care.hospital.cancel(first)
    assert not care.hospital.undo_cancellation(cancellation)
    expect_counted(care, [])
    assert care.hospital.undo_cancellation(care.hospital.books.entries[-1])
    assert care.hospital.undo_cancellation(cancellation)
    expect_counted(care, list(care.hospital.books.standing()))


def test_a_settlement_is_not_undone_while_a_later_one_depends_on_it(desk: Desk, person: str) -> None:  # (7, 12)
    here, elsewhere = Care(desk(SINGLE), stay(person)), Care(desk(OTHER), stay(person))
    sent = here.hospital.settlement(here.visit)
    first = here.hospital.books.enter(here.visit, sent, here.send(sent))
    later = elsewhere.settled()
    for message in (here.hospital.cancellation(first), here.hospital.reversal(sent)):
        answer = here.send(message)
        assert answer.refused, answer.text
    expect_counted(here, [first, later])
    elsewhere.cancelled()
    here.cancelled()
    expect_counted(here, [])


def test_a_settlement_can_be_found_by_the_id_of_its_message(care: Care) -> None:  # (8)
    entry = care.settled()
    found_ = care.hospital.line.client.get(
        "/v1/settlements",
        params={"message_id": entry.msgid},
        headers={"Authorization": f"Bearer {care.hospital.sender.token}"},
    )
    assert found_.status_code == 200, found_.text
    assert entry.setl_id in found_.text


def test_what_no_one_settled_cannot_be_looked_up(desk: Desk, person: str) -> None:  # (9)
    care, elsewhere = Care(desk(SINGLE), stay(person)), desk(OTHER)
    entry = care.settled()
    assert care.hospital.look_up(replace(entry, setl_id="unknown")).refused
    assert elsewhere.look_up(entry).refused, "another hospital's"


WRONG: dict[str, tuple[str, object]] = {
    "an unknown transaction": ("infno", "9999"),
    "no transaction": ("infno", None),
    "an input that is no JSON": ("input", "no JSON"),
    "an input that is a list": ("input", []),
    "no input": ("input", None),
    "no id": ("msgid", ""),
    "an id that is too long": ("msgid", "7" * 31),
    "a time that is none": ("inf_time", "20 May"),
    "no person": ("psn_no", ""),
    "a person that is null": ("psn_no", None),
    "a person that is no text": ("psn_no", {}),
    "no visit": ("mdtrt_id", ""),
    "a fee in words": ("medfee_sumamt", "much"),
    "a fee below zero": ("medfee_sumamt", "-9000.00"),
    "a fee of half a fen": ("medfee_sumamt", "9000.005"),
    "no fee": ("medfee_sumamt", None),
    "a fee that is true": ("medfee_sumamt", True),
    "a fee of nothing": ("medfee_sumamt", "0"),
    "a fee without end": ("medfee_sumamt", "1e9999"),
    "a fen more than the parts": ("medfee_sumamt", "9000.01"),
    "parts that do not add up": ("inscp_scp_amt", "8000.00"),
    "a part of half a fen": ("inscp_scp_amt", "8500.005"),
    "a part below zero": ("overlmt_selfpay", "-50.00"),
    "a day that there is not": ("dscgTime", "2018-02-30"),
    "a day without a policy": ("dscgTime", "2016-12-31"),
    "a flag that is none": ("mid_setl_flag", "often"),
}
"""What makes a settlement impossible: a field of the envelope or of the input, and what is put there."""


@grid(("name", "value"), WRONG.values())
def test_what_cannot_be_settled_is_refused_with_a_text_and_leaves_nothing(
    desk: Desk, person: str, name: str, value: object
) -> None:  # (9, 11)
    care = Care(desk(SINGLE), stay(person))
    sent = care.hospital.settlement(care.visit)
    envelope = json.loads(sent.wire)
    (envelope if name in envelope else envelope["input"]["data"])[name] = value
    answer = care.send(replace(sent, wire=json.dumps(envelope).encode()))
    assert answer.refused, answer.text
    assert person not in answer.text
    expect_counted(care, [])


def test_what_is_missing_is_refused_with_a_text_and_leaves_nothing(desk: Desk, person: str) -> None:  # (9, 11)
    care = Care(desk(SINGLE), stay(person))
    for name in ("infno", "msgid", "fixmedins_code", "input", "psn_no", "mdtrt_id", "medfee_sumamt"):
        sent = care.hospital.settlement(care.visit)
        envelope = json.loads(sent.wire)
        del (envelope if name in envelope else envelope["input"]["data"])[name]
        answer = care.send(replace(sent, wire=json.dumps(envelope).encode()))
        assert answer.refused, (name, answer.text)
    expect_counted(care, [])


def test_a_body_that_is_no_json_is_no_error_of_the_service(desk: Desk, person: str) -> None:  # (9)
    care = Care(desk(SINGLE), stay(person))
    sent = care.hospital.settlement(care.visit)
    for wire in (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"infno": NaN}'):
        answer = care.hospital.line.deliver(replace(sent, wire=wire))
        assert answer.refused or 400 <= answer.status < 500, (wire, answer.status, answer.text)


def test_a_stranger_is_an_ordinary_patient_and_the_warning_is_no_error(desk: Desk) -> None:  # (10)
    care = Care(desk(SINGLE), stay(number(999)))
    answer = care.hospital.pre_settle(care.visit)
    assert answer.succeeded and answer.warning, answer.text
    assert answer.envelope["err_msg"] == ""
    assert answer.amounts["maf_pay"] == answer.amounts["oth_pay"] == 0
    assert answer.amounts["act_pay_dedc"] == 400_00


def test_the_second_stay_has_no_deductible_until_the_first_is_cancelled(desk: Desk, person: str) -> None:  # (12)
    care, second = Care(desk(SINGLE), stay(person)), stay(person)
    before = care.hospital.pre_settle(second)
    care.settled()
    after = care.hospital.pre_settle(second)
    assert (before.amounts["act_pay_dedc"], after.amounts["act_pay_dedc"]) == (200_00, 0)
    care.cancelled()
    assert care.hospital.pre_settle(second).amounts == before.amounts


# ---- who speaks, and how


@grid("care_kind", ["stay", "outpatient"])
def test_every_dialect_means_the_same(desk: Desk, person: str, care_kind: str) -> None:
    hospital = desk(SINGLE if care_kind == "stay" else CLINIC)
    visit = stay(person) if care_kind == "stay" else outpatient(person)
    plain = hospital.pre_settle(visit)
    assert plain.succeeded, plain.text
    rng = random.Random(SEED)
    for form, as_text, numbers in itertools.product(("data", "mdtrtinfo", "bare"), (False, True), (False, True)):
        hospital.dialect = replace(Dialect.any(rng), form=form, as_text=as_text, numbers=numbers)
        answer = hospital.pre_settle(visit)
        assert answer.succeeded, (hospital.dialect, answer.text)
        assert (answer.amounts, answer.details) == (plain.amounts, plain.details), hospital.dialect


def test_the_address_and_the_body_name_one_transaction(desk: Desk, person: str) -> None:
    care = Care(desk(SINGLE), stay(person))
    sent = replace(care.hospital.settlement(care.visit), address="/fsi/2303")
    answer = care.hospital.line.deliver(sent)
    assert answer.refused or 400 <= answer.status < 500, answer.text
    expect_counted(care, [])


def test_who_has_no_token_or_that_of_another_hospital_settles_nothing(desk: Desk, person: str) -> None:
    care, elsewhere = Care(desk(SINGLE), stay(person)), desk(OTHER)
    sent = care.hospital.settlement(care.visit)
    tokens = (f"Bearer {elsewhere.sender.token}", "Bearer anda_unknown", "Bearer", "Basic YTpi")
    for headers in ({}, {"apikey": elsewhere.sender.token}, *({"Authorization": token} for token in tokens)):
        for infno in ("2304", "2303", "5206", "1101", "9001"):
            answer = care.hospital.line.deliver(replace(sent, infno=infno, headers=headers))
            assert answer.refused or answer.status in {401, 403}, (headers, answer.text)
    expect_counted(care, [])


def test_an_institution_that_is_not_known_settles_nothing(desk: Desk, person: str) -> None:
    hospital = desk(NOBODY)
    answer = hospital.line.deliver(hospital.settlement(stay(person)))
    assert answer.refused or answer.status in {401, 403}, answer.text


def test_a_settlement_of_another_insurance_is_refused_or_in_the_sums_of_that_one(desk: Desk, person: str) -> None:
    hospital = desk(ANOTHER)
    visit = stay(person)
    answer = hospital.line.send(hospital.settlement(visit, insutype="310"))
    if answer.refused:
        return
    day = dt.date.fromisoformat(answer.settled["setl_time"][:10])
    sums = Sums(1, visit.total, answer.amounts["fund_pay_sumamt"])
    assert agrees(hospital.reconcile(day, day, "21", False, Sums()))
    assert agrees(hospital.reconcile(day, day, "21", False, sums, insutype="310"))


def test_the_register_says_when_a_status_began(desk: Desk, person: str) -> None:
    answer = desk(SINGLE).look_up_person(person)
    assert answer.succeeded, answer.text
    assert answer.output["baseinfo"]["psn_no"] == person
    assert answer.output["insuinfo"][0]["insutype"] == "390"
    rows = answer.output["idetinfo"]
    assert all(str(row["begntime"]).startswith("2014-01-01") for row in rows)


def test_four_desks_at_once_settle_one_person_in_some_order(service: Service, desk: Desk, person: str) -> None:
    hospitals = [desk(institution) for institution in (*HOSPITALS[:3], SINGLE)]
    bills = (45_000_00, 80_000_00, 120_000_00, 30_000_00)
    sent = [hospital.settlement(stay(person, total)) for hospital, total in zip(hospitals, bills, strict=True)]
    answers = hospitals[0].line.deliver_at_once(sent)
    assert all(answer.succeeded for answer in answers), [answer.text for answer in answers]
    findings = []
    for order in itertools.permutations(range(4)):
        ledger = Ledger(LEVELS, register())
        for at in order:
            ledger.witness(sent[at], answers[at])
        findings.append(ledger.findings)
    assert [] in findings, min(findings, key=len)
