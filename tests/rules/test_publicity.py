"""The procedure of the project library: its table, its conditions answered all at once, its days to the day."""

import datetime as dt
import random
from dataclasses import replace
from typing import get_args

import pytest

from app.rules.parameters import Reader, load, shipped_files
from app.rules.projects.procedure import (
    BEFORE_THE_LIBRARY,
    CHECKS,
    LEVEL_OF,
    STEPS,
    Action,
    DepartmentOpinion,
    Facts,
    GroupDecision,
    MeetingHeld,
    Status,
    StepEvidence,
    TownshipChecks,
    actions_from,
    level_of,
    unmet,
)
from app.rules.projects.publicity import Level, NoticePeriod, notice_from
from tests.support.grid import grid
from tests.support.scale import scaled

PARAMETERS = load(shipped_files())
TODAY = dt.date(2018, 3, 1)
DAY = dt.timedelta(days=1)

# The contract's table, written down again: action, from, to, level ("*": of the review or notice it is in).
CONTRACT = """
post_village_notice  draft returned         village_notice   village
submit_to_township   village_notice         township_review  village
approve_in_township  township_review        township_notice  township
submit_to_county     township_notice        county_review    township
approve_in_county    county_review          county_notice    county
enter_library        county_notice          in_library       county
start                in_library             under_way        township
complete             under_way              completed        township
return               village_notice township_review township_notice county_review county_notice  returned  *
withdraw             draft returned village_notice township_review township_notice county_review county_notice  withdrawn  village
remove               in_library under_way   removed          county
""".strip().splitlines()  # noqa: E501

MEETING = MeetingHeld("villagers_assembly", TODAY, 43)
PASSED = TownshipChecks(*[True] * len(CHECKS))
DECISION = GroupDecision("leading group", TODAY)
GOOD = StepEvidence(MEETING, PASSED, DepartmentOpinion("agriculture", "sound and feasible"), DECISION)


def never_asked(_day: dt.date) -> bool:
    raise AssertionError("calendar days ask for no working day")


def reader(day: dt.date = TODAY) -> Reader:
    return PARAMETERS.on(day).reader()


def ready(status: Status) -> Facts:
    """A project to which nothing is wanting for any step from its status."""
    shown = NoticePeriod(TODAY - 20 * DAY, TODAY - 10 * DAY)
    return Facts(status, TODAY, has_performance_goals=True, notice=shown, note="why", evidence=GOOD)


def codes(action: Action, facts: Facts) -> list[str]:
    return [each.reason.code for each in unmet(action, facts)]


# ---- the table


def test_the_table_is_the_contract_s() -> None:
    for line in CONTRACT:
        action, *starts, to, level = line.split()
        step = STEPS[action]  # type: ignore[index]
        assert set(step.starts) == set(starts), action
        assert step.to == to
        assert step.level == (None if level == "*" else level)
    assert list(STEPS) == [line.split()[0] for line in CONTRACT] == list(get_args(Action))


@grid("action", STEPS)
@grid("status", get_args(Status))
def test_a_step_can_be_taken_from_its_statuses_and_from_no_other(action: Action, status: Status) -> None:
    allowed = status in STEPS[action].starts
    assert codes(action, ready(status)) == ([] if allowed else ["not_from_here"])
    assert (action in actions_from(status)) == allowed


def test_nothing_leads_on_from_the_ends() -> None:
    assert [status for status in get_args(Status) if not list(actions_from(status))] == [
        "completed",
        "withdrawn",
        "removed",
    ]


def test_a_return_belongs_to_whoever_has_the_project_and_every_other_step_to_its_own_level() -> None:
    for status, level in LEVEL_OF.items():
        assert level_of("return", status) == level
        assert level_of("withdraw", status) == "village"
    assert level_of("return", "draft") is None


def test_what_posts_a_notice_is_what_the_contract_says() -> None:
    posting = {action: step.posts for action, step in STEPS.items() if step.posts}
    assert posting == {
        "post_village_notice": "publicity",
        "approve_in_township": "publicity",
        "approve_in_county": "publicity",
        "enter_library": "announcement",
        "remove": "removal",
    }


# ---- the conditions


def test_every_unmet_condition_is_answered_at_once_each_with_its_clause() -> None:
    bare = Facts("county_notice", TODAY, False, NoticePeriod(TODAY, TODAY + 10 * DAY), undecided_objections=2)
    found = unmet("enter_library", bare)
    assert [each.reason.code for each in found] == ["period_not_over", "objections_undecided", "no_performance_goals"]
    assert dict(found[0].reason.operands) == {"last_day": "2018-03-11"}
    assert dict(found[1].reason.operands) == {"objections": 2}
    assert [each.required_by.basis for each in found] == ["policy", "assumption", "policy"]
    assert all(each.required_by.clause.startswith("二.6.") for each in found)
    assert codes("approve_in_county", replace(bare, status="county_review")) == [
        "no_opinion",
        "no_decision",
        "no_performance_goals",
    ]


@grid("action", ["submit_to_township", "submit_to_county", "enter_library"])
def test_no_step_after_a_notice_goes_without_one(action: Action) -> None:
    facts = replace(ready(STEPS[action].starts[0]), notice=None)
    assert codes(action, facts) == ["no_notice"]


@grid(
    ("action", "evidence", "code"),
    [
        ("post_village_notice", StepEvidence(), "no_meeting"),
        ("post_village_notice", GOOD._replace(meeting=MEETING._replace(attendance=0)), "no_meeting"),
        ("post_village_notice", GOOD._replace(meeting=MEETING._replace(date=TODAY + DAY)), "no_meeting"),
        ("post_village_notice", GOOD._replace(meeting=MEETING._replace(kind=None)), "no_meeting"),
        ("approve_in_township", GOOD._replace(checks=PASSED._replace(need=False)), "checks_not_passed"),
        ("approve_in_township", GOOD._replace(checks=PASSED._replace(need=None)), "checks_not_passed"),
        ("approve_in_township", StepEvidence(), "checks_not_passed"),
        ("approve_in_county", GOOD._replace(opinion=DepartmentOpinion("agriculture")), "no_opinion"),
        ("approve_in_county", GOOD._replace(decision=GroupDecision("leading group")), "no_decision"),
        ("approve_in_county", GOOD._replace(decision=DECISION._replace(date=TODAY + DAY)), "no_decision"),
    ],
)
def test_missing_or_failing_evidence_is_an_unmet_condition(action: Action, evidence: StepEvidence, code: str) -> None:
    assert codes(action, replace(ready(STEPS[action].starts[0]), evidence=evidence)) == [code]


def test_failed_checks_are_named() -> None:
    facts = replace(ready("township_review"), evidence=StepEvidence(checks=PASSED._replace(need=False, budget=None)))
    (found,) = unmet("approve_in_township", facts)
    assert dict(found.reason.operands) == {"checks": "need,budget"}


@grid("action", ["return", "withdraw", "remove"])
@grid("note", ["", "  \n"])
def test_a_project_is_not_turned_back_without_a_reason(action: Action, note: str) -> None:
    assert codes(action, replace(ready(STEPS[action].starts[0]), note=note)) == ["no_reason"]


def test_evidence_is_recorded_without_what_was_not_given_and_with_days_as_text() -> None:
    evidence = StepEvidence(MeetingHeld(date=TODAY, attendance=0), TownshipChecks(need=False), DepartmentOpinion())
    assert evidence.to_record() == {
        "meeting": {"date": "2018-03-01", "attendance": 0},
        "checks": {"need": False},
        "opinion": {},
    }
    assert StepEvidence().to_record() == {}


# ---- the days


@grid(
    ("posted", "last_day"),
    [
        ("2018-02-09", "2018-02-19"),  # a Friday before the Spring Festival: no roll over holidays
        ("2018-03-01", "2018-03-11"),
        ("2018-01-25", "2018-02-04"),  # a month's end
        ("2020-02-20", "2020-03-01"),  # a leap day on the way
        ("2019-02-20", "2019-03-02"),
        ("2020-02-29", "2020-03-10"),
        ("2018-12-25", "2019-01-04"),  # a year's end
    ],
)
@grid("level", get_args(Level))
def test_ten_calendar_days_end_on_the_tenth_day_after_the_posting(level: Level, posted: str, last_day: str) -> None:
    notice = notice_from(dt.date.fromisoformat(posted), level, reader(), never_asked)
    assert notice.last_day.isoformat() == last_day
    assert not notice.is_over(notice.last_day)
    assert notice.is_over(notice.last_day + DAY)


def test_the_next_step_is_refused_on_the_last_day_and_taken_the_day_after() -> None:
    notice = notice_from(dt.date(2018, 2, 9), "village", reader(), never_asked)
    facts = replace(ready("village_notice"), notice=notice)
    assert codes("submit_to_township", replace(facts, today=dt.date(2018, 2, 19))) == ["period_not_over"]
    assert codes("submit_to_township", replace(facts, today=dt.date(2018, 2, 20))) == []


class _Working(Reader):
    """Figures of a deployment that counts working days."""

    def text(self, name: str) -> str:
        return "working" if name.startswith("publicity.kind_of_day.") else super().text(name)


def test_working_days_count_only_the_days_that_are_worked() -> None:
    figures = PARAMETERS.on(TODAY)
    working = _Working(figures)
    # Spring Festival of 2018: 15 to 21 February off; Sunday 11 and Saturday 24 February worked instead.
    festival = {dt.date(2018, 2, 15) + DAY * number for number in range(7)}
    instead = {dt.date(2018, 2, 11), dt.date(2018, 2, 24)}

    def worked(day: dt.date) -> bool:
        return day in instead or (day.weekday() < 5 and day not in festival)

    notice = notice_from(dt.date(2018, 2, 9), "county", working, worked)
    # 11, 12, 13, 14, 22, 23, 24, 26, 27, 28 February.
    assert notice.last_day == dt.date(2018, 2, 28)

    def unknown(day: dt.date) -> bool:
        raise LookupError(day.year)

    with pytest.raises(LookupError):
        notice_from(dt.date(2018, 2, 9), "county", working, unknown)


# ---- whatever the order of acts


@pytest.mark.slow
def test_no_project_reaches_the_library_but_through_three_notices_that_stood_their_days() -> None:
    rng = random.Random("library")
    reached = 0
    for _ in range(scaled(400, 20_000)):
        today, status, stood = dt.date(2018, 1, 1), "draft", []
        notice: NoticePeriod | None = None
        goals = rng.random() < 0.7
        undecided = 0
        for _ in range(60):
            today += DAY * rng.choice((0, 1, 3, 11))
            undecided = rng.choice((0, 0, 0, 1)) if notice is not None else 0
            goals = goals or rng.random() < 0.1
            evidence = GOOD._replace(meeting=MEETING._replace(date=today), decision=GroupDecision("g", today))
            facts = Facts(status, today, goals, notice, undecided, "why", evidence)  # type: ignore[arg-type]
            leading_on = [step for step in actions_from(facts.status) if step not in {"withdraw", "return"}]
            action: Action = rng.choice(leading_on if leading_on and rng.random() < 0.8 else list(STEPS))
            if unmet(action, facts):
                continue
            step = STEPS[action]
            if action in {"submit_to_township", "submit_to_county", "enter_library"}:
                assert notice is not None and today > notice.last_day and not undecided
                stood.append(status)
            if action == "return":
                stood = []
            status = step.to
            if step.posts == "publicity":
                level = step.level
                assert level is not None
                notice = notice_from(today, level, reader(), never_asked)
                assert notice.last_day - notice.posted == 10 * DAY
            if status == "in_library":
                reached += 1
                assert stood == ["village_notice", "township_notice", "county_notice"]
                assert goals
            if status not in BEFORE_THE_LIBRARY:
                break
    assert reached > 20
