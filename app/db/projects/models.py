"""The tables of the village project library (项目库)."""

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models import Base
from app.db.types import Fen


class Project(Base):
    """A project of the village project library (项目库), in its current state. Its history is in `events`."""

    __tablename__ = "projects"
    __table_args__ = (
        CheckConstraint("length(place) = 12", name="place_is_a_village"),
        CheckConstraint("budget > 0", name="budget_is_above_zero"),
        Index("ix_projects_status", "status", "id"),
        Index("ix_projects_category", "category", "id"),
        Index("ix_projects_county", "county", "id"),
        Index("ix_projects_township", "township", "id"),
        Index("ix_projects_place", "place", "id"),
        Index("ix_projects_county_status", "county", "status", "id"),
        Index("ix_projects_township_status", "township", "status", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    """Rises by one with every act."""
    status: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(12))
    """The village's division code; its first nine digits are the township's, its first six the county's."""
    township: Mapped[str] = mapped_column(String(9))
    county: Mapped[str] = mapped_column(String(6))
    place_name: Mapped[str | None] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(60))
    construction: Mapped[str] = mapped_column(String(12))
    starts: Mapped[dt.date | None]
    ends: Mapped[dt.date | None]
    responsible_unit: Mapped[str | None] = mapped_column(String(200))
    tasks: Mapped[str | None] = mapped_column(Text)
    budget: Mapped[int] = mapped_column(Fen)
    households: Mapped[int | None]
    persons: Mapped[int | None]
    registered_households: Mapped[int | None]
    registered_persons: Mapped[int | None]
    performance_goals: Mapped[list[str]] = mapped_column(JSON)
    participation: Mapped[str | None] = mapped_column(Text)
    poverty_reduction_mechanism: Mapped[str | None] = mapped_column(Text)
    declared: Mapped[dt.datetime]
    changed: Mapped[dt.datetime]


class ProjectSource(Base):
    """A source of a project's budget, and what of it is allocated, which is never more than its amount."""

    __tablename__ = "sources"
    __table_args__ = (CheckConstraint("allocated BETWEEN 0 AND amount", name="allocated_is_within_amount"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    fund: Mapped[str] = mapped_column(String(100), primary_key=True)
    position: Mapped[int]
    amount: Mapped[int] = mapped_column(Fen)
    allocated: Mapped[int] = mapped_column(Fen)


class Notice(Base):
    """A notice (公示、公告) as it was posted. Nothing of it changes, but that it may be closed early."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("last_day > posted", name="ends_after_it_is_posted"),
        CheckConstraint("(closed IS NULL) = (closed_by IS NULL)", name="closed_for_a_reason"),
        Index("ix_notices_project", "project_id", "id"),
        Index("ix_notices_last_day", "last_day", "id"),
        Index(
            "ix_notices_closed",
            "last_day",
            "id",
            sqlite_where=text("closed IS NOT NULL"),
            postgresql_where=text("closed IS NOT NULL"),
        ),
        Index("ix_notices_county", "county", "last_day", "id"),
        Index("ix_notices_township", "township", "last_day", "id"),
        Index("ix_notices_place", "place", "last_day", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    place: Mapped[str] = mapped_column(String(12))
    township: Mapped[str] = mapped_column(String(9))
    county: Mapped[str] = mapped_column(String(6))
    level: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(12))
    posted: Mapped[dt.date]
    last_day: Mapped[dt.date]
    """The last day on display; fixed when it is posted."""
    text: Mapped[dict[str, object]] = mapped_column(JSON)
    """The project as it was posted, in the fields of the API; for a removal, the reason with it."""
    figures: Mapped[list[dict[str, object]]] = mapped_column(JSON)
    """The figures of policy that fixed its days, with their sources."""
    salt: Mapped[str | None] = mapped_column(String(32))
    """Random; part of the digest in the history, as that of an objection."""
    closed: Mapped[dt.datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(12))
    """`superseded`, `returned` or `withdrawn`; None where it is not closed early."""


class Objection(Base):
    """An objection (异议) to a notice, by anyone. Name and contact are stored for the file and never shown."""

    __tablename__ = "objections"
    __table_args__ = (
        CheckConstraint("(decided IS NULL) = (outcome IS NULL)", name="decided_with_an_outcome"),
        Index(
            "ix_objections_undecided",
            "place",
            "id",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), index=True)
    place: Mapped[str] = mapped_column(String(12), nullable=True)
    """Division code of the village, township or county whose officer decides it: where the notice is of that level."""
    made: Mapped[dt.datetime]
    late: Mapped[bool]
    """Made after the notice's last day, or after it was closed early."""
    waiting: Mapped[bool] = mapped_column(server_default=false())
    """Not displayed to everybody before it is decided, because the notice had many already."""
    content: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(String(100))
    contact: Mapped[str | None] = mapped_column(String(200))
    salt: Mapped[str | None] = mapped_column(String(32))
    """Random; part of the digest in the history. With it goes all that could test a guess of an erased text."""
    receipt: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the receipt, by which the maker of the objection finds the answer."""
    outcome: Mapped[str | None] = mapped_column(String(9))
    answer: Mapped[str | None] = mapped_column(Text)
    decided: Mapped[dt.datetime | None]


class Allocation(Base):
    """Money allocated (资金安排) to a project from a source of its budget."""

    __tablename__ = "allocations"
    __table_args__ = (CheckConstraint("amount > 0", name="amount_is_above_zero"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    fund: Mapped[str] = mapped_column(String(100))
    amount: Mapped[int] = mapped_column(Fen)
    document: Mapped[str] = mapped_column(String(200))
    """The document that allocates it, as it is numbered."""
    made: Mapped[dt.datetime]


class Report(Base):
    """A report of what was carried out (`progress`, 实施情况) or achieved (`outcome`, 竣工后扶贫效果)."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    day: Mapped[dt.date]
    text: Mapped[str] = mapped_column(Text)
    spent: Mapped[int | None] = mapped_column(Fen)
    """Spent so far, fen."""
    beneficiaries: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    made: Mapped[dt.datetime]


class Event(Base):
    """An act of the history. Rows are only inserted, numbered without a gap; each holds the hash of the one before.

    Its texts, `note` and `changes`, may be erased; an event of its own says so.
    """

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_project", "project_id", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 and so on, without a gap."""
    at: Mapped[dt.datetime]
    day: Mapped[dt.date]
    """The service's day, in Asia/Shanghai."""
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    action: Mapped[str] = mapped_column(String(30))
    actor: Mapped[str] = mapped_column(String(8))
    """`officer`, `anyone` or `operator`."""
    level: Mapped[str | None] = mapped_column(String(8))
    place: Mapped[str | None] = mapped_column(String(12))
    """The officer's division code."""
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    was: Mapped[str | None] = mapped_column(String(20))
    """The project's status before; None where there was none."""
    status: Mapped[str] = mapped_column(String(20))
    """The project's status after."""
    version: Mapped[int]
    """The project's version after."""
    note: Mapped[str | None] = mapped_column(Text)
    """The reason."""
    changes: Mapped[dict[str, list[object]]] = mapped_column(JSON)
    """Field to the value before and the value after."""
    record: Mapped[dict[str, object]] = mapped_column(JSON)
    """The evidence, and the notice, objection, decision, allocation or report of the act, with its digest."""
    previous: Mapped[str] = mapped_column(String(64))
    """The hash of the event before."""
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 over all columns above; with `texts` in place of `note` and `changes` where there is one."""
    salt: Mapped[str | None] = mapped_column(String(32))
    """Random; another one once a text is erased."""
    texts: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 over the salt, `note` and `changes` as they were written; None where both are empty, and of before."""
