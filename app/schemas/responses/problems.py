"""Problems (RFC 9457) as they are declared to clients."""

from typing import Annotated, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.rules.parameters import Basis
from app.schemas.fields import CLOSED


@with_config(CLOSED)
class FieldProblem(TypedDict):
    """One field that was refused."""

    pointer: Annotated[str, Field(description="JSON pointer to the field (RFC 6901).", examples=["/bill/in_scope"])]
    code: Annotated[str, Field(examples=["in_scope_above_total"])]
    """What is wrong, for programs."""
    message: str
    """The same in words; what was sent is never repeated."""


@with_config(CLOSED)
class UnmetCondition(TypedDict):
    """A condition of the procedure that does not hold."""

    code: Annotated[str, Field(examples=["period_not_over"])]
    """Which, for programs."""
    message: str
    """The same in words."""
    clause: Annotated[str, Field(examples=["二.6.(2)公示公告"])]
    """The clause that asks for it, or that none does."""
    basis: Basis
    """`policy`: the clause asks for it; `assumption`: it is this service's own way, as the message says."""


@with_config(CLOSED)
class Problem(TypedDict):
    """What went wrong; `type` is the address of a page that explains it."""

    type: Annotated[str, Field(examples=["/problems/validation-error"])]
    """Address of the page that explains this problem."""
    title: str
    """What went wrong."""
    status: Annotated[int, Field(examples=[422])]
    """The HTTP status."""
    detail: str
    """What is to be known of this occurrence."""
    instance: Annotated[str, Field(description="The address that was called.")]
    request_id: NotRequired[str | None]
    """The request's id, as in `X-Request-ID` and in the log."""
    errors: NotRequired[list[FieldProblem]]
    """One for each field that was refused."""
    unmet: NotRequired[list[UnmetCondition]]
    """One for each condition of the procedure that does not hold."""
