"""The projects as they stand: put in, found, changed. What may be done to them is decided in `procedure.py`."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Row, delete, insert, select, update

from app.clock import Moment
from app.db.projects.models import Project, ProjectSource
from app.db.tokens import Officer
from app.errors import NotFoundError, Resource
from app.rules.projects.content import Beneficiaries, Construction, Content, Funding, Schedule
from app.rules.projects.procedure import PUBLISHED, Status

_PROJECTS = Project.__table__


class FundRecord(NamedTuple):
    """A source of a budget, and what of it has been allocated; fen."""

    fund: str
    amount: int
    allocated: int

    @property
    def left(self) -> int:
        """What can still be allocated."""
        return self.amount - self.allocated


class ProjectRecord(NamedTuple):
    """A project as it stands."""

    id: int
    version: int
    status: Status
    content: Content
    funds: tuple[FundRecord, ...]
    declared: dt.datetime
    changed: dt.datetime

    def is_covered_by(self, officer: Officer | None) -> bool:
        """Whether it lies in an officer's place."""
        return officer is not None and self.content.place.startswith(officer.place)

    def is_shown_to(self, officer: Officer | None) -> bool:
        """Whether it may be read: published, or in the officer's place."""
        return self.status in PUBLISHED or self.is_covered_by(officer)


def put_in(connection: Connection, content: Content, moment: Moment) -> ProjectRecord:
    """Put a new project in, as a draft."""
    row = {**_columns(content), "version": 1, "status": "draft", "declared": moment.at, "changed": moment.at}
    number = connection.execute(insert(Project).values(row).returning(Project.id)).scalar_one()
    funds = [FundRecord(each.fund, each.amount, 0) for each in content.sources]
    _put_in_sources(connection, number, funds)
    return ProjectRecord(number, 1, "draft", content, tuple(funds), moment.at, moment.at)


def find(connection: Connection, number: int) -> ProjectRecord:
    """Return a project. NotFoundError where there is none of that number."""
    found = found_by_ids(connection, [number])
    if not found:
        raise NotFoundError(Resource.PROJECT)
    return found[0]


def found_by_ids(connection: Connection, ids: Sequence[int]) -> list[ProjectRecord]:
    """Return the projects of these numbers, in their order; those that are not there are left out."""
    rows = {row.id: row for row in connection.execute(select(_PROJECTS).where(_PROJECTS.c.id.in_(ids)))}
    return with_sources(connection, [rows[number] for number in ids if number in rows])


def with_sources(connection: Connection, rows: Sequence[Row[Any]]) -> list[ProjectRecord]:
    """Turn rows of the table into projects, their sources with them."""
    funds: dict[int, list[FundRecord]] = {row.id: [] for row in rows}
    told = select(ProjectSource.project_id, ProjectSource.fund, ProjectSource.amount, ProjectSource.allocated)
    wanted = told.where(ProjectSource.project_id.in_(list(funds))).order_by(
        ProjectSource.project_id, ProjectSource.position
    )
    for number, fund, amount, allocated in connection.execute(wanted):
        funds[number].append(FundRecord(fund, amount, allocated))
    return [_stored(row, funds[row.id]) for row in rows]


def change_content(connection: Connection, before: ProjectRecord, content: Content, moment: Moment) -> ProjectRecord:
    """Give a project another content; what was allocated from its sources stays with them."""
    allocated = {each.fund: each.allocated for each in before.funds}
    funds = [FundRecord(each.fund, each.amount, allocated.get(each.fund, 0)) for each in content.sources]
    if funds != list(before.funds):
        connection.execute(delete(ProjectSource).where(ProjectSource.project_id == before.id))
        _put_in_sources(connection, before.id, funds)
    after = before._replace(version=before.version + 1, content=content, funds=tuple(funds), changed=moment.at)
    _update(connection, after, **_columns(content))
    return after


def change_status(connection: Connection, before: ProjectRecord, status: Status, moment: Moment) -> ProjectRecord:
    """Give a project another status, or only another version where the status stays."""
    after = before._replace(version=before.version + 1, status=status, changed=moment.at)
    _update(connection, after, status=status)
    return after


def allocate(
    connection: Connection, before: ProjectRecord, fund: FundRecord, amount: int, moment: Moment
) -> ProjectRecord:
    """Take note that an amount of a source is allocated. The store itself refuses more than there is."""
    row = (ProjectSource.project_id == before.id) & (ProjectSource.fund == fund.fund)
    connection.execute(update(ProjectSource).where(row).values(allocated=ProjectSource.allocated + amount))
    funds = tuple(each._replace(allocated=each.allocated + amount) if each == fund else each for each in before.funds)
    return change_status(connection, before, before.status, moment)._replace(funds=funds)


def _update(connection: Connection, after: ProjectRecord, **columns: Any) -> None:
    changed = {**columns, "version": after.version, "changed": after.changed}
    connection.execute(update(Project).where(Project.id == after.id).values(changed))


def _put_in_sources(connection: Connection, number: int, funds: Iterable[FundRecord]) -> None:
    rows = [{"project_id": number, "position": at, **fund._asdict()} for at, fund in enumerate(funds)]
    connection.execute(insert(ProjectSource), rows)


def _columns(content: Content) -> dict[str, Any]:
    schedule = content.schedule
    whom = content.beneficiaries
    return {
        "place": content.place,
        "township": content.place[:9],
        "county": content.place[:6],
        "place_name": content.place_name,
        "name": content.name,
        "category": content.category,
        "construction": content.construction,
        "starts": schedule and schedule.start,
        "ends": schedule and schedule.end,
        "responsible_unit": content.responsible_unit,
        "tasks": content.tasks,
        "budget": content.budget,
        **(whom._asdict() if whom else dict.fromkeys(Beneficiaries._fields)),
        "performance_goals": list(content.performance_goals),
        "participation": content.participation,
        "poverty_reduction_mechanism": content.poverty_reduction_mechanism,
    }


def _stored(row: Row[Any], funds: Sequence[FundRecord]) -> ProjectRecord:
    whom = [row.households, row.persons, row.registered_households, row.registered_persons]
    content = Content(
        name=row.name,
        category=row.category,
        construction=cast("Construction", row.construction),
        place=row.place,
        budget=row.budget,
        sources=tuple(Funding(each.fund, each.amount) for each in funds),
        place_name=row.place_name,
        schedule=None if row.starts is None else Schedule(row.starts, row.ends),
        responsible_unit=row.responsible_unit,
        tasks=row.tasks,
        beneficiaries=None if row.households is None else Beneficiaries(*whom),
        performance_goals=tuple(row.performance_goals),
        participation=row.participation,
        poverty_reduction_mechanism=row.poverty_reduction_mechanism,
    )
    return ProjectRecord(
        row.id, row.version, cast("Status", row.status), content, tuple(funds), row.declared, row.changed
    )
