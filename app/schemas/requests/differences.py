"""The settlements in an institution's books, to be compared with the ledger's."""

import re
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from app.schemas.fields import Day, Money, Request
from app.schemas.requests.settlements import Code, Id

MOST_ROWS = 10_000
"""Settlements of one comparison, on either side."""

_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def _written(value: object) -> object:
    """Write a number as the national interface does; anything else is left as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return value
    whole = isinstance(value, int) or (value.is_finite() and value == value.to_integral_value())
    return f"{int(value)}" if whole and 0 < value < Decimal(10) ** 18 else value


SettlementId = Annotated[
    str,
    BeforeValidator(_written),
    Field(pattern=r"^[!-~]{1,30}$"),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": r"^[!-~]{1,30}$"}, {"type": "integer", "exclusiveMinimum": 0}]}
    ),
]


class BookedSettlement(Request):
    """A settlement as it stands in the institution's books."""

    setl_id: Annotated[
        SettlementId | None,
        Field(description="This service's number of the settlement (结算ID); it decides where both are given."),
    ] = None
    message_id: Annotated[
        Id | None, Field(description="The institution's number of the message that settled it (msgid).")
    ] = None
    visit_id: Annotated[Id, Field(description="The institution's number of the visit (就诊ID).")]
    total: Annotated[Money, Field(description="The bill's total (医疗费总额), yuan; also of a reversed settlement.")]
    reimbursed: Annotated[Money, Field(description="Paid by all layers together (基金支付总额), yuan.")]
    reversed: Annotated[bool, Field(description="Whether the settlement is reversed (已撤销).")] = False

    @model_validator(mode="after")
    def _has_a_number(self) -> Self:
        if self.setl_id is None and self.message_id is None:
            raise PydanticCustomError("missing", "the settlement or the message", {"field": "setl_id"})
        return self

    @property
    def number(self) -> int | None:
        """The ledger's number of the settlement; None where there is none or where it cannot be one."""
        return int(self.setl_id) if self.setl_id is not None and _NUMBER.fullmatch(self.setl_id) else None


class DifferencesRequest(Request):
    """An institution's books of a period. Nothing of them is stored."""

    from_: Annotated[Day, Field(alias="from", description="First day of booking.")]
    to: Annotated[Day, Field(description="Last day of booking, counted too.")]
    institution: Annotated[
        Code | None, Field(description="Whose books; a hospital's token is for its own, an officer's must name it.")
    ] = None
    settlements: Annotated[
        list[BookedSettlement],
        Field(
            max_length=MOST_ROWS, description="All settlements of the period, the reversed ones too; 10,000 at most."
        ),
    ]

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.to < self.from_:
            raise PydanticCustomError("ends_before_start", "the end lies before the start", {"field": "to"})
        return self
