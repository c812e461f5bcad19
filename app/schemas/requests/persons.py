"""What the county writes into the register of persons."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.db.ledger.persons import DatedStatus, Status, overlapping
from app.schemas.fields import Day, Request
from app.schemas.requests.settlements import PersonNumber

MOST_STATUSES = 100


class DatedStatusRequest(Request):
    """A status and the days it holds for."""

    status: Annotated[
        Status,
        Field(
            description="A registration (建档立卡): `registered`, `exited_with_policy`, `exited_without_policy`, "
            "`none`; or `chronic_disease` (慢性病认定), `major_disease` (重大疾病)."
        ),
    ]
    from_: Annotated[Day, Field(alias="from", description="First day it holds.")]
    until: Annotated[Day | None, Field(description="Last day it holds; null while it holds.")] = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.until is not None and self.until < self.from_:
            raise PydanticCustomError("ends_before_start", "the end lies before the start", {"field": "until"})
        return self

    def to_dated(self) -> DatedStatus:
        """Hand the status to the register."""
        return DatedStatus(self.status, self.from_, self.until)


class PersonRequest(Request):
    """All that the register is to know of a person; what it knew before is replaced."""

    statuses: Annotated[
        list[DatedStatusRequest],
        Field(max_length=MOST_STATUSES, description="Dated statuses; registrations must not overlap in time."),
    ]

    @model_validator(mode="after")
    def _apart_in_time(self) -> Self:
        place = overlapping([status.to_dated() for status in self.statuses])
        if place is not None:
            raise PydanticCustomError("statuses_overlap", "two overlap", {"field": "statuses", "item": place})
        return self


class PersonLookupRequest(Request):
    """Whom to look up. The number stands in the body, so that no address and no log holds it."""

    person: Annotated[PersonNumber, Field(description="The insurer's number of the person (个人编号); never stored.")]


class PersonWriteRequest(PersonRequest):
    """All that the register is to know of a person, with the number."""

    person: Annotated[PersonNumber, Field(description="The insurer's number of the person (个人编号); never stored.")]


class TransferRequest(PersonLookupRequest):
    """A person who passes to the county of the token (参保地转移)."""

    from_: Annotated[
        Day,
        Field(alias="from", description="The first day that is the new county's; those before stay the former one's."),
    ]


class JoinRequest(PersonLookupRequest):
    """A person who stands in the ledger twice."""

    other: Annotated[
        PersonNumber | None,
        Field(
            description="Another number of the same person, under which the ledger has settlements too; without it, "
            "those whom the ledger itself found to be the same person are joined."
        ),
    ] = None
