"""The tables of the settlement ledger: institutions, persons, settlements, accounts. No person's name or number."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.ledger.records import Amounts
from app.db.models import Base
from app.db.types import Fen, PackedJson


def _partial_index(name: str, column: str, condition: str) -> Index:
    """Return an index that holds the rows of a condition alone."""
    return Index(name, column, sqlite_where=text(condition), postgresql_where=text(condition))


class InstitutionEntry(Base):
    """A hospital or a clinic (医药机构), with the facility level that decides the deductible and the ratio."""

    __tablename__ = "institutions"

    code: Mapped[str] = mapped_column(String(30), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(20))
    """Facility level, by the values of the reimbursement request."""
    place: Mapped[str | None] = mapped_column(String(6), index=True)
    """Division code of the county whose officers see its settlements; None where nothing tells it."""
    changed: Mapped[dt.datetime]


class Person(Base):
    """An insured person, identified only by the keyed hash of the insurer's number."""

    __tablename__ = "persons"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(64), unique=True)
    """HMAC-SHA256 of the insurer's number, in hexadecimal; the key is not in the store."""
    compensated_by: Mapped[int | None]
    """The settlement that paid the lump sum for an accidental disability, which is paid once."""
    county: Mapped[str | None] = mapped_column(String(6), index=True)
    """Division code of the county that registers the person; None until one has written."""
    joined_to: Mapped[int | None] = mapped_column(index=True)
    """The person that this one proved to be; None for a person who stands alone."""


class PersonAlias(Base):
    """Another number of a person: of a card, of an identity card, of the platform, or the same in another spelling."""

    __tablename__ = "aliases"

    number: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed hash, as that of a person's number."""
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    """`identity_number`, `card_number`, `platform_number`, or `spelling`."""
    written: Mapped[dt.datetime]


class PersonDouble(Base):
    """Two persons who prove to be one and both have something of their own: a county's officer joins them."""

    __tablename__ = "doubles"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True, index=True)
    found: Mapped[dt.datetime]


class PersonJoin(Base):
    """A person was joined to another, with the settlements that passed over. Rows are only added."""

    __tablename__ = "joins"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    """The person who no longer stands alone."""
    made: Mapped[dt.datetime]
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    """None where only one of the two had settlements, and only one a register entry, so that nobody had to decide."""
    settlements: Mapped[list[int]] = mapped_column(JSON)
    """The numbers of the settlements and reversals that were the other person's."""


class PersonTransfer(Base):
    """A person passes to another county (参保地转移). The statuses before its first day stay the former county's."""

    __tablename__ = "transfers"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    from_county: Mapped[str] = mapped_column(String(6))
    to_county: Mapped[str] = mapped_column(String(6))
    first_day: Mapped[dt.date]
    """The first day that is the new county's."""
    made: Mapped[dt.datetime]
    day: Mapped[dt.date]
    """The service's day on which it was made."""
    token_id: Mapped[int] = mapped_column(ForeignKey("tokens.id"))
    taken_back: Mapped[dt.datetime | None]
    """When the former county took the person back; None while the transfer stands."""
    taken_back_token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))


class PersonStatus(Base):
    """A dated status of a person in the register. The rows of a person are replaced together, and the old ones kept."""

    __tablename__ = "standings"
    __table_args__ = (Index("ix_standings_person", "person_id", "replaced"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    status: Mapped[str] = mapped_column(String(22))
    """A registration, `chronic_disease` or `major_disease`."""
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date | None]
    """None while the status holds."""
    written: Mapped[dt.datetime]
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    """None for the operator's import."""
    replaced: Mapped[dt.datetime | None]
    """When the person's entry was replaced; None for the current rows."""


class RecordedRead(Base):
    """A read of a person, an account or a settlement: who, when, which, from where. Rows are only added, and expire."""

    __tablename__ = "reads"
    __table_args__ = (Index("ix_reads_institution", "institution", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    """None where a closed network needs no token."""
    institution: Mapped[str | None] = mapped_column(String(30))
    """The hospital that reads; None for an officer."""
    address: Mapped[str] = mapped_column(String(64))
    """The address that the request came from."""
    interface: Mapped[str] = mapped_column(String(12))
    """`v1` or the number of the national platform's transaction."""
    kind: Mapped[str] = mapped_column(String(10))
    """`person`, `account`, `settlement`, or `trial`, which shows a person's benefits without being kept."""
    number: Mapped[str | None] = mapped_column(String(64), index=True)
    """Keyed hash of the person's number, known or not; None for a settlement."""
    year: Mapped[int | None]
    """The insurance year of an account."""
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlements.id"))


class LedgerKey(Base):
    """The check of the key of the persons' numbers: whether it is the one that the store was begun with."""

    __tablename__ = "ledger_keys"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    check: Mapped[str] = mapped_column(String(64))


class AcceptedFigures(Base):
    """The figures of policy that the ledger settles with, as they were accepted. The newest row is in force."""

    __tablename__ = "figures"

    id: Mapped[int] = mapped_column(primary_key=True)
    accepted: Mapped[dt.datetime]
    edition: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Hash over all figures, as in the settlements."""
    values: Mapped[list[list[str]]] = mapped_column(JSON)
    """For each dated value: name, first day, the value in words, and the hash of the value with its source."""


class Settlement(Base):
    """A settlement (结算), the reversal (撤销) of one with the amounts negated, or a correction (更正). Money in fen.

    A correction has the difference between the amounts of its settlement before and after it.
    """

    __tablename__ = "settlements"
    __table_args__ = (
        CheckConstraint("(kind = 'reversal') = (reverses IS NOT NULL)", name="a_reversal_reverses"),
        _partial_index("ix_settlements_corrects", "corrects", "corrects IS NOT NULL"),
        _partial_index("ix_settlements_rebooking", "rebooking", "rebooking IS NOT NULL"),
        _partial_index("ix_settlements_changes", "made", "kind <> 'settlement'"),
        _partial_index("ix_settlements_annulled", "annulled", "annulled IS NOT NULL"),
        Index("ix_settlements_visit", "visit_key", "institution"),
        Index("ix_settlements_message", "message_id", "institution"),
        Index("ix_settlements_person_year", "person_id", "year", "id"),
        Index("ix_settlements_institution_day", "institution", "day"),
        Index("ix_settlements_day", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    """`settlement`, `reversal` or `correction`."""
    reverses: Mapped[int | None] = mapped_column(ForeignKey("settlements.id"), index=True)
    reversed_by: Mapped[int | None]
    """The reversal of this settlement; None while it stands. A correction has that of its settlement."""
    corrects: Mapped[int | None]
    """The settlement that a correction changes; None for every other booking."""
    rebooking: Mapped[int | None]
    """The reversal whose rebooking made a correction; None for every other booking."""
    annulled: Mapped[dt.datetime | None]
    """When it was taken back as if it had never arrived (冲正); it counts nowhere from then on."""
    institution: Mapped[str] = mapped_column(ForeignKey("institutions.code"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    visit_id: Mapped[str] = mapped_column(String(64))
    """The institution's number of the visit, as it was sent."""
    visit_key: Mapped[str] = mapped_column(String(64), nullable=True)
    """The same with capital letters: two visits that differ in the case of letters are one."""
    message_id: Mapped[str] = mapped_column(String(64))
    service_date: Mapped[dt.date]
    year: Mapped[int]
    """The insurance year: the calendar year of the service date."""
    made: Mapped[dt.datetime]
    day: Mapped[dt.date]
    """The service's day on which it is booked."""
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
    """What each layer's schedule counts, fen; of a correction the difference."""
    accident: Mapped[bool]
    """Whether the bill states an accidental disability."""
    interim: Mapped[bool]
    """Whether it is made in the course of a stay (中途结算): others of the visit may stand beside it."""
    batch: Mapped[str | None] = mapped_column(String(64))
    """Keyed hash of the batch of charges (收费批次) of an outpatient visit, settled once; None without a batch."""
    settlements_before: Mapped[int | None]
    """How many settlements stand in the person's year before this one. Like the next four, None for a reversal."""
    admissions_before: Mapped[int | None]
    admissions_at_before: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    counted_before: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    """What each layer's schedule counts of the year before this settlement, fen."""
    paid_before: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    """What each layer pays of the year before this settlement, fen."""
    in_register: Mapped[bool | None]
    """Whether the register knew the person. Like the next six, a fact of a settlement; None for other bookings."""
    registration: Mapped[str | None] = mapped_column(String(22))
    major_disease: Mapped[bool | None]
    chronic_disease: Mapped[bool | None]
    unreferred: Mapped[bool | None]
    adjudicated: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    """What the insurer had settled already, by layer, fen; None where it had settled nothing."""
    readings: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """The readings that were chosen, by name; None where none was."""
    working: Mapped[Mapping[str, object] | None] = mapped_column(PackedJson)
    """The working of a correction as data, fen. That of a settlement is with its message."""
    purse: Mapped[dt.date | None]
    """First day of the budget that the fund's part is taken from; None where no budget is kept."""
    edition: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Hash over the figures of the calculation."""
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    """The answer with the whole working in both languages, compressed JSON. It does not identify the person."""


class Rebooking(Base):
    """A settlement that later ones depend on is reversed, and each of them is corrected: the rows with its number."""

    __tablename__ = "rebookings"

    reversal_id: Mapped[int] = mapped_column(ForeignKey("settlements.id"), primary_key=True, autoincrement=False)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlements.id"), index=True)
    """The settlement that is reversed."""
    undone: Mapped[dt.datetime | None]
    """When it was undone; None while it stands."""
    undone_token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))


class Account(Base):
    """A person's insurance year (年度累计): the sum of its standing settlements, stored for the next one."""

    __tablename__ = "accounts"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    admissions: Mapped[int]
    admissions_at: Mapped[dict[str, int]] = mapped_column(JSON)
    counted: Mapped[dict[str, int]] = mapped_column(JSON)
    """What each layer's schedule counts, fen."""
    paid: Mapped[dict[str, int]] = mapped_column(JSON)
    """What each layer pays, fen."""
    settlements: Mapped[int]
    """How many settlements stand."""


class SpentBudget(Base):
    """What is spent of the major-disease fund's budget of a period, for all persons together."""

    __tablename__ = "purses"
    __table_args__ = (CheckConstraint("spent >= 0", name="spent_is_not_negative"),)

    first_day: Mapped[dt.date] = mapped_column(primary_key=True)
    """The first day of the dated value that sets the budget."""
    last_day: Mapped[dt.date | None]
    """The last day of that value; None while it is in force. Where it has changed, the sum is made anew."""
    spent: Mapped[int] = mapped_column(Fen)
    """The sum that the standing settlements of the period took, fen."""


class StoredMessage(Base):
    """A message of an institution, by its interface. A repeated message gets the stored answer."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_settlement", "settlement_id"),)

    institution: Mapped[str] = mapped_column(String(30), primary_key=True)
    interface: Mapped[str] = mapped_column(String(12), primary_key=True)
    """`v1` or the number of the national platform's transaction."""
    message_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the content, by its mark in the first or the second form; empty for a message that was taken back
    before it arrived."""
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlements.id"))
    """The settlement or reversal that the message booked."""
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The national platform's answer with a placeholder for the person's number; None where the settlement holds it."""
    statement: Mapped[Mapping[str, Any] | None] = mapped_column(PackedJson)
    """The answer of the national platform's settlement or cancellation as data, fen; None for every other message."""
    working: Mapped[Mapping[str, Any] | None] = mapped_column(PackedJson)
    """The working of the settlement of a `v1` message as data, fen; None for every other message."""
    taken_back: Mapped[dt.datetime | None]
    """When it was taken back (冲正). A message that arrives after that is refused."""
    made: Mapped[dt.datetime]


class LedgerEvent(Base):
    """What a transaction wrote, as digests of its rows. Rows are only inserted; the sealer adds number, link and hash.

    No id is used again, so that the newest event cannot be replaced by another of its number.
    """

    __tablename__ = "ledger_events"
    __table_args__ = (
        CheckConstraint("(number IS NULL) = (hash IS NULL)", name="sealed_with_a_hash"),
        Index(
            "ix_ledger_events_unsealed",
            "id",
            sqlite_where=text("number IS NULL"),
            postgresql_where=text("number IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[dt.datetime]
    """The real instant, also where the service's day is set."""
    day: Mapped[dt.date]
    """The service's day, in Asia/Shanghai."""
    kind: Mapped[str] = mapped_column(String(8))
    """`write`; `found` for the rows that stood in the store when its chain was begun."""
    rows: Mapped[dict[str, str | None]] = mapped_column(JSON)
    """By table and key: the digest of the row; None for one that was taken out."""
    number: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    """1, 2, 3 and so on, in the order of the chain; None until it is sealed, like the next two."""
    previous: Mapped[str | None] = mapped_column(String(64))
    """The hash of the event before."""
    hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 over all columns above."""


class LedgerHead(Base):
    """The newest event of the ledger's chain on each day: what others note to hold the ledger to it."""

    __tablename__ = "ledger_heads"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    """The day in Asia/Shanghai on which the event was sealed."""
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


AMOUNTS = Amounts._fields
"""The columns of money, which a reversal negates."""
