"""Settlements, accounts and totals as the API answers them; nothing of who the person is."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import orjson

from app.clock import instant
from app.db.chain import BEGINNING
from app.db.ledger.events import DayHead
from app.db.ledger.persons import RegisterEntry
from app.db.ledger.records import AccountRecord, Amounts, Booking, BookingKind, SettlementRecord, TotalsRow, sum_of
from app.i18n import Language, text
from app.presenters.fragments import written
from app.privacy.private_ids import shown_id
from app.privacy.redaction import REPLACEMENT
from app.rules.money import format_yuan
from app.rules.reimbursement.bill import Layer
from app.rules.reimbursement.year import YearToDate
from app.schemas.responses.reimbursements import ReimbursementAnswer
from app.schemas.responses.settlements import (
    AccountAnswer,
    BookedAmounts,
    BookedSum,
    CorrectionAnswer,
    LayerToDate,
    LedgerHeadAnswer,
    LedgerWarningAnswer,
    ReversalAnswer,
    SettlementAnswer,
    SettlementChange,
    SettlementMade,
    SettlementsAnswer,
    TotalsAnswer,
    YearToDateAnswer,
)


class Explanation(NamedTuple):
    """A calculated claim in words of one language."""

    reimbursement: ReimbursementAnswer
    """The whole working, as the stateless endpoint answers it."""
    warnings: list[LedgerWarningAnswer]


def settlement_made(
    number: int,
    booking: Booking,
    entry: RegisterEntry,
    explanation: Explanation,
    *,
    before: AccountRecord,
    after: AccountRecord,
) -> SettlementMade:
    """Show a settlement as it is booked, with the year before and after it."""
    return {
        "id": number,
        "institution": booking.institution,
        "visit_id": shown_id(booking.visit_id),
        "message_id": shown_id(booking.message_id),
        "service_date": booking.service_date.isoformat(),
        "made": instant(booking.made),
        "person": {
            "in_register": entry.in_register,
            "registration": entry.registration,
            "major_disease": entry.major_disease,
            "chronic_disease": entry.chronic_disease,
        },
        "visit": {"kind": booking.care, "facility_level": booking.level},
        "reimbursement": explanation.reimbursement,
        "year_to_date": {"year": booking.year, "before": year_answer(before), "after": year_answer(after)},
        "parameters": {"edition": booking.edition, "fingerprint": booking.fingerprint},
        "warnings": explanation.warnings,
    }


def warning_answer(code: str, fields: list[str], language: Language) -> LedgerWarningAnswer:
    """Show a warning of the ledger in words."""
    return {"code": code, "text": text("warnings", code, language), "fields": fields}


def warning_since(code: str, language: Language, **operands: object) -> LedgerWarningAnswer:
    """Show what became of a settlement since it was answered."""
    return {"code": code, "text": text("warnings", code, language).format(**operands), "fields": []}


def with_warnings(answer: bytes, warnings: Sequence[LedgerWarningAnswer]) -> bytes:
    """Add warnings to the stored answer of a settlement, behind those that it has: they are the last of its fields."""
    if not warnings:
        return answer
    before = answer.removesuffix(b"]}")
    between = b"" if before.endswith(b"[") else b","
    return before + between + b",".join(map(orjson.dumps, warnings)) + b"]}"


def year_answer(account: AccountRecord) -> YearToDateAnswer:
    """Show a year to date, in the fields of the reimbursement request."""
    to_date, settlements = account
    return {
        "settlements": settlements,
        "admissions": to_date.admissions,
        "admissions_by_level": {level: count for level, count in to_date.admissions_at.items() if count},
        "layers": {
            "basic_insurance": _layer(to_date, "basic_insurance"),
            "critical_illness": _layer(to_date, "critical_illness"),
            "civil_relief": _layer(to_date, "civil_relief"),
            "major_disease_fund": _layer(to_date, "major_disease_fund"),
            "supplementary_insurance": _layer(to_date, "supplementary_insurance"),
        },
    }


def _layer(to_date: YearToDate, layer: Layer) -> LayerToDate:
    return {"base": format_yuan(to_date.counted[layer]), "paid": format_yuan(to_date.paid[layer])}


def account_answer(year: int, account: AccountRecord, guarantee: int) -> AccountAnswer:
    """Show a person's insurance year: the year to date, and what the guarantee has topped up beside the layers, fen."""
    return {"year": year, **year_answer(account), "guarantee": format_yuan(guarantee)}


def ledger_head_answer(head: DayHead | None) -> LedgerHeadAnswer:
    """Show the newest event of the ledger's chain; number 0 before the first."""
    if head is None:
        return {"day": None, "number": 0, "hash": BEGINNING}
    return {"day": head.day.isoformat(), "number": head.number, "hash": head.hash}


def settlement_answer(
    record: SettlementRecord, corrections: Sequence[SettlementRecord], language: Language
) -> SettlementAnswer | ReversalAnswer | CorrectionAnswer:
    """Show a settlement with its amounts now and how it stands, or a reversal, or a correction."""
    if record.kind == "reversal":
        return reversal_answer(record, "reversal" if record.annulled is None else "annulled")
    if record.kind == "correction":
        return correction_answer(record)
    # The stored answer, the newest correction's where there is one, is sent as it is with three fields more at its end.
    newest = corrections[-1] if corrections else record
    changes: list[SettlementChange] = [
        {"id": each.id, "made": instant(each.made), "amounts": amounts_answer(each.amounts)} for each in corrections
    ]
    now = {"status": _status(record, corrections), "reversed_by": record.reversed_by, "corrections": changes}
    return written(SettlementAnswer, newest.answers[language][:-1] + b"," + orjson.dumps(now)[1:])


def _status(record: SettlementRecord, corrections: Sequence[SettlementRecord]) -> str:
    if record.annulled is not None:
        return "annulled"
    if record.reversed_by is not None:
        return "reversed"
    return "corrected" if corrections else "standing"


def correction_answer(record: SettlementRecord) -> CorrectionAnswer:
    """Show a correction by what it corrects. ValueError for another booking."""
    if record.corrects is None:
        raise ValueError(f"booking {record.id} is no correction")
    return {
        "id": record.id,
        "status": "correction" if record.annulled is None else "annulled",
        "corrects": record.corrects,
        "institution": record.institution,
        "visit_id": shown_id(record.visit_id),
        "service_date": record.service_date.isoformat(),
        "made": instant(record.made),
        "amounts": amounts_answer(record.amounts),
    }


def reversal_answer(record: SettlementRecord, status: Literal["reversal", "annulled"]) -> ReversalAnswer:
    """Show a reversal by what it reverses. ValueError for a settlement."""
    if record.reverses is None:
        raise ValueError(f"booking {record.id} is no reversal")
    return {
        "id": record.id,
        "status": status,
        "reverses": record.reverses,
        "institution": record.institution,
        "visit_id": shown_id(record.visit_id),
        "message_id": shown_id(record.message_id),
        "service_date": record.service_date.isoformat(),
        "made": instant(record.made),
        "amounts": amounts_answer(record.amounts),
    }


def with_ids(answer: bytes, **ids: str) -> bytes:
    """Return a stored answer with the ids of its request in place of those that are masked in it."""
    for name, value in ids.items():
        answer = answer.replace(_member(name, REPLACEMENT), _member(name, value))
    return answer


def _member(name: str, value: str) -> bytes:
    return orjson.dumps({name: value})[1:-1]


def amounts_answer(amounts: Amounts) -> BookedAmounts:
    """Show the amounts of a booking or a sum, those of a reversal negative."""
    return {
        "total": signed_yuan(amounts.total),
        "in_scope": signed_yuan(amounts.in_scope),
        "basic_insurance": signed_yuan(amounts.basic_insurance),
        "critical_illness": signed_yuan(amounts.critical_illness),
        "civil_relief": signed_yuan(amounts.civil_relief),
        "major_disease_fund": signed_yuan(amounts.major_disease_fund),
        "supplementary_insurance": signed_yuan(amounts.supplementary_insurance),
        "guarantee": signed_yuan(amounts.guarantee),
        "lump_sum": signed_yuan(amounts.lump_sum),
        "out_of_pocket": signed_yuan(amounts.out_of_pocket),
    }


def signed_yuan(fen: int) -> str:
    """Write an amount that may be negative."""
    return f"-{format_yuan(-fen)}" if fen < 0 else format_yuan(fen)


def settlements_answer(
    records: Sequence[SettlementRecord],
    corrections: Mapping[int, Sequence[SettlementRecord]],
    following: str | None,
    language: Language,
) -> SettlementsAnswer:
    """Show a page of bookings, the settlements with their corrections, and the cursor of the page that follows."""
    items = [settlement_answer(record, corrections.get(record.id, ()), language) for record in records]
    return {"items": items, "next": following}


def totals_answer(first_day: dt.date, last_day: dt.date, rows: Sequence[TotalsRow]) -> TotalsAnswer:
    """Show what was booked between two days, summed by institution and in all."""
    by_institution: dict[str, list[TotalsRow]] = {}
    for row in rows:
        by_institution.setdefault(row.institution, []).append(row)
    return {
        "from": first_day.isoformat(),
        "to": last_day.isoformat(),
        "institutions": [
            {
                "institution": code,
                "settlements": _sum(own, "settlement"),
                "reversals": _sum(own, "reversal"),
                "corrections": _sum(own, "correction"),
                "net": _net(own),
            }
            for code, own in by_institution.items()
        ],
        "settlements": _sum(rows, "settlement"),
        "reversals": _sum(rows, "reversal"),
        "corrections": _sum(rows, "correction"),
        "net": _net(rows),
    }


def _sum(rows: Sequence[TotalsRow], kind: BookingKind) -> BookedSum:
    of_kind = [row for row in rows if row.kind == kind]
    return {"count": sum(row.bookings for row in of_kind), "amounts": _net(of_kind)}


def _net(rows: Sequence[TotalsRow]) -> BookedAmounts:
    return amounts_answer(sum_of(row.amounts for row in rows))
