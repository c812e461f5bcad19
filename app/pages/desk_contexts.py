"""The contexts of the desk's templates: the lists of the first page, a project, an objection, the forms."""

from collections.abc import Mapping, Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from app.db.tokens import Officer
from app.pages.forms import Form, SummaryItem, Typed
from app.rules.projects.procedure import Action, ReportKind, Status
from app.schemas.responses.notices import ObjectionAnswer
from app.schemas.responses.projects import EventAnswer, NoticeSummary, ProjectAnswer


class WaitingProject(TypedDict):
    """A project that waits for the officer, and the conditions that its next step does not meet, in words."""

    id: int
    name: str
    place: str
    place_name: str | None
    unmet: list[str]


class WaitingProjects(TypedDict):
    """The beginning of the list of projects in one status; `following` is the number after which the rest begins."""

    status: Status
    rows: list[WaitingProject]
    following: int | None


class UndecidedObjectionRow(ObjectionAnswer):
    """An objection that waits for a decision, its project, and the form that decides it."""

    project: int
    name: str
    form: Form


class NoticeWithObjections(TypedDict):
    """A notice with several undecided objections, and the name of its project."""

    notice: int
    name: str


class UndecidedObjections(TypedDict):
    """The beginning of the list of undecided objections, and the notices that have several of them."""

    rows: list[UndecidedObjectionRow]
    following: int | None
    together: list[NoticeWithObjections]


class EndingNotice(NoticeSummary):
    """A notice that ends soon, and its project."""

    project: int
    name: str


class EndingNotices(TypedDict):
    """The beginning of the list of notices that end soon."""

    rows: list[EndingNotice]
    following: int | None


class DeskLists(TypedDict):
    """All lists of the desk, and the service's day."""

    waiting: list[WaitingProjects]
    objections: UndecidedObjections
    soon: EndingNotices
    today: str


class DeskList(TypedDict):
    """One list of the desk: one of the three keys is there."""

    waiting: NotRequired[list[WaitingProjects]]
    objections: NotRequired[UndecidedObjections]
    soon: NotRequired[EndingNotices]


class OpenStep(TypedDict):
    """A step that the officer may take now, and the conditions that it does not meet, in words."""

    action: Action
    unmet: list[str]


class DeskProject(ProjectAnswer):
    """A project with a page of its history and what the officer can do to it now."""

    events: list[EventAnswer]
    following: int | None
    """The number of the event after which the next page begins; None on the last."""
    steps: list[OpenStep]
    can_revise: bool
    can_allocate: bool
    reports: list[ReportKind]
    typed: Typed
    """The content as it is typed into the form that revises it."""


class DeskObjection(ObjectionAnswer):
    """An objection and its project."""

    project: int
    name: str


class ObjectionLine(TypedDict):
    """An undecided objection in one line: the beginning of what it says."""

    id: int
    late: bool
    content: str


class DeskNotice(TypedDict):
    """A notice whose undecided objections are decided together: the oldest ones, and whether there are more."""

    notice: int
    project: int
    name: str
    objections: list[ObjectionLine]
    more: bool


class LoginContext(TypedDict):
    """The context of `desk/login.html`."""

    why: str
    """Code of the text that says why the token is asked for again; empty the first time."""
    carried: Mapping[str, str]
    """Hidden fields: a form that came too late."""


class HomeContext(DeskLists):
    """The context of `desk/home.html`."""

    officer: Officer
    guard: str
    stayed: bool
    """Whether the officer tried to leave by a form that the desk did not make."""


class ListContext(DeskList):
    """The context of `desk/list.html`."""

    guard: str


class FormsContext(TypedDict):
    """The part of a context that every page with forms has: what is wrong with the form that was sent."""

    guard: str
    wrong: Sequence[SummaryItem]
    resumed: bool
    left_over: Sequence[tuple[str, str]]


class DeclarationContext(FormsContext):
    """The context of `desk/new.html`."""

    form: Form


class ProjectContext(FormsContext):
    """The context of `desk/project.html`."""

    project: DeskProject
    steps: Sequence[Form]
    others: Sequence[Form]
    done: str | None
    """None before an act, `again` where it had been done before, otherwise empty."""


class ObjectionContext(FormsContext):
    """The context of `desk/objection.html`."""

    objection: DeskObjection
    forms: Sequence[Form]


class TogetherContext(FormsContext):
    """The context of `desk/together.html`."""

    decides: DeskNotice
    forms: Sequence[Form]
