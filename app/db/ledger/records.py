"""The rows of the settlement ledger as values. Money in fen."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, NamedTuple

from app.i18n import Language
from app.rules.registration import Registration
from app.rules.reimbursement.bill import FacilityLevel, Kind, Layer
from app.rules.reimbursement.year import YearToDate

BookingKind = Literal["settlement", "reversal", "correction"]


class Amounts(NamedTuple):
    """The amounts of a booking, or of a sum of bookings; those of a reversal are negative. Fen."""

    total: int = 0
    in_scope: int = 0
    basic_insurance: int = 0
    critical_illness: int = 0
    civil_relief: int = 0
    major_disease_fund: int = 0
    supplementary_insurance: int = 0
    guarantee: int = 0
    lump_sum: int = 0
    out_of_pocket: int = 0

    @property
    def paid(self) -> dict[Layer, int]:
        """What each layer pays, fen."""
        return {
            "basic_insurance": self.basic_insurance,
            "critical_illness": self.critical_illness,
            "civil_relief": self.civil_relief,
            "major_disease_fund": self.major_disease_fund,
            "supplementary_insurance": self.supplementary_insurance,
        }

    def negated(self) -> "Amounts":
        """Return the amounts with the opposite sign."""
        return Amounts(*(-amount for amount in self))

    def less(self, others: "Amounts") -> "Amounts":
        """Return by how much the amounts are more than others."""
        return sum_of((self, others.negated()))


def sum_of(several: Iterable[Amounts]) -> Amounts:
    """Add amounts up, name by name."""
    return Amounts(*map(sum, zip(Amounts(), *several, strict=True)))


class AccountRecord(NamedTuple):
    """A person's insurance year: the year to date, and how many settlements stand in it."""

    to_date: YearToDate
    settlements: int


class YearShare(NamedTuple):
    """What a settlement or a correction adds to its person's year. Fen."""

    settlements: int
    """1, of a correction 0."""
    admission: bool
    """Whether it counts as an admission."""
    level: FacilityLevel
    counted: Mapping[Layer, int]
    paid: Mapping[Layer, int]


def year_share(
    kind: BookingKind, care: Kind, level: FacilityLevel, counted: Mapping[Layer, int], paid: Mapping[Layer, int]
) -> YearShare:
    """Return what a settlement or a correction adds to its person's year: only the first counts as one."""
    first = kind == "settlement"
    return YearShare(int(first), first and care != "outpatient", level, counted, paid)


class SettledFacts(NamedTuple):
    """The facts of a settlement that its other columns do not hold: with them it can be calculated again."""

    in_register: bool
    """Whether the register knew the person at all; the next three are what it held on the service date."""
    registration: Registration
    major_disease: bool
    chronic_disease: bool
    unreferred: bool
    """Care outside the city without referral, and no emergency."""
    adjudicated: Mapping[Layer, int]
    """What the insurer had settled already, by layer, fen."""
    readings: Mapping[str, str]
    """The readings that were chosen, by name; for the others the default on the service date holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A settlement (结算), a reversal (撤销) or a correction (更正) as it is inserted."""

    kind: BookingKind
    reverses: int | None = None
    """The settlement that a reversal undoes; None for another booking."""
    corrects: int | None = None
    """The settlement that a correction changes; None for another booking."""
    rebooking: int | None = None
    """The reversal whose rebooking made a correction; None for another booking."""
    institution: str
    person_id: int
    visit_id: str
    message_id: str
    service_date: dt.date
    made: dt.datetime
    day: dt.date
    """The service's day on which it is booked."""
    token_id: int | None
    level: FacilityLevel
    care: Kind
    insurance: str | None
    """Kind of insurance as the national interface names it; None where it did not come through that interface."""
    amounts: Amounts
    counted: Mapping[Layer, int]
    """What each layer's schedule counts, fen; a reversal has that of its settlement, a correction the difference."""
    year_before: AccountRecord | None = None
    """The person's year as the settlement found it, or as a correction lets it find it; None for a reversal."""
    facts: SettledFacts | None = None
    """What a settlement was calculated from; None for another booking."""
    working: Mapping[str, object] | None = None
    """The working of a correction as data: `SettlementWorking.as_data`. That of a settlement is with its message."""
    accident: bool
    interim: bool
    batch: str | None
    """Keyed hash of the batch of charges (收费批次); None where none is named."""
    budget_first_day: dt.date | None
    """First day of the budget that the fund's part is taken from; None where no budget is kept."""
    edition: str
    fingerprint: str
    """Hash over the figures of the calculation."""

    @property
    def year(self) -> int:
        """The insurance year: the calendar year of the service date."""
        return self.service_date.year

    @property
    def year_share(self) -> YearShare:
        """What it adds to the person's year."""
        return year_share(self.kind, self.care, self.level, self.counted, self.amounts.paid)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRecord(Booking):
    """A row of the table of settlements."""

    id: int
    reversed_by: int | None
    """The reversal of this settlement, or of the settlement that is corrected; None while it stands."""
    annulled: dt.datetime | None
    """When it was taken back as if it had never arrived (冲正); None while it counts."""
    answers: Mapping[Language, bytes]
    """The answers as they were sent, in JSON, to be sent again; a reversal has none."""

    def as_booking(self) -> Booking:
        """Return what was inserted, from which a reversal or a correction of the same visit is made."""
        return Booking(**{each.name: getattr(self, each.name) for each in fields(Booking)})


class VisitSettlement(NamedTuple):
    """A settlement of a visit, of which there may be several."""

    id: int
    person_id: int
    interim: bool
    batch: str | None
    service_date: dt.date
    total: int
    in_scope: int
    """Fen, as the total."""


class TotalsRow(NamedTuple):
    """The sums of an institution's bookings of one kind."""

    institution: str
    kind: BookingKind
    bookings: int
    amounts: Amounts


class StandingSums(NamedTuple):
    """The sums of a person's standing settlements of a year."""

    bookings: int
    admissions: int
    amounts: Amounts
