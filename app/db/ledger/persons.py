"""The register of persons (参保人员登记): dated statuses by the keyed hash of the insurer's number."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast, get_args

from sqlalchemy import Connection, insert, select, update

from app.clock import Moment
from app.db.ledger.models import Person, PersonStatus
from app.rules.registration import Registration

Status = Literal[
    "registered", "exited_with_policy", "exited_without_policy", "none", "chronic_disease", "major_disease"
]
"""A registration (建档立卡), a certified chronic disease (慢性病), a major disease (重大疾病)."""

REGISTRATIONS: tuple[Registration, ...] = get_args(Registration)


class DatedStatus(NamedTuple):
    """A status, and the days it holds for: from the first to the last, None while it holds."""

    status: Status
    first_day: dt.date
    last_day: dt.date | None = None

    def holds_on(self, day: dt.date) -> bool:
        """Whether it holds on a day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


class RegisterEntry(NamedTuple):
    """What the register knows of a person on a day. One who is not in it is an ordinary patient."""

    in_register: bool = False
    registration: Registration = "none"
    major_disease: bool = False
    chronic_disease: bool = False


def overlapping(dated: Sequence[DatedStatus]) -> int | None:
    """Return the place of a status that overlaps one before it: two registrations, or the same disease twice."""
    for place, one in enumerate(dated):
        for other in dated[:place]:
            both = one.status in REGISTRATIONS and other.status in REGISTRATIONS
            apart = _ends_before(one, other) or _ends_before(other, one)
            if (both or one.status == other.status) and not apart:
                return place
    return None


def write(
    connection: Connection, moment: Moment, number: str, dated: Sequence[DatedStatus], token_id: int | None
) -> None:
    """Write what the register knows of a person anew; what it knew before is kept as replaced."""
    person = of(connection, number)
    replaced = (PersonStatus.person_id == person) & PersonStatus.replaced.is_(None)
    connection.execute(update(PersonStatus).where(replaced).values(replaced=moment.at))
    rows = [{**each._asdict(), "person_id": person, "written": moment.at, "token_id": token_id} for each in dated]
    if rows:
        connection.execute(insert(PersonStatus), rows)


def of(connection: Connection, number: str) -> int:
    """Return the id of the person with this hash, who is put in where there is none yet."""
    found = find(connection, number)
    if found is not None:
        return found
    return connection.execute(insert(Person).values(number=number).returning(Person.id)).scalar_one()


def find(connection: Connection, number: str) -> int | None:
    """Return the id of the person with this hash; None where there is none."""
    return connection.execute(select(Person.id).where(Person.number == number)).scalar_one_or_none()


def dated_of(connection: Connection, person: int) -> list[DatedStatus]:
    """List what the register holds of a person, in the order of time."""
    told = select(PersonStatus.status, PersonStatus.first_day, PersonStatus.last_day)
    holding = told.where(PersonStatus.person_id == person, PersonStatus.replaced.is_(None))
    rows = connection.execute(holding.order_by(PersonStatus.first_day, PersonStatus.id))
    return [DatedStatus(cast("Status", row.status), row.first_day, row.last_day) for row in rows]


def known_on(dated: Sequence[DatedStatus], day: dt.date) -> RegisterEntry:
    """Say what the register knows of a person on a day: the service date decides."""
    holding = {each.status for each in dated if each.holds_on(day)}
    registration: Registration = next((status for status in REGISTRATIONS if status in holding), "none")
    return RegisterEntry(bool(dated), registration, "major_disease" in holding, "chronic_disease" in holding)


def compensated_by(connection: Connection, person: int) -> int | None:
    """Return the settlement that paid this person's lump sum; None where none has."""
    return connection.execute(select(Person.compensated_by).where(Person.id == person)).scalar_one_or_none()


def compensate(connection: Connection, person: int, settlement: int | None) -> None:
    """Take note of the settlement that paid the lump sum, or that none does any more."""
    connection.execute(update(Person).where(Person.id == person).values(compensated_by=settlement))


def _ends_before(one: DatedStatus, other: DatedStatus) -> bool:
    return one.last_day is not None and one.last_day < other.first_day


def as_data(dated: Sequence[DatedStatus]) -> list[Mapping[str, Any]]:
    """Show statuses as data, days in ISO 8601."""
    return [
        {
            "status": each.status,
            "from": each.first_day.isoformat(),
            "until": None if each.last_day is None else each.last_day.isoformat(),
        }
        for each in dated
    ]
