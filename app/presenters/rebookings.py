"""Rebookings as the API answers them: the reversal, the corrections, and the difference by institution."""

from app.clock import instant
from app.db.ledger.corrections import RebookingRecord
from app.db.ledger.records import Amounts, sum_of
from app.presenters.settlements import amounts_answer, correction_answer, reversal_answer
from app.schemas.responses.settlements import RebookingAnswer


def rebooking_answer(rebooking: RebookingRecord) -> RebookingAnswer:
    """Show a rebooking, as it stands or undone."""
    rows = (rebooking.reversal, *rebooking.corrections)
    by_institution: dict[str, list[Amounts]] = {}
    for row in rows:
        by_institution.setdefault(row.institution, []).append(row.amounts)
    undone = rebooking.undone
    counts = rebooking.reversal.annulled is None
    return {
        "settlement": rebooking.settlement_id,
        "status": "standing" if undone is None else "undone",
        "day": rebooking.reversal.day.isoformat(),
        "undone": None if undone is None else instant(undone),
        "reversal": reversal_answer(rebooking.reversal, "reversal" if counts else "annulled"),
        "corrections": [correction_answer(each) for each in rebooking.corrections],
        "institutions": [
            {"institution": code, "amounts": amounts_answer(sum_of(own))} for code, own in by_institution.items()
        ],
        "difference": amounts_answer(sum_of(row.amounts for row in rows)),
    }
