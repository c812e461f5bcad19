"""The answers of the register of persons."""

from typing import Annotated

from pydantic import Field

from app.db.ledger.persons import Status
from app.schemas.fields import Answer
from app.schemas.responses.projects import Date


class DatedStatusAnswer(Answer):
    """A status and the days it holds for."""

    status: Status
    """Which."""
    first: Annotated[Date, Field(alias="from")]
    """First day it holds."""
    until: Date | None
    """Last day it holds; null while it holds."""


class PersonAnswer(Answer):
    """What the register knows of a person; never the number."""

    statuses: list[DatedStatusAnswer]
    """In the order of time."""
