"""A claim to be settled, its message, and its calculation on what the ledger and the registers hold."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from app.clock import Moment
from app.db.ledger.institutions import Institution
from app.db.ledger.messages import Message
from app.db.ledger.persons import RegisterEntry
from app.db.ledger.records import AccountRecord, Amounts
from app.i18n import Language
from app.ledger.budget import FundBudget
from app.ledger.identification import IdentifiedPerson
from app.rules.readings import Readings, with_chosen
from app.rules.registration import Registration
from app.rules.reimbursement.bill import AWAY, Bill, FacilityLevel, Kind, Layer
from app.rules.reimbursement.layers import Reimbursement


class StatedFacts(NamedTuple):
    """What the institution states of the person and of itself; None where it states nothing. The registers decide."""

    registration: Registration | None = None
    major_disease: bool | None = None
    chronic_disease: bool | None = None
    facility_level: FacilityLevel | None = None


@dataclass(frozen=True, slots=True)
class SettlementClaim:
    """A bill that an institution wants settled. Money in fen."""

    person: IdentifiedPerson
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
    readings: Mapping[str, str | None] = field(default_factory=dict)
    """The readings that the institution chooses, by name; for the others the default on the service date holds."""
    interim: bool = False
    """A settlement in the course of a stay (中途结算): others of the same visit may stand beside it."""
    batch: str | None = None
    """Keyed hash of the batch of charges (收费批次) of an outpatient visit; each batch is settled once."""
    batch_before: str | None = None
    """The hash under which an older release kept the same batch: of its number as it was sent."""
    insurance: str | None = None
    """Kind of insurance, as the national interface names it."""
    stated: StatedFacts = field(default_factory=StatedFacts)
    """A difference between this and the registers leads to a warning."""


class IncomingMessage(NamedTuple):
    """A message that has come in: when, which, by whose token, and the language of its answer."""

    moment: Moment
    message: Message
    token_id: int | None = None
    language: Language = "zh"


class LedgerWarning(NamedTuple):
    """A warning by its code, and the fields that differ from the registers."""

    code: str
    fields: list[str]


class Calculation(NamedTuple):
    """A claim calculated on what the ledger and the registers hold, booked or not."""

    claim: SettlementClaim
    institution: Institution
    register_entry: RegisterEntry
    bill: Bill
    reimbursement: Reimbursement
    before: AccountRecord
    """The person's year before this claim."""
    after: AccountRecord
    """The person's year with this claim settled."""
    budget: FundBudget | None
    """The budget that the fund's part comes from; None where none is kept."""
    warnings: list[LedgerWarning]


def bill_of(
    claim: SettlementClaim, institution: Institution, entry: RegisterEntry, defaults: Readings, *, compensated: bool
) -> Bill:
    """Write a claim as a bill, with the person's statuses and the facility level of the registers.

    `defaults` are the readings in force on the service date.
    """
    bill = Bill(
        registration=entry.registration,
        kind=claim.kind,
        facility_level=institution.level,
        total=claim.total,
        in_scope=claim.in_scope,
        major_disease=entry.major_disease,
        chronic_disease=entry.chronic_disease,
        # An accident is compensated once.
        accident_disability=claim.accident_disability and not compensated,
        unreferred=institution.level in AWAY and not claim.referred and not claim.emergency,
        readings=with_chosen(defaults, claim.readings),
    )
    bill.adjudicated = claim.adjudicated
    return bill


def amounts_of(total: int, in_scope: int, reimbursement: Reimbursement) -> Amounts:
    """Return what is booked of a bill of these amounts, as it is reimbursed. Fen."""
    paid = {working.layer: int(working.paid) for working in reimbursement.layers}
    return Amounts(
        total=total,
        in_scope=in_scope,
        basic_insurance=paid["basic_insurance"],
        critical_illness=paid["critical_illness"],
        civil_relief=paid["civil_relief"],
        major_disease_fund=paid["major_disease_fund"],
        supplementary_insurance=paid["supplementary_insurance"],
        guarantee=int(reimbursement.guarantee or 0),
        lump_sum=int(reimbursement.lump_sum),
        out_of_pocket=int(reimbursement.out_of_pocket),
    )


def warnings_of(claim: SettlementClaim, institution: Institution, entry: RegisterEntry) -> list[LedgerWarning]:
    """Warn of a person who is not in the register, and of stated facts that differ from the registers."""
    warnings = [] if entry.in_register else [LedgerWarning("person_unknown", [])]
    if claim.person.stands_twice:
        warnings.append(LedgerWarning("person_twice", []))
    registered = StatedFacts(entry.registration, entry.major_disease, entry.chronic_disease, institution.level)
    differing = [
        name
        for name, stated, held in zip(StatedFacts._fields, claim.stated, registered, strict=True)
        if stated is not None and stated != held
    ]
    if differing:
        warnings.append(LedgerWarning("register_differs", differing))
    return warnings
