"""Settlements, accounts and totals as the API answers them; nothing of who the person is."""

from collections.abc import Mapping
from typing import Any

import orjson

from app.clock import instant
from app.db.ledger.models import AMOUNTS
from app.db.ledger.persons import RegisterEntry
from app.i18n import Language
from app.rules.money import format_yuan
from app.rules.reimbursement.bill import LAYERS
from app.rules.reimbursement.year import YearToDate

Json = dict[str, Any]


def known_answer(known: RegisterEntry) -> Json:
    """Show what the register knew of a person on the service date."""
    return known._asdict()


def year_answer(to_date: YearToDate, settlements: int) -> Json:
    """Show a year to date, in the fields of the reimbursement request."""
    return {
        "settlements": settlements,
        "admissions": to_date.admissions,
        "admissions_by_level": {level: count for level, count in to_date.admissions_at.items() if count},
        "layers": {
            layer: {"base": format_yuan(to_date.counted[layer]), "paid": format_yuan(to_date.paid[layer])}
            for layer in LAYERS
        },
    }


def account_answer(year: int, to_date: YearToDate, settlements: int, guarantee: int) -> Json:
    """Show a person's insurance year: the year to date, and what the guarantee has topped up beside the layers, fen."""
    return {"year": year, **year_answer(to_date, settlements), "guarantee": format_yuan(guarantee)}


def settlement_answer(row: Mapping[str, Any], language: Language) -> Json:
    """Show a settlement as it was answered and how it stands now; a reversal by what it reverses."""
    if row["kind"] == "reversal":
        return {
            "id": row["id"],
            "status": "reversal" if row["annulled"] is None else "annulled",
            "reverses": row["reverses"],
            "institution": row["institution"],
            "visit_id": row["visit_id"],
            "message_id": row["message_id"],
            "service_date": row["service_date"].isoformat(),
            "made": instant(row["made"]),
            "amounts": amounts_answer(row),
        }
    return {**orjson.loads(row["answers"][language]), "status": _status(row), "reversed_by": row["reversed_by"]}


def amounts_answer(row: Mapping[str, Any]) -> Json:
    """Show the amounts of a booking or a sum, those of a reversal negative."""
    return {name: signed_yuan(row[name]) for name in AMOUNTS}


def signed_yuan(fen: int) -> str:
    """Write an amount that may be negative."""
    return f"-{format_yuan(-fen)}" if fen < 0 else format_yuan(fen)


def _status(row: Mapping[str, Any]) -> str:
    if row["annulled"] is not None:
        return "annulled"
    return "standing" if row["reversed_by"] is None else "reversed"


def totals_answer(rows: list[Json]) -> Json:
    """Show sums by institution and in all."""
    codes = list(dict.fromkeys(row["institution"] for row in rows))
    by_code = [[row for row in rows if row["institution"] == code] for code in codes]
    return {
        "institutions": [{"institution": code, **_sums(own)} for code, own in zip(codes, by_code, strict=True)],
        **_sums(rows),
    }


def _sums(rows: list[Json]) -> Json:
    kinds = {"settlements": "settlement", "reversals": "reversal"}
    return {
        **{
            name: {
                "count": sum(row["count"] for row in rows if row["kind"] == kind),
                "amounts": amounts_answer(_added([row for row in rows if row["kind"] == kind])),
            }
            for name, kind in kinds.items()
        },
        "net": amounts_answer(_added(rows)),
    }


def _added(rows: list[Json]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in AMOUNTS}
