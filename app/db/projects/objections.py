"""Objections (异议): made by anyone, kept and marked when late, decided once with an answer."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from app.db.projects.events import digest
from app.db.projects.models import Notice, Objection
from app.errors import NotFoundError, Resource

_OBJECTIONS = Objection.__table__
SHOWN = [column for column in _OBJECTIONS.columns if column.name not in {"name", "contact", "receipt"}]
"""Name and contact never leave the store."""


def undecided_in_time(connection: Connection, projects: Iterable[int]) -> Counter[int]:
    """Count, for each project, the objections made in time to any notice of it that nobody has decided; one query.

    Of the project, not of the notice that stands now: nobody gets rid of an objection by changing the project.
    """
    theirs = Notice.project_id.in_(list(projects)) & (Notice.kind == "publicity")
    waiting = Objection.outcome.is_(None) & Objection.late.is_(False)
    counted = select(Notice.project_id, func.count()).join(Objection, Objection.notice_id == Notice.id)
    rows = connection.execute(counted.where(theirs, waiting).group_by(Notice.project_id))
    return Counter({row.project_id: row[1] for row in rows})


def to_notice(connection: Connection, notice_id: int) -> list[dict[str, Any]]:
    """List the objections to a notice, the oldest first, without who made them."""
    told = select(*SHOWN).where(Objection.notice_id == notice_id).order_by(Objection.id)
    return [row._asdict() for row in connection.execute(told)]


def find(connection: Connection, number: int) -> dict[str, Any]:
    """Return an objection, without who made it. NotFoundError."""
    return _find(connection, _OBJECTIONS.c.id == number)


def by_receipt(connection: Connection, receipt: str) -> dict[str, Any]:
    """Return the objection that a receipt was given for. NotFoundError."""
    return _find(connection, _OBJECTIONS.c.receipt == _hash(receipt))


def digest_of(row: Mapping[str, Any]) -> str:
    """Return the digest of an objection, for the record; the receipt's hash makes it impossible to guess back."""
    return digest({name: row[name] for name in ("notice_id", "late", "content", "name", "contact", "receipt")})


def _under(connection: Connection, receipt: str) -> dict[str, Any] | None:
    try:
        return by_receipt(connection, receipt)
    except NotFoundError:
        return None


def _find(connection: Connection, which: Any) -> dict[str, Any]:
    found = connection.execute(select(*SHOWN).where(which)).one_or_none()
    if found is None:
        raise NotFoundError(Resource.OBJECTION)
    return found._asdict()


def _hash(receipt: str) -> str:
    return hashlib.sha256(receipt.encode("utf-8", "surrogatepass")).hexdigest()
