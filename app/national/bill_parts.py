"""The four parts of a bill that is tried or settled: as they are sent, or the sums of the visit's uploaded fees.

A bill without either is refused: taken as in scope as a whole, it would be paid too much.
"""

from collections.abc import Mapping

from app.db.ledger import settlements
from app.db.visits import fees
from app.db.visits.fees import FeeSums, UploadedSums
from app.db.visits.visits import VisitRecord
from app.i18n.amounts import format_amount
from app.national.context import TransactionContext
from app.national.setlinfo import PARTS, PartField
from app.national.stored_answers import statement_of
from app.national.texts import TransactionRefusedError, say
from app.schemas.fields import GREATEST_YUAN

GREATEST_BILL = GREATEST_YUAN * 100
"""The greatest amount of a bill, fen."""


def read_parts(
    context: TransactionContext, visit: VisitRecord | None, batch: str | None, total: int, warnings: list[str]
) -> Mapping[PartField, int]:
    """Read the four parts of a bill, fen; where none is sent, they are those of the fees that were uploaded.

    `batch` is the batch of charges of an outpatient bill, None for all of them.
    """
    sent = FeeSums(*(context.fields.money(name, GREATEST_BILL) or 0 for name in PARTS))
    uploaded = None if visit is None else _find_uploaded(context, visit, batch)
    if not any(sent):
        if uploaded is None:
            raise TransactionRefusedError("fees_missing")
        if visit is not None and uploaded.parts.total != total:
            _check_part_is_new(context, visit, total)
        _check_sum("fees_do_not_add_up", uploaded.parts, total)
        if min(uploaded.parts) < 0:
            raise TransactionRefusedError("fees_negative")
        parts = uploaded.parts
    else:
        _check_sum("parts_do_not_add_up", sent, total)
        parts = sent
    if uploaded is not None:
        warnings += _warnings(sent, uploaded)
    return dict(zip(PARTS, parts, strict=True))


def _find_uploaded(context: TransactionContext, visit: VisitRecord, batch: str | None) -> UploadedSums | None:
    """Sum the fees of a visit that no settlement of a part of the stay has settled yet; None where there are none."""
    uploaded = fees.sums_of(context.connection, visit.id, batch)
    if uploaded is None or visit.care == "outpatient":
        return uploaded
    left = uploaded.parts
    for standing in settlements.standing_of_visit(context.connection, visit.institution, visit.number):
        if standing.interim:
            _, statement = statement_of(context, settlements.find(context.connection, standing.id))
            left = left.plus(FeeSums(*(statement.amounts[name] for name in PARTS)), -1)
    return uploaded._replace(parts=left)


def _check_part_is_new(context: TransactionContext, visit: VisitRecord, total: int) -> None:
    """Name the settlement of a part of a stay that is sent once more, whose fees are settled already."""
    for standing in settlements.standing_of_visit(context.connection, visit.institution, visit.number):
        if standing.interim and standing.total == total:
            raise TransactionRefusedError("part_settled", settlement=standing.id)


def _check_sum(code: str, parts: FeeSums, total: int) -> None:
    if parts.total != total:
        operands = {"total": total, "sum": parts.total, "difference": abs(total - parts.total)}
        raise TransactionRefusedError(code, **{name: format_amount(fen, "zh") for name, fen in operands.items()})


def _warnings(sent: FeeSums, uploaded: UploadedSums) -> list[str]:
    """Say what of the fees counts in scope for want of a list, and by how much the sent parts differ from the fees."""
    found = []
    if uploaded.assumed:
        found.append(say("warnings", "fees_assumed", amount=format_amount(uploaded.assumed, "zh")))
    differing = [
        say("fees", "difference", field=name, **{word: format_amount(fen, "zh") for word, fen in amounts.items()})
        for name, mine, theirs in zip(PARTS, sent, uploaded.parts, strict=True)
        for amounts in [{"sent": mine, "uploaded": theirs, "difference": mine - theirs}]
        if mine != theirs
    ]
    if any(sent) and differing:
        found.append(say("warnings", "fees_differ", differences="，".join(differing)))
    return found
