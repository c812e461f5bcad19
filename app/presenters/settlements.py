"""Settlements, accounts and totals as the API answers them; nothing of who the person is."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from app.clock import instant
from app.db.ledger.persons import RegisterEntry
from app.db.ledger.records import AccountRecord, Amounts, Booking, SettlementRecord, TotalsRow, sum_of
from app.i18n import Language, text
from app.rules.money import format_yuan
from app.rules.reimbursement.bill import LAYERS
from app.schemas.responses.reimbursements import ReimbursementAnswer

Json = dict[str, Any]


class Explanation(NamedTuple):
    """A calculated claim in words of one language."""

    reimbursement: ReimbursementAnswer
    """The whole working, as the stateless endpoint answers it."""
    warnings: list[Json]


def settlement_made(
    number: int,
    booking: Booking,
    entry: RegisterEntry,
    explanation: Explanation,
    *,
    before: AccountRecord,
    after: AccountRecord,
) -> Json:
    """Show a settlement as it is booked, with the year before and after it."""
    return {
        "id": number,
        "institution": booking.institution,
        "visit_id": booking.visit_id,
        "message_id": booking.message_id,
        "service_date": booking.service_date.isoformat(),
        "made": instant(booking.made),
        "person": entry._asdict(),
        "visit": {"kind": booking.care, "facility_level": booking.level},
        "reimbursement": explanation.reimbursement,
        "year_to_date": {"year": booking.year, "before": year_answer(before), "after": year_answer(after)},
        "parameters": {"edition": booking.edition, "fingerprint": booking.fingerprint},
        "warnings": explanation.warnings,
    }


def warning_answer(code: str, fields: list[str], language: Language) -> Json:
    """Show a warning of the ledger in words."""
    return {"code": code, "text": text("warnings", code, language), "fields": fields}


def year_answer(account: AccountRecord) -> Json:
    """Show a year to date, in the fields of the reimbursement request."""
    to_date, settlements = account
    return {
        "settlements": settlements,
        "admissions": to_date.admissions,
        "admissions_by_level": {level: count for level, count in to_date.admissions_at.items() if count},
        "layers": {
            layer: {"base": format_yuan(to_date.counted[layer]), "paid": format_yuan(to_date.paid[layer])}
            for layer in LAYERS
        },
    }


def account_answer(year: int, account: AccountRecord, guarantee: int) -> Json:
    """Show a person's insurance year: the year to date, and what the guarantee has topped up beside the layers, fen."""
    return {"year": year, **year_answer(account), "guarantee": format_yuan(guarantee)}


def settlement_answer(record: SettlementRecord, language: Language) -> orjson.Fragment | Json:
    """Show a settlement as it was answered with how it stands now, or a reversal."""
    if record.kind == "reversal":
        return reversal_answer(record, "reversal" if record.annulled is None else "annulled")
    status = "standing" if record.reversed_by is None else "reversed"
    if record.annulled is not None:
        status = "annulled"
    # The stored answer is sent again as it is, with two fields more at its end.
    now = orjson.dumps({"status": status, "reversed_by": record.reversed_by})
    return orjson.Fragment(record.answers[language][:-1] + b"," + now[1:])


def reversal_answer(record: SettlementRecord, status: str) -> Json:
    """Show a reversal by what it reverses."""
    return {
        "id": record.id,
        "status": status,
        "reverses": record.reverses,
        "institution": record.institution,
        "visit_id": record.visit_id,
        "message_id": record.message_id,
        "service_date": record.service_date.isoformat(),
        "made": instant(record.made),
        "amounts": amounts_answer(record.amounts),
    }


def amounts_answer(amounts: Amounts) -> Json:
    """Show the amounts of a booking or a sum, those of a reversal negative."""
    return {name: signed_yuan(amount) for name, amount in zip(Amounts._fields, amounts, strict=True)}


def signed_yuan(fen: int) -> str:
    """Write an amount that may be negative."""
    return f"-{format_yuan(-fen)}" if fen < 0 else format_yuan(fen)


def totals_answer(rows: Sequence[TotalsRow]) -> Json:
    """Show sums by institution and in all."""
    by_institution: dict[str, list[TotalsRow]] = {}
    for row in rows:
        by_institution.setdefault(row.institution, []).append(row)
    return {
        "institutions": [{"institution": code, **_sums(own)} for code, own in by_institution.items()],
        **_sums(rows),
    }


def _sums(rows: Sequence[TotalsRow]) -> Mapping[str, Any]:
    return {
        "settlements": _sum([row for row in rows if row.kind == "settlement"]),
        "reversals": _sum([row for row in rows if row.kind == "reversal"]),
        "net": amounts_answer(sum_of(row.amounts for row in rows)),
    }


def _sum(rows: Sequence[TotalsRow]) -> Json:
    return {
        "count": sum(row.bookings for row in rows),
        "amounts": amounts_answer(sum_of(row.amounts for row in rows)),
    }
