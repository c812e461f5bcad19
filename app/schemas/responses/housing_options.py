"""The ways of renovating, relocating and settling anew, as clients see them."""

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.rules.entitlements.household import Arrangement
from app.rules.reference.housing_options import OptionKind
from app.schemas.fields import CLOSED
from app.schemas.responses.reference import SourceAnswer


@with_config(CLOSED)
class HousingOptionAnswer(TypedDict):
    """One way that the document names."""

    option: Annotated[str, Field(examples=["interspersed"])]
    """Which way."""
    kind: OptionKind
    """`renovation` of a dilapidated house (改造方式), `relocation` of a place (搬迁方式), `resettlement` of households
    (安置方式), `combination` of resettlement with other work (与……相结合)."""
    arrangement: Arrangement | None
    """How a `resettlement` is arranged, as in the facts of a household (`relocation.arrangement`); else null."""
    name: Annotated[str, Field(examples=["插花安置"])]
    """Its name."""
    note: str | None
    """When it is used, or what comes with it; null where the document says no more."""
    source: SourceAnswer
    """Where it stands."""


@with_config(CLOSED)
class HousingOptionsAnswer(TypedDict):
    """Every way that the document names."""

    options: list[HousingOptionAnswer]
    """By kind, in the document's order."""
