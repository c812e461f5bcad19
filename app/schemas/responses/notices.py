"""The answers about notices and objections."""

from typing import Annotated, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.db.projects.events import ClosedBy
from app.rules.parameters import Basis
from app.rules.projects.procedure import Outcome
from app.schemas.fields import CLOSED
from app.schemas.responses.projects import Date, Instant, Next, NoticeSummary, ProjectContent


@with_config(CLOSED)
class NoticeText(ProjectContent):
    """A project as it was posted."""

    reason: NotRequired[Annotated[str | None, Field(json_schema_extra={"default": None})]]
    """Why it is taken out of the library; only in the notice of a removal."""


@with_config(CLOSED)
class NoticeFigure(TypedDict):
    """A figure of policy that fixed a notice's days, as it was then."""

    parameter: str
    """Name of the figure."""
    value: str
    """What it was."""
    document: str
    """The document that it stands in."""
    clause: str
    """The clause."""
    basis: Basis
    """How far it can be trusted."""
    effective_from: Date
    """First day it holds."""


@with_config(CLOSED)
class NoticeClosed(TypedDict):
    """That a notice does not count any more: it was closed early, or a new one took its place."""

    at: Instant
    """When."""
    by: ClosedBy
    """Why: a change superseded it, or the project was sent back or withdrawn."""


@with_config(CLOSED)
class ObjectionCountsAnswer(TypedDict):
    """The objections to a notice, counted."""

    in_time: int
    """Made while it was on display."""
    late: int
    """Made after that; kept, and without effect."""
    undecided: int
    """Not decided yet."""
    upheld: int
    """Decided, and found right."""
    dismissed: int
    """Decided, and not found right."""


@with_config(CLOSED)
class NoticeAnswer(NoticeSummary):
    """A notice as it was posted, and how it stands today."""

    project: int
    """Number of the project."""
    place: str
    """The village's division code."""
    days_left: int
    """Days on display after today; 0 on the last day, and where it is over or closed."""
    next_step_from: Date
    """The first day on which the next step is possible."""
    closed: NoticeClosed | None
    """Null where it stands its days."""
    text: NoticeText
    """The project as it was posted; never changed."""
    figures: list[NoticeFigure]
    """The figures of policy that fixed its days."""
    objections: ObjectionCountsAnswer
    """How many objections there are."""


@with_config(CLOSED)
class NoticesAnswer(TypedDict):
    """A page of notices."""

    items: list[NoticeAnswer]
    """Those that end last first."""
    next: Next


@with_config(CLOSED)
class ObjectionMade(TypedDict):
    """An objection that was received."""

    id: int
    """Its number."""
    receipt: str
    """Shown this once: whoever holds it can read the answer at `/v1/objections/{receipt}`."""
    late: bool
    """Whether it came after the notice's last day."""


@with_config(CLOSED)
class ObjectionAnswer(TypedDict):
    """An objection and its answer; never who made it."""

    id: int
    """Its number."""
    notice: int
    """Number of the notice."""
    made: Instant
    """When it was made."""
    late: bool
    """Whether it came after the notice's last day."""
    content: str
    """What is objected to, and why."""
    outcome: Outcome | None
    """Null until it is decided."""
    answer: str | None
    """The answer, once it is decided."""
    decided: Instant | None
    """When it was decided."""
    waiting: bool
    """Whether everybody sees it only once it is decided, because the notice had many already."""


@with_config(CLOSED)
class DecisionsAnswer(TypedDict):
    """Objections that were decided together."""

    items: list[ObjectionAnswer]
    """The oldest first."""


@with_config(CLOSED)
class ObjectionsAnswer(TypedDict):
    """A page of the objections to a notice."""

    items: list[ObjectionAnswer]
    """The oldest first."""
    next: Next
