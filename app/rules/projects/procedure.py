"""The procedure of the village project library (项目库) and its publicity (公示): 二.6; days in publicity.yaml.

The transitions are one table, `STEPS`; `unmet` returns every condition of a step that does not hold at once. The end
of a notice is fixed when it is posted; whether it is on display or over follows from the days and is never stored.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from app.rules.parameters import Basis
from app.rules.projects.publicity import Level, NoticePeriod
from app.rules.three_valued import Operand, Reason, because

Status = Literal[
    "draft",
    "village_notice",
    "township_review",
    "township_notice",
    "county_review",
    "county_notice",
    "in_library",
    "under_way",
    "completed",
    "returned",
    "withdrawn",
    "removed",
]
Action = Literal[
    "post_village_notice",
    "submit_to_township",
    "approve_in_township",
    "submit_to_county",
    "approve_in_county",
    "enter_library",
    "start",
    "complete",
    "return",
    "withdraw",
    "remove",
]
NoticeKind = Literal["publicity", "announcement", "removal"]
"""On display for objections (公示); announcement of an entry (公告); publication of a removal from the library."""
Outcome = Literal["upheld", "dismissed"]
"""The decision on an objection (异议成立、不成立)."""
ReportKind = Literal["progress", "outcome"]
Meeting = Literal["village_committee", "villagers_representatives", "villagers_assembly"]

BEFORE_THE_LIBRARY: tuple[Status, ...] = (
    "draft",
    "village_notice",
    "township_review",
    "township_notice",
    "county_review",
    "county_notice",
    "returned",
)


class MeetingHeld(NamedTuple):
    """The meeting that decided to declare the project; None is not known."""

    kind: Meeting | None = None
    date: dt.date | None = None
    attendance: int | None = None


class TownshipChecks(NamedTuple):
    """The checks of the township (乡审核): 真实性、必要性、建设内容、资金概算、预期效益、群众参与、带贫机制."""

    truth: bool | None = None
    need: bool | None = None
    content: bool | None = None
    budget: bool | None = None
    benefit: bool | None = None
    participation: bool | None = None
    mechanism: bool | None = None


class DepartmentOpinion(NamedTuple):
    """The opinion of the county's line department (行业主管部门论证)."""

    department: str | None = None
    text: str | None = None


class GroupDecision(NamedTuple):
    """The decision of the county's leading group (扶贫开发领导小组审定)."""

    group: str | None = None
    date: dt.date | None = None


class StepEvidence(NamedTuple):
    """The evidence for a step. The step's conditions say which parts they need."""

    meeting: MeetingHeld | None = None
    checks: TownshipChecks | None = None
    opinion: DepartmentOpinion | None = None
    decision: GroupDecision | None = None

    def to_record(self) -> "RecordedEvidence":
        """Return the evidence as the history holds it: without what is None, and days in ISO 8601."""
        parts = {name: part for name, part in zip(self._fields, self, strict=True) if part is not None}
        return {name: _without_none(part._asdict()) for name, part in parts.items()}


RecordedEvidence: TypeAlias = dict[str, dict[str, str | int]]
"""Evidence as JSON: part to field to value."""

NO_EVIDENCE = StepEvidence()
CHECKS = TownshipChecks._fields
"""The names of the township's checks, in their order."""

PUBLISHED: tuple[Status, ...] = (
    "village_notice",
    "township_notice",
    "county_notice",
    "in_library",
    "under_way",
    "completed",
    "removed",
)
"""The public statuses; the others are visible only to officers whose place covers the project."""

LEVEL_OF: dict[Status, Level] = {
    "village_notice": "village",
    "township_review": "township",
    "township_notice": "township",
    "county_review": "county",
    "county_notice": "county",
}
"""The level whose review or notice a project is in."""

DISPLAYED_IN: tuple[Status, ...] = ("village_notice", "township_notice", "county_notice")
"""The statuses in which a notice is on display and open to objections."""

CHANGED_BY: dict[Status, Level] = {
    "draft": "village",
    "returned": "village",
    "village_notice": "village",
    "township_notice": "township",
    "county_notice": "county",
    "in_library": "county",
    "under_way": "county",
}
"""The level whose officer may change the content; in every other status it cannot be changed."""

FUNDED_IN: tuple[Status, ...] = ("in_library", "under_way")
"""Special poverty funds go only to projects in the library (二.6.(1))."""

REPORTED_IN: dict[ReportKind, tuple[Status, ...]] = {
    "progress": ("under_way", "completed"),
    "outcome": ("completed",),
}
"""The statuses in which the township reports progress, and the outcome after completion (二.6.(1))."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that the conditions of a step check: of the project, and of the request for the step."""

    status: Status
    today: dt.date
    has_performance_goals: bool
    notice: NoticePeriod | None = None
    """The current notice of the project's level."""
    undecided_objections: int = 0
    """Objections made in time to that notice and not decided yet."""
    note: str = ""
    evidence: StepEvidence = NO_EVIDENCE


class Requirement(NamedTuple):
    """What requires a condition: a clause, or this service's own way. `note` is a text of the topic `publicity`."""

    clause: str
    basis: Basis
    note: str | None = None


class Unmet(NamedTuple):
    """An unmet condition of a step: the reason, and what requires the condition."""

    reason: Reason
    required_by: Requirement


Check: TypeAlias = Callable[[Facts], Unmet | None]

ENTRY = Requirement("二.6.(1)", "policy")
DECLARING = Requirement("二.6.(2)村申报", "policy")
EXAMINING = Requirement("二.6.(2)乡审核", "policy")
DECIDING = Requirement("二.6.(2)县审定", "policy")
PUBLICITY = Requirement("二.6.(2)公示公告", "policy")
PROCEDURE = Requirement("二.6.(2)", "policy")
DAYS_BELOW_THE_COUNTY = Requirement("二.6.(2)、R19", "assumption", "days_below_the_county")
"""The text gives the days in the county's paragraph only."""
OBJECTIONS_DECIDED = Requirement("二.6.(2)、R19", "assumption", "objections_decided")
"""The text asks for no objection and does not say who decides one, or what follows."""
OWN_WAY = Requirement("（文件未载）", "assumption")
"""A condition that no clause names."""

REPORT_REQUIRED_BY: dict[ReportKind, Requirement] = {"progress": OWN_WAY, "outcome": ENTRY}
"""What requires that a report waits: the text has the effect recorded once the project is completed (竣工后)."""


class Step(NamedTuple):
    """A step of the procedure: the statuses before and after it, its level, its notice and its conditions."""

    starts: tuple[Status, ...]
    to: Status
    level: Level | None
    """None: the level whose review or notice the project is in."""
    posts: NoticeKind | None
    conditions: tuple[Check, ...]


def _missing(holds: bool, code: str, required_by: Requirement, **operands: Operand) -> Unmet | None:
    return None if holds else Unmet(because(code, **operands), required_by)


def _meeting_held(facts: Facts) -> Unmet | None:
    meeting = facts.evidence.meeting or MeetingHeld()
    complete = bool(meeting.kind) and bool(meeting.attendance)
    return _missing(complete and _not_after(meeting.date, facts.today), "no_meeting", DECLARING)


def _checks_passed(facts: Facts) -> Unmet | None:
    checks = facts.evidence.checks or TownshipChecks()
    failed = [name for name, passed in zip(CHECKS, checks, strict=True) if passed is not True]
    return _missing(not failed, "checks_not_passed", EXAMINING, checks=",".join(failed))


def _opinion_given(facts: Facts) -> Unmet | None:
    opinion = facts.evidence.opinion or DepartmentOpinion()
    return _missing(bool(opinion.department and opinion.text), "no_opinion", DECIDING)


def _decision_taken(facts: Facts) -> Unmet | None:
    decision = facts.evidence.decision or GroupDecision()
    complete = bool(decision.group) and _not_after(decision.date, facts.today)
    return _missing(complete, "no_decision", DECIDING)


def _not_after(day: dt.date | None, today: dt.date) -> bool:
    return day is not None and day <= today


def _goals_named(facts: Facts) -> Unmet | None:
    return _missing(facts.has_performance_goals, "no_performance_goals", ENTRY)


def _period_over(facts: Facts) -> Unmet | None:
    notice = facts.notice
    if notice is None:
        return Unmet(because("no_notice"), PUBLICITY)
    required_by = PUBLICITY if LEVEL_OF.get(facts.status) == "county" else DAYS_BELOW_THE_COUNTY
    return _missing(notice.is_over(facts.today), "period_not_over", required_by, last_day=notice.last_day.isoformat())


def _objections_decided(facts: Facts) -> Unmet | None:
    undecided = facts.undecided_objections
    return _missing(not undecided, "objections_undecided", OBJECTIONS_DECIDED, objections=undecided)


def _reason_given(facts: Facts) -> Unmet | None:
    return _missing(bool(facts.note.strip()), "no_reason", OWN_WAY)


DISPLAYED: tuple[Check, ...] = (_period_over, _objections_decided)

STEPS: dict[Action, Step] = {
    "post_village_notice": Step(("draft", "returned"), "village_notice", "village", "publicity", (_meeting_held,)),
    "submit_to_township": Step(("village_notice",), "township_review", "village", None, DISPLAYED),
    "approve_in_township": Step(("township_review",), "township_notice", "township", "publicity", (_checks_passed,)),
    "submit_to_county": Step(("township_notice",), "county_review", "township", None, DISPLAYED),
    "approve_in_county": Step(
        ("county_review",), "county_notice", "county", "publicity", (_opinion_given, _decision_taken, _goals_named)
    ),
    "enter_library": Step(("county_notice",), "in_library", "county", "announcement", (*DISPLAYED, _goals_named)),
    "start": Step(("in_library",), "under_way", "township", None, ()),
    "complete": Step(("under_way",), "completed", "township", None, ()),
    "return": Step(tuple(LEVEL_OF), "returned", None, None, (_reason_given,)),
    "withdraw": Step(BEFORE_THE_LIBRARY, "withdrawn", "village", None, (_reason_given,)),
    "remove": Step(("in_library", "under_way"), "removed", "county", "removal", (_reason_given,)),
}
"""The procedure, a step a line."""

STATED: tuple[Action, ...] = (
    "post_village_notice",
    "submit_to_township",
    "approve_in_township",
    "submit_to_county",
    "approve_in_county",
    "enter_library",
)
"""The steps whose order the text has (二.6.(2)); that of the others is this service's own."""


def unmet(action: Action, facts: Facts) -> list[Unmet]:
    """List every condition of a step that does not hold; empty where the step can be taken."""
    step = STEPS[action]
    if facts.status not in step.starts:
        required_by = PROCEDURE if action in STATED else OWN_WAY
        return [Unmet(because("not_from_here", status=facts.status, starts=",".join(step.starts)), required_by)]
    return [condition for check in step.conditions if (condition := check(facts)) is not None]


def level_of(action: Action, status: Status) -> Level | None:
    """Return the level that takes the step; None where that is the level of the review and the project is in none."""
    return STEPS[action].level or LEVEL_OF.get(status)


def actions_from(status: Status) -> Iterator[Action]:
    """List the actions that are possible from a status."""
    return (action for action, step in STEPS.items() if status in step.starts)


def _without_none(fields: dict[str, object]) -> dict[str, str | int]:
    values = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in fields.items()}
    return {name: value for name, value in values.items() if isinstance(value, str | int)}
