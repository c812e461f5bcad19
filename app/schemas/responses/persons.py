"""The answers of the register of persons."""

from typing import Annotated

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.db.ledger.persons import Status
from app.schemas.fields import CLOSED
from app.schemas.responses.projects import Date, Instant

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
class TransferAnswer(TypedDict):
    """A person passed from one county to another (参保地转移)."""

    from_county: str
    """Division code of the former county."""
    to_county: str
    """Division code of the new one."""
    first_day: Date
    """The first day that is the new county's; the statuses before it stay the former one's."""
    made: Instant
    """When it was made. The former county can take the person back for thirty days after."""
    taken_back: Instant | None
    """When the former county took the person back; null while it stands."""


@with_config(CLOSED)
class PersonAnswer(TypedDict):
    """What the register knows of a person; never the number."""

    statuses: list[DatedStatusAnswer]
    """In the order of time; for a former county those of the days before the person left it."""
    county: str | None
    """Division code of the county that registers the person; null before one has written."""
    transfers: list[TransferAnswer]
    """The transfers between counties, the oldest first; a hospital sees none."""


@with_config(CLOSED)
class PersonJoinAnswer(TypedDict):
    """Another person proved to be this one and was joined (合并)."""

    made: Instant
    """When."""
    by_officer: bool
    """Whether an officer joined the two; false where only one of them had settlements, and only one an entry."""
    settlements: list[int]
    """The numbers of the settlements and reversals that were the other person's. Their amounts stay as they are."""


@with_config(CLOSED)
class JoinAnswer(TypedDict):
    """A person with all who were joined to it."""

    person: PersonAnswer
    """What the register knows: the entry of the person who stands, else that of the other."""
    joins: list[PersonJoinAnswer]
    """The oldest first."""
