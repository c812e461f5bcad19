"""The register of institutions (医药机构), by their code, with the facility level and the county."""

import re
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
    place: str | None = None
    """Division code of its county. Where the register is not told it, the six digits in the code."""


def place_in(code: str) -> str | None:
    """Return the division that an institution's code names: its first six digits; None where it has fewer."""
    digits = re.search(r"[0-9]{6}", code, re.ASCII)
    return digits and digits[0]


def find(connection: Connection, code: str) -> Institution | None:
    """Return the institution of this code; None where the register has none."""
    statement = select(InstitutionEntry.code, InstitutionEntry.name, InstitutionEntry.level, InstitutionEntry.place)
    row = connection.execute(statement.where(InstitutionEntry.code == code)).one_or_none()
    return None if row is None else Institution(row.code, row.name, row.level, row.place)


def write(connection: Connection, moment: Moment, institution: Institution) -> None:
    """Insert an institution into the register, or replace its entry."""
    place = institution.place or place_in(institution.code)
    values = {**institution._asdict(), "place": place, "changed": moment.at}
    changed = connection.execute(
        update(InstitutionEntry).where(InstitutionEntry.code == institution.code).values(values)
    )
    if not changed.rowcount:
        connection.execute(insert(InstitutionEntry).values(values))
    events.note(connection, "institutions", values)
