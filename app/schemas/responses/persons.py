"""The answers of the register of persons."""

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.db.ledger.persons import Status
from app.schemas.fields import CLOSED
from app.schemas.responses.projects import Date

_Beginning = TypedDict(
    "_Beginning",
    {
        "status": Annotated[Status, Field(description="Which.")],
        "from": Annotated[Date, Field(description="First day it holds.")],
    },
)


@with_config(CLOSED)
class DatedStatusAnswer(_Beginning):
    """A status and the days it holds for."""

    until: Date | None
    """Last day it holds; null while it holds."""


@with_config(CLOSED)
class PersonAnswer(TypedDict):
    """What the register knows of a person; never the number."""

    statuses: list[DatedStatusAnswer]
    """In the order of time."""
