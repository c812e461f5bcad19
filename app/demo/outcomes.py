"""The status of each project of the demo: two tables, two hundred projects in every status."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from app.rules.projects.procedure import Status

Mark = Literal[
    "no_goals",
    "superseded",
    "undecided",
    "dismissed",
    "upheld",
    "late",
    "late_answered",
    "again",
    "revised",
    "funded",
    "no_outcome",
]
"""A feature of a project: no performance goals; a notice posted anew after a change; an objection in time, undecided,
dismissed or upheld; a late objection, unanswered or answered; returned once before; changed in the library; money
allocated; no report of the outcome yet."""

FRESH = 1_000
"""More days than any notice lasts: it was posted today."""


class ProjectOutcome(NamedTuple):
    """The status of a project and its features."""

    status: Status
    marks: frozenset[Mark] = frozenset()
    days_left: int = 0
    """Days after today for which its notice is still on display; negative for days since the last one."""
    out_of: Status = "draft"
    """The status from which it was returned or withdrawn."""


STANDING: tuple[tuple[Status, tuple[Mark, ...], tuple[int, ...]], ...] = (
    ("village_notice", (), (0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9, FRESH, FRESH, FRESH)),
    ("village_notice", (), (-1, -2, -3, -5)),
    ("village_notice", ("superseded",), (8, 9, FRESH)),
    ("village_notice", ("undecided",), (4, 6, -1)),
    ("township_notice", (), (0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, FRESH, FRESH)),
    ("township_notice", (), (-1, -2, -4)),
    ("township_notice", ("superseded",), (7, FRESH)),
    ("township_notice", ("undecided",), (3, -2)),
    ("township_notice", ("dismissed",), (2,)),
    ("county_notice", (), (0, 0, 1, 1, 2, 3, 5, 6, 7, 8, 9, FRESH, FRESH)),
    ("county_notice", (), (-1, -3, -6)),
    ("county_notice", ("superseded",), (6,)),
    ("county_notice", ("undecided",), (5,)),
    ("county_notice", ("dismissed",), (1, 4)),
)
"""Projects with a notice on display: their features, and the days left of each notice."""

OTHERS: tuple[tuple[int, Status, tuple[Mark, ...], Status], ...] = (
    (11, "draft", (), "draft"),
    (3, "draft", ("no_goals",), "draft"),
    (11, "township_review", (), "draft"),
    (2, "township_review", ("late",), "draft"),
    (1, "township_review", ("again",), "draft"),
    (10, "county_review", (), "draft"),
    (2, "county_review", ("no_goals",), "draft"),
    (1, "county_review", ("late_answered",), "draft"),
    (1, "county_review", ("again",), "draft"),
    (8, "in_library", (), "draft"),
    (12, "in_library", ("funded",), "draft"),
    (3, "in_library", ("dismissed", "funded"), "draft"),
    (2, "in_library", ("again",), "draft"),
    (2, "in_library", ("revised", "funded"), "draft"),
    (1, "in_library", ("late",), "draft"),
    (18, "under_way", ("funded",), "draft"),
    (2, "under_way", ("funded", "dismissed"), "draft"),
    (1, "under_way", ("funded", "revised"), "draft"),
    (1, "under_way", ("funded", "late_answered"), "draft"),
    (2, "under_way", ("funded", "again"), "draft"),
    (15, "completed", ("funded",), "draft"),
    (3, "completed", ("funded", "no_outcome"), "draft"),
    (3, "returned", (), "township_review"),
    (2, "returned", (), "county_review"),
    (1, "returned", (), "township_notice"),
    (1, "returned", ("upheld",), "village_notice"),
    (2, "returned", ("upheld",), "township_notice"),
    (1, "returned", ("upheld",), "county_notice"),
    (1, "withdrawn", (), "draft"),
    (1, "withdrawn", (), "village_notice"),
    (1, "withdrawn", (), "township_review"),
    (1, "withdrawn", (), "county_notice"),
    (4, "removed", (), "draft"),
)
"""All other projects: how many, their status and features, and the status before a return."""


def list_outcomes() -> Iterator[ProjectOutcome]:
    """Yield the outcomes of both tables, one for each project."""
    for status, marks, days in STANDING:
        for days_left in days:
            yield ProjectOutcome(status, frozenset(marks), days_left=days_left)
    for count, status, marks, out_of in OTHERS:
        for _ in range(count):
            yield ProjectOutcome(status, frozenset(marks), out_of=out_of)
