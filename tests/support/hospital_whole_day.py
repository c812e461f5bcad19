"""The whole day of a hospital, in its own order of work: from signing in to books that balance, and signing out.

Patients show a number, a card or a voucher; a stay lasts some days, and its fees come day by day; what was settled is
cancelled, corrected and settled again; in the evening each hospital compares its books with the insurer's.
"""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.hospital import WAYS_OUT, Hospital
from tests.support.hospital_books import Entry, Sums, Visit
from tests.support.hospital_fees import Row, fee_row, fee_rows
from tests.support.hospital_ledger import Ledger
from tests.support.hospital_messages import FEE_PARTS, MONEY_OUT, Answer, fen, visit_number, yuan
from tests.support.hospital_patients import WAYS, Patient, Way, voucher
from tests.support.hospital_region import NO_PARTS, TYPICAL

CLR_TYPES = ("21", "11")


@dataclass
class DayHospital(Hospital):
    """A hospital that looks each patient up, and keeps how the insurer has split each fee."""

    sends_parts: bool = False
    """Whether it sends the sums of the rows that the insurer has answered, or zeros in the parts of a bill."""
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    """How each patient was said to be, by the number that the insurer gave back."""
    split: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=lambda: defaultdict(dict))
    """The four parts of each fee that stands, by visit and fee."""
    complaints: list[str] = field(default_factory=list)

    def identify(self, patient: Patient, way: Way) -> str:
        """Look a patient up, and return the number to go on with."""
        shown = patient.shown(way, self.rng)
        answer = self.must("1101", shown)
        self.complaints += patient.complaints(shown, answer, self.now.date())
        number = str(answer.output["baseinfo"]["psn_no"])
        self.shown[number] = {name: value for name, value in shown.items() if name != "psn_no"}
        return number

    def content(self, visit: Visit, **more: str) -> dict[str, str]:
        """What it says of a visit that is to be settled, and of who was there."""
        return {**super().content(visit), **self.shown[visit.person], **more}

    def open(self, visit: Visit) -> Visit:
        """Admit or register the patient, as the card or the voucher says who it is."""
        infno = "2401" if visit.inpatient else "2201"
        said = {"begntime": f"{visit.day} 08:00:00", "med_type": visit.med_type, "dise_codg": ""}
        said |= {"ipt_no": visit.visit_id, "ipt_otp_no": visit.visit_id, "insutype": "390"}
        sent = self.compose(infno, {"psn_no": visit.person, **self.shown[visit.person], **said})
        return replace(visit, visit_id=visit_number(sent, self.succeed(self.insist(sent))))

    def close(self, visit: Visit) -> Answer:
        """Cancel the admission or the registration."""
        return self.ask("2404" if visit.inpatient else "2202", {"mdtrt_id": visit.visit_id, "psn_no": visit.person})

    def describe(self, visit: Visit) -> None:
        """Say what an outpatient visit is about."""
        said = {"med_type": visit.med_type, "begntime": f"{visit.day} 08:00:00", "dise_codg": "I10.x00"}
        self.must("2203", {"mdtrt_id": visit.visit_id, "psn_no": visit.person, **said})

    def upload(self, visit: Visit, rows: Sequence[Row], size: int = 5) -> list[Answer]:
        """Upload fees, some at a time, and keep how each is split."""
        answers = super().upload(visit, rows, size)
        for row in (row for answer in answers for row in answer.output["result"]):
            self.split[visit.visit_id][row["feedetl_sn"]] = tuple(fen(row[name]) for name in FEE_PARTS)
        return answers

    def take_out_fees(self, visit: Visit) -> Answer:
        """Take out all fees that are not settled."""
        self.split[visit.visit_id].clear()
        return super().take_out_fees(visit)

    def take_out_fee(self, visit: Visit, number: str) -> None:
        """Take out one fee of a stay."""
        self.must("2302", {"feedetl_sn": number, "mdtrt_id": visit.visit_id, "psn_no": visit.person})
        del self.split[visit.visit_id][number]

    def bill(self, visit: Visit) -> Visit:
        """Add the fees up, to the parts that are sent."""
        sums = tuple(map(sum, zip(*self.split[visit.visit_id].values(), strict=True)))
        parts = (sums[0], sums[1], sums[2], sums[3])
        return replace(visit, total=sum(parts), parts=parts if self.sends_parts else NO_PARTS)

    def succeed(self, answer: Answer) -> Answer:
        """Take an answer that has to be a success."""
        assert answer.succeeded, answer.text
        return answer

    def statement(self, begin: dt.date, end: dt.date) -> list[dict[str, Any]]:
        """The settlements of these days, as they stand in the books."""
        cancelled = self.books.cancelled
        return [
            {
                "setl_id": entry.setl_id,
                "visit_id": entry.visit.visit_id,
                "total": yuan(entry.amounts["medfee_sumamt"]),
                "reimbursed": yuan(entry.amounts["fund_pay_sumamt"]),
                "reversed": entry.setl_id in cancelled,
            }
            for entry in self.books.entries
            if entry.cancels is None and begin <= entry.day <= end
        ]

    def differences(self, begin: dt.date, end: dt.date, rows: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
        """Compare a statement with the insurer's ledger: which visits differ, and how."""
        answer = self.line.client.post(
            "/v1/ledger/differences",
            json={"from": begin.isoformat(), "to": end.isoformat(), "settlements": rows},
            headers={"Authorization": f"Bearer {self.sender.token}"},
        )
        assert answer.status_code == 200, answer.text
        return [(each["visit_id"], each["kinds"]) for each in answer.json()["differences"]]


@dataclass
class Stay:
    """A stay that goes on: the visit, and the day on which the patient leaves."""

    hospital: DayHospital
    visit: Visit
    leaves: dt.date


@dataclass
class WholeDays:
    """The days of several hospitals, the second ledger beside them, and what they found wrong."""

    hospitals: list[DayHospital]
    ledger: Ledger
    patients: Sequence[Patient]
    rng: random.Random
    move_to: Callable[[dt.date], None]
    """Lets a day begin at the insurer's."""
    stays: list[Stay] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def work(self, first: dt.date, days: int, visits: int) -> None:
        """Work through some days in a row; at the end of each nothing is in doubt, and on the last all have left."""
        last = first + dt.timedelta(days=days - 1)
        for at in range(days):
            day = first + dt.timedelta(days=at)
            self.move_to(day)
            for hospital in self.hospitals:
                hospital.begin_day(day)
            for stay in list(self.stays):
                self.go_on(stay, day)
            while self.done["visits"] < visits * (at + 1) // days:
                self.receive(self.rng.choice(self.hospitals), day, last)
            for at_hospital, hospital in enumerate(self.hospitals):
                hospital.end_day()
                self.balance(hospital, day, day)
                if at_hospital == at % len(self.hospitals):
                    self.plant(hospital, day)
                hospital.sign_out()

    # ---- patients

    def receive(self, hospital: DayHospital, day: dt.date, last: dt.date) -> None:
        """Receive a patient: who it is, an admission or a registration, the first fees."""
        self.done["visits"] += 1
        patient, way = self.rng.choice(self.patients), WAYS[self.done["visits"] % len(WAYS)]
        if self.rng.random() < 0.1:
            self.mistake(hospital, patient)
        person = hospital.identify(patient, way)
        self.done[way] += 1
        level = self.ledger.levels[hospital.sender.institution]
        inpatient = self.rng.random() < (0.3 if level == "township" else 0.7)
        chronic = any(status.status == "chronic_disease" for status in self.ledger.register[patient.number])
        med_type = "21" if inpatient else "14" if chronic else "11"
        visit = Visit(f"Z{self.done['visits']:06d}", person, day, inpatient, med_type, 0, NO_PARTS)
        opened = hospital.open(visit)
        if self.rng.random() < 0.08:
            hospital.succeed(hospital.close(opened))
            self.done["cancelled openings"] += 1
            opened = hospital.open(visit)
        if not inpatient:
            hospital.describe(opened)
            self.add_fees(hospital, opened)
            self.settle_and_think(hospital, opened)
            return
        leaves = min(last, day + dt.timedelta(days=self.rng.choice((0, 0, 1, 1, 2, 4))))
        self.stays.append(Stay(hospital, opened, leaves))
        self.go_on(self.stays[-1], day)

    def mistake(self, hospital: DayHospital, patient: Patient) -> None:
        """Ask for a card that is nobody's, and with a voucher and nothing beside it: neither is a person."""
        for shown in (
            {"mdtrt_cert_type": "03", "mdtrt_cert_no": f"{patient.card}9"},
            {"mdtrt_cert_type": "01", "mdtrt_cert_no": voucher(self.rng)},
        ):
            if not hospital.ask("1101", shown).refused:
                self.complaints.append(f"1101 knows {shown}")

    def go_on(self, stay: Stay, day: dt.date) -> None:
        """Upload a day's fees of a stay, and settle it where the patient leaves."""
        hospital, visit = stay.hospital, replace(stay.visit, day=day)
        self.add_fees(hospital, visit)
        if day < stay.leaves:
            return
        self.stays.remove(stay)
        hospital.end(visit)
        if self.rng.random() < 0.1:
            # One system undoes a discharge whenever a trial has failed, and discharges again.
            hospital.undo_end(visit)
            hospital.end(visit)
        self.settle_and_think(hospital, visit)

    def add_fees(self, hospital: DayHospital, visit: Visit) -> None:
        """Upload fees, refunds among them; of one stay in eight take one out again, and upload it anew."""
        level = self.ledger.levels[hospital.sender.institution]
        usual = TYPICAL[level] // 2 if visit.inpatient else 400_00
        total = max(1_00, round(usual * self.rng.lognormvariate(0, 0.7)))
        rows = fee_rows(self.rng, total, visit.day.isoformat())
        hospital.upload(visit, rows, 20)
        self.done["refunds"] += any(row["det_item_fee_sumamt"].startswith("-") for row in rows)
        refunded = {row["init_feedetl_sn"] for row in rows}
        if visit.inpatient and self.rng.random() < 0.12:
            single = next(row for row in rows if not row["init_feedetl_sn"] and row["feedetl_sn"] not in refunded)
            hospital.take_out_fee(visit, single["feedetl_sn"])
            hospital.upload(visit, [fee_row(fen(single["det_item_fee_sumamt"]), day=visit.day.isoformat())])
        if self.rng.random() < 0.05 and not hospital.close(visit).refused:
            self.complaints.append(f"a visit with fees was cancelled: {visit}")

    # ---- settling

    def settle_and_think(self, hospital: DayHospital, visit: Visit) -> None:
        """Settle a visit, and think better of some."""
        if not self.settle(hospital, hospital.bill(visit)):
            return
        draw = self.rng.random()
        if draw < 0.2:
            self.correct(hospital, hospital.books.entries[-1])
        elif draw < 0.3:
            self.return_to_an_old_one(hospital)

    def settle(self, hospital: DayHospital, visit: Visit) -> bool:
        """Try and settle a visit. Whether it is settled, as far as the hospital knows."""
        for way_out in (self.rng.choice(WAYS_OUT), "repeat"):
            year = self.ledger.same.get(visit.person, visit.person), visit.day.year
            before = self.ledger.changes[year]
            tried = hospital.succeed(hospital.pre_settle(visit))
            answer = hospital.settle(visit, way_out)
            if answer is not None:
                hospital.succeed(answer)
                self.done["settled"] += 1
                if self.ledger.changes[year] == before + 1:  # by this settlement, and nothing else
                    self.compare(tried, answer)
                return True
            if visit.visit_id in hospital.in_doubt:
                return False
        raise AssertionError("a settlement that is repeated has an answer")

    def compare(self, tried: Answer, answer: Answer) -> None:
        """A settlement pays what its trial said."""
        self.done["compared"] += 1
        differ = [name for name in MONEY_OUT if tried.amounts[name] != answer.amounts[name]]
        if differ:
            self.complaints.append(f"{differ}: {tried.text} {answer.text}")

    def correct(self, hospital: DayHospital, entry: Entry) -> None:
        """Cancel, undo the discharge, upload other fees, and settle again."""
        cancelled = hospital.cancel(entry, self.rng.choice(("repeat", "reverse")))
        if cancelled is None or not cancelled.succeeded:
            return
        visit = entry.visit
        if visit.inpatient:
            hospital.undo_end(visit)
        if self.rng.random() < 0.7:
            hospital.take_out_fees(visit)
        self.add_fees(hospital, visit)
        hospital.end(visit)
        self.done["settled again"] += self.settle(hospital, hospital.bill(visit))

    def return_to_an_old_one(self, hospital: DayHospital) -> None:
        """Cancel an old settlement, or reverse an old cancellation; either may be refused."""
        entries = [each for each in hospital.books.entries if each.visit.visit_id not in hospital.in_doubt]
        entry = self.rng.choice(entries[-30:])
        if entry.cancels is not None:
            hospital.undo_cancellation(entry)
        elif entry.setl_id not in hospital.books.cancelled:
            hospital.cancel(entry, self.rng.choice(WAYS_OUT))

    # ---- the evening

    def balance(self, hospital: DayHospital, begin: dt.date, end: dt.date) -> None:
        """Compare the books of some days with the insurer's, by sums and settlement by settlement."""
        for clr_type in CLR_TYPES:
            for net in (False, True):
                sums = hospital.books.sums(begin, end, clr_type, net)
                told = statement_of(hospital.reconcile(begin, end, clr_type, net, sums))
                if told["stmt_rslt"] != "0":
                    self.complaints.append(f"3201, {hospital.sender.institution}, {begin}, {clr_type}, {net}: {told}")
        apart = hospital.differences(begin, end, hospital.statement(begin, end))
        if apart:
            self.complaints.append(f"differences, {hospital.sender.institution}, {begin}: {apart}")
        self.done["balanced"] += 1

    def plant(self, hospital: DayHospital, day: dt.date) -> None:
        """Spoil the books of a day in each way, and see that each is found, with the amount and the settlement."""
        standing = [each for each in hospital.books.standing() if each.day == day]
        if len(standing) < 2:
            return
        self.done["planted"] += 1
        entry = self.rng.choice(standing)
        right = hospital.books.sums(day, day, entry.clr_type, net=False)
        one = Sums(1, entry.amounts["medfee_sumamt"], entry.amounts["fund_pay_sumamt"], 0)
        lost = Sums(right.count - 1, right.medfee - one.medfee, right.fund - one.fund, right.account)
        for wrong, result, words in (
            (replace(right, fund=right.fund + 1), "3", ("0.01",)),
            (lost, "1", (yuan(one.medfee), entry.setl_id)),
            (replace(right, count=right.count + 1, medfee=right.medfee + 123_45), "2", ("123.45",)),
        ):
            told = statement_of(hospital.reconcile(day, day, entry.clr_type, False, wrong))
            if told["stmt_rslt"] != result or not all(word in told["stmt_rslt_dscr"] for word in words):
                self.complaints.append(f"3201 for {wrong}, not {right}: {told}, without {words}")
        rows = hospital.statement(day, day)
        first, second, *others = rows
        spoilt = [{**first, "reimbursed": "0.01"}, {**second, "setl_id": "999999999", "visit_id": "NOBODY"}, *others]
        expected = [
            (first["visit_id"], ["amounts_differ"]),
            ("NOBODY", ["missing_here"]),
            (second["visit_id"], ["missing_there"]),
        ]
        found = hospital.differences(day, day, spoilt)
        if found != expected:
            self.complaints.append(f"of {spoilt} found {found}")


def statement_of(answer: Answer) -> Mapping[str, str]:
    """The result of a reconciliation, and what is said of it."""
    assert answer.succeeded, answer.text
    told: dict[str, str] = answer.output["stmtinfo"]
    return told
