"""What differs between an institution's books and the ledger."""

from typing import Annotated, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

from app.schemas.fields import CLOSED
from app.schemas.responses.projects import Date
from app.schemas.responses.reimbursements import Yuan
from app.schemas.responses.settlements import SignedYuan

DifferenceKind = Literal[
    "missing_here", "missing_there", "amounts_differ", "reversed_differs", "visit_differs", "repeated"
]
"""`missing_here`: the ledger has no such settlement in the period; `missing_there`: the books do not have it;
`repeated`: a row before names the same settlement."""

MissingReason = Literal["taken_back", "other_day"]
"""`taken_back`: by 2601, as if it had never arrived; `other_day`: booked outside the period."""


@with_config(CLOSED)
class BookSumsAnswer(TypedDict):
    """The sums of one side, over the settlements that stand. Yuan."""

    settlements: int
    """How many settlements stand."""
    reversed: int
    """How many are reversed; their amounts count nowhere."""
    total: Yuan
    """The bills, yuan."""
    reimbursed: Yuan
    """Paid by all layers together, yuan."""


@with_config(CLOSED)
class SumsDifference(TypedDict):
    """The books' sums less the ledger's. Yuan."""

    settlements: int
    """Settlements that stand."""
    reversed: int
    """Reversed ones."""
    total: SignedYuan
    """The bills, yuan."""
    reimbursed: SignedYuan
    """Paid by all layers together, yuan."""


@with_config(CLOSED)
class SideAnswer(TypedDict):
    """A settlement as one side has it. Yuan."""

    total: Yuan
    """The bill, yuan."""
    reimbursed: Yuan
    """Paid by all layers together, yuan."""
    reversed: bool
    """Whether it is reversed."""


@with_config(CLOSED)
class DifferenceAnswer(TypedDict):
    """A settlement that the two sides do not have alike."""

    kinds: list[DifferenceKind]
    """What differs. `missing_here`: the ledger has no such settlement in the period. `missing_there`: the books do not
    have it. `repeated`: a row before names the same settlement."""
    reason: MissingReason | None
    """Why a settlement that the ledger knows is missing here. `taken_back`: by 2601, as if it had never arrived.
    `other_day`: booked outside the period. Null otherwise."""
    row: int | None
    """The place of the row in the request, from 0; null for a settlement that is missing there."""
    setl_id: str | None
    """The number of the settlement; null where neither side has one."""
    message_id: str | None
    """The message that settled it; null where neither side names one."""
    visit_id: str
    """The visit, as the row names it."""
    booked_on: Annotated[str | None, Field(json_schema_extra={"format": "date"})]
    """The day on which the ledger booked it; null where it does not have it."""
    theirs: SideAnswer | None
    """As the books have it."""
    ours: SideAnswer | None
    """As the ledger has it now."""


_FirstDay = TypedDict("_FirstDay", {"from": Annotated[Date, Field(description="First day of booking.")]})


@with_config(CLOSED)
class DifferencesAnswer(_FirstDay):
    """An institution's books of a period against the ledger: both sums, by how much they differ, and where."""

    to: Date
    """Last day of booking."""
    institution: str
    """Code of the institution."""
    agrees: bool
    """Whether nothing differs."""
    theirs: BookSumsAnswer
    """The sums of the books."""
    ours: BookSumsAnswer
    """The sums of the ledger."""
    difference: SumsDifference
    """The books' sums less the ledger's."""
    differences: list[DifferenceAnswer]
    """What differs: the rows in their order, then what is missing there, the oldest first."""
