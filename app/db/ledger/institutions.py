"""The register of institutions (医药机构), by their code, with the facility level."""

from typing import NamedTuple, cast

from sqlalchemy import Connection, insert, select, update

from app.clock import Moment
from app.db.ledger.models import InstitutionEntry as Row
from app.rules.reimbursement.bill import FacilityLevel


class Institution(NamedTuple):
    """A hospital or clinic."""

    code: str
    name: str
    level: FacilityLevel


def find(connection: Connection, code: str) -> Institution | None:
    """Return the institution of this code; None where the register has none."""
    found = connection.execute(select(Row.code, Row.name, Row.level).where(Row.code == code)).one_or_none()
    return found and Institution(found.code, found.name, cast("FacilityLevel", found.level))


def write(connection: Connection, moment: Moment, institution: Institution) -> None:
    """Put an institution into the register, or write it anew."""
    values = {**institution._asdict(), "changed": moment.at}
    changed = connection.execute(update(Row).where(Row.code == institution.code).values(values))
    if not changed.rowcount:
        connection.execute(insert(Row).values(values))
