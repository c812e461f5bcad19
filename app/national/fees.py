"""2204, 2205, 2301, 2302: the fees of a visit are uploaded and taken out again, before they are settled.

The service keeps the sums of their four parts by visit and batch. Each fee comes once; a refund is a fee below zero
with a number of its own, which may name the fee that it refunds.
"""

from collections import defaultdict
from collections.abc import Iterator

from app.db.visits import fees
from app.db.visits.fees import FeeLine, VisitFees
from app.db.visits.visits import VisitCare
from app.i18n.amounts import format_amount
from app.national.context import TransactionContext, TransactionResult
from app.national.fee_rows import MOST_WITH_FLAGS, FeeRow, batch_of, key_of, read_row, write_row
from app.national.fields import Fields
from app.national.texts import TransactionRefusedError, say
from app.national.visits import check_unsettled, find_visit, settled_by
from app.privacy.identity_numbers import folded

MOST_ROWS = 500
"""The most fees of one upload; the platform documents 100."""

_ALL = "0000"
"""The number that stands for all fees, or all batches, that are not settled."""

_OF_ALL_ROWS = ("mdtrt_id", "psn_no")
"""The fields that are the same in all rows of an upload."""


def upload_outpatient(context: TransactionContext) -> TransactionResult:
    """2204: upload fees of an outpatient visit, each in its batch of charges."""
    return _upload(context, "outpatient")


def upload_inpatient(context: TransactionContext) -> TransactionResult:
    """2301: upload fees of a stay."""
    return _upload(context, "inpatient")


def cancel_outpatient(context: TransactionContext) -> TransactionResult:
    """2205: take out the fees of a batch of charges, or all that are not settled."""
    visit = find_visit(context, "outpatient")
    named = context.fields.identifier("chrg_bchno") or _ALL
    wanted = None if named == _ALL else batch_of(context, named)
    if wanted is not None:
        check_unsettled(context, visit, wanted)
    taken_out = 0
    for stored in fees.list_of(context.connection, visit.id):
        chosen = stored.batch == wanted if wanted is not None else settled_by(context, visit, stored.batch) is None
        if chosen:
            fees.write(context.connection, stored.without(stored.lines))
            taken_out += 1
    return TransactionResult(warnings=() if taken_out else (say("warnings", "no_fees"),))


def cancel_inpatient(context: TransactionContext) -> TransactionResult:
    """2302: take out fees of a stay, one by one or all."""
    visit = find_visit(context, "inpatient")
    check_unsettled(context, visit)
    rows = _rows(context)
    numbers = [row.required_identifier("feedetl_sn") for row in rows]
    stored = fees.list_of(context.connection, visit.id)
    if _ALL in numbers:
        for each in stored:
            fees.write(context.connection, each.without(each.lines))
        return TransactionResult(warnings=() if stored else (say("warnings", "no_fees"),))
    keys = {key_of(context, number) for number in numbers}
    _check_removable(keys, VisitFees(stored))
    for each in stored:
        if keys & each.lines.keys():
            fees.write(context.connection, each.without(keys))
    return TransactionResult()


def _upload(context: TransactionContext, care: VisitCare) -> TransactionResult:
    visit = find_visit(context, care)
    earlier = VisitFees(fees.list_of(context.connection, visit.id))
    rows: list[FeeRow] = []
    batches: dict[str | None, dict[str, FeeLine]] = defaultdict(dict)
    for row in _read_rows(context, earlier):
        rows.append(row)
        earlier.add(row.key, row.line)
        batches[row.batch if care == "outpatient" else None][row.key] = row.line
    for batch, lines in batches.items():
        check_unsettled(context, visit, batch)
        fees.add(context.connection, context.moment, visit.id, batch, lines)
    with_flags = len(rows) <= MOST_WITH_FLAGS
    output = {"result": [write_row(row, place, with_flags=with_flags) for place, row in enumerate(rows)]}
    assumed = [row.amount for row in rows if row.line.assumed]
    warnings = (
        ()
        if not assumed
        else (say("warnings", "rows_assumed", rows=len(assumed), amount=format_amount(sum(assumed), "zh")),)
    )
    return TransactionResult(output, warnings)


def _read_rows(context: TransactionContext, earlier: VisitFees) -> Iterator[FeeRow]:
    """Read the rows one after the other; `earlier` holds those that were read before."""
    for place, fields in enumerate(_rows(context), start=1):
        try:
            yield read_row(context, fields, earlier)
        except TransactionRefusedError as error:
            error.name_row(place)
            raise


def _rows(context: TransactionContext) -> tuple[Fields, ...]:
    """Return the rows of a request, of one visit and one person; a single one may stand in a node of its own."""
    rows = context.request.rows or (context.fields,)
    if len(rows) > MOST_ROWS:
        raise TransactionRefusedError("rows_too_many", most=MOST_ROWS)
    for name in _OF_ALL_ROWS:
        named = {folded(value) for row in (context.fields, *rows) if (value := row.text(name)) is not None}
        if len(named) > 1:
            raise TransactionRefusedError("rows_differ", field=name)
    return rows


def _check_removable(keys: set[str], uploaded: VisitFees) -> None:
    """Refuse to take out a fee that is not there, or one whose refund stays."""
    if any(key not in uploaded for key in keys):
        raise TransactionRefusedError("fee_unknown")
    if any(key not in keys for key, _ in uploaded.refunds(keys)):
        raise TransactionRefusedError("fee_has_refund")
