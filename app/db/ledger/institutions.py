"""The register of institutions (医药机构), by their code, with the facility level."""

from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from app.clock import Moment
from app.db.ledger import events
from app.db.ledger.models import InstitutionEntry
from app.rules.reimbursement.bill import FacilityLevel


class Institution(NamedTuple):
    """A hospital or a clinic."""

    code: str
    name: str
    level: FacilityLevel


def find(connection: Connection, code: str) -> Institution | None:
    """Return the institution of this code; None where the register has none."""
    statement = select(InstitutionEntry.code, InstitutionEntry.name, InstitutionEntry.level)
    row = connection.execute(statement.where(InstitutionEntry.code == code)).one_or_none()
    return None if row is None else Institution(row.code, row.name, row.level)


def write(connection: Connection, moment: Moment, institution: Institution) -> None:
    """Insert an institution into the register, or replace its entry."""
    values = {**institution._asdict(), "changed": moment.at}
    changed = connection.execute(
        update(InstitutionEntry).where(InstitutionEntry.code == institution.code).values(values)
    )
    if not changed.rowcount:
        connection.execute(insert(InstitutionEntry).values(values))
    events.note(connection, "institutions", values)
