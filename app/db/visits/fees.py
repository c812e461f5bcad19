"""The fees of visits, kept as sums by visit and batch; each fee in them once, by a keyed hash of its number."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, literal, select, update

from app.clock import Moment
from app.db.ledger import events
from app.db.visits.models import FeeBatch

_BATCHES = FeeBatch.__table__
_INSERT = insert(FeeBatch).returning(FeeBatch.id)
_PAGE = 100


class FeeSums(NamedTuple):
    """The parts of a fee, or of several together; a refund's are negative. Fen."""

    outside: int = 0
    """Outside the insurance catalogue (fulamt_ownpay_amt)."""
    over_limit: int = 0
    """Above the price limit (overlmt_selfpay)."""
    first_paid: int = 0
    """First paid by the patient (preselfpay_amt)."""
    in_scope: int = 0
    """Within the policy's scope (inscp_scp_amt)."""

    @property
    def total(self) -> int:
        """The fee itself."""
        return self.outside + self.over_limit + self.first_paid + self.in_scope

    def plus(self, other: "FeeSums", sign: int = 1) -> "FeeSums":
        """Add another's parts, or take them away with a sign of -1."""
        return FeeSums(*(mine + sign * its for mine, its in zip(self, other, strict=True)))


class FeeLine(NamedTuple):
    """A fee as it is kept."""

    parts: FeeSums
    assumed: bool
    """Whether it counts whole in scope because nothing says how it is split."""
    refunds: str = ""
    """Keyed hash of the number of the fee that this one refunds; empty for another."""


_PackedLine = list[int | str]
"""A fee as a row has it: its four parts, whether it is assumed, and what it refunds."""


class FeeBatchRecord(NamedTuple):
    """The fees of one message and one batch of charges, as they are packed."""

    id: int
    batch: str | None
    lines: Mapping[str, _PackedLine]

    def sums(self) -> FeeSums:
        """Return the sums of the four parts, fen."""
        return FeeSums(*map(sum, zip(*(_unpack(packed).parts for packed in self.lines.values()), strict=True)))

    def without(self, keys: Collection[str]) -> "FeeBatchRecord":
        """Return what is left when these fees are taken out."""
        return self._replace(lines={key: line for key, line in self.lines.items() if key not in keys})

    def with_keys(self, key: Callable[[str], str]) -> "FeeBatchRecord":
        """Return the same fees under other keys: by the key of before, where a fee has one or refunds one."""
        return self._replace(lines={key(each): _with_refunded(line, key) for each, line in self.lines.items()})


class VisitFees:
    """The fees of a visit by their keys. There may be thousands: one is unpacked when it is looked at."""

    def __init__(self, batches: Iterable[FeeBatchRecord]) -> None:
        self._packed: dict[str, _PackedLine] = {}
        for batch in batches:
            self._packed |= batch.lines

    def __contains__(self, key: str) -> bool:
        """Whether the visit has a fee of this key."""
        return key in self._packed

    def get(self, key: str) -> FeeLine | None:
        """Return a fee; None where the visit has none of this key."""
        packed = self._packed.get(key)
        return None if packed is None else _unpack(packed)

    def refunds(self, keys: Collection[str]) -> Iterator[tuple[str, FeeLine]]:
        """Iterate over the refunds of some fees, with their keys."""
        return ((key, _unpack(packed)) for key, packed in self._packed.items() if packed[-1] in keys)

    def add(self, key: str, line: FeeLine) -> None:
        """Add a fee that is uploaded now."""
        self._packed[key] = _pack(line)


class UploadedSums(NamedTuple):
    """The sums of fees, and what of them counts in scope because nothing says how it is split. Fen."""

    parts: FeeSums
    assumed: int


def add(connection: Connection, moment: Moment, visit: int, batch: str | None, lines: Mapping[str, FeeLine]) -> None:
    """Store the fees of one message and one batch of charges."""
    packed = {key: _pack(line) for key, line in lines.items()}
    values = {"visit_id": visit, "batch": batch, "made": moment.at, **_values(packed)}
    number = connection.execute(_INSERT, values).scalar_one()
    events.note(connection, "fee_batches", {"id": number, **values})


def list_of(connection: Connection, visit: int) -> list[FeeBatchRecord]:
    """List the fees of a visit, message by message, the oldest first."""
    statement = select(FeeBatch.id, FeeBatch.batch, FeeBatch.lines).where(FeeBatch.visit_id == visit)
    rows = connection.execute(statement.order_by(FeeBatch.id))
    return [FeeBatchRecord(row.id, row.batch, row.lines) for row in rows]


def list_all(connection: Connection) -> Iterator[FeeBatchRecord]:
    """Iterate over the fees of all visits, the oldest first; a page at a time, so that they may be written."""
    after = 0
    while True:
        statement = select(FeeBatch.id, FeeBatch.batch, FeeBatch.lines).where(FeeBatch.id > after)
        rows = connection.execute(statement.order_by(FeeBatch.id).limit(_PAGE)).all()
        yield from (FeeBatchRecord(row.id, row.batch, row.lines) for row in rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1].id


def has_any(connection: Connection, visit: int) -> bool:
    """Whether a visit has fees."""
    found = select(literal(1)).where(FeeBatch.visit_id == visit).limit(1)
    return connection.execute(found).first() is not None


def sums_of(connection: Connection, visit: int, batch: str | None = None) -> UploadedSums | None:
    """Sum the fees of a visit, or those of a batch of charges; None where there are none."""
    names = (*FeeSums._fields, "assumed")
    sums = (func.coalesce(func.sum(_BATCHES.c[name]), 0) for name in names)
    statement = select(func.count(), *sums).where(_BATCHES.c.visit_id == visit)
    if batch is not None:
        statement = statement.where(_BATCHES.c.batch == batch)
    count, *amounts = connection.execute(statement).one()
    return UploadedSums(FeeSums(*map(int, amounts[:-1])), int(amounts[-1])) if count else None


def write(connection: Connection, batch: FeeBatchRecord) -> None:
    """Store what is left of the fees of a message; nothing is kept of them where none is left."""
    condition = FeeBatch.id == batch.id
    if batch.lines:
        connection.execute(update(FeeBatch).where(condition).values(_values(batch.lines)))
        events.note_stored(connection, "fee_batches", batch.id)
    else:
        connection.execute(delete(FeeBatch).where(condition))
        events.note_removed(connection, "fee_batches", {"id": batch.id})


def _values(lines: Mapping[str, _PackedLine]) -> dict[str, object]:
    unpacked = [_unpack(packed) for packed in lines.values()]
    sums = FeeSums(*map(sum, zip(*(line.parts for line in unpacked), strict=True)))
    assumed = sum(line.parts.in_scope for line in unpacked if line.assumed)
    return {**sums._asdict(), "assumed": assumed, "lines": lines}


def _pack(line: FeeLine) -> _PackedLine:
    return [*line.parts, int(line.assumed), line.refunds]


def _unpack(packed: _PackedLine) -> FeeLine:
    *parts, assumed, refunds = packed
    return FeeLine(FeeSums(*map(int, parts)), bool(assumed), str(refunds))


def _with_refunded(packed: _PackedLine, key: Callable[[str], str]) -> _PackedLine:
    *others, refunds = packed
    return [*others, key(str(refunds)) if refunds else ""]
