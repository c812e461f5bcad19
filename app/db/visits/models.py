"""The tables of visits and fees. No person's name or number, no hospital's number of a fee, and no fee's content."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models import Base
from app.db.types import Fen, PackedJson


class VisitEntry(Base):
    """A stay (2401) or an outpatient visit (2201) that an institution has reported."""

    __tablename__ = "visits"
    __table_args__ = (
        CheckConstraint("care IN ('inpatient', 'outpatient')", name="care_is_known"),
        Index("ix_visits_opened_by", "institution", "opened_by"),
        Index("ix_visits_person", "person_id", "institution", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(String(30), unique=True)
    """The number that the service gave it (mdtrt_id); None only until the row has an id."""
    institution: Mapped[str] = mapped_column(ForeignKey("institutions.code"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    care: Mapped[str] = mapped_column(String(10))
    """`inpatient` or `outpatient`."""
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date | None]
    """The day of discharge; None for an outpatient visit, and until the patient is discharged."""
    med_type: Mapped[str | None] = mapped_column(String(6))
    """Kind of care in the national platform's code."""
    diagnosis: Mapped[str | None] = mapped_column(String(20))
    """Code of the disease (dise_codg); None for a text that is no such code."""
    opened_by: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the message that reported it."""
    made: Mapped[dt.datetime]
    day: Mapped[dt.date]
    """The service's day on which it was reported."""
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    cancelled: Mapped[dt.datetime | None]
    """When it was cancelled or taken back; None while it counts."""


class FeeBatch(Base):
    """Fees of a visit that came in one message, for one batch of charges: the sums of their parts. Money in fen."""

    __tablename__ = "fee_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    batch: Mapped[str | None] = mapped_column(String(64))
    """Keyed hash of the batch of charges (chrg_bchno); None for the fees of a stay."""
    made: Mapped[dt.datetime]
    outside: Mapped[int] = mapped_column(Fen)
    """Outside the insurance catalogue."""
    over_limit: Mapped[int] = mapped_column(Fen)
    """Above the price limit."""
    first_paid: Mapped[int] = mapped_column(Fen)
    """First paid by the patient."""
    in_scope: Mapped[int] = mapped_column(Fen)
    assumed: Mapped[int] = mapped_column(Fen)
    """What of `in_scope` counts whole because nothing says how the fee is split."""
    lines: Mapped[Mapping[str, list[int | str]]] = mapped_column(PackedJson)
    """The parts of each fee, by a keyed hash of its number: so that it comes once, is refunded, or is taken out."""
