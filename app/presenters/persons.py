"""The register of persons as the API answers it; never the number."""

from collections.abc import Sequence

from app.db.ledger.persons import DatedStatus
from app.schemas.responses.persons import DatedStatusAnswer, PersonAnswer


def person_answer(statuses: Sequence[DatedStatus]) -> PersonAnswer:
    """Show what the register holds of a person, days in ISO 8601."""
    return {"statuses": [_dated_status(each) for each in statuses]}


def _dated_status(dated: DatedStatus) -> DatedStatusAnswer:
    return {
        "status": dated.status,
        "from": dated.first_day.isoformat(),
        "until": None if dated.last_day is None else dated.last_day.isoformat(),
    }
