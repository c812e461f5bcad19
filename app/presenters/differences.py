"""The differences between an institution's books and the ledger, as the API answers them."""

from collections.abc import Sequence
from typing import NamedTuple

from app.db.ledger.differences import SettlementLine
from app.presenters.settlements import signed_yuan
from app.privacy.private_ids import shown_id
from app.rules.money import format_yuan
from app.schemas.requests.differences import BookedSettlement, DifferencesRequest
from app.schemas.responses.differences import (
    BookSumsAnswer,
    DifferenceAnswer,
    DifferenceKind,
    DifferencesAnswer,
    MissingReason,
    SideAnswer,
)


class Difference(NamedTuple):
    """A row of the books or a settlement of the ledger that has no equal on the other side."""

    kinds: tuple[DifferenceKind, ...]
    row: int | None
    """The place of the row, from 0; None for a settlement that the books do not have."""
    line: SettlementLine | None
    """The settlement in the ledger; None where it has none."""
    reason: MissingReason | None = None
    """Why a settlement that the ledger has is none of the period; None otherwise."""


class BookSums(NamedTuple):
    """The sums of one side: the settlements that stand, and how many are reversed."""

    settlements: int
    reversed: int
    total: int
    reimbursed: int


class Comparison(NamedTuple):
    """The sums of both sides, and what differs: the rows in their order, then what the books do not have."""

    theirs: BookSums
    ours: BookSums
    differences: list[Difference]


def differences_answer(statement: DifferencesRequest, institution: str, comparison: Comparison) -> DifferencesAnswer:
    """Show the sums of both sides and what differs. Ids stand as they were sent; private ones of ours are masked."""
    theirs, ours, differences = comparison
    return {
        "from": statement.from_.isoformat(),
        "to": statement.to.isoformat(),
        "institution": institution,
        "agrees": not differences,
        "theirs": _sums(theirs),
        "ours": _sums(ours),
        "difference": {
            "settlements": theirs.settlements - ours.settlements,
            "reversed": theirs.reversed - ours.reversed,
            "total": signed_yuan(theirs.total - ours.total),
            "reimbursed": signed_yuan(theirs.reimbursed - ours.reimbursed),
        },
        "differences": [_difference(each, statement.settlements) for each in differences],
    }


def _sums(sums: BookSums) -> BookSumsAnswer:
    return {
        "settlements": sums.settlements,
        "reversed": sums.reversed,
        "total": format_yuan(sums.total),
        "reimbursed": format_yuan(sums.reimbursed),
    }


def _difference(difference: Difference, rows: Sequence[BookedSettlement]) -> DifferenceAnswer:
    line = difference.line
    row = None if difference.row is None else rows[difference.row]
    sent_setl_id = None if row is None else row.setl_id
    sent_message_id = None if row is None else row.message_id
    return {
        "kinds": list(difference.kinds),
        "reason": difference.reason,
        "row": difference.row,
        "setl_id": sent_setl_id if line is None else str(line.id),
        "message_id": sent_message_id or (None if line is None else shown_id(line.message_id)),
        "visit_id": _visit_id(row, line),
        "booked_on": None if line is None else line.day.isoformat(),
        "theirs": None if row is None else _side(row.total, row.reimbursed, is_reversed=row.reversed),
        "ours": None if line is None else _side(line.total, line.reimbursed, is_reversed=line.reversed),
    }


def _visit_id(row: BookedSettlement | None, line: SettlementLine | None) -> str:
    if row is not None:
        return row.visit_id
    return "" if line is None else shown_id(line.visit_id)


def _side(total: int, reimbursed: int, *, is_reversed: bool) -> SideAnswer:
    return {"total": format_yuan(total), "reimbursed": format_yuan(reimbursed), "reversed": is_reversed}
