"""Procedures as clients see them: steps, who acts, papers, displays, deadlines."""

from typing import Annotated

from pydantic import Field

from app.rules.reference.procedures import DisplayKind, Level, ProcedureName
from app.schemas.fields import Answer
from app.schemas.responses.reference import SourceAnswer


class ActorAnswer(Answer):
    """Somebody who acts."""

    actor: Annotated[str, Field(examples=["county_poverty_office"])]
    """Who."""
    name: Annotated[str, Field(examples=["旗县市区扶贫办"])]
    """The name."""


class PaperAnswer(Answer):
    """A paper."""

    paper: Annotated[str, Field(examples=["yulu_form"])]
    """Which paper."""
    name: Annotated[str, Field(examples=["《雨露计划申报登记表》"])]
    """Its official name."""


class PaperOfProcedure(PaperAnswer):
    """A paper, and the steps that have to do with it."""

    made_in: list[int]
    """The steps in which it is drawn up or filled in; empty where it comes from elsewhere."""
    needed_in: list[int]
    """The steps in which it must be at hand."""


class DisplayAnswer(Answer):
    """A display (公示) or an announcement (公告), open to objections."""

    kind: DisplayKind
    """`publicity` (公示) while it can still be changed, `announcement` (公告) of what has been decided."""
    level: Level | None
    """Where; null where the document does not say."""
    days_at_least: int | None
    """How many days at least; null where the document states no number."""
    parameter: Annotated[str | None, Field(examples=["publicity.days.county"])]
    """The parameter that holds the days."""
    source: SourceAnswer | None
    """Where the days come from; null where there is no number."""


class DeadlineAnswer(Answer):
    """A day of every year by which something is done."""

    month_day: Annotated[str, Field(pattern=r"^[0-9]{2}-[0-9]{2}$", examples=["11-30"])]
    """The last day, month and day."""
    what: str
    """What is done by then."""
    parameter: Annotated[str, Field(examples=["education.yulu.paid_by"])]
    """The parameter that holds the day."""
    source: SourceAnswer
    """Where the day comes from."""


class DeadlineOfProcedure(DeadlineAnswer):
    """A deadline and its step."""

    step: int
    """The step that it ends."""


class StepAnswer(Answer):
    """One step."""

    step: int
    """Its number, from 1."""
    actors: list[ActorAnswer]
    """Who acts."""
    does: str
    """What is done."""
    needs: list[PaperAnswer]
    """Papers that must be at hand."""
    makes: list[PaperAnswer]
    """Papers that are drawn up or filled in."""
    publicity: DisplayAnswer | None
    """The display that belongs to the step."""
    deadline: DeadlineAnswer | None
    """By when it is done."""
    assumed: str | None
    """What the document leaves open here, and what the service takes; null where it leaves nothing open."""
    source: SourceAnswer
    """Where the step stands."""


class ProcedureAnswer(Answer):
    """A procedure as the document gives it."""

    procedure: ProcedureName
    """Which procedure."""
    name: str
    """Its name."""
    benefits: Annotated[list[str], Field(examples=[["education.yulu"]])]
    """The benefits that are claimed by it; empty where it serves no single household's claim."""
    followed_by: ProcedureName | None
    """The procedure that comes after it, as payment after inspection."""
    steps: list[StepAnswer]
    """In order."""
    papers: list[PaperOfProcedure]
    """Every paper once, in the order in which the steps come to it."""
    deadlines: list[DeadlineOfProcedure]
    """Every deadline, by step."""
    notes: list[str]
    """What holds beside the steps."""
    source: SourceAnswer
    """Where the procedure stands."""


class ProceduresAnswer(Answer):
    """Every procedure."""

    procedures: list[ProcedureAnswer]
    """Those of a household first."""
