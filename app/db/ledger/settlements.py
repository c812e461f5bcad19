"""The settlements (结算) and their reversals (撤销): inserted, found, taken out of force, summed."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from app.clock import Moment
from app.db.ledger import changes, events
from app.db.ledger.models import AMOUNTS, InstitutionEntry, Person, PersonTransfer, Settlement
from app.db.ledger.records import (
    AccountRecord,
    Amounts,
    Booking,
    SettledFacts,
    SettlementRecord,
    StandingSums,
    TotalsRow,
    VisitSettlement,
)
from app.db.ledger.settlement_answers import packed, unpacked
from app.db.portions import portions
from app.errors import NotFoundError, Resource
from app.i18n import Language
from app.privacy.identity_numbers import folded
from app.rules.reimbursement.year import YearToDate

_SETTLEMENTS = Settlement.__table__
_INSERT = insert(Settlement).returning(Settlement.id)

STANDS = and_(Settlement.kind == "settlement", Settlement.reversed_by.is_(None), Settlement.annulled.is_(None))
"""Settlements that are neither reversed nor taken back."""

COUNTS = and_(Settlement.kind != "reversal", Settlement.reversed_by.is_(None), Settlement.annulled.is_(None))
"""What counts in years and budgets: the settlements that stand, and their corrections."""

_FIND = select(_SETTLEMENTS).where(_SETTLEMENTS.c.id == bindparam("number"))
_STANDING_OF_VISIT = (
    select(*(_SETTLEMENTS.c[name] for name in VisitSettlement._fields))
    .where(Settlement.institution == bindparam("institution"), Settlement.visit_key == bindparam("visit"), STANDS)
    .order_by(Settlement.id)
)
_SUMS = [func.coalesce(func.sum(_SETTLEMENTS.c[name]), 0).label(name) for name in AMOUNTS]


def insert_booking(connection: Connection, booking: Booking, answers: Mapping[Language, bytes]) -> int:
    """Insert a booking with its answers in both languages, a reversal with none, and return its number."""
    values = {**_values(booking), "answer": packed(answers)}
    number: int = connection.execute(_INSERT, values).scalar_one()
    events.note(connection, "settlements", {"id": number, **values})
    return number


def _values(booking: Booking) -> dict[str, object]:
    return {
        "kind": booking.kind,
        "reverses": booking.reverses,
        "corrects": booking.corrects,
        "rebooking": booking.rebooking,
        "institution": booking.institution,
        "person_id": booking.person_id,
        "visit_id": booking.visit_id,
        "visit_key": folded(booking.visit_id),
        "message_id": booking.message_id,
        "service_date": booking.service_date,
        "year": booking.year,
        "made": booking.made,
        "day": booking.day,
        "token_id": booking.token_id,
        "level": booking.level,
        "care": booking.care,
        "insurance": booking.insurance,
        **booking.amounts._asdict(),
        "counted": booking.counted,
        **_year_before_values(booking.year_before),
        **_facts_values(booking.facts),
        "working": booking.working,
        "accident": booking.accident,
        "interim": booking.interim,
        "batch": booking.batch,
        "purse": booking.budget_first_day,
        "edition": booking.edition,
        "fingerprint": booking.fingerprint,
    }


def find(connection: Connection, number: int) -> SettlementRecord:
    """Return a settlement or a reversal. NotFoundError where there is none of that number."""
    row = connection.execute(_FIND, {"number": number}).mappings().one_or_none()
    if row is None:
        raise NotFoundError(Resource.SETTLEMENT)
    return to_record(row)


def is_seen_by(connection: Connection, number: int, county: str) -> bool:
    """Whether a county sees a booking: of one of its institutions, or of a person for the days that are its own."""
    statement = select(Settlement.id).where(Settlement.id == number, _seen_by(county))
    return connection.execute(statement).first() is not None


def all_settlements(connection: Connection, numbers: Collection[int] | None = None) -> Iterator[SettlementRecord]:
    """Iterate over the settlements, without reversals, the oldest first, a thousand rows at a time; some, or all."""
    statement = select(_SETTLEMENTS).where(_SETTLEMENTS.c.kind == "settlement").order_by(_SETTLEMENTS.c.id)
    for condition in portions(_SETTLEMENTS.c.id, numbers):
        rows = connection.execute(statement.where(condition), execution_options={"yield_per": 1_000}).mappings()
        for row in rows:
            yield to_record(row)


def list_by(
    connection: Connection,
    institution: str | None,
    *,
    county: str | None = None,
    message_id: str | None = None,
    visit_id: str | None = None,
    changed_since: dt.datetime | None = None,
    after: int = 0,
    limit: int,
) -> list[SettlementRecord]:
    """List the bookings of a message or a visit after a number, the oldest first; with a county, those it sees.

    With an instant, the settlements that have changed since.
    """
    conditions: list[ColumnElement[bool]] = []
    if county is not None:
        conditions.append(_seen_by(county))
    if institution is not None:
        conditions.append(Settlement.institution == institution)
    if message_id is not None:
        conditions.append(Settlement.message_id == message_id)
    if visit_id is not None:
        conditions.append(Settlement.visit_key == folded(visit_id))
    if changed_since is None:
        conditions.append(Settlement.id > after)
    else:
        # Their numbers alone are sorted, not the rows.
        changed = changes.changed_since(connection, changed_since, conditions, after, limit)
        conditions = [Settlement.id.in_(changed)]
    statement = select(_SETTLEMENTS).where(*conditions).order_by(_SETTLEMENTS.c.id).limit(limit)
    return [to_record(row) for row in connection.execute(statement).mappings()]


def standing_of_visit(connection: Connection, institution: str, visit_id: str) -> list[VisitSettlement]:
    """List the settlements of a visit that stand, the oldest first."""
    visit = {"institution": institution, "visit": folded(visit_id)}
    return [VisitSettlement(*row) for row in connection.execute(_STANDING_OF_VISIT, visit)]


def depending_on(connection: Connection, settlement: Booking, after: int) -> int | None:
    """Return the first standing settlement after a number that depends on another settlement; None without one.

    Every later settlement of the person's year depends on the year to date. One of an accident also depends on whether
    the lump sum was paid before it.
    """
    depends: ColumnElement[bool] = Settlement.year == settlement.year
    if settlement.amounts.lump_sum:
        depends = or_(depends, Settlement.accident)
    condition = (Settlement.person_id == settlement.person_id) & (Settlement.id > after) & depends & STANDS
    statement = select(Settlement.id).where(condition).order_by(Settlement.id).limit(1)
    return connection.execute(statement).scalar_one_or_none()


def mark_reversed(connection: Connection, number: int, reversal: int | None) -> None:
    """Write the reversal of a settlement; None where the settlement stands again."""
    connection.execute(update(Settlement).where(Settlement.id == number).values(reversed_by=reversal))
    events.note_stored(connection, "settlements", number)


def annul(connection: Connection, number: int, moment: Moment) -> None:
    """Mark a booking as taken back (冲正): it counts nowhere."""
    connection.execute(update(Settlement).where(Settlement.id == number).values(annulled=moment.at))
    events.note_stored(connection, "settlements", number)


def totals(
    connection: Connection,
    first_day: dt.date,
    last_day: dt.date,
    institution: str | None = None,
    *,
    county: str | None = None,
    cares: Collection[str] | None = None,
    insurance: tuple[str, bool] | None = None,
    standing: bool = False,
) -> list[TotalsRow]:
    """Sum the bookings between two days, both counted, by institution and kind, without those that are annulled.

    `county` restricts the sum to what it sees, `cares` to these kinds of visit, `insurance` to a kind of insurance;
    with True bookings that name no kind are included. `standing` leaves what stands, and its corrections.
    """
    conditions: list[ColumnElement[bool]] = [Settlement.day.between(first_day, last_day), Settlement.annulled.is_(None)]
    if institution is not None:
        conditions.append(Settlement.institution == institution)
    if county is not None:
        conditions.append(_seen_by(county))
    if cares is not None:
        conditions.append(Settlement.care.in_(cares))
    if insurance is not None:
        code, unnamed = insurance
        named = Settlement.insurance == code
        conditions.append(or_(named, Settlement.insurance.is_(None)) if unnamed else named)
    if standing:
        conditions.append(COUNTS)
    groups = (Settlement.institution, Settlement.kind)
    statement = select(*groups, func.count().label("count"), *_SUMS).where(*conditions)
    rows = connection.execute(statement.group_by(*groups).order_by(*groups)).mappings()
    return [TotalsRow(row["institution"], row["kind"], row["count"], _amounts(row)) for row in rows]


def standing_sums(connection: Connection, person: int, year: int) -> StandingSums:
    """Sum the standing settlements of a person's year."""
    is_settlement = Settlement.kind == "settlement"
    admitted = case((is_settlement & (Settlement.care != "outpatient"), 1), else_=0)
    admissions = func.coalesce(func.sum(admitted), 0).label("admissions")
    condition = (Settlement.person_id == person) & (Settlement.year == year) & COUNTS
    count = func.coalesce(func.sum(case((is_settlement, 1), else_=0)), 0).label("count")
    statement = select(count, admissions, *_SUMS).where(condition)
    row = connection.execute(statement).mappings().one()
    return StandingSums(int(row["count"]), int(row["admissions"]), _amounts(row))


def has_any(connection: Connection, person: int) -> bool:
    """Whether anything is booked for a person, whatever became of it."""
    return connection.execute(select(Settlement.id).where(Settlement.person_id == person).limit(1)).first() is not None


_SETTLED = func.coalesce(Settlement.corrects, Settlement.id).label("settlement")
LUMP_SUMS = (
    select(Settlement.person_id, _SETTLED)
    .where(COUNTS, Settlement.lump_sum != 0)
    .group_by(Settlement.person_id, _SETTLED)
    .having(func.sum(Settlement.lump_sum) > 0)
    .order_by(_SETTLED)
)
"""The persons whose lump sum a standing settlement pays as it is corrected, each with its number, in their order."""


def lump_sum_paid_to(connection: Connection, person: int) -> int | None:
    """Return the first standing settlement that pays a person's lump sum as it is corrected; None where none does."""
    paid = connection.execute(LUMP_SUMS.where(Settlement.person_id == person)).first()
    return None if paid is None else paid.settlement


def give_over(connection: Connection, other: int, person: int) -> list[int]:
    """Give the settlements and reversals of one person to another, and return their numbers."""
    statement = select(Settlement.id).where(Settlement.person_id == other).order_by(Settlement.id)
    numbers = list(connection.execute(statement).scalars())
    connection.execute(update(Settlement).where(Settlement.person_id == other).values(person_id=person))
    events.note_stored(connection, "settlements", *numbers)
    return numbers


def _seen_by(county: str) -> ColumnElement[bool]:
    """Select what a county sees: of its institutions, of its persons, of persons that left it for the days before."""
    institutions = select(InstitutionEntry.code).where(InstitutionEntry.place == county)
    # By the person of each booking, and not among all persons of the county.
    registered = exists().where(Person.id == Settlement.person_id, Person.county == county)
    left = exists().where(
        PersonTransfer.person_id == Settlement.person_id,
        PersonTransfer.from_county == county,
        PersonTransfer.taken_back.is_(None),
        Settlement.service_date < PersonTransfer.first_day,
    )
    return or_(Settlement.institution.in_(institutions), registered, left)


def _amounts(row: RowMapping) -> Amounts:
    return Amounts(*(int(row[name]) for name in AMOUNTS))


def _year_before_values(account: AccountRecord | None) -> Mapping[str, object]:
    if account is None:
        return {}
    to_date = account.to_date
    return {
        "settlements_before": account.settlements,
        "admissions_before": to_date.admissions,
        "admissions_at_before": {level: count for level, count in to_date.admissions_at.items() if count},
        "counted_before": to_date.counted,
        "paid_before": to_date.paid,
    }


def _year_before(row: RowMapping) -> AccountRecord | None:
    if row["settlements_before"] is None:
        return None
    to_date = YearToDate(
        row["admissions_before"], row["admissions_at_before"], row["counted_before"], row["paid_before"]
    )
    return AccountRecord(to_date, row["settlements_before"])


def _facts_values(facts: SettledFacts | None) -> Mapping[str, object]:
    if facts is None:
        return {}
    return {**facts._asdict(), "adjudicated": facts.adjudicated or None, "readings": facts.readings or None}


def _facts(row: RowMapping) -> SettledFacts | None:
    if row["registration"] is None:
        return None
    known = {name: row[name] for name in ("in_register", "registration", "major_disease", "chronic_disease")}
    return SettledFacts(
        **known,
        unreferred=row["unreferred"],
        adjudicated=row["adjudicated"] or {},
        readings=row["readings"] or {},
    )


def to_record(row: RowMapping) -> SettlementRecord:
    """Return a row of the table as a value."""
    return SettlementRecord(
        id=row["id"],
        kind=row["kind"],
        reverses=row["reverses"],
        corrects=row["corrects"],
        rebooking=row["rebooking"],
        reversed_by=row["reversed_by"],
        annulled=row["annulled"],
        institution=row["institution"],
        person_id=row["person_id"],
        visit_id=row["visit_id"],
        message_id=row["message_id"],
        service_date=row["service_date"],
        made=row["made"],
        day=row["day"],
        token_id=row["token_id"],
        level=row["level"],
        care=row["care"],
        insurance=row["insurance"],
        amounts=_amounts(row),
        counted=row["counted"],
        year_before=_year_before(row),
        facts=_facts(row),
        working=row["working"],
        accident=row["accident"],
        interim=row["interim"],
        batch=row["batch"],
        budget_first_day=row["purse"],
        edition=row["edition"],
        fingerprint=row["fingerprint"],
        answers=unpacked(row["answer"], row["id"]),
    )
