"""The tables of the settlement ledger: institutions, persons, settlements, accounts. No person's name or number."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.ledger.records import Amounts
from app.db.models import Base
from app.db.types import Fen, PackedJson


class InstitutionEntry(Base):
    """A hospital or clinic (医药机构), with the facility level that decides deductible and ratio."""

    __tablename__ = "institutions"

    code: Mapped[str] = mapped_column(String(30), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(20))
    """Facility level, as the reimbursement request has it."""
    changed: Mapped[dt.datetime]


class Person(Base):
    """An insured person, known by the keyed hash of the insurer's number alone."""

    __tablename__ = "persons"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(64), unique=True)
    """HMAC-SHA256 of the insurer's number, in hexadecimal; the key is not in the store."""
    compensated_by: Mapped[int | None]
    """The settlement that paid the lump sum for an accidental disability; once an accident."""


class PersonStatus(Base):
    """A dated status of a person in the register. Rows are replaced together; the ones before are kept."""

    __tablename__ = "standings"
    __table_args__ = (Index("ix_standings_person", "person_id", "replaced"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    status: Mapped[str] = mapped_column(String(22))
    """A registration, `chronic_disease` or `major_disease`."""
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date | None]
    """None while it holds."""
    written: Mapped[dt.datetime]
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    """None for the operator's import."""
    replaced: Mapped[dt.datetime | None]
    """When the register was written anew for this person; None for what holds."""


class LedgerKey(Base):
    """What tells whether the key that hashes numbers is the one that the store was begun with."""

    __tablename__ = "ledger_keys"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    check: Mapped[str] = mapped_column(String(64))


class Settlement(Base):
    """A settlement (结算), or the reversal (撤销) of one with the amounts negated. Money in fen."""

    __tablename__ = "settlements"
    __table_args__ = (
        CheckConstraint("(kind = 'reversal') = (reverses IS NOT NULL)", name="a_reversal_reverses"),
        Index("ix_settlements_visit", "institution", "visit_id"),
        Index("ix_settlements_message", "institution", "message_id"),
        Index("ix_settlements_person_year", "person_id", "year", "id"),
        Index("ix_settlements_institution_day", "institution", "day"),
        Index("ix_settlements_day", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    """`settlement` or `reversal`."""
    reverses: Mapped[int | None] = mapped_column(ForeignKey("settlements.id"), index=True)
    reversed_by: Mapped[int | None]
    """The reversal that undid it; None while it stands."""
    annulled: Mapped[dt.datetime | None]
    """When it was taken back as if it had never arrived (冲正); it then counts nowhere."""
    institution: Mapped[str] = mapped_column(ForeignKey("institutions.code"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    visit_id: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[str] = mapped_column(String(64))
    service_date: Mapped[dt.date]
    year: Mapped[int]
    """The insurance year: the calendar year of the service date."""
    made: Mapped[dt.datetime]
    day: Mapped[dt.date]
    """The service's day on which it was booked."""
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    level: Mapped[str] = mapped_column(String(20))
    care: Mapped[str] = mapped_column(String(10))
    """Kind of visit."""
    insurance: Mapped[str | None] = mapped_column(String(6))
    """Kind of insurance as the national interface names it (insutype); None where it did not come through that."""
    total: Mapped[int] = mapped_column(Fen)
    in_scope: Mapped[int] = mapped_column(Fen)
    basic_insurance: Mapped[int] = mapped_column(Fen)
    critical_illness: Mapped[int] = mapped_column(Fen)
    civil_relief: Mapped[int] = mapped_column(Fen)
    major_disease_fund: Mapped[int] = mapped_column(Fen)
    supplementary_insurance: Mapped[int] = mapped_column(Fen)
    guarantee: Mapped[int] = mapped_column(Fen)
    lump_sum: Mapped[int] = mapped_column(Fen)
    out_of_pocket: Mapped[int] = mapped_column(Fen)
    counted: Mapped[dict[str, int]] = mapped_column(JSON)
    """What each layer's schedule counted, fen."""
    accident: Mapped[bool]
    """Whether the bill was said to be of an accidental disability."""
    interim: Mapped[bool]
    """Whether it is of the course of a stay (中途结算): others of the same visit may stand beside it."""
    batch: Mapped[str | None] = mapped_column(String(64))
    """Keyed hash of the batch of charges (收费批次) of an outpatient's visit, each settled once; None where none is."""
    settlements_before: Mapped[int | None]
    """How many settlements stood in the person's year before; this and the next four are None for a reversal."""
    admissions_before: Mapped[int | None]
    admissions_at_before: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    counted_before: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    """What each layer's schedule had counted in the year before this settlement, fen."""
    paid_before: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    """What each layer had paid in the year before this settlement, fen."""
    purse: Mapped[dt.date | None]
    """First day of the purse that the fund's part was taken from; None where none is kept."""
    edition: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Hash over the figures that it was calculated with."""
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    """The answer with the whole working in both languages, compressed JSON; nothing of who the person is."""


class Account(Base):
    """A person's insurance year (年度累计): what stands of it, so that the next settlement need not add it up."""

    __tablename__ = "accounts"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    admissions: Mapped[int]
    admissions_at: Mapped[dict[str, int]] = mapped_column(JSON)
    counted: Mapped[dict[str, int]] = mapped_column(JSON)
    """What each layer's schedule has counted, fen."""
    paid: Mapped[dict[str, int]] = mapped_column(JSON)
    """What each layer has paid, fen."""
    settlements: Mapped[int]
    """How many stand."""


class SpentBudget(Base):
    """What has been paid out of the major-disease fund's purse of a period, for everybody together."""

    __tablename__ = "purses"
    __table_args__ = (CheckConstraint("spent >= 0", name="spent_is_not_negative"),)

    first_day: Mapped[dt.date] = mapped_column(primary_key=True)
    """The first day of the figure that set it."""
    last_day: Mapped[dt.date | None]
    """The last day of that figure; None while it holds. Where the figure's is another now, the sum is made anew."""
    spent: Mapped[int] = mapped_column(Fen)
    """What the settlements of the period that stand came to, fen."""


class StoredMessage(Base):
    """A message of an institution, by the interface it came in through: answered once, and the same when repeated."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_settlement", "settlement_id"),)

    institution: Mapped[str] = mapped_column(String(30), primary_key=True)
    interface: Mapped[str] = mapped_column(String(12), primary_key=True)
    """`v1` or the number of the national platform's transaction."""
    message_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Keyed hash of what was asked; empty for a message that was taken back before it arrived."""
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlements.id"))
    """The settlement or reversal that came of it."""
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The national platform's answer with a placeholder for the person's number; None where the settlement holds it."""
    statement: Mapped[Mapping[str, Any] | None] = mapped_column(PackedJson)
    """The answer of the national platform's settlement or cancellation as data, fen; None for every other message."""
    working: Mapped[Mapping[str, Any] | None] = mapped_column(PackedJson)
    """The working of the settlement of a `v1` message as data, fen; None for every other message."""
    taken_back: Mapped[dt.datetime | None]
    """When it was reversed as a message (冲正): one that arrives later is refused."""
    made: Mapped[dt.datetime]


AMOUNTS = Amounts._fields
"""The columns that hold money; a reversal negates them."""
