"""A random walk over the procedure: whoever does whatever, whenever, only what passed is in the library.

The model below is written from the contract. It foresees for every act whether it is done or refused, and for which
reasons, all of them. What must hold is read off the store, and not off the model.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine, select

from app.clock import SHANGHAI, Moment, is_working_day
from app.db import tokens
from app.db.engine import writing
from app.db.projects import notices, projects
from app.db.projects.events import Actor, all_events
from app.db.projects.funds import NewAllocation, NewReport
from app.db.projects.models import Allocation, Notice, Objection, ProjectSource
from app.db.projects.objections import Decision, NewObjection
from app.db.tokens import Officer
from app.errors import ConditionsUnmetError, InvalidFieldError, RefusedError
from app.projects import procedure
from app.projects.funds import record_allocation, record_report
from app.projects.notice_days import NoticeCalendar
from app.projects.objections import record_decision, record_objection
from app.projects.procedure import ActContext, StepRequest
from app.projects.verification import verify
from app.rules.parameters import load, shipped_files
from app.rules.projects.content import Content, Funding
from app.rules.projects.procedure import PUBLISHED, Outcome, ReportKind
from app.schemas.requests.projects import EvidenceRequest
from tests.support.county import LONG_AGO, PLACES, taking
from tests.support.scale import LONG, scaled

VILLAGES = (PLACES["village"], PLACES["other_village"], "150923101201")
"""Two villages of one township and one of another; the officers of another county are nobody's."""

OFFICES = (*VILLAGES, PLACES["township"], PLACES["other_township"], PLACES["county"], PLACES["other_county"])
CENTRAL, COUNTY = "中央财政专项扶贫资金", "县级配套资金"

# ---- the procedure, as the contract has it

LEVEL = {6: "county", 9: "township", 12: "village"}

WHOSE = {
    "village_notice": "village",
    "township_review": "township",
    "township_notice": "township",
    "county_review": "county",
    "county_notice": "county",
}
"""In whose review or notice a project is."""

BEFORE = {"draft", "returned", *WHOSE}
"""Any status before the library, except withdrawn, which is the end."""

TABLE: dict[str, tuple[set[str], str, str | None]] = {
    "post_village_notice": ({"draft", "returned"}, "village_notice", "village"),
    "submit_to_township": ({"village_notice"}, "township_review", "village"),
    "approve_in_township": ({"township_review"}, "township_notice", "township"),
    "submit_to_county": ({"township_notice"}, "county_review", "township"),
    "approve_in_county": ({"county_review"}, "county_notice", "county"),
    "enter_library": ({"county_notice"}, "in_library", "county"),
    "start": ({"in_library"}, "under_way", "township"),
    "complete": ({"under_way"}, "completed", "township"),
    "return": (set(WHOSE), "returned", None),
    "withdraw": (BEFORE, "withdrawn", "village"),
    "remove": ({"in_library", "under_way"}, "removed", "county"),
}
"""Action: from, to, whose; None: of the level whose review or notice it is."""

NEXT = {
    status: action
    for action, (starts, _, _) in TABLE.items()
    for status in starts
    if action not in {"return", "withdraw", "remove"}
}
"""What leads on from a status."""

POSTS = {
    "post_village_notice": ("publicity", "village"),
    "approve_in_township": ("publicity", "township"),
    "approve_in_county": ("publicity", "county"),
    "enter_library": ("announcement", "county"),
    "remove": ("removal", "county"),
}

FUNDED = {"in_library", "under_way"}
AT_WORK = {"under_way", "completed"}

CHANGED_BY = {
    **{status: level for status, level in WHOSE.items() if status.endswith("_notice")},
    **dict.fromkeys(("draft", "returned"), "village"),
    **dict.fromkeys(("in_library", "under_way"), "county"),
}

FLAWS = {
    "post_village_notice": ("no_meeting",),
    "approve_in_township": ("checks_not_passed",),
    "approve_in_county": ("no_opinion", "no_decision"),
    "return": ("no_reason",),
    "withdraw": ("no_reason",),
    "remove": ("no_reason",),
}
"""What can be wrong with what is sent with a step."""


@dataclass
class Posted:
    """A notice, as the model knows it."""

    id: int
    kind: str
    level: str
    posted: dt.date
    closed: bool = False

    @property
    def last_day(self) -> dt.date:
        return self.posted + dt.timedelta(days=10)

    def open_on(self, today: dt.date) -> bool:
        return not self.closed and today <= self.last_day


@dataclass
class Objected:
    """An objection, as the model knows it."""

    id: int
    notice: Posted
    late: bool
    decided: bool = False


@dataclass
class Modelled:
    """A project, as the model knows it."""

    id: int
    place: str
    goals: bool
    amounts: dict[str, int]
    status: str = "draft"
    version: int = 1
    tasks: str = "一"
    allocated: Counter[str] = field(default_factory=Counter)
    notices: list[Posted] = field(default_factory=list)
    objections: list[Objected] = field(default_factory=list)

    @property
    def waiting(self) -> list[Objected]:
        """The objections made in time that are not decided."""
        return [
            each for each in self.objections if not each.late and not each.decided and each.notice.kind == "publicity"
        ]

    def standing(self) -> Posted | None:
        """Return the notice under which it stands."""
        if not self.status.endswith("_notice"):
            return None
        return next(each for each in reversed(self.notices) if each.kind == "publicity")

    def office_of(self, level: str) -> str:
        return self.place[: {"county": 6, "township": 9, "village": 12}[level]]

    def content(self) -> Content:
        return Content(
            name="饮水安全巩固提升工程",
            category="基础设施",
            construction="new",
            place=self.place,
            budget=sum(self.amounts.values()),
            sources=tuple(Funding(*each) for each in self.amounts.items()),
            tasks=self.tasks,
            performance_goals=("入户率100%",) if self.goals else (),
        )


def given(action: str, today: dt.date, flaws: set[str]) -> StepRequest:
    """Write a step with all it needs, but for the flaws."""
    step = taking(action, today.isoformat())
    evidence = step.get("evidence", {})
    tomorrow = today + dt.timedelta(days=1)
    for part in ("meeting", "decision"):
        if part in evidence:
            evidence[part]["date"] = (tomorrow if f"no_{part}" in flaws else today).isoformat()
    if "checks_not_passed" in flaws:
        evidence["checks"]["benefit"] = False
    if "no_opinion" in flaws:
        evidence["opinion"] = {"department": "水利局"}
    note = "  " if "no_reason" in flaws else step.get("note", "")
    return StepRequest(action, note, EvidenceRequest.model_validate(evidence).to_evidence())  # type: ignore[arg-type]


def seen(project: Modelled, back: int | None) -> frozenset[int] | None:
    return None if back is None else frozenset({project.version - back})


class Refusal(NamedTuple):
    """Why an act is refused: the refusal, and all of its reasons."""

    kind: str
    reasons: frozenset[str] = frozenset()


REFUSALS = {
    *("not_from_here", "period_not_over", "objections_undecided", "no_performance_goals", "no_reason"),
    *("no_meeting", "checks_not_passed", "no_opinion", "no_decision", "decided_already", "not_changeable"),
    *("not_in_library", "above_budget", "below_allocated", "ForbiddenError", "StaleVersionError"),
}
"""Those that a walk is to meet with."""


def unmet(*reasons: str) -> Refusal:
    return Refusal("ConditionsUnmetError", frozenset(reasons))


def refusal_of(error: RefusedError) -> Refusal:
    if isinstance(error, ConditionsUnmetError):
        codes = [each.reason.code for each in error.unmet]
        assert len(codes) == len(set(codes)), codes
        return unmet(*codes)
    reasons = {error.code} if isinstance(error, InvalidFieldError) else set()
    return Refusal(type(error).__name__, frozenset(reasons))


NOT_YOURS, STALE = Refusal("ForbiddenError"), Refusal("StaleVersionError")
HIDDEN = Refusal("NotFoundError")


def refused_to(officer: Officer, project: Modelled, level: str | None) -> Refusal | None:
    """Say how an officer is refused who may not act; what is not displayed is not there for other places."""
    if may(officer, project.place, level):
        return None
    displayed = project.status in PUBLISHED or project.place.startswith(officer.place)
    return NOT_YOURS if displayed else HIDDEN


def may(officer: Officer, place: str, level: str | None) -> bool:
    return place.startswith(officer.place) and level in {None, LEVEL[len(officer.place)]}


def foreseen(project: Modelled, action: str, officer: Officer, flaws: set[str], today: dt.date) -> Refusal | None:
    """Say whether a step will be refused, and why."""
    starts, _, whose = TABLE[action]
    if refused := refused_to(officer, project, whose or WHOSE.get(project.status)):
        return refused
    if project.status not in starts:
        return unmet("not_from_here")
    reasons = set(flaws)
    if action in {"submit_to_township", "submit_to_county", "enter_library"}:
        notice = project.standing()
        assert notice is not None
        if today <= notice.last_day:
            reasons.add("period_not_over")
        if project.waiting:
            reasons.add("objections_undecided")
    if action in {"approve_in_county", "enter_library"} and not project.goals:
        reasons.add("no_performance_goals")
    return unmet(*reasons) if reasons else None


# ---- what must hold, read off the store


def rows(connection: Connection, table: Any) -> list[dict[str, Any]]:
    return [row._asdict() for row in connection.execute(select(table.__table__))]


def unsound(connection: Connection) -> Iterator[str]:
    """List what must not be in any store, whatever was done and in whatever order."""
    yield from verify(connection).faults
    events = [event._asdict() for event in all_events(connection)]
    notices = {row["id"]: row for row in rows(connection, Notice)}
    for number, group in groupby(sorted(events, key=itemgetter("project_id", "number")), itemgetter("project_id")):
        acts = list(group)
        yield from (f"project {number}: {fault}" for fault in _versions(acts))
        entries = [act for act in acts if act["action"] == "enter_library"]
        inside = acts[-1]["status"] in {"in_library", "under_way", "completed", "removed"}
        if len(entries) != int(inside):
            yield f"project {number}: {acts[-1]['status']}, and entered {len(entries)} times"
        for entry in entries:
            before = [act for act in acts if act["number"] <= entry["number"]]
            yield from (f"project {number}: {fault}" for fault in _entered(before, notices))
    allocated: Counter[tuple[int, str]] = Counter()
    for row in rows(connection, Allocation):
        allocated[row["project_id"], row["fund"]] += row["amount"]
    amounts = {(row["project_id"], row["fund"]): row["amount"] for row in rows(connection, ProjectSource)}
    yield from (f"{source}: more than there is" for source, sum_ in allocated.items() if sum_ > amounts.get(source, 0))
    late = {row["id"]: row["late"] for row in rows(connection, Objection)}
    for act in events:
        if act["action"] == "object":
            made = act["record"]["objection"]
            if late[made["id"]] != (not _in_time(act, events, notices)):
                yield f"objection {made['id']}: late is {late[made['id']]}"


def _versions(acts: list[dict[str, Any]]) -> Iterator[str]:
    """Versions go up by one with each act, except that an objection, or an answer to one, changes no project."""
    version, status = 0, None
    for act in acts:
        stays = act["action"] == "object" or (act["action"] == "decide" and act["status"] == act["was"])
        version += not stays
        if (act["version"], act["was"]) != (version, status):
            yield f"event {act['number']} makes version {act['version']} of {act['was']}; it is {version} of {status}"
        status = act["status"]


def _in_time(act: dict[str, Any], events: list[dict[str, Any]], notices: dict[int, dict[str, Any]]) -> bool:
    """Whether an objection came while its notice was on display: by the history, not by the row's word."""
    notice = act["record"]["objection"]["notice"]
    closed = [each for each in events if each["record"].get("closed", {}).get("notice") == notice]
    too_late = notices[notice]["posted"] + dt.timedelta(days=11)
    return act["day"] < too_late and not any(each["number"] < act["number"] for each in closed)


def _entered(acts: list[dict[str, Any]], notices: dict[int, dict[str, Any]]) -> Iterator[str]:
    """List what was wanting when a project entered the library with the last of these acts."""
    beginnings = [act["number"] for act in acts if act["action"] == "post_village_notice"]
    since = [act for act in acts if act["number"] >= beginnings[-1]]
    if any(act["status"] not in {*WHOSE, "in_library"} for act in since):
        yield "it was returned after it began"
    steps = (("village", "submit_to_township"), ("township", "submit_to_county"), ("county", "enter_library"))
    for level, on in steps:
        (step,) = [act for act in since if act["action"] == on]
        posted = [
            notices[act["record"]["notice"]["id"]]
            for act in since
            if act["number"] < step["number"] and "notice" in act["record"]
        ]
        stood = [
            notice
            for notice in posted
            if (notice["kind"], notice["level"], notice["closed"]) == ("publicity", level, None)
            and step["day"] - notice["posted"] > dt.timedelta(days=10)
        ]
        if len(stood) != 1:
            yield f"{len(stood)} notices of the {level} stood their days"
    decided = {act["record"]["decision"]["objection"] for act in acts if act["action"] == "decide"}
    for act in acts:
        if act["action"] == "object" and _in_time(act, acts, notices):
            made = act["record"]["objection"]
            if notices[made["notice"]]["kind"] == "publicity" and made["id"] not in decided:
                yield f"objection {made['id']} was undecided"
    goals: list[str] = []
    for act in acts:
        _, goals = act["changes"].get("performance_goals", (None, goals))
    if not goals:
        yield "it had no performance goals"


# ---- the walk


class World(NamedTuple):
    """What all walks over one store share."""

    engine: Engine
    officers: dict[str, Officer]
    postings: NoticeCalendar
    walked: Counter[str]
    """What happened, counted over all walks."""


MOST = 4
"""Projects in a walk at most."""

HAPPENS = {
    "a_village_declares": 1,
    "anyone_tries_any_step": 5,
    "a_project_goes_on": 7,
    "days_pass": 1,
    "a_year_ends": 1,
    "a_project_is_changed": 5,
    "somebody_objects": 4,
    "an_objection_is_decided": 3,
    "money_is_allocated": 5,
    "the_township_reports": 2,
}
"""Rules, and how often each of them is one that happens."""

SEED = st.integers(0, 2**32)
"""Hypothesis chooses the rules and shortens a walk that fails; within a rule an even chance reaches farther."""


def seldom(chance: Random) -> bool:
    return chance.random() < 0.1


def versions_back(chance: Random) -> int | None:
    """Choose which version an officer has seen: none in particular, or that many before the newest."""
    return chance.choice([None, *[0] * 8, 1])


class Walk(RuleBasedStateMachine):
    """Anybody does anything; each walk is a transaction that is undone at its end, each act a savepoint in it."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.today = dt.date(2018, 10, 20)
        self.acts = 0
        self.projects: list[Modelled] = []
        self.open = ExitStack()
        self.connection = self.open.enter_context(writing(self.world.engine))

    def teardown(self) -> None:
        self.connection.get_transaction().rollback()  # type: ignore[union-attr]
        self.open.close()

    # what anybody may try

    def _try(self, what: str, expected: Refusal | None, job: Callable[[Moment], Any]) -> Any:
        """Do something, and hold what comes of it against what was foreseen; None where it is refused."""
        self.acts += 1
        # Later with every act, as time goes.
        at = dt.datetime.combine(self.today, dt.time(9), SHANGHAI) + dt.timedelta(seconds=self.acts)
        savepoint = self.connection.begin_nested()
        try:
            result = job(Moment(at.astimezone(dt.UTC), self.today))
        except RefusedError as error:
            savepoint.rollback()
            refusal = refusal_of(error)
            assert refusal == expected, what
            self.world.walked.update([*(refusal.reasons or {refusal.kind}), "refused"])
            return None
        savepoint.commit()
        assert expected is None, f"{what} is done, which was to be refused"
        self.world.walked.update([what, "done"])
        assert list(unsound(self.connection)) == [], what
        return result

    def _take(self, project: Modelled, action: str, office: str, flaws: set[str], back: int | None = None) -> bool:
        officer = self.world.officers[office]
        expected = foreseen(project, action, officer, flaws, self.today)
        if back and expected not in {NOT_YOURS, HIDDEN}:
            expected = STALE
        step = given(action, self.today, flaws)
        done = self._try(
            action,
            expected,
            lambda moment: procedure.take(
                self.connection, ActContext(moment, officer, seen(project, back)), project.id, step, self.world.postings
            ),
        )
        if done is None:
            return False
        self._close_early(project, TABLE[action][1])
        project.status, project.version = TABLE[action][1], project.version + 1
        if action in POSTS:
            self._note_posted(project, *POSTS[action])
        return True

    def _close_early(self, project: Modelled, status: str) -> None:
        """Take note that a notice does not stand its days where its project goes back."""
        standing = project.standing()
        if standing is not None and status in {"returned", "withdrawn"} and self.today <= standing.last_day:
            standing.closed = True

    def _note_posted(self, project: Modelled, kind: str, level: str) -> None:
        newest = notices.newest_of(self.connection, [project.id])[project.id]
        assert newest.id not in {each.id for each in project.notices}
        assert (newest.kind, newest.level, newest.posted) == (kind, level, self.today)
        project.notices.append(Posted(newest.id, kind, level, self.today))

    def _decide(self, project: Modelled, objected: Objected, office: str, outcome: Outcome) -> None:
        officer = self.world.officers[office]
        expected = None
        if not may(officer, project.place, objected.notice.level):
            expected = NOT_YOURS
        elif objected.decided:
            expected = unmet("decided_already")
        decision = Decision(outcome, "已现场核实。")
        done = self._try(
            f"{outcome}, {'late' if objected.late else 'in time'}",
            expected,
            lambda moment: record_decision(self.connection, moment, officer, objected.id, decision),
        )
        if done is None:
            return
        objected.decided = True
        in_force = outcome == "upheld" and not objected.late and objected.notice.kind == "publicity"
        if in_force and project.status in WHOSE:
            self._close_early(project, "returned")
            project.status, project.version = "returned", project.version + 1

    def _wait(self, days: int) -> None:
        before = self.today
        self.today += dt.timedelta(days=days)
        self.world.walked["years ended"] += self.today.year - before.year

    def _chance(self, seed: int) -> Random:
        # Hypothesis likes some seeds better than others: mixed with how far the walk is, they differ.
        return Random(f"{seed} {self.acts} {self.today}")

    def _project(self, chance: Random, fit: Callable[[Modelled], bool] = lambda _: True) -> Modelled:
        """Choose a project: mostly one that an act can succeed on, or most acts would be refused."""
        fitting = [each for each in self.projects if fit(each)]
        return chance.choice(fitting if fitting and not seldom(chance) else self.projects)

    def _office(self, chance: Random, project: Modelled, level: str | None) -> str:
        """Choose who acts: mostly who should, else anyone."""
        return chance.choice(OFFICES) if level is None or seldom(chance) else project.office_of(level)

    def _declare(self, place: str, office: str, goals: bool) -> None:
        new = Modelled(0, place, goals, {CENTRAL: 30_000_000, COUNTY: 10_000_000})
        who = Actor("officer", self.world.officers[office])
        done = self._try(
            "declare",
            None if office == place else NOT_YOURS,
            lambda moment: procedure.declare(self.connection, moment, who, new.content()),
        )
        if done is not None:
            self.projects.append(replace(new, id=done.id))

    # the rules

    @initialize(place=st.sampled_from(VILLAGES), steps=st.sampled_from([0, 1, 3, 4, 5, 5, 6, 7]))
    def a_project_is_somewhere_on_its_path(self, place: str, steps: int) -> None:
        """Without this hardly one in ten would be in the library before the walk is over."""
        self._declare(place, place, goals=True)
        (project,) = self.projects
        for _ in range(steps):
            if (standing := project.standing()) is not None:
                self._wait((standing.last_day - self.today).days + 1)
            action = NEXT[project.status]
            assert self._take(project, action, project.office_of(TABLE[action][2] or ""), set())
        self.world.walked["led into the library"] += project.status in FUNDED

    @rule(seed=SEED)
    def anything_happens(self, seed: int) -> None:
        """Do any of what follows: of the rules themselves, Hypothesis leaves some out of each walk."""
        chance = self._chance(seed)
        (happens,) = chance.choices([*HAPPENS], [*HAPPENS.values()])
        getattr(self, happens)(seed=chance.getrandbits(32))

    @precondition(lambda self: len(self.projects) < MOST)
    @rule(seed=SEED)
    def a_village_declares(self, seed: int) -> None:
        if len(self.projects) == MOST:
            return
        chance = self._chance(seed)
        place = chance.choice(VILLAGES)
        self._declare(place, chance.choice(OFFICES) if seldom(chance) else place, goals=not seldom(chance))

    @rule(seed=SEED)
    def anyone_tries_any_step(self, seed: int) -> None:
        chance = self._chance(seed)
        project = chance.choice(self.projects)
        possible = [action for action, (starts, _, _) in TABLE.items() if project.status in starts]
        action = chance.choice(possible if possible and chance.random() < 0.7 else [*TABLE])
        office = self._office(chance, project, TABLE[action][2] or WHOSE.get(project.status))
        flaws = {flaw for flaw in FLAWS.get(action, ()) if chance.random() < 0.3}
        self._take(project, action, office, flaws, versions_back(chance))

    @precondition(lambda self: any(each.status in NEXT for each in self.projects))
    @rule(seed=SEED)
    def a_project_goes_on(self, seed: int) -> None:
        chance = self._chance(seed)
        project = self._project(chance, lambda each: each.status in NEXT)
        for _ in range(chance.randint(1, 3)):
            action = NEXT.get(project.status)
            if action is None:
                return
            standing = project.standing()
            if standing is not None and not seldom(chance):
                over = (standing.last_day - self.today).days + 1
                self._wait(max(over - seldom(chance), 0))
            for objected in project.waiting if chance.random() < 0.5 else ():
                self._decide(project, objected, project.office_of(objected.notice.level), "dismissed")
            if seldom(chance):
                action = NEXT.get(TABLE[action][1], action)  # without the step in between
            flaws = {flaw for flaw in FLAWS.get(action, ()) if seldom(chance)}
            self._take(project, action, self._office(chance, project, TABLE[action][2]), flaws)

    @rule(seed=SEED)
    def days_pass(self, seed: int) -> None:
        chance = self._chance(seed)
        self._wait(chance.choice([chance.randint(0, 30), 1, 9, 10, 11]))

    @precondition(lambda self: self.today.month == 12)
    @rule(seed=SEED)
    def a_year_ends(self, seed: int) -> None:
        if self.today.month == 12:
            new_year = dt.date(self.today.year + 1, 1, self._chance(seed).randint(1, 15))
            self._wait((new_year - self.today).days)

    @rule(seed=SEED)
    def a_project_is_changed(self, seed: int) -> None:
        chance = self._chance(seed)
        what = chance.choice(["tasks", "tasks", "goals", "no goals", "funds", "funds", "place", "nothing"])
        project = self._project(chance, lambda each: each.status in CHANGED_BY)
        level = CHANGED_BY.get(project.status)
        office = self._office(chance, project, level)
        officer = self.world.officers[office]
        changed = replace(project)
        match what:
            case "tasks":
                changed.tasks += "一"
            case "goals" | "no goals":
                changed.goals = what == "goals"
            case "funds":
                changed.amounts = {CENTRAL: chance.randrange(1, 30_000_000), COUNTY: 10_000_000}
            case "place":
                changed.place = VILLAGES[VILLAGES.index(project.place) - 1]
        content = changed.content()
        same = content == project.content()
        inside = project.status in FUNDED
        back = versions_back(chance)
        expected = refused_to(officer, project, level)
        if expected is not None:
            pass
        elif back:
            expected = STALE
        elif level is None:
            expected = unmet("not_changeable")
        elif changed.place != project.place:
            expected = Refusal("InvalidFieldError", frozenset({"place_fixed"}))
        elif inside and not same:
            reasons = [] if changed.goals else ["no_performance_goals"]
            reasons += ["below_allocated"] if project.allocated[CENTRAL] > changed.amounts[CENTRAL] else []
            expected = unmet(*reasons) if reasons else None
        done = self._try(
            "revise, nothing" if same else f"revise, {project.status}",
            expected,
            lambda moment: procedure.revise(
                self.connection,
                ActContext(moment, officer, seen(project, back)),
                project.id,
                lambda _: content,
                self.world.postings,
            ),
        )
        if done is None or same:
            return
        project.version += 1
        project.tasks, project.goals, project.amounts = changed.tasks, changed.goals, changed.amounts
        standing = project.standing()
        if standing is not None:
            standing.closed = True
            self._note_posted(project, "publicity", standing.level)
        elif inside:
            self._note_posted(project, "announcement", "county")

    @precondition(lambda self: any(each.notices for each in self.projects))
    @rule(seed=SEED)
    def somebody_objects(self, seed: int) -> None:
        chance = self._chance(seed)
        posted = [(project, notice) for project in self.projects for notice in project.notices]
        if not posted:
            return
        on_display = [each for each in posted if each[1].open_on(self.today)]
        project, notice = chance.choice(on_display if on_display and chance.random() < 0.7 else posted)
        late = not notice.open_on(self.today)
        named = ("李四", "13800138000") if chance.random() < 0.5 else ()
        made = self._try(
            f"object, {'late' if late else 'in time'}",
            None,
            lambda moment: record_objection(
                self.connection, moment, notice.id, NewObjection("管线没有经过村东头。", *named)
            ),
        )
        assert made.late == late
        project.objections.append(Objected(made.id, notice, late))

    @precondition(lambda self: any(each.objections for each in self.projects))
    @rule(seed=SEED)
    def an_objection_is_decided(self, seed: int) -> None:
        chance = self._chance(seed)
        made = [(project, objected) for project in self.projects for objected in project.objections]
        if not made:
            return
        open_ones = [each for each in made if not each[1].decided]
        project, objected = chance.choice(open_ones if open_ones and not seldom(chance) else made)
        office = self._office(chance, project, objected.notice.level)
        self._decide(project, objected, office, "upheld" if chance.random() < 0.3 else "dismissed")

    @precondition(lambda self: any(each.status in FUNDED for each in self.projects))
    @rule(seed=SEED)
    def money_is_allocated(self, seed: int) -> None:
        chance = self._chance(seed)
        if not any(each.status in FUNDED for each in self.projects) and not seldom(chance):
            return
        project = self._project(chance, lambda each: each.status in FUNDED)
        officer = self.world.officers[self._office(chance, project, "county")]
        fund = "没有这项资金" if seldom(chance) else chance.choice([CENTRAL, COUNTY])
        amount = chance.choice([1, 5_000_000, 10_000_000, 20_000_000, 30_000_000])
        back = versions_back(chance)
        expected = refused_to(officer, project, "county")
        if expected is not None:
            pass
        elif back:
            expected = STALE
        elif project.status not in FUNDED:
            expected = unmet("not_in_library")
        elif fund not in project.amounts:
            expected = Refusal("InvalidFieldError", frozenset({"fund_unknown"}))
        elif amount > project.amounts[fund] - project.allocated[fund]:
            expected = unmet("above_budget")
        new = NewAllocation(fund, amount, "乌财农〔2018〕1号")
        done = self._try(
            "allocate",
            expected,
            lambda moment: record_allocation(
                self.connection, ActContext(moment, officer, seen(project, back)), project.id, new
            ),
        )
        if done is not None:
            project.version += 1
            project.allocated[fund] += amount

    @precondition(lambda self: any(each.status in AT_WORK for each in self.projects))
    @rule(seed=SEED)
    def the_township_reports(self, seed: int) -> None:
        chance = self._chance(seed)
        kind: ReportKind = "progress" if chance.random() < 0.5 else "outcome"
        if not any(each.status in AT_WORK for each in self.projects) and not seldom(chance):
            return
        project = self._project(chance, lambda each: each.status in AT_WORK)
        officer = self.world.officers[self._office(chance, project, "township")]
        to_come = seldom(chance)
        expected = refused_to(officer, project, "township")
        if expected is not None:
            pass
        elif project.status not in {"completed", *(["under_way"] if kind == "progress" else [])}:
            expected = unmet(f"no_{kind}_yet")
        elif to_come:
            expected = Refusal("InvalidFieldError", frozenset({"day_to_come"}))
        new = NewReport(kind, self.today + dt.timedelta(days=to_come), "管道已铺设。", 100)
        done = self._try(
            kind, expected, lambda moment: record_report(self.connection, ActContext(moment, officer), project.id, new)
        )
        project.version += done is not None

    @invariant()
    def the_store_holds_what_the_model_foresees(self) -> None:
        stored = projects.find_by_ids(self.connection, [each.id for each in self.projects])
        assert [(each.status, each.version, each.content) for each in stored] == [
            (each.status, each.version, each.content()) for each in self.projects
        ]
        for each, project in zip(stored, self.projects, strict=True):
            assert {fund.fund: fund.allocated for fund in each.funds} == {
                fund: project.allocated[fund] for fund in project.amounts
            }


@pytest.fixture
def world(store: Engine) -> World:
    """A store with an officer in each office."""
    officers = {}
    with writing(store) as connection:
        for office in OFFICES:
            token = tokens.create(connection, office, office, LONG_AGO, 36_500)
            found = tokens.find(connection, token, LONG_AGO)
            assert isinstance(found, Officer)
            officers[office] = found
    return World(store, officers, NoticeCalendar(load(shipped_files(), None), is_working_day), Counter())


def walk_of(world: World) -> type[Walk]:
    return type("Walk", (Walk,), {"world": world})


@pytest.mark.slow
@pytest.mark.each_database
def test_whatever_the_order_of_acts_only_what_passed_is_in_the_library(world: World) -> None:
    shorter = world.engine.dialect.name == "postgresql"
    walks = settings(max_examples=scaled(4, 12) if shorter else scaled(10, 60), stateful_step_count=30)
    run_state_machine_as_test(walk_of(world), settings=walks)
    assert min(world.walked["done"], world.walked["refused"]) > 25


@pytest.mark.slow
def test_the_walk_gets_into_the_library_and_meets_with_every_refusal_on_the_way(world: World) -> None:
    wanted = {*TABLE, *REFUSALS, "object, in time", "object, late", "upheld, in time", "upheld, late"}
    wanted |= {"allocate", "progress", "outcome", "years ended"}
    # From this one on a few walks meet with all of it.
    for number in range(29, 69):
        if not LONG and all(world.walked[what] for what in wanted):
            break
        walk = walk_of(world)()
        chance = Random(number)
        walk.a_project_is_somewhere_on_its_path(place=VILLAGES[0], steps=0)
        for _ in range(60):
            walk.anything_happens(seed=chance.getrandbits(32))
        walk.the_store_holds_what_the_model_foresees()
        walk.teardown()
    assert {what for what in wanted if not world.walked[what]} == set()
    assert world.walked["done"] + world.walked["refused"] > scaled(300, 1_500)
    assert world.walked["enter_library"] > scaled(3, 25)
