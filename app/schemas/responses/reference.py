"""Reference data as clients see it: sources, parameters with their dated values, readings."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.rules.parameters import Basis
from app.rules.units import Unit
from app.schemas.fields import CLOSED


@with_config(CLOSED)
class SourceAnswer(TypedDict):
    """Where a figure or a rule comes from."""

    document: Annotated[str, Field(description="The document; a deployment's own file where that set the figure.")]
    clause: Annotated[str, Field(description="The clause as the document numbers it.", examples=["七.1.(3)"])]
    basis: Annotated[
        Basis,
        Field(
            description="`policy`: stated in the city's document; `local_source`: published by the city's central "
            "hospital; `assumption`: no local source, to be replaced by the deployment."
        ),
    ]
    effective_from: Annotated[
        str, Field(json_schema_extra={"format": "date"}, examples=["2017-01-01"], description="First day it holds.")
    ]
    dated: NotRequired[
        Annotated[
            Literal[False],
            Field(
                description="Present, and false, where the document bears no date: `effective_from` is then the day "
                "from which this service uses it, and not the document's."
            ),
        ]
    ]


@with_config(CLOSED)
class BandValue(TypedDict):
    """One band of a schedule: above, up to and including, at a rate."""

    above: Annotated[str, Field(description="Lower bound, yuan, outside the band.")]
    up_to: Annotated[str | None, Field(description="Upper bound, yuan, inside the band; null for the last.")]
    rate: Annotated[str, Field(examples=["0.80"])]
    """What the band pays of a yuan."""


@with_config(CLOSED)
class LimitValue(TypedDict):
    """A limit for bills whose total exceeds an amount."""

    total_above: Annotated[str, Field(description="The total that a bill must exceed, yuan.")]
    limit: Annotated[str, Field(description="The limit then, yuan.")]


@with_config(CLOSED)
class DatedValueAnswer(SourceAnswer):
    """A figure with the days it holds for."""

    effective_until: Annotated[
        str | None, Field(json_schema_extra={"format": "date"}, description="Last day; null while it holds.")
    ]
    value: Annotated[
        str | list[BandValue] | list[LimitValue] | dict[str, str],
        Field(
            description="Yuan or `none`, a decimal rate, a day, a text, bands, limits by the total of a bill, or yuan "
            "by the code of the county."
        ),
    ]
    checked: Annotated[
        str, Field(json_schema_extra={"format": "date"}, description="When it was last compared with its source.")
    ]


@with_config(CLOSED)
class ParameterAnswer(TypedDict):
    """A figure of policy through time."""

    name: Annotated[str, Field(examples=["civil_relief.bands"])]
    """Its name, which begins with its rule's."""
    meaning: str
    """What it is, in words."""
    unit: Unit
    """How it is kept; values are shown in yuan and as decimal rates."""
    values: list[DatedValueAnswer]
    """By date, the oldest first."""


@with_config(CLOSED)
class ParametersAnswer(TypedDict):
    """Every figure of policy, and a fingerprint that two services agreeing on all of them share."""

    edition: str
    """Name of the edition of the policy."""
    fingerprint: str
    """A hash over every figure, date and source."""
    parameters: list[ParameterAnswer]
    """By name."""


@with_config(CLOSED)
class ReadingValueAnswer(TypedDict):
    """One way to read the text."""

    value: str
    """As a request names it."""
    meaning: str
    """In words."""


@with_config(CLOSED)
class ReadingAnswer(TypedDict):
    """An open question of the text, the reading taken by default through time, and the others."""

    id: Annotated[str, Field(description="Its number in the list of readings.", examples=["R1"])]
    reading: Annotated[
        str | None, Field(description="Its name in a request's `readings`; null where a request cannot switch it.")
    ]
    switchable: bool
    """Whether a request can choose."""
    question: str
    """The question, in words."""
    default: str
    """The value taken where a request says nothing: the newest of `defaults`, or what is taken always."""
    defaults: Annotated[
        list[DatedValueAnswer],
        Field(
            description="The value taken where a request says nothing, through time, each with its source; a "
            "deployment may set others. Empty where a request cannot switch the question."
        ),
    ]
    values: list[ReadingValueAnswer]
    """The ways to read it that a request can name."""


@with_config(CLOSED)
class ReadingsListAnswer(TypedDict):
    """The questions that the text leaves open, those included that a request cannot switch."""

    readings: list[ReadingAnswer]
    """By number."""
