"""Procedures as clients see them: steps, who acts, papers, displays, deadlines."""

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.rules.reference.procedures import DisplayKind, Level, ProcedureName
from app.schemas.fields import CLOSED
from app.schemas.responses.reference import SourceAnswer


@with_config(CLOSED)
class ActorAnswer(TypedDict):
    """Somebody who acts."""

    actor: Annotated[str, Field(examples=["county_poverty_office"])]
    """Who."""
    name: Annotated[str, Field(examples=["旗县市区扶贫办"])]
    """The name."""


@with_config(CLOSED)
class PaperAnswer(TypedDict):
    """A paper."""

    paper: Annotated[str, Field(examples=["yulu_form"], description="Which paper.")]
    name: Annotated[str, Field(examples=["《雨露计划申报登记表》"], description="Its official name.")]


@with_config(CLOSED)
class PaperOfProcedure(PaperAnswer):
    """A paper, and the steps that have to do with it."""

    made_in: list[int]
    """The steps in which it is drawn up or filled in; empty where it comes from elsewhere."""
    needed_in: list[int]
    """The steps in which it must be at hand."""


@with_config(CLOSED)
class DisplayAnswer(TypedDict):
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


@with_config(CLOSED)
class DeadlineAnswer(TypedDict):
    """A day of every year by which something is done."""

    month_day: Annotated[
        str, Field(pattern=r"^[0-9]{2}-[0-9]{2}$", examples=["11-30"], description="The last day, month and day.")
    ]
    what: Annotated[str, Field(description="What is done by then.")]
    parameter: Annotated[
        str, Field(examples=["education.yulu.paid_by"], description="The parameter that holds the day.")
    ]
    source: Annotated[SourceAnswer, Field(description="Where the day comes from.")]


@with_config(CLOSED)
class DeadlineOfProcedure(DeadlineAnswer):
    """A deadline and its step."""

    step: int
    """The step that it ends."""


@with_config(CLOSED)
class StepAnswer(TypedDict):
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
    """What of this step the document does not have, and what the service takes for it, which has basis assumption;
    null where the document has it all."""
    source: SourceAnswer
    """Where the rest of the step stands."""


@with_config(CLOSED)
class ProcedureAnswer(TypedDict):
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


@with_config(CLOSED)
class ProceduresAnswer(TypedDict):
    """Every procedure."""

    procedures: list[ProcedureAnswer]
    """Those of a household first."""
