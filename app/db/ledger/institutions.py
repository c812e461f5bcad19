"""The register of institutions (医药机构), by their code, with the facility level and the county."""

import re
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select, update

from app.clock import Moment
from app.db.ledger import events
from app.db.ledger.models import InstitutionEntry
from app.privacy.identity_numbers import folded, narrowed
from app.rules.reimbursement.bill import FacilityLevel


class Institution(NamedTuple):
    """A hospital or a clinic."""

    code: str
    name: str
    level: FacilityLevel
    place: str | None = None
    """Division code of its county. Where the register is not told it, the six digits in the code."""


_ENTRY = select(InstitutionEntry.code, InstitutionEntry.name, InstitutionEntry.level, InstitutionEntry.place)
_BY_CODE = _ENTRY.where(InstitutionEntry.code == bindparam("written"))
_ALIKE = _ENTRY.where(func.upper(InstitutionEntry.code) == bindparam("form")).order_by(InstitutionEntry.code)


def place_in(code: str) -> str | None:
    """Return the division that an institution's code names: its first six digits; None where it has fewer."""
    digits = re.search(r"[0-9]{6}", code, re.ASCII)
    return digits and digits[0]


def find(connection: Connection, code: str) -> Institution | None:
    """Return the institution of this code, whatever the case of its letters; None where the register has none.

    Its `code` is as the register writes it: under that it books. Of two that differ in the case alone, as older
    releases let stand, the one that is written like this is meant.
    """
    row = connection.execute(_BY_CODE, {"written": narrowed(code)}).one_or_none()
    if row is None:
        row = connection.execute(_ALIKE, {"form": folded(code)}).first()
    return None if row is None else Institution(row.code, row.name, row.level, row.place)


def written_as(connection: Connection, code: str) -> str:
    """Return an institution's code as the register writes it; as it is where the register has none."""
    institution = find(connection, code)
    return code if institution is None else institution.code


def write(connection: Connection, moment: Moment, institution: Institution) -> None:
    """Insert an institution into the register, or replace its entry, whose code stays as it is written."""
    institution = institution._replace(code=written_as(connection, institution.code))
    place = institution.place or place_in(institution.code)
    values = {**institution._asdict(), "place": place, "changed": moment.at}
    changed = connection.execute(
        update(InstitutionEntry).where(InstitutionEntry.code == institution.code).values(values)
    )
    if not changed.rowcount:
        connection.execute(insert(InstitutionEntry).values(values))
    events.note(connection, "institutions", values)
