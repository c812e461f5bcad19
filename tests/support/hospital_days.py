"""The working days of several hospitals: visits at random, with all that goes wrong at a settlement desk."""

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.support.hospital import WAYS_OUT, Hospital
from tests.support.hospital_books import Entry, Visit
from tests.support.hospital_fees import fee_rows
from tests.support.hospital_ledger import Ledger, Status
from tests.support.hospital_messages import MONEY_OUT, Answer
from tests.support.hospital_region import parts_of, random_visit, working_days


@dataclass
class Desks:
    """The hospitals' settlement desks, the second ledger beside them, and what they found wrong."""

    hospitals: list[Hospital]
    ledger: Ledger
    persons: Mapping[str, list[Status]]
    rng: random.Random
    reported: set[str] = field(default_factory=set)
    visits: int = 0
    compared: int = 0
    complaints: list[str] = field(default_factory=list)

    def work(self, year: int, visits: int, days: int) -> None:
        """Work through some days of a year; at the end of each nothing is in doubt."""
        calendar, seen = working_days(self.rng, year, days), self.visits
        for at, day in enumerate(calendar):
            for hospital in self.hospitals:
                hospital.begin_day(day)
            while self.visits < seen + visits * (at + 1) // len(calendar):
                self.receive(self.rng.choice(self.hospitals), day)
            for hospital in self.hospitals:
                hospital.end_day()

    def receive(self, hospital: Hospital, day: dt.date) -> None:
        """One visit, from the patient's arrival to whatever is thought better of afterwards."""
        self.visits += 1
        level = self.ledger.levels[hospital.sender.institution]
        visit = random_visit(self.rng, f"V{self.visits:06d}", level, day, self.persons)
        if self.rng.random() < 0.2:
            hospital.look_up_person(visit.person)
        if self.rng.random() < 0.03:
            self.send_what_is_wrong(hospital, visit)
        if not any(visit.parts) or self.rng.random() < 0.2:
            visit = hospital.report(visit, fee_rows(self.rng, visit.total, visit.day.isoformat()))
            self.reported.add(visit.visit_id)
        if self.settle(hospital, visit) and self.rng.random() < 0.15:
            self.think_better_of_it(hospital, visit)
        if self.rng.random() < 0.1:
            self.return_to_an_old_one(hospital)

    def settle(self, hospital: Hospital, visit: Visit) -> bool:
        """Try and settle a visit; where it had to be reversed, settle it anew or leave it. Whether it is settled."""
        year = visit.person, visit.day.year
        for way_out in (self.rng.choice(WAYS_OUT), "repeat"):
            before = self.ledger.changes[year]
            tried = hospital.pre_settle(visit)
            answer = hospital.settle(visit, way_out)
            if answer is not None:
                if not answer.succeeded:
                    self.complaints.append(f"refused: {visit} {answer.text}")
                elif self.ledger.changes[year] == before + 1:  # by this settlement, and nothing else
                    self.compare(tried, answer)
                return answer.succeeded
            if visit.visit_id in hospital.in_doubt or self.rng.random() < 0.5:
                return False
        return False

    def compare(self, tried: Answer, answer: Answer) -> None:
        """A settlement pays what its pre-settlement said."""
        self.compared += 1
        for name in MONEY_OUT:
            if tried.amounts[name] != answer.amounts[name]:
                self.complaints.append(f"{name} differs: {tried.text} {answer.text}")

    def send_what_is_wrong(self, hospital: Hospital, visit: Visit) -> None:
        """Parts that do not add up; and an id that is taken already."""
        fully, above, first, within = visit.parts
        wrong = replace(visit, parts=(fully + 1, above, first, within if any(visit.parts) else visit.total))
        answer = hospital.settle(wrong)
        if answer is None or not answer.refused:
            self.complaints.append(f"settled: {wrong}")
        taken = [
            entry
            for entry in hospital.books.entries
            if entry.cancels is None and entry.visit.inpatient == visit.inpatient
        ]
        if taken:
            answer = hospital.settle(visit, "repeat", self.rng.choice(taken).msgid)
            if answer is None or not answer.refused:
                self.complaints.append(f"an id that is taken was accepted: {visit}")

    def think_better_of_it(self, hospital: Hospital, visit: Visit) -> None:
        """Press the button again; cancel; settle with another bill."""
        entry = hospital.books.entries[-1]
        if self.rng.random() < 0.3:
            answer = hospital.settle(visit)
            if answer is None or not answer.refused or entry.setl_id not in answer.error:
                self.complaints.append(f"settled twice: {visit} {answer}")
        cancelled = hospital.cancel(entry, self.rng.choice(WAYS_OUT))
        if cancelled is None or not cancelled.succeeded or self.rng.random() < 0.4:
            return
        total = max(1, visit.total + self.rng.randint(-5_000, 5_000))
        again = replace(visit, total=total, parts=parts_of(self.rng, total))
        if again.visit_id in self.reported:
            self.correct(hospital, again)
        elif not any(again.parts):
            again = replace(again, parts=(0, 0, 0, total))
        self.settle(hospital, again)

    def correct(self, hospital: Hospital, visit: Visit) -> None:
        """Take the fees of a visit out and upload others, after its discharge is undone."""
        if visit.inpatient:
            hospital.undo_end(visit)
        hospital.take_out_fees(visit)
        hospital.upload(visit, fee_rows(self.rng, visit.total, visit.day.isoformat()))
        hospital.end(visit)

    def return_to_an_old_one(self, hospital: Hospital) -> None:
        """Cancel an old settlement, or reverse an old cancellation; either may be refused."""
        entries = [each for each in hospital.books.entries if each.visit.visit_id not in hospital.in_doubt]
        if not entries:
            return
        entry: Entry = self.rng.choice(entries[-60:])
        if entry.cancels is not None:
            hospital.undo_cancellation(entry)
        elif entry.setl_id not in hospital.books.cancelled:
            hospital.cancel(entry, self.rng.choice(WAYS_OUT))
