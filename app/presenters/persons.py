"""The register of persons as the API answers it; never the number."""

from collections.abc import Sequence

from app.clock import instant
from app.db.ledger.joins import DatedJoin
from app.db.ledger.persons import DatedStatus
from app.db.ledger.transfers import TransferRecord
from app.schemas.responses.persons import DatedStatusAnswer, JoinAnswer, PersonAnswer, TransferAnswer


def person_answer(
    statuses: Sequence[DatedStatus], county: str | None, transfers: Sequence[TransferRecord]
) -> PersonAnswer:
    """Show what the register holds of a person, days in ISO 8601."""
    return {
        "statuses": [_dated_status(each) for each in statuses],
        "county": county,
        "transfers": [_transfer(each) for each in transfers],
    }


def _dated_status(dated: DatedStatus) -> DatedStatusAnswer:
    return {
        "status": dated.status,
        "from": dated.first_day.isoformat(),
        "until": None if dated.last_day is None else dated.last_day.isoformat(),
    }


def _transfer(record: TransferRecord) -> TransferAnswer:
    return {
        "from_county": record.from_county,
        "to_county": record.to_county,
        "first_day": record.first_day.isoformat(),
        "made": instant(record.made),
        "taken_back": None if record.taken_back is None else instant(record.taken_back),
    }


def join_answer(person: PersonAnswer, joined: Sequence[DatedJoin]) -> JoinAnswer:
    """Show a person with all who were joined to it."""
    return {
        "person": person,
        "joins": [
            {"made": instant(each.made), "by_officer": each.token_id is not None, "settlements": list(each.settlements)}
            for each in joined
        ],
    }
