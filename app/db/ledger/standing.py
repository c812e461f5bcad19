"""What stands of a person's insurance year up to a day."""

import datetime as dt

from sqlalchemy import Connection, select

from app.db.ledger.models import Settlement
from app.db.ledger.records import SettlementRecord
from app.db.ledger.settlements import COUNTS, to_record


def standing_until(connection: Connection, person: int, year: int, last_day: dt.date) -> list[SettlementRecord]:
    """List a person's settlements of a year that stand, and their corrections, with a service date up to a day."""
    table = Settlement.__table__
    condition = (Settlement.person_id == person) & (Settlement.year == year) & (Settlement.service_date <= last_day)
    rows = connection.execute(select(table).where(condition, COUNTS).order_by(Settlement.id)).mappings()
    return [to_record(row) for row in rows]
