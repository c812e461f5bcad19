"""Problems (RFC 9457) as they are declared to clients."""

from typing import Annotated

from pydantic import Field

from app.schemas.amounts import Answer


class FieldProblem(Answer):
    """One field that was refused."""

    pointer: Annotated[str, Field(description="JSON pointer to the field (RFC 6901).", examples=["/bill/in_scope"])]
    code: Annotated[str, Field(examples=["in_scope_above_total"])]
    message: str


class Problem(Answer):
    """What went wrong; `type` is the address of a page that explains it."""

    type: Annotated[str, Field(examples=["/problems/validation-error"])]
    title: str
    status: Annotated[int, Field(examples=[422])]
    detail: str
    instance: Annotated[str, Field(description="The address that was called.")]
    request_id: str | None = None
    errors: Annotated[list[FieldProblem], Field(default_factory=list)]
