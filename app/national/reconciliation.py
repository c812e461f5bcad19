"""3201: the sums of an institution over a period against the ledger's (对总账). Nothing is written."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from app.db.ledger import settlements
from app.db.ledger.differences import BookingLine, bookings_of_amounts
from app.db.ledger.records import TotalsRow
from app.i18n.amounts import format_amount
from app.national.context import TransactionContext, TransactionResult
from app.national.fields import Fields
from app.national.texts import TransactionRefusedError, say
from app.rules.reimbursement.bill import Kind

_STANDING, _NET = "0", "1"
"""The values of refd_setl_flag."""

_DAY = dt.timedelta(days=1)


class _Sums(NamedTuple):
    """The sums of a statement of accounts (对账): fen, and a number of settlements."""

    total: int
    funds: int
    account: int
    settlements: int


class _Scope(NamedTuple):
    """What a statement of accounts covers."""

    first: dt.date
    last: dt.date
    standing: bool
    """Settlements that stand alone; otherwise settlements and cancellations, one against the other.

    The amounts of corrections are in the sums either way.
    """
    cares: tuple[Kind, ...] | None
    insurance: tuple[str, bool] | None

    def counts(self, booking: BookingLine) -> bool:
        """Whether a booking is in the sums."""
        if booking.taken_back or not self.first <= booking.day <= self.last:
            return False
        if self.standing and (booking.kind == "reversal" or booking.reversed):
            return False
        return self._is_of_class(booking)

    def _is_of_class(self, booking: BookingLine) -> bool:
        if self.cares is not None and booking.care not in self.cares:
            return False
        if self.insurance is None:
            return True
        code, unnamed = self.insurance
        return booking.insurance == code or (unnamed and booking.insurance is None)


def reconcile(context: TransactionContext) -> TransactionResult:
    """3201: compare an institution's sums over a period with the ledger's; answer by how much they differ, and where.

    With refd_setl_flag 0 the settlements that stand are summed and counted. Otherwise cancellations are subtracted,
    and both are counted. A correction is in the sums of its own day, and is not counted.
    """
    scope = _read_scope(context)
    ours = _sum_rows(
        settlements.totals(
            context.connection,
            scope.first,
            scope.last,
            context.institution.code,
            cares=scope.cares,
            insurance=scope.insurance,
            standing=scope.standing,
        )
    )
    theirs = _read_sums(context.fields)
    return TransactionResult(
        {
            "stmtinfo": {
                "setl_optins": context.fields.identifier("setl_optins") or context.codes.clearing.office,
                "stmt_rslt": _result(theirs, ours),
                "stmt_rslt_dscr": _describe(context, scope, theirs, ours),
            }
        }
    )


def _read_scope(context: TransactionContext) -> _Scope:
    fields = context.fields
    first, last = fields.required_day("stmt_begndate"), fields.required_day("stmt_enddate")
    if first > last:
        raise TransactionRefusedError("period_backwards")
    flag = fields.text("refd_setl_flag") or _NET
    if flag not in {_STANDING, _NET}:
        raise TransactionRefusedError("field_choice", field="refd_setl_flag", known="、".join((_STANDING, _NET)))
    return _Scope(first, last, flag == _STANDING, _read_kinds(context), _read_insurance(context))


def _read_kinds(context: TransactionContext) -> tuple[Kind, ...] | None:
    """Return the kinds of care that a class of clearing (clr_type) covers; None for all where none is named."""
    clearing_type = context.fields.identifier("clr_type")
    if clearing_type is None:
        return None
    return tuple(kind for kind, code in context.codes.clearing.types.items() if code == clearing_type)


def _read_insurance(context: TransactionContext) -> tuple[str, bool] | None:
    """Return the kind of insurance (insutype) and whether it covers settlements that name none; None for all."""
    insurance = context.fields.identifier("insutype")
    return None if insurance is None else (insurance, insurance == context.codes.person.insurance)


def _read_sums(fields: Fields) -> _Sums:
    return _Sums(
        total=fields.required_money("medfee_sumamt", negative=True),
        funds=fields.required_money("fund_pay_sumamt", negative=True),
        account=fields.money("acct_pay", negative=True) or 0,
        settlements=fields.required_count("fixmedins_setl_cnt"),
    )


def _sum_rows(rows: Sequence[TotalsRow]) -> _Sums:
    total = sum(row.amounts.total for row in rows)
    out_of_pocket = sum(row.amounts.out_of_pocket for row in rows)
    return _Sums(total, total - out_of_pocket, 0, sum(row.bookings for row in rows if row.kind != "correction"))


def _result(theirs: _Sums, ours: _Sums) -> str:
    """Return the result of the statement: 0 equal, 1 the centre has more rows, 2 the institution, 3 amounts differ."""
    if theirs == ours:
        return "0"
    if theirs.settlements == ours.settlements:
        return "3"
    return "1" if ours.settlements > theirs.settlements else "2"


def _describe(context: TransactionContext, scope: _Scope, theirs: _Sums, ours: _Sums) -> str:
    if theirs == ours:
        operands = {name: _format_sum(name, value) for name, value in zip(_Sums._fields, ours, strict=True)}
        return say("reconciliation", "agrees", **operands)
    differences = [
        _describe_difference(name, of_institution, of_ledger)
        for name, of_institution, of_ledger in zip(_Sums._fields, theirs, ours, strict=True)
        if of_institution != of_ledger
    ]
    return "；".join(
        [
            say("reconciliation", "differs", differences="；".join(differences)),
            *_name_bookings(context, scope, theirs, ours),
            say("reconciliation", "in_detail"),
        ]
    )


def _describe_difference(name: str, theirs: int, ours: int) -> str:
    operands = {"theirs": theirs, "ours": ours, "difference": theirs - ours}
    words = {operand: _format_sum(name, value) for operand, value in operands.items()}
    return say("reconciliation", "difference", name=say("reconciliation", name), **words)


def _format_sum(name: str, value: int) -> str:
    return str(value) if name == "settlements" else format_amount(value, "zh")


def _name_bookings(context: TransactionContext, scope: _Scope, theirs: _Sums, ours: _Sums) -> list[str]:
    """Name the bookings that one side may lack: those of exactly the amounts by which the sums differ.

    The day before and the day after are looked at too: a booking about midnight may stand on another day there.
    """
    ahead = ours.settlements - theirs.settlements
    if abs(ahead) != 1 or theirs.account != ours.account:
        return []
    found = bookings_of_amounts(
        context.connection,
        context.institution.code,
        (scope.first - _DAY, scope.last + _DAY),
        total=ahead * (ours.total - theirs.total),
        reimbursed=ahead * (ours.funds - theirs.funds),
    )
    if ahead > 0:
        lacking = [_name(each) for each in found if scope.counts(each)]
        return [say("reconciliation", "lacking_there", bookings="、".join(lacking))] if lacking else []
    uncounted = [_name(each, _why_uncounted(scope, each)) for each in found if not scope.counts(each)]
    return [say("reconciliation", "uncounted_here", bookings="、".join(uncounted))] if uncounted else []


def _why_uncounted(scope: _Scope, booking: BookingLine) -> str:
    if booking.taken_back:
        return say("reconciliation", "taken_back")
    if not scope.first <= booking.day <= scope.last:
        return say("reconciliation", "other_day", day=booking.day)
    if scope.standing and booking.kind == "reversal":
        return say("reconciliation", "cancellation")
    if scope.standing and booking.reversed:
        return say("reconciliation", "cancelled")
    return say("reconciliation", "other_class")


def _name(booking: BookingLine, why: str = "") -> str:
    return say("reconciliation", "booking", settlement=booking.id, why=why)
