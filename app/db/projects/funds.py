"""Funds allocated to projects of the library (资金安排), and what was carried out and achieved with them: 二.6.(1)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from app.db.projects.events import digest
from app.db.projects.models import Allocation, Report


def allocations_of(connection: Connection, number: int) -> list[dict[str, Any]]:
    """List the allocations to a project, the oldest first."""
    told = select(Allocation.__table__).where(Allocation.project_id == number).order_by(Allocation.id)
    return [row._asdict() for row in connection.execute(told)]


def reports_of(connection: Connection, number: int) -> list[dict[str, Any]]:
    """List what was carried out and achieved, the oldest first."""
    told = select(Report.__table__).where(Report.project_id == number).order_by(Report.id)
    return [row._asdict() for row in connection.execute(told)]


def digest_of_allocation(row: Mapping[str, Any]) -> str:
    """Return the digest of an allocation, for the record."""
    return digest({name: row[name] for name in ("project_id", "fund", "amount", "document")})


def digest_of_report(row: Mapping[str, Any]) -> str:
    """Return the digest of a report, for the record."""
    return digest({name: row[name] for name in ("project_id", "kind", "day", "text", "spent", "beneficiaries")})
