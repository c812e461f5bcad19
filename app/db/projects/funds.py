"""Funds allocated to projects (资金安排), and reports of what was carried out and achieved: 二.6.(1)."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from app.clock import Moment
from app.db.chain import digest
from app.db.projects.models import Allocation, Report
from app.rules.projects.content import BeneficiariesFields
from app.rules.projects.procedure import ReportKind


class NewAllocation(NamedTuple):
    """Money to allocate: the source of the budget, the amount in fen, and the document that allocates it."""

    fund: str
    amount: int
    document: str


class NewReport(NamedTuple):
    """A report for a day: what was carried out or achieved, and what has been spent so far, in fen."""

    kind: ReportKind
    day: dt.date
    text: str
    spent: int | None = None
    beneficiaries: BeneficiariesFields | None = None


class AllocationRecord(NamedTuple):
    """An allocation: a row of `allocations`, field by column; the amount in fen."""

    id: int
    project_id: int
    fund: str
    amount: int
    document: str
    made: dt.datetime

    @property
    def content(self) -> NewAllocation:
        """The allocation as it was made."""
        return NewAllocation(self.fund, self.amount, self.document)


class ReportRecord(NamedTuple):
    """A report: a row of `reports`, field by column; what was spent in fen."""

    id: int
    project_id: int
    kind: ReportKind
    day: dt.date
    text: str
    spent: int | None
    beneficiaries: BeneficiariesFields | None
    made: dt.datetime

    @property
    def content(self) -> NewReport:
        """The report as it was made."""
        return NewReport(self.kind, self.day, self.text, self.spent, self.beneficiaries)


_ALLOCATIONS = Allocation.__table__
_REPORTS = Report.__table__
_ALLOCATION_COLUMNS = [_ALLOCATIONS.c[name] for name in AllocationRecord._fields]
_REPORT_COLUMNS = [_REPORTS.c[name] for name in ReportRecord._fields]
_STREAMED = {"yield_per": 1_000}


def insert_allocation(
    connection: Connection, project_id: int, allocation: NewAllocation, moment: Moment
) -> AllocationRecord:
    """Insert an allocation to a project."""
    row = {"project_id": project_id, **allocation._asdict(), "made": moment.at}
    number = connection.execute(insert(Allocation).values(row).returning(Allocation.id)).scalar_one()
    return AllocationRecord(number, project_id, *allocation, moment.at)


def insert_report(connection: Connection, project_id: int, report: NewReport, moment: Moment) -> ReportRecord:
    """Insert a report on a project."""
    row = {"project_id": project_id, **report._asdict(), "made": moment.at}
    number = connection.execute(insert(Report).values(row).returning(Report.id)).scalar_one()
    return ReportRecord(number, project_id, *report, moment.at)


def allocations_of(connection: Connection, project_id: int) -> list[AllocationRecord]:
    """List the allocations to a project, the oldest first."""
    query = select(*_ALLOCATION_COLUMNS).where(Allocation.project_id == project_id).order_by(Allocation.id)
    return [AllocationRecord._make(row) for row in connection.execute(query)]


def reports_of(connection: Connection, project_id: int) -> list[ReportRecord]:
    """List the reports on a project, the oldest first."""
    query = select(*_REPORT_COLUMNS).where(Report.project_id == project_id).order_by(Report.id)
    return [ReportRecord._make(row) for row in connection.execute(query)]


def find_report(connection: Connection, number: int) -> ReportRecord | None:
    """Return a report; None where there is none of this number."""
    row = connection.execute(select(*_REPORT_COLUMNS).where(_REPORTS.c.id == number)).one_or_none()
    return None if row is None else ReportRecord._make(row)


def set_report_text(connection: Connection, report: ReportRecord, text: str) -> ReportRecord:
    """Replace the text of a report by what is left of it, and return the report."""
    connection.execute(update(Report).where(Report.id == report.id).values(text=text))
    return report._replace(text=text)


def all_allocations(connection: Connection, projects: Collection[int] | None = None) -> Iterator[AllocationRecord]:
    """Iterate over every allocation, in the order of the numbers; of some projects, or of all."""
    query = select(*_ALLOCATION_COLUMNS).order_by(_ALLOCATIONS.c.id)
    if projects is not None:
        query = query.where(_ALLOCATIONS.c.project_id.in_(projects))
    with connection.execute(query, execution_options=_STREAMED) as rows:
        yield from map(AllocationRecord._make, rows)


def all_reports(connection: Connection, projects: Collection[int] | None = None) -> Iterator[ReportRecord]:
    """Iterate over every report, in the order of the numbers; of some projects, or of all."""
    query = select(*_REPORT_COLUMNS).order_by(_REPORTS.c.id)
    if projects is not None:
        query = query.where(_REPORTS.c.project_id.in_(projects))
    with connection.execute(query, execution_options=_STREAMED) as rows:
        yield from map(ReportRecord._make, rows)


def allocated_totals(connection: Connection, project_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """Add up the allocations of some projects, in fen, by project and fund."""
    totals = select(Allocation.project_id, Allocation.fund, func.sum(Allocation.amount))
    query = totals.where(Allocation.project_id.in_(project_ids)).group_by(Allocation.project_id, Allocation.fund)
    return {(number, fund): int(amount) for number, fund, amount in connection.execute(query)}


def digest_of_allocation(project_id: int, allocation: NewAllocation) -> str:
    """Return the digest of an allocation, for the history."""
    return digest({"project_id": project_id, **allocation._asdict()})


def digest_of_report(project_id: int, report: NewReport) -> str:
    """Return the digest of a report, for the history."""
    return digest({"project_id": project_id, **report._asdict()})
