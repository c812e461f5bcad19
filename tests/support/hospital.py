"""A hospital's system, as it calls the insurer: written from the document alone, and suspicious of every answer.

It takes any code but "0" and any error text for a failure, and a missing answer for something that it cannot know.
It then does what such systems do: repeats the very message, or reverses it (2601), at once or when the day ends.
"""

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.support.hospital_books import Books, Entry, Sums, Visit
from tests.support.hospital_fees import Row, in_batches
from tests.support.hospital_line import Line, NoAnswerError
from tests.support.hospital_messages import (
    PARTS,
    Answer,
    Dialect,
    Message,
    Sender,
    message,
    visit_number,
    yuan,
)

WAYS_OUT = ("repeat", "reverse", "later")
"""What a hospital does when no answer comes."""


@dataclass
class Hospital:
    """One hospital: its clock, its books, and what it does not know the end of yet."""

    sender: Sender
    line: Line
    rng: random.Random
    now: dt.datetime = dt.datetime(2017, 1, 1, 8)
    tail: str = "random"  # of a msgid: four digits at random, a count, or none at all
    books: Books = field(default_factory=Books)
    unknown: list[tuple[Message, Callable[[Answer], None]]] = field(default_factory=list)
    sign_no: str = ""
    count: int = 0
    dialect: Dialect | None = None  # or any, in each message another

    # ---- how it speaks

    def msgid(self) -> str:
        """An id as hospitals make them: institution, second, four digits; or so, where the site is careless."""
        self.count += 1
        if self.tail == "none":
            self.now += dt.timedelta(seconds=1)  # or each second would have one id for all
        digits = {"random": f"{self.rng.randint(1, 9999):04d}", "count": f"{self.count % 10_000:04d}", "none": ""}
        return f"{self.sender.institution}{self.now:%Y%m%d%H%M%S}{digits[self.tail]}"

    def compose(
        self,
        infno: str,
        content: Mapping[str, str],
        msgid: str = "",
        dialect: Dialect | None = None,
        rows: Sequence[Mapping[str, str]] = (),
    ) -> Message:
        """A message, ready to be sent; its id is new unless one is forced upon it."""
        self.now += dt.timedelta(seconds=self.rng.randint(0, 5))
        dialect = self.dialect or Dialect.any(self.rng)
        return message(self.sender, infno, msgid or self.msgid(), self.now, content, dialect, self.sign_no, rows)

    def insist(self, sent: Message) -> Answer:
        """Send the same message until an answer comes."""
        for _ in range(50):
            try:
                return self.line.send(sent)
            except NoAnswerError:
                continue
        raise AssertionError("the line is dead")

    def ask(self, infno: str, content: Mapping[str, str], rows: Sequence[Mapping[str, str]] = ()) -> Answer:
        """Ask something, as often as it takes: what leaves something behind does so once for each message."""
        return self.insist(self.compose(infno, content, rows=rows))

    # ---- what it asks

    def begin_day(self, day: dt.date) -> None:
        """Sign in: the first call of a day; its number goes into every envelope."""
        self.now = dt.datetime.combine(day, dt.time(8))
        self.sign_no = ""
        answer = self.ask("9001", {"opter_no": "0012", "mac": "00-00-00-00-00-00", "ip": "10.0.0.1"})
        self.sign_no = str(answer.output["signinoutb"]["sign_no"])

    def look_up_person(self, number: str) -> Answer:
        """What the insurer knows of a person."""
        return self.ask("1101", {"psn_no": number, "mdtrt_cert_type": "03", "mdtrt_cert_no": number})

    def look_up(self, entry: Entry) -> Answer:
        """A settlement as the insurer has it."""
        return self.ask(
            "5203", {"psn_no": entry.visit.person, "setl_id": entry.setl_id, "mdtrt_id": entry.visit.visit_id}
        )

    def year_to_date(self, number: str, year: int) -> Answer:
        """What the insurer counts for a person in a year."""
        return self.ask("5206", {"psn_no": number, "cum_ym": f"{year}12"})

    def reconcile(
        self, begin: dt.date, end: dt.date, clr_type: str, cancellations: bool, sums: Sums, insutype: str = "390"
    ) -> Answer:
        """Compare sums with the insurer's."""
        return self.ask(
            "3201",
            {
                "insutype": insutype,
                "clr_type": clr_type,
                "setl_optins": "150999",
                "stmt_begndate": begin.isoformat(),
                "stmt_enddate": end.isoformat(),
                "medfee_sumamt": yuan(sums.medfee),
                "fund_pay_sumamt": yuan(sums.fund),
                "acct_pay": yuan(sums.account),
                "fixmedins_setl_cnt": str(sums.count),
                "refd_setl_flag": str(int(cancellations)),
            },
        )

    # ---- what it reports before it settles

    def report(self, visit: Visit, rows: Sequence[Row], size: int = 5) -> Visit:
        """Report a visit, its fees in batches and its end; from then on it has the insurer's number."""
        visit = self.open(visit)
        self.upload(visit, rows, size)
        self.end(visit)
        return visit

    def open(self, visit: Visit) -> Visit:
        """Admit or register the patient."""
        begins = f"{visit.day} 08:00:00"
        person = {"psn_no": visit.person, "insutype": "390", "mdtrt_cert_type": "03", "mdtrt_cert_no": visit.person}
        infno = "2401" if visit.inpatient else "2201"
        sent = self.compose(
            infno,
            {
                **person,
                "begntime": begins,
                "med_type": visit.med_type,
                "ipt_no": visit.visit_id,
                "ipt_otp_no": visit.visit_id,
                "dise_codg": "",
            },
        )
        answer = self.insist(sent)
        assert answer.succeeded, answer.text
        number = visit_number(sent, answer)
        if not visit.inpatient:
            described = {"mdtrt_id": number, "psn_no": visit.person, "med_type": visit.med_type, "begntime": begins}
            self.must("2203", {**described, "dise_codg": "I10.x00", "dise_name": "高血压"})
        return replace(visit, visit_id=number)

    def upload(self, visit: Visit, rows: Sequence[Row], size: int = 5) -> list[Answer]:
        """Upload fees, some at a time."""
        every = {"mdtrt_id": visit.visit_id, "psn_no": visit.person}
        if not visit.inpatient:
            every["chrg_bchno"] = batch_of(visit)
        infno = "2301" if visit.inpatient else "2204"
        return [self.must(infno, every, batch) for batch in in_batches(rows, size)]

    def take_out_fees(self, visit: Visit) -> Answer:
        """Take out all fees that are not settled."""
        every = {"mdtrt_id": visit.visit_id, "psn_no": visit.person}
        if visit.inpatient:
            return self.must("2302", {**every, "feedetl_sn": "0000"})
        return self.must("2205", {**every, "chrg_bchno": "0000"})

    def end(self, visit: Visit) -> None:
        """Discharge the patient, where there is a stay."""
        if visit.inpatient:
            way = {"insutype": "390", "endtime": f"{visit.day} 11:00:00", "dscg_way": "1"}
            self.must("2402", {"mdtrt_id": visit.visit_id, "psn_no": visit.person, **way})

    def undo_end(self, visit: Visit) -> Answer:
        """Undo the discharge."""
        return self.must("2405", {"mdtrt_id": visit.visit_id, "psn_no": visit.person})

    def must(self, infno: str, content: Mapping[str, str], rows: Sequence[Mapping[str, str]] = ()) -> Answer:
        """Ask what has to succeed."""
        answer = self.ask(infno, content, rows)
        assert answer.succeeded, (infno, answer.text)
        return answer

    def sign_out(self) -> Answer:
        """Sign out: the last call of a day."""
        return self.must("9002", {"sign_no": self.sign_no, "opter_no": "0012"})

    # ---- what it does

    def content(self, visit: Visit, **more: str) -> dict[str, str]:
        """What it says of a visit that is to be settled."""
        return {
            "psn_no": visit.person,
            "mdtrt_cert_type": "03",
            "mdtrt_cert_no": f"C{visit.person}",
            "med_type": visit.med_type,
            "medfee_sumamt": yuan(visit.total),
            "psn_setlway": "01",
            "mdtrt_id": visit.visit_id,
            "chrg_bchno": batch_of(visit),
            "acct_used_flag": "0",
            "insutype": "390",
            "invono": "",
            "mid_setl_flag": "0",
            **dict(zip(PARTS, map(yuan, visit.parts), strict=True)),
            "dscgTime": visit.day.isoformat(),
            **more,
        }

    def pre_settle(self, visit: Visit) -> Answer:
        """Try what a visit would be paid."""
        return self.ask("2303" if visit.inpatient else "2206", self.content(visit))

    def settlement(self, visit: Visit, msgid: str = "", **more: str) -> Message:
        """The message that settles a visit."""
        return self.compose("2304" if visit.inpatient else "2207", self.content(visit, **more), msgid)

    def cancellation(self, entry: Entry, msgid: str = "") -> Message:
        """The message that cancels a settlement."""
        content = {"mdtrt_id": entry.visit.visit_id, "setl_id": entry.setl_id, "psn_no": entry.visit.person}
        return self.compose("2305" if entry.visit.inpatient else "2208", content, msgid)

    def reversal(self, original: Message) -> Message:
        """The message that reverses another, whatever became of it."""
        content = {"psn_no": original.content["psn_no"], "omsgid": original.msgid, "oinfno": original.infno}
        return self.compose("2601", content)

    def settle(self, visit: Visit, way_out: str = "repeat", msgid: str = "") -> Answer | None:
        """Settle a visit; None where it is not settled, or is not known to be."""
        return self.carry_out(self.settlement(visit, msgid), way_out, lambda sent, got: self.book(visit, sent, got))

    def cancel(self, entry: Entry, way_out: str = "repeat") -> Answer | None:
        """Cancel a settlement; None where it is not cancelled, or is not known to be."""
        return self.carry_out(
            self.cancellation(entry), way_out, lambda sent, got: self.book_cancellation(entry, sent, got)
        )

    def book(self, visit: Visit, sent: Message, answer: Answer) -> None:
        """Take down a settlement that succeeded."""
        if answer.succeeded:
            self.books.enter(visit, sent, answer)

    def book_cancellation(self, entry: Entry, sent: Message, answer: Answer) -> None:
        """Take down a cancellation that succeeded."""
        if answer.succeeded:
            self.books.enter(entry.visit, sent, answer, entry.clr_type, entry.setl_id)

    def carry_out(self, sent: Message, way_out: str, then: Callable[[Message, Answer], None]) -> Answer | None:
        """Send what changes something, and book the answer; where none comes, take a way out."""
        try:
            answer = self.line.send(sent)
        except NoAnswerError:
            if way_out == "later":
                self.unknown.append((sent, lambda answer: then(sent, answer)))
                return None
            return self.find_out(sent, way_out, lambda answer: then(sent, answer))
        then(sent, answer)
        return answer

    def find_out(self, sent: Message, way_out: str, then: Callable[[Answer], None]) -> Answer | None:
        """Learn what became of a message by repeating it, or see to it that nothing did by reversing it.

        A reversal that is refused says that the original stands: then its answer is asked for again.
        """
        if way_out == "reverse" and self.insist(self.reversal(sent)).succeeded:
            return None
        answer = self.insist(sent)
        then(answer)
        return answer

    def undo_cancellation(self, cancellation: Entry) -> bool:
        """Reverse a cancellation that is in the books."""
        content = {"psn_no": cancellation.visit.person, "omsgid": cancellation.msgid, "oinfno": cancellation.infno}
        undone = self.insist(self.compose("2601", content)).succeeded
        if undone:
            self.books.strike(cancellation)
        return undone

    def end_day(self) -> None:
        """Find out what became of the messages that had no answer."""
        unknown, self.unknown = self.unknown, []
        for sent, then in unknown:
            self.find_out(sent, self.rng.choice(("repeat", "reverse")), then)

    @property
    def in_doubt(self) -> set[str]:
        """The visits that it must leave alone until it knows more."""
        return {sent.content["mdtrt_id"] for sent, _ in self.unknown}


def batch_of(visit: Visit) -> str:
    """The batch of charges of an outpatient visit: one for all."""
    return f"B{visit.visit_id}"
