"""The projects as they stand: created, found and changed. The procedure decides which acts are allowed."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, delete, func, insert, select, update

from app.clock import Moment
from app.db.projects.models import Project, ProjectSource
from app.db.tokens import Officer
from app.errors import NotFoundError, Resource
from app.rules.projects.content import Beneficiaries, Construction, Content, Funding, Schedule
from app.rules.projects.procedure import PUBLISHED, Status

_PROJECTS = Project.__table__


class ProjectRow(NamedTuple):
    """A row of `projects`, field by column; the sources of the budget stand in a table of their own."""

    id: int
    version: int
    status: Status
    place: str
    township: str
    county: str
    place_name: str | None
    name: str
    category: str
    construction: Construction
    starts: dt.date | None
    ends: dt.date | None
    responsible_unit: str | None
    tasks: str | None
    budget: int
    households: int | None
    persons: int | None
    registered_households: int | None
    registered_persons: int | None
    performance_goals: list[str]
    participation: str | None
    poverty_reduction_mechanism: str | None
    declared: dt.datetime
    changed: dt.datetime


COLUMNS = [_PROJECTS.c[name] for name in ProjectRow._fields]
"""The columns of a `ProjectRow`."""


class FundRecord(NamedTuple):
    """A source of a budget, and the part of it that is allocated; fen."""

    fund: str
    amount: int
    allocated: int

    @property
    def left(self) -> int:
        """The part that can still be allocated, fen."""
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
        """Whether the project lies in an officer's place."""
        return officer is not None and self.content.place.startswith(officer.place)

    def is_shown_to(self, officer: Officer | None) -> bool:
        """Whether the project may be read: it is published, or lies in the officer's place."""
        return self.status in PUBLISHED or self.is_covered_by(officer)


def create(connection: Connection, content: Content, moment: Moment) -> ProjectRecord:
    """Create a project, as a draft."""
    row = {**_columns(content), "version": 1, "status": "draft", "declared": moment.at, "changed": moment.at}
    number = connection.execute(insert(Project).values(row).returning(Project.id)).scalar_one()
    funds = [FundRecord(each.fund, each.amount, 0) for each in content.sources]
    _insert_sources(connection, number, funds)
    return ProjectRecord(number, 1, "draft", content, tuple(funds), moment.at, moment.at)


def find(connection: Connection, number: int) -> ProjectRecord:
    """Return a project. NotFoundError where there is none of that number."""
    projects = find_by_ids(connection, [number])
    if not projects:
        raise NotFoundError(Resource.PROJECT)
    return projects[0]


_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_BY_IDS = select(*COLUMNS).where(_PROJECTS.c.id.in_(_IDS))
_SOURCES = (
    select(ProjectSource.project_id, ProjectSource.fund, ProjectSource.amount, ProjectSource.allocated)
    .where(ProjectSource.project_id.in_(_IDS))
    .order_by(ProjectSource.project_id, ProjectSource.position)
)


def find_by_ids(connection: Connection, ids: Sequence[int]) -> list[ProjectRecord]:
    """Return the projects of these numbers, in their order; numbers without a project are left out."""
    rows = {row.id: row for row in map(ProjectRow._make, connection.execute(_BY_IDS, {"ids": list(ids)}))}
    return with_sources(connection, [rows[number] for number in ids if number in rows])


def with_sources(connection: Connection, rows: Sequence[ProjectRow]) -> list[ProjectRecord]:
    """Turn rows of the table into projects with the sources of their budgets."""
    funds: dict[int, list[FundRecord]] = {row.id: [] for row in rows}
    for number, fund, amount, allocated in connection.execute(_SOURCES, {"ids": list(funds)}):
        funds[number].append(FundRecord(fund, amount, allocated))
    return [_record(row, funds[row.id]) for row in rows]


def count(connection: Connection) -> int:
    """Count the projects."""
    return connection.execute(select(func.count()).select_from(Project)).scalar_one()


def rightly_placed(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Return those of some projects whose columns of township and county agree with their village's code."""
    query = select(Project.id, Project.place, Project.township, Project.county).where(Project.id.in_(ids))
    return {
        number
        for number, place, township, county in connection.execute(query)
        if (township, county) == (place[:9], place[:6])
    }


def change_content(connection: Connection, before: ProjectRecord, content: Content, moment: Moment) -> ProjectRecord:
    """Change the content of a project. What is allocated from a source stays with it."""
    allocated = {each.fund: each.allocated for each in before.funds}
    funds = [FundRecord(each.fund, each.amount, allocated.get(each.fund, 0)) for each in content.sources]
    if funds != list(before.funds):
        connection.execute(delete(ProjectSource).where(ProjectSource.project_id == before.id))
        _insert_sources(connection, before.id, funds)
    after = before._replace(version=before.version + 1, content=content, funds=tuple(funds), changed=moment.at)
    _update(connection, after, _columns(content))
    return after


def text_of(connection: Connection, number: int, field: str) -> str | None:
    """Return one text of a project."""
    text: str | None = connection.execute(select(_PROJECTS.c[field]).where(_PROJECTS.c.id == number)).scalar_one()
    return text


def set_text(connection: Connection, number: int, field: str, text: str) -> None:
    """Replace one text of a project, which is no act on it."""
    connection.execute(update(Project).where(Project.id == number).values({field: text}))


def change_status(connection: Connection, before: ProjectRecord, status: Status, moment: Moment) -> ProjectRecord:
    """Change the status of a project, or only its version where the status stays."""
    after = before._replace(version=before.version + 1, status=status, changed=moment.at)
    _update(connection, after, {"status": status})
    return after


def allocate(
    connection: Connection, before: ProjectRecord, fund: FundRecord, amount: int, moment: Moment
) -> ProjectRecord:
    """Add an amount to what is allocated of a source. A constraint of the table refuses more than the source has."""
    source: ColumnElement[bool] = (ProjectSource.project_id == before.id) & (ProjectSource.fund == fund.fund)
    connection.execute(update(ProjectSource).where(source).values(allocated=ProjectSource.allocated + amount))
    funds = tuple(each._replace(allocated=each.allocated + amount) if each == fund else each for each in before.funds)
    return change_status(connection, before, before.status, moment)._replace(funds=funds)


def _update(connection: Connection, after: ProjectRecord, columns: Mapping[str, object]) -> None:
    values = {**columns, "version": after.version, "changed": after.changed}
    connection.execute(update(Project).where(Project.id == after.id).values(values))


def _insert_sources(connection: Connection, project_id: int, funds: Iterable[FundRecord]) -> None:
    rows = [{"project_id": project_id, "position": position, **fund._asdict()} for position, fund in enumerate(funds)]
    connection.execute(insert(ProjectSource), rows)


def _columns(content: Content) -> dict[str, object]:
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


def _record(row: ProjectRow, funds: Sequence[FundRecord]) -> ProjectRecord:
    content = Content(
        name=row.name,
        category=row.category,
        construction=row.construction,
        place=row.place,
        budget=row.budget,
        sources=tuple(Funding(each.fund, each.amount) for each in funds),
        place_name=row.place_name,
        schedule=_schedule(row),
        responsible_unit=row.responsible_unit,
        tasks=row.tasks,
        beneficiaries=_beneficiaries(row),
        performance_goals=tuple(row.performance_goals),
        participation=row.participation,
        poverty_reduction_mechanism=row.poverty_reduction_mechanism,
    )
    return ProjectRecord(row.id, row.version, row.status, content, tuple(funds), row.declared, row.changed)


def _schedule(row: ProjectRow) -> Schedule | None:
    return None if row.starts is None or row.ends is None else Schedule(row.starts, row.ends)


def _beneficiaries(row: ProjectRow) -> Beneficiaries | None:
    counts = (row.households, row.persons, row.registered_households, row.registered_persons)
    households, persons, registered_households, registered_persons = counts
    if households is None or persons is None or registered_households is None or registered_persons is None:
        return None
    return Beneficiaries(households, persons, registered_households, registered_persons)
