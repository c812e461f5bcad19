"""What an institution asks to be settled, and what the ledger and the registers make of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.clock import Moment
from app.db.ledger.budgets import BudgetPeriod
from app.db.ledger.institutions import Institution
from app.db.ledger.messages import Message
from app.db.ledger.persons import RegisterEntry
from app.i18n import Language
from app.rules.readings import DEFAULT, Readings
from app.rules.reimbursement.bill import AWAY, Bill, Kind, Layer
from app.rules.reimbursement.layers import Reimbursement
from app.rules.reimbursement.year import YearToDate
from app.schemas.responses.reimbursements import ReimbursementAnswer

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SettlementClaim:
    """What an institution asks to be settled. Money in fen."""

    person: str
    """The keyed hash of the insurer's number."""
    institution: str
    visit_id: str
    service_date: dt.date
    kind: Kind
    total: int
    in_scope: int
    referred: bool = True
    emergency: bool = False
    accident_disability: bool = False
    adjudicated: Mapping[Layer, tuple[bool, int]] = field(default_factory=dict)
    readings: Readings = DEFAULT
    interim: bool = False
    """A settlement in the course of a stay (中途结算): others of the same visit may stand beside it."""
    batch: str | None = None
    """Keyed hash of the batch of charges (收费批次) of an outpatient's visit, each of which is settled once."""
    insurance: str | None = None
    """Kind of insurance, as the national interface names it."""
    said: Mapping[str, Any] = field(default_factory=dict)
    """What the institution believes of the person and itself; the registers decide, and a difference is warned of."""


class IncomingMessage(NamedTuple):
    """A message that has come in: when, which, by whose token, in which language it is answered."""

    moment: Moment
    message: Message
    token_id: int | None = None
    language: Language = "zh"


class LedgerWarning(NamedTuple):
    """A warning by its code, and the fields that differ from the registers."""

    code: str
    fields: list[str]


class FundBudget(NamedTuple):
    """The major-disease fund's purse (大病基金总额) of a period."""

    days: BudgetPeriod
    budget: int
    """What the fund can pay in it in all, fen."""


class Calculation(NamedTuple):
    """A claim calculated on what the ledger and the registers hold, booked or not."""

    claim: SettlementClaim
    institution: Institution
    known: RegisterEntry
    bill: Bill
    settlement: Reimbursement
    before: YearToDate
    after: YearToDate
    standing: int
    """How many settlements stood in the year before this one."""
    budget: FundBudget | None
    """What the fund's part comes from; None where no purse is kept."""
    warnings: list[LedgerWarning]


class Explanation(NamedTuple):
    """A calculated claim in words of one language."""

    reimbursement: ReimbursementAnswer
    """The whole working, as the stateless endpoint answers it."""
    warnings: list[Json]


def bill_of(claim: SettlementClaim, institution: Institution, known: RegisterEntry, *, compensated: bool) -> Bill:
    """Write a claim as a bill, the person's statuses and the level as the registers have them."""
    bill = Bill(
        registration=known.registration,
        kind=claim.kind,
        facility_level=institution.level,
        total=claim.total,
        in_scope=claim.in_scope,
        major_disease=known.major_disease,
        chronic_disease=known.chronic_disease,
        # An accident is paid for once.
        accident_disability=claim.accident_disability and not compensated,
        unreferred=institution.level in AWAY and not claim.referred and not claim.emergency,
        readings=claim.readings,
    )
    bill.adjudicated = claim.adjudicated
    return bill


def warnings_of(claim: SettlementClaim, institution: Institution, known: RegisterEntry) -> list[LedgerWarning]:
    """Warn of a person whom the register does not know, and of what the institution believes otherwise."""
    found = [] if known.in_register else [LedgerWarning("person_unknown", [])]
    held: dict[str, Any] = {
        "registration": known.registration,
        "major_disease": known.major_disease,
        "chronic_disease": known.chronic_disease,
        "facility_level": institution.level,
    }
    differing = [name for name, said in claim.said.items() if said is not None and said != held[name]]
    if differing:
        found.append(LedgerWarning("register_differs", differing))
    return found
