"""The timeline of a project of the demo: every act on it, each as a request to the API.

A timeline is built backwards: the last act first, then what must have happened before it, and when.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from random import Random
from typing import Literal, NamedTuple, TypeVar

from app.demo.county import Complaint, Texts
from app.demo.days import ONE_DAY, PostingDays
from app.demo.outcomes import Mark, ProjectOutcome
from app.demo.projects import Draft, part_of
from app.rules.money import format_yuan, parse_yuan
from app.rules.projects.procedure import CHECKS, LEVEL_OF, Action, Meeting, Outcome
from app.rules.projects.publicity import Level

Choice = TypeVar("Choice")

Act = Literal["declare", "act", "revise", "object", "decide", "allocate", "progress", "outcome"]

POSTING: dict[Level, Action] = {
    "village": "post_village_notice",
    "township": "approve_in_township",
    "county": "approve_in_county",
}
"""The step that posts the notice of a level."""

PASSING: dict[Level, Action] = {
    "village": "submit_to_township",
    "township": "submit_to_county",
    "county": "enter_library",
}
"""The step after the notice of a level is over."""

BEFORE: dict[Level, Level] = {"township": "village", "county": "township"}

ATTENDANCE: dict[Meeting, tuple[int, int]] = {
    "village_committee": (5, 9),
    "villagers_representatives": (21, 45),
    "villagers_assembly": (72, 130),
}
"""The least and the greatest attendance of a meeting."""

_DAYS_A_MONTH = 30
_FIRST_PART = 6_000
"""Basis points of a source in the first of two allocations."""


class TimelineStep(NamedTuple):
    """An act on a project on a day."""

    day: dt.date
    act: Act
    level: Level
    """The level of the officer who acts; for an objection, the level of the notice."""
    request: Mapping[str, object]
    objection: int = 0
    """The number of the objection that is made or decided."""


class Timeline:
    """Builds the timeline of one project."""

    def __init__(
        self, outcome: ProjectOutcome, draft: Draft, *, texts: Texts, days: PostingDays, today: dt.date, chance: Random
    ) -> None:
        self._target = outcome
        self._marks: set[Mark] = set(outcome.marks)
        self._draft = draft
        self._texts = texts
        self._days = days
        self._today = today
        self._chance = chance
        self._additions = chance.sample(texts.additions, len(texts.additions))
        self._acts: list[TimelineStep] = []
        """The acts, the last one first."""
        self._day = today
        """The day of the earliest act of the procedure so far."""
        begins = today + self._some_days(20, 80)
        self._works = (begins, begins + draft.months * _DAYS_A_MONTH * ONE_DAY)
        self._over_in_village = today
        self._objections = 0

    def build(self) -> list[TimelineStep]:
        """Return all acts in order. ConditionsUnmetError where the days of a notice cannot be calculated."""
        status = self._target.status
        match status:
            case "draft":
                self._add_declaration(self._ago(0, 25))
            case "village_notice" | "township_notice" | "county_notice":
                self._add_current_notice(LEVEL_OF[status])
            case "township_review" | "county_review":
                level = BEFORE[LEVEL_OF[status]]
                self._add_passed_notice(level, self._ago(0, 9))
                self._add_until(level)
            case "in_library":
                self._add_library(self._ago(7, 60) if self._target.marks else self._ago(0, 25))
            case "under_way":
                self._add_work(self._ago(5, 80))
            case "completed":
                self._add_completion(self._ago(3, 60))
            case "removed":
                removed = self._ago(1, 30)
                self._add_step(removed, "county", "remove", note=self._one_of(self._texts.removals))
                self._add_library(removed - self._some_days(15, 50))
            case "returned" | "withdrawn":
                self._add_return(self._ago(1, 20))
        if "late" in self._marks or "late_answered" in self._marks:
            self._add_late_objection()
        # The sort is stable, so the acts of one day keep their order.
        self._acts.reverse()
        self._acts.sort(key=lambda act: act.day)
        return self._acts

    # ---- the procedure, backwards

    def _add_current_notice(self, level: Level) -> None:
        """Add a notice that is on display for some more days, or has been over for some."""
        last_day = self._today + self._target.days_left * ONE_DAY
        self._add_notice(level, self._days.find_posting_day(level, last_day), self._today)
        self._add_until(level)

    def _add_library(self, entered: dt.date) -> None:
        if "revised" in self._marks:
            self._add_revision(self._between(entered, self._today), "county")
        if self._target.status == "in_library":
            begins = entered + self._some_days(10, 30)
            self._works = (begins, begins + self._draft.months * _DAYS_A_MONTH * ONE_DAY)
            if "funded" in self._marks:
                self._add_allocations(entered + ONE_DAY, self._today, whole=False)
        self._add_passed_notice("county", entered)
        self._add_until("county")

    def _add_work(self, started: dt.date) -> None:
        entered = started - self._some_days(3, 20)
        ends = started + self._draft.months * _DAYS_A_MONTH * ONE_DAY
        self._works = (started, max(ends, self._today + self._some_days(10, 40)))
        allocated = self._add_allocations(entered, started, whole=False)
        reported = sorted(self._between(started + ONE_DAY, self._today) for _ in range(self._chance.randint(1, 2)))
        for day, done in zip(reported, (self._chance.randint(10, 45), self._chance.randint(50, 90)), strict=False):
            self._add_progress(day, done, part_of(allocated, done * 100))
        self._add_step(started, "township", "start")
        self._add_library(entered)

    def _add_completion(self, ended: dt.date) -> None:
        started = ended - self._some_days(25, 70)
        entered = started - self._some_days(3, 15)
        self._works = (started, ended + self._some_days(0, 15))
        allocated = self._add_allocations(entered, ended - ONE_DAY, whole=True)
        if "no_outcome" not in self._marks:
            self._add_outcome_report(
                self._between(ended, self._today), part_of(allocated, self._chance.randint(9_600, 10_000))
            )
        self._add_step(ended, "township", "complete")
        self._add_progress(self._between(started + 5 * ONE_DAY, ended - ONE_DAY), self._chance.randint(40, 95), None)
        self._add_step(started, "township", "start")
        self._add_library(entered)

    def _add_return(self, day: dt.date) -> None:
        """Add a return, after an upheld objection or by a reviewer, or a withdrawal by the village."""
        out_of = self._target.out_of
        level = LEVEL_OF.get(out_of)
        posted = day - self._some_days(2, 5)
        if level is not None and "upheld" in self._marks:
            objected_on = self._between(posted, min(day, self._days.last_day(level, posted)))
            self._add_objection(objected_on, level, self._one_of(self._texts.objections), day, "upheld")
        elif self._target.status == "withdrawn":
            self._add_step(day, "village", "withdraw", note=self._one_of(self._texts.withdrawals))
        elif level is not None:
            self._add_step(day, level, "return", note=self._one_of(self._texts.returns))
        if level is None:
            self._add_declaration(day - self._some_days(2, 8))
        elif out_of.endswith("_review"):
            self._add_passed_notice(BEFORE[level], day - self._some_days(1, 4))
            self._add_until(BEFORE[level])
        else:
            self._add_notice(level, posted, day)
            self._add_until(level)

    def _add_passed_notice(self, level: Level, day: dt.date) -> None:
        """Add the whole notice of a level, and the step after it on a day."""
        self._add_step(day, level, PASSING[level])
        posted = self._days.find_posting_day(level, day - ONE_DAY - self._some_days(0, 3))
        if level == "village":
            self._over_in_village = self._days.last_day(level, posted)
        self._add_notice(level, posted, day)

    def _add_notice(self, level: Level, posted: dt.date, until: dt.date) -> None:
        """Add a notice on display; the features apply to the latest one."""
        objected_on = self._between(posted, min(until, self._days.last_day(level, posted)))
        if self._take_mark("undecided"):
            self._add_objection(objected_on, level, self._one_of(self._texts.objections))
        if self._take_mark("dismissed"):
            decided_on = self._between(objected_on, until)
            self._add_objection(objected_on, level, self._one_of(self._texts.objections), decided_on, "dismissed")
        if self._take_mark("superseded"):
            self._add_revision(posted, level)
            posted -= self._some_days(2, 5)
        self._add_step(posted, level, POSTING[level], evidence=self._evidence(level, posted))

    def _add_until(self, level: Level) -> None:
        """Add everything from the declaration until the notice of a level can be posted."""
        if level == "village":
            self._add_beginning()
        else:
            self._add_passed_notice(BEFORE[level], self._day - self._some_days(0, 5))
            self._add_until(BEFORE[level])

    def _add_beginning(self) -> None:
        if self._take_mark("again"):
            self._add_revision(self._day - self._some_days(0, 2), "village")
            self._add_step(
                self._day - self._some_days(1, 5), "township", "return", note=self._one_of(self._texts.returns)
            )
            self._add_passed_notice("village", self._day - self._some_days(1, 4))
        self._add_declaration(self._day - self._some_days(1, 6))

    def _add_declaration(self, day: dt.date) -> None:
        begins, ends = self._works
        request: dict[str, object] = {
            **self._draft.request,
            "schedule": {"start": begins.isoformat(), "end": ends.isoformat()},
        }
        if "no_goals" in self._marks:
            request["performance_goals"] = []
        self._add(TimelineStep(day, "declare", "village", request))

    # ---- single acts

    def _add(self, act: TimelineStep) -> None:
        self._acts.append(act)
        self._day = act.day

    def _add_step(
        self,
        day: dt.date,
        level: Level,
        action: Action,
        note: str | None = None,
        evidence: Mapping[str, object] | None = None,
    ) -> None:
        self._add(TimelineStep(day, "act", level, {"action": action, "note": note, "evidence": evidence}))

    def _add_revision(self, day: dt.date, level: Level) -> None:
        tasks = self._draft.request["tasks"] + self._additions.pop()
        self._add(TimelineStep(day, "revise", level, {"tasks": tasks}))

    def _evidence(self, level: Level, day: dt.date) -> Mapping[str, object]:
        if level == "village":
            kind = self._one_of(tuple(ATTENDANCE))
            held = day - self._some_days(0, 3)
            attendance = self._chance.randint(*ATTENDANCE[kind])
            return {"meeting": {"kind": kind, "date": held.isoformat(), "attendance": attendance}}
        if level == "township":
            return {"checks": dict.fromkeys(CHECKS, True)}
        opinion = {"department": self._draft.department, "text": self._one_of(self._texts.opinions)}
        return {"opinion": opinion, "decision": {"group": self._texts.group, "date": day.isoformat()}}

    def _add_objection(
        self,
        objected_on: dt.date,
        level: Level,
        complaint: Complaint,
        decided_on: dt.date | None = None,
        outcome: Outcome = "dismissed",
    ) -> None:
        self._objections += 1
        number = self._objections
        if decided_on is not None:
            answer = complaint.upheld if outcome == "upheld" else complaint.dismissed
            self._add(TimelineStep(decided_on, "decide", level, {"outcome": outcome, "answer": answer}, number))
        self._add(TimelineStep(objected_on, "object", level, {"content": complaint.content}, number))

    def _add_late_objection(self) -> None:
        """Add an objection to the village's notice after its last day, which stops nothing."""
        objected_on = self._between(
            self._over_in_village + ONE_DAY, min(self._today, self._over_in_village + self._some_days(1, 12))
        )
        decided_on = self._between(objected_on, self._today) if "late_answered" in self._marks else None
        outcome: Outcome = self._one_of(("dismissed", "upheld"))
        self._add_objection(objected_on, "village", self._one_of(self._texts.late_objections), decided_on, outcome)

    def _add_allocations(self, first: dt.date, last: dt.date, *, whole: bool) -> int:
        """Allocate the sources of the budget, wholly or in part; return the sum in fen."""
        allocated = 0
        for source in self._draft.request["budget"]["sources"]:
            document = self._texts.documents.get(source["fund"])
            if document is None:
                continue
            amount = parse_yuan(source["amount"])
            begun = part_of(amount, _FIRST_PART)
            parts = self._one_of(((amount,), (begun, amount - begun)))
            for part in parts if whole else parts[:1]:
                day = self._between(first, last)
                numbered = document.format(year=day.year, number=self._chance.randint(3, 180))
                request = {"fund": source["fund"], "amount": format_yuan(part), "document": numbered}
                self._add(TimelineStep(day, "allocate", "county", request))
                allocated += part
        return allocated

    def _add_progress(self, day: dt.date, done: int, spent: int | None) -> None:
        text = self._one_of(self._texts.progress).format(done=done, visits=self._chance.randint(3, 14))
        request = {"text": text, "date": day.isoformat(), "spent": None if spent is None else format_yuan(spent)}
        self._add(TimelineStep(day, "progress", "township", request))

    def _add_outcome_report(self, day: dt.date, spent: int) -> None:
        request = {
            "text": self._one_of(self._texts.outcomes).format(**self._draft.figures),
            "spent": format_yuan(spent),
            "beneficiaries": self._draft.request["beneficiaries"],
        }
        self._add(TimelineStep(day, "outcome", "township", request))

    # ---- chance

    def _take_mark(self, mark: Mark) -> bool:
        """Whether a feature is still to be applied; each is applied once."""
        pending = mark in self._marks
        self._marks.discard(mark)
        return pending

    def _one_of(self, several: Sequence[Choice]) -> Choice:
        return self._chance.choice(several)

    def _some_days(self, least: int, most: int) -> dt.timedelta:
        return self._chance.randint(least, most) * ONE_DAY

    def _ago(self, least: int, most: int) -> dt.date:
        return self._today - self._some_days(least, most)

    def _between(self, first: dt.date, last: dt.date) -> dt.date:
        return first + self._some_days(0, (last - first).days)
