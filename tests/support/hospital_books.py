"""A hospital's own books: what it knows to be settled and cancelled, to the fen, and the sums over them."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.support.hospital_messages import FUNDS, Answer, Message


@dataclass(frozen=True)
class Visit:
    """A visit as it is to be settled: who, which day, what care, and the bill in fen."""

    visit_id: str
    person: str
    day: dt.date
    inpatient: bool
    med_type: str
    total: int
    parts: tuple[int, int, int, int]


@dataclass(frozen=True)
class Entry:
    """A line of the books: a settlement, or the cancellation of one with its amounts negated."""

    visit: Visit
    setl_id: str
    infno: str
    msgid: str
    day: dt.date
    clr_type: str
    amounts: Mapping[str, int]
    answer: Answer
    cancels: str | None = None  # the setl_id


@dataclass(frozen=True)
class Sums:
    """What a hospital and its insurer compare."""

    count: int = 0
    medfee: int = 0
    fund: int = 0
    account: int = 0


@dataclass
class Books:
    """All lines, in the order in which the hospital learnt of them."""

    entries: list[Entry] = field(default_factory=list)

    def enter(
        self, visit: Visit, message: Message, answer: Answer, clr_type: str = "", cancels: str | None = None
    ) -> Entry:
        """Write down what an answer said; the day is the insurer's, by which it will reconcile, if it says one."""
        settled = answer.settled
        said = str(settled.get("setl_time") or "")[:10]
        entry = Entry(
            visit=visit,
            setl_id=settled["setl_id"],
            infno=message.infno,
            msgid=message.msgid,
            day=dt.date.fromisoformat(said) if said else message.day,
            clr_type=clr_type or settled["clr_type"],
            amounts=answer.amounts,
            answer=answer,
            cancels=cancels,
        )
        self.entries.append(entry)
        return entry

    def strike(self, entry: Entry) -> None:
        """Take a line out that the insurer has reversed: for both sides it never was."""
        self.entries.remove(entry)

    @property
    def cancelled(self) -> set[str]:
        """The settlements that are cancelled, by setl_id."""
        return {entry.cancels for entry in self.entries if entry.cancels is not None}

    def standing(self) -> Iterator[Entry]:
        """The settlements that are not cancelled."""
        cancelled = self.cancelled
        return (entry for entry in self.entries if entry.cancels is None and entry.setl_id not in cancelled)

    def sums(self, begin: dt.date, end: dt.date, clr_type: str, net: bool) -> Sums:
        """The sums of the settlements of these days that stand, or of all lines, net of cancellations."""
        entries = self.entries if net else self.standing()
        chosen = [entry for entry in entries if begin <= entry.day <= end and entry.clr_type == clr_type]
        return Sums(
            len(chosen),
            sum(entry.amounts["medfee_sumamt"] for entry in chosen),
            sum(entry.amounts["fund_pay_sumamt"] for entry in chosen),
            sum(entry.amounts["acct_pay"] for entry in chosen),
        )

    def paid(self, person: str, year: int) -> dict[str, int]:
        """What each fund paid for a person's visits of a year, with the number of stays."""
        entries = [entry for entry in self.standing() if entry.visit.person == person and entry.visit.day.year == year]
        return {
            **{fund: sum(entry.amounts[fund] for entry in entries) for fund in FUNDS},
            "stays": sum(entry.visit.inpatient for entry in entries),
        }
