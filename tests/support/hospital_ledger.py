"""What the insurer's ledger must hold: a second, plain ledger, that sees every message arrive and judges the answer.

The amounts are those of `oracle.py`; the rules of what is accepted, repeated or refused are those of section 5.2.
Each person's year is a pile: a settlement can be undone only while no later one stands upon it, and restored only
upon the very pile that it was calculated upon.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from tests.support.hospital_fees import ReportedVisits
from tests.support.hospital_messages import (
    CANCELLING,
    MONEY_OUT,
    PARTS,
    PRE_SETTLING,
    SETTLING,
    Answer,
    Key,
    Message,
    complaints,
    fen,
    yuan,
)
from tests.support.reimbursement_oracle import basic_deductible, read, settle

REPORTING = {"2201", "2202", "2203", "2204", "2205", "2301", "2302", "2401", "2402", "2404", "2405"}
"""What is done to a visit around its settlement (section 8)."""

BASIC, CRITICAL, RELIEF, FUND, SUPPLEMENTARY = (
    "basic_insurance",
    "critical_illness",
    "civil_relief",
    "major_disease_fund",
    "supplementary_insurance",
)
LAYERS = (BASIC, CRITICAL, RELIEF, FUND, SUPPLEMENTARY)
REGISTRATIONS = ("registered", "exited_with_policy", "exited_without_policy", "none")


class Status(NamedTuple):
    """What holds of a person from one day until another, both included."""

    status: str
    since: dt.date
    until: dt.date | None = None

    def holds(self, day: dt.date) -> bool:
        """Whether it holds on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


Register = Mapping[str, Sequence[Status]]


class Expected(NamedTuple):
    """What a visit must be paid, in fen."""

    paid: Mapping[str, int]
    base: Mapping[str, int]
    guarantee: int
    deductible: int
    in_scope: int

    @property
    def funds(self) -> int:
        """All together."""
        return sum(self.paid.values()) + self.guarantee

    @property
    def fields(self) -> dict[str, int]:
        """By the fields of `setlinfo`, without the chronic patient's guarantee."""
        return {
            "hifp_pay": self.paid[BASIC],
            "hifmi_pay": self.paid[CRITICAL],
            "maf_pay": self.paid[RELIEF],
            "oth_pay": self.paid[FUND] + self.paid[SUPPLEMENTARY],
        }


@dataclass(frozen=True)
class Settled:
    """A settlement that stands."""

    setl_id: str
    message: Message
    expected: Expected
    amounts: Mapping[str, int]
    level: str | None  # of a stay
    upon: tuple[str, ...]  # what stood below it, by setl_id


@dataclass
class Ledger:
    """The second ledger."""

    levels: Mapping[str, str]
    register: Register
    years: dict[tuple[str, int], list[Settled]] = field(default_factory=lambda: defaultdict(list))
    done: dict[Key, tuple[Message, Answer]] = field(default_factory=dict)
    refused: set[Key] = field(default_factory=set)
    never: set[Key] = field(default_factory=set)  # reversed before or after they arrived
    cancelled: dict[Key, Settled] = field(default_factory=dict)  # by the message that cancelled
    changes: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    reported: ReportedVisits = field(default_factory=ReportedVisits)
    findings: list[str] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    same: Mapping[str, str] = field(default_factory=dict)
    """The number in the register by other numbers of the person."""

    def find(self, what: str, sent: Message, answer: Answer) -> None:
        """Keep a defect with the request and the answer."""
        self.findings.append(f"{what}\n  {sent.address} {sent.wire.decode()}\n  {answer.status} {answer.text}")

    def on(self, person: str, day: dt.date) -> dict[str, Any]:
        """The facts of a patient on a day, as the calculation takes them."""
        holding = {each.status for each in self.register.get(person, ()) if each.holds(day)}
        return {
            "registration": next((each for each in REGISTRATIONS if each in holding), "none"),
            "major_disease": "major_disease" in holding,
            "chronic_disease": "chronic_disease" in holding,
        }

    def expect(self, sent: Message, standing: Sequence[Settled] | None = None) -> Expected:
        """What a visit must be paid after the settlements that stand."""
        content = sent.content
        if standing is None:
            standing = self.years[content["psn_no"], sent.day.year]
        level, total = self.levels[sent.institution], fen(content["medfee_sumamt"])
        in_scope = self.reported.parts_of(sent)["inscp_scp_amt"]
        request = {
            "service_date": sent.day.isoformat(),
            "patient": self.on(content["psn_no"], sent.day),
            "visit": {"kind": "inpatient" if sent.infno in {"2303", "2304"} else "outpatient", "facility_level": level},
            "bill": {"total": yuan(total), "in_scope": yuan(in_scope)},
            "year_to_date": {
                "admissions": sum(each.level is not None for each in standing),
                "admissions_at_level": sum(each.level == level for each in standing),
                "layers": {
                    layer: {
                        "base": yuan(sum(each.expected.base[layer] for each in standing)),
                        "paid": yuan(sum(each.expected.paid[layer] for each in standing)),
                    }
                    for layer in LAYERS
                },
            },
        }
        answer, case = settle(request), read(request)
        base = {layer: answer["layers"][layer]["base"] for layer in LAYERS}
        deducted = case.kind == "inpatient" and answer["layers"][BASIC]["outcome"] != "not_eligible"
        return Expected(
            paid={layer: answer["layers"][layer]["paid"] for layer in LAYERS},
            base=base,
            guarantee=answer["guarantee"] or 0,
            deductible=min(basic_deductible(case), base[BASIC]) if deducted else 0,
            in_scope=in_scope,
        )

    def witness(self, sent: Message, answer: Answer) -> None:
        """Judge an answer, and take down what it changed."""
        self.counted[sent.infno] += 1
        for what in complaints(sent, answer):
            self.find(what, sent, answer)
        sent = replace(sent, content={**sent.content, "psn_no": self.meant(sent)})
        if sent.infno in PRE_SETTLING:
            self.judge_pre_settlement(sent, answer)
        elif sent.key in self.never:
            self.counted["late originals"] += 1
            if not answer.refused:
                self.find("a late original was not refused after its reversal", sent, answer)
        elif sent.key in self.done:
            self.judge_repeat(sent, answer)
        elif sent.infno in SETTLING:
            self.judge_settlement(sent, answer)
        elif sent.infno in REPORTING:
            self.judge_report(sent, answer)
        elif sent.infno in CANCELLING:
            self.judge_cancellation(sent, answer)
        elif sent.infno == "2601":
            self.judge_reversal(sent, answer)
        elif sent.infno == "1101" and sent.content["psn_no"] not in self.register:
            # Section 9: a number that the register does not know, and that is no identity number, is nobody's.
            if not answer.refused:
                self.find("nobody was taken for an insured person", sent, answer)
        elif not answer.succeeded:
            self.find("an enquiry failed", sent, answer)

    def meant(self, sent: Message) -> str:
        """The person whom a message means, by the number in the register (section 9)."""
        numbers = (sent.content.get(name) for name in ("psn_no", "certno", "mdtrt_cert_no"))
        number = next(filter(None, numbers), "")
        return self.same.get(number, number)

    def judge_repeat(self, sent: Message, answer: Answer) -> None:
        """The same message again has the same answer; another with its id is refused.

        Where what it settled was cancelled since, the answer ends with a warning that says so.
        """
        first, answered = self.done[sent.key]
        if sent.wire == first.wire:
            self.counted["repeats"] += 1
            expected = answered.lasting
            if sent.infno in SETTLING and sent.key not in {
                each.message.key for each in self.standing(sent.institution)
            }:
                since = answer.warning.removeprefix(answered.warning)
                expected["warn_msg"] = answer.warning if "撤销" in since else "that it was cancelled"
            if answer.lasting != expected:
                self.find(f"a repeated message has another answer than {answered.text}", sent, answer)
        else:
            self.counted["collisions"] += 1
            if not answer.refused:
                self.find("another message with the same id was not refused", sent, answer)

    def accepted(self, sent: Message, answer: Answer, because: str) -> bool:
        """Whether a message was accepted; a finding where it should have been refused, for the reason given, or not."""
        if sent.key in self.refused:
            if answer.refused:
                return False
            self.find("a message was refused once and carried out when it came again", sent, answer)
        if answer.succeeded:
            self.done[sent.key] = (sent, answer)
        else:
            self.refused.add(sent.key)
        if because and not answer.refused:
            self.find(f"not refused: {because}", sent, answer)
        if not because and not answer.succeeded:
            self.find("refused, and nothing is wrong with it", sent, answer)
        return answer.succeeded

    def judge_report(self, sent: Message, answer: Answer) -> None:
        """A visit is reported, its fees are uploaded and taken out, it ends."""
        if self.accepted(sent, answer, self.reported.why_kept(sent)):
            for what in self.reported.take_down(sent, answer):
                self.find(what, sent, answer)

    def judge_pre_settlement(self, sent: Message, answer: Answer) -> None:
        """A pre-settlement says what a settlement would, and leaves nothing."""
        before = self.settled_before(sent)
        if because := self.why_refused(sent):
            if not answer.refused:
                self.find(f"not refused: {because}", sent, answer)
        elif before and answer.refused and before[0].setl_id in answer.error:
            self.counted["pre-settlements that came after the settlement"] += 1
        elif not answer.succeeded:
            self.find("refused, and nothing is wrong with it", sent, answer)
        else:
            self.compare(sent, answer, self.expect(sent))

    def judge_settlement(self, sent: Message, answer: Answer) -> None:
        """A settlement pays what the calculation says upon what stands; once a visit."""
        year = sent.content["psn_no"], sent.day.year
        before = self.settled_before(sent)
        because = self.why_refused(sent)
        if before and not because and sent.content.get("mid_setl_flag") != "1":
            because = "the visit is settled"
            if before[0].setl_id not in answer.error and sent.key not in self.refused:
                self.find(f"the refusal does not name {before[0].setl_id}", sent, answer)
        if not self.accepted(sent, answer, because):
            return
        expected = self.expect(sent)
        self.compare(sent, answer, expected)
        level = self.levels[sent.institution] if sent.infno == "2304" else None
        setl_id = str(answer.settled.get("setl_id"))
        self.years[year].append(Settled(setl_id, sent, expected, answer.amounts, level, self.pile(year)))
        self.changes[year] += 1

    def judge_cancellation(self, sent: Message, answer: Answer) -> None:
        """A cancellation negates a settlement that stands and that no later one depends on."""
        found = [each for each in self.standing(sent.institution) if each.setl_id == sent.content["setl_id"]]
        because = "" if found else "there is no such settlement"
        if found and found[0] is not self.year_of(found[0])[-1]:
            because = "a later settlement depends on it"
            self.counted["refused for a later one"] += 1
        if not self.accepted(sent, answer, because) or not found:
            return
        if answer.settled["setl_id"] == found[0].setl_id:
            self.find("a cancellation has the settlement's own setl_id", sent, answer)
        for name in MONEY_OUT:
            nullable = name in {"psn_part_amt", "hosp_part_amt"} and answer.settled.get(name) is None
            if answer.amounts[name] != -found[0].amounts[name] and not nullable:
                self.find(f"{name} is not the settlement's, negated", sent, answer)
        self.year_of(found[0]).remove(found[0])
        self.changes[year_key(found[0])] += 1
        self.cancelled[sent.key] = found[0]

    def judge_reversal(self, sent: Message, answer: Answer) -> None:
        """A reversal undoes what arrived, and keeps out what did not; any number of times."""
        original = (sent.institution, sent.content["oinfno"], sent.content["omsgid"])
        undone = next((each for each in self.standing(sent.institution) if each.message.key == original), None)
        restored = self.cancelled.get(original)
        because = ""
        if undone is not None and undone is not self.year_of(undone)[-1]:
            because = "a later settlement depends on it"
        if restored is not None and self.pile(year_key(restored)) != restored.upon:
            because = "it would no longer stand upon what it was calculated upon"
        if because:
            self.counted["reversals refused"] += 1
        if not self.accepted(sent, answer, because):
            return
        self.never.add(original)
        if undone is not None:
            self.counted["reversals of what arrived"] += 1
            self.year_of(undone).remove(undone)
            self.changes[year_key(undone)] += 1
        elif restored is not None:
            self.counted["cancellations reversed"] += 1
            del self.cancelled[original]
            self.year_of(restored).append(restored)
            self.changes[year_key(restored)] += 1
        else:
            self.counted["reversals of what did not arrive"] += 1

    def pile(self, year: tuple[str, int]) -> tuple[str, ...]:
        """What stands in a person's year, by setl_id, oldest first."""
        return tuple(each.setl_id for each in self.years[year])

    def year_of(self, settled: Settled) -> list[Settled]:
        """What stands in the year that a settlement counts in, oldest first."""
        return self.years[year_key(settled)]

    def standing(self, institution: str) -> Iterator[Settled]:
        """What stands of an institution's settlements."""
        return (each for year in self.years.values() for each in year if each.message.institution == institution)

    def settled_before(self, sent: Message) -> list[Settled]:
        """What stands of the settlements of the visit that a message is about."""
        return [each for each in self.standing(sent.institution) if visit_of(each.message) == visit_of(sent)]

    def compare(self, sent: Message, answer: Answer, expected: Expected) -> None:
        """The amounts of an answer with those expected, by field; the guarantee may be part of any of the funds."""
        amounts = answer.amounts
        more = {name: amounts[name] - amount for name, amount in expected.fields.items()}
        rest = [difference for difference in more.values() if difference]
        if rest != ([expected.guarantee] if expected.guarantee else []):
            self.find(f"the funds should pay {expected.fields} and a guarantee of {expected.guarantee}", sent, answer)
        for name, amount in (
            ("fund_pay_sumamt", expected.funds),
            ("medfee_sumamt", fen(sent.content["medfee_sumamt"])),
            ("inscp_scp_amt", expected.in_scope),
            ("act_pay_dedc", expected.deductible),
        ):
            if amounts[name] != amount:
                self.find(f"{name} should be {yuan(amount)}", sent, answer)
        rows = sorted(amount for row in answer.details if (amount := fen(row["fund_payamt"])))
        paid = [expected.paid[layer] for layer in LAYERS]
        apart = sorted(filter(None, [*paid, expected.guarantee]))
        within = sorted(filter(None, [paid[0] + expected.guarantee, *paid[1:]]))
        if rows not in (apart, within):
            self.find(f"the rows of setldetail should pay {apart}", sent, answer)
        if sent.content["psn_no"] not in self.register and not answer.warning:
            self.find("no warning that the person is not in the register", sent, answer)
        visit = self.reported.of(sent)
        if visit is not None and visit.assumed_amount and not answer.warning:
            self.find("no warning that fees were taken as in scope", sent, answer)
        parts = self.reported.parts_of(sent)
        if any(amounts[part] != amount for part, amount in parts.items()):
            self.find(f"the parts should be {parts}", sent, answer)

    def why_refused(self, sent: Message) -> str:
        """Why a bill must be refused whatever stands; empty where it need not be."""
        return ("" if adds_up(sent) else "the parts do not add up") or self.reported.why_refused(sent)


def adds_up(sent: Message) -> bool:
    """Whether the parts of a bill are all zero or add up to it."""
    parts = [fen(sent.content.get(part, "0")) for part in PARTS]
    return not any(parts) or sum(parts) == fen(sent.content["medfee_sumamt"])


def visit_of(sent: Message) -> tuple[str, str]:
    """The visit that a message is about."""
    return sent.content["psn_no"], sent.content["mdtrt_id"]


def year_key(settled: Settled) -> tuple[str, int]:
    """The person's year that a settlement counts in."""
    return settled.message.content["psn_no"], settled.message.day.year
