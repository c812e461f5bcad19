"""The settlements (结算) and their reversals (撤销) as they are booked: put in, found, taken out of force, summed."""

import datetime as dt
import zlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, func, insert, or_, select, update

from app.clock import Moment
from app.db.ledger.models import AMOUNTS, Settlement
from app.errors import ConflictError, ConflictReason, NotFoundError, Resource
from app.i18n import LANGUAGES, Language

_SETTLEMENTS = Settlement.__table__
_INSERT = insert(Settlement).returning(Settlement.id)

STANDS = and_(Settlement.kind == "settlement", Settlement.reversed_by.is_(None), Settlement.annulled.is_(None))
"""What counts: settlements that were neither reversed nor taken back."""

Row = dict[str, Any]


class VisitSettlement(NamedTuple):
    """A settlement of a visit, of which there may be several."""

    id: int
    person: int
    interim: bool
    batch: str | None


def put_in(connection: Connection, row: Mapping[str, Any]) -> int:
    """Put a settlement or reversal in, and return its number."""
    made: int = connection.execute(_INSERT, {**row, "answer": zlib.compress(b"")}).scalar_one()
    return made


def write_answers(connection: Connection, number: int, answers: Mapping[Language, bytes]) -> None:
    """Keep the answer of a settlement, in which its number stands, in both languages."""
    packed = zlib.compress(b"\n".join(answers[language] for language in LANGUAGES))
    connection.execute(update(Settlement).where(Settlement.id == number).values(answer=packed))


def find(connection: Connection, number: int) -> Row:
    """Return a settlement or reversal. NotFoundError where there is none of that number."""
    found = connection.execute(select(_SETTLEMENTS).where(_SETTLEMENTS.c.id == number)).one_or_none()
    if found is None:
        raise NotFoundError(Resource.SETTLEMENT)
    return _unpacked(found._asdict())


def found_by(
    connection: Connection, institution: str | None, after: int = 0, *, limit: int, **columns: str
) -> list[Row]:
    """List the settlements and reversals of an institution by visit or message after a number, the oldest first."""
    conditions: list[ColumnElement[bool]] = [_SETTLEMENTS.c[name] == value for name, value in columns.items()]
    if institution is not None:
        conditions.append(Settlement.institution == institution)
    conditions.append(_SETTLEMENTS.c.id > after)
    told = select(_SETTLEMENTS).where(*conditions).order_by(_SETTLEMENTS.c.id).limit(limit)
    return [_unpacked(row._asdict()) for row in connection.execute(told)]


def standing_of_visit(connection: Connection, institution: str, visit_id: str) -> list[VisitSettlement]:
    """List the settlements of a visit that stand, the oldest first."""
    which = (Settlement.institution == institution) & (Settlement.visit_id == visit_id) & STANDS
    told = select(Settlement.id, Settlement.person_id, Settlement.interim, Settlement.batch)
    return [VisitSettlement(*row) for row in connection.execute(told.where(which).order_by(Settlement.id))]


def check_beside(standing: Iterable[VisitSettlement], person: int | None, *, interim: bool, batch: str | None) -> None:
    """Refuse a settlement of a visit beside one that stands. ConflictError.

    One visit is one person's. Beside an interim settlement any may stand, an interim one beside any, and beside one of
    a batch of charges that of another batch.
    """
    for part in standing:
        if part.person != person:
            raise ConflictError(ConflictReason.VISIT_OF_ANOTHER, settlement=part.id)
        other_batch = batch is not None and part.batch not in {None, batch}
        if not (interim or part.interim or other_batch):
            raise ConflictError(ConflictReason.VISIT_SETTLED, settlement=part.id)


def depending_on(connection: Connection, row: Mapping[str, Any], after: int) -> int | None:
    """Return the first settlement that stands, came after a booking and rests on what it changed; None without one.

    Every later settlement of the person's year rests on the year to date, and one of an accident on whether the lump
    sum had been paid already.
    """
    of_year = (
        (Settlement.year == row["year"])
        if not row["lump_sum"]
        else ((Settlement.year == row["year"]) | Settlement.accident)
    )
    which = (Settlement.person_id == row["person_id"]) & (Settlement.id > after) & of_year & STANDS
    return connection.execute(select(Settlement.id).where(which).order_by(Settlement.id).limit(1)).scalar_one_or_none()


def mark_reversed(connection: Connection, number: int, by: int | None) -> None:
    """Take note of the reversal that undid a settlement, or that none does any more."""
    connection.execute(update(Settlement).where(Settlement.id == number).values(reversed_by=by))


def annul(connection: Connection, number: int, moment: Moment) -> None:
    """Take a booking back as if it had never arrived: it counts nowhere."""
    connection.execute(update(Settlement).where(Settlement.id == number).values(annulled=moment.at))


def totals(
    connection: Connection,
    first_day: dt.date,
    last_day: dt.date,
    institution: str | None = None,
    *,
    cares: Collection[str] | None = None,
    insurance: tuple[str, bool] | None = None,
) -> list[Row]:
    """Sum what was booked between two days, both counted, by institution and kind; what was annulled counts nowhere.

    `cares` leaves out all but these kinds of visit, `insurance` all but a kind of insurance; with True also what names
    none.
    """
    within = _SETTLEMENTS.c.day.between(first_day, last_day)
    conditions: list[ColumnElement[bool]] = [within, _SETTLEMENTS.c.annulled.is_(None)]
    if institution is not None:
        conditions.append(_SETTLEMENTS.c.institution == institution)
    if cares is not None:
        conditions.append(_SETTLEMENTS.c.care.in_(cares))
    if insurance is not None:
        code, unnamed = insurance
        named = _SETTLEMENTS.c.insurance == code
        conditions.append(or_(named, _SETTLEMENTS.c.insurance.is_(None)) if unnamed else named)
    sums = [func.coalesce(func.sum(_SETTLEMENTS.c[name]), 0).label(name) for name in AMOUNTS]
    groups = (_SETTLEMENTS.c.institution, _SETTLEMENTS.c.kind)
    told = select(*groups, func.count().label("count"), *sums).where(*conditions).group_by(*groups).order_by(*groups)
    rows = [row._asdict() for row in connection.execute(told)]
    return [{**row, **{name: int(row[name]) for name in AMOUNTS}} for row in rows]


def standing_sums(connection: Connection, person: int, year: int) -> Row:
    """Add up what stands of a person's year: what the account does not hold, and what it is compared with."""
    paid = [func.coalesce(func.sum(_SETTLEMENTS.c[name]), 0).label(name) for name in AMOUNTS]
    admitted = func.coalesce(func.sum(case((_SETTLEMENTS.c.care != "outpatient", 1), else_=0)), 0).label("admissions")
    which = (Settlement.person_id == person) & (Settlement.year == year) & STANDS
    row = connection.execute(select(func.count().label("count"), admitted, *paid).where(which)).one()
    return {name: int(value) for name, value in row._asdict().items()}


def _unpacked(row: Row) -> Row:
    """Give the answers by language in the place of the packed ones; a reversal has none."""
    answers = zlib.decompress(row.pop("answer"))
    return {**row, "answers": dict(zip(LANGUAGES, answers.split(b"\n"), strict=True)) if answers else {}}
