"""The tables whose rows belong to the ledger's chain: the key and the digest of a row, and the rows as they stand."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, Table, literal, select, tuple_

from app.db.chain import digest
from app.db.ledger.models import (
    AcceptedFigures,
    InstitutionEntry,
    LedgerKey,
    Person,
    PersonAlias,
    PersonDouble,
    PersonJoin,
    PersonStatus,
    PersonTransfer,
    Rebooking,
    Settlement,
    StoredMessage,
)
from app.db.models import Base, StoredReply, Token
from app.db.visits.models import FeeBatch, VisitEntry


class ChainedTable(NamedTuple):
    """A table whose rows belong to the chain."""

    word: str
    """What a row is called where it is at fault."""
    table: Table
    derived: frozenset[str] = frozenset()
    """The columns that follow from other rows, and are checked against those."""


def _chained(word: str, model: type[Base], *derived: str) -> tuple[str, ChainedTable]:
    table = Base.metadata.tables[model.__tablename__]
    return table.name, ChainedTable(word, table, frozenset(derived))


CHAINED: Mapping[str, ChainedTable] = dict(
    (
        _chained("institution", InstitutionEntry),
        _chained("token", Token),
        _chained("answer to an Idempotency-Key", StoredReply),
        _chained("key check", LedgerKey),
        _chained("accepted figures", AcceptedFigures),
        _chained("person", Person, "compensated_by"),
        _chained("transfer", PersonTransfer),
        _chained("status", PersonStatus),
        _chained("alias", PersonAlias),
        _chained("join of persons", PersonJoin),
        _chained("settlement", Settlement, "visit_key"),
        _chained("rebooking", Rebooking),
        _chained("message", StoredMessage),
        _chained("pair of persons who are one", PersonDouble),
        _chained("visit", VisitEntry),
        _chained("fees", FeeBatch),
    )
)
"""Name of a table -> the table. The accounts and the spent budgets are sums of settlements, and are checked as such."""


def row_key(chained: ChainedTable, values: Mapping[str, object]) -> str:
    """Return the table and the key of a row. A key of several columns may hold a sender's text, so it is hashed."""
    parts = [values[column.name] for column in chained.table.primary_key]
    return f"{chained.table.name} {parts[0] if len(parts) == 1 else digest(parts)}"


def row_digest(chained: ChainedTable, values: Mapping[str, object]) -> str:
    """Return the digest of a row. A column without a value is left out, so that one may be added to the table."""
    return digest(
        {name: plain(value) for name, value in values.items() if value is not None and name not in chained.derived}
    )


def plain(value: object) -> object:
    """Return a value of a column as the digests have it: an instant as text, bytes by their hash."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value


def stored_rows(connection: Connection) -> Iterator[tuple[str, str]]:
    """Iterate over the rows of the chain, each with its digest as it stands now; a thousand at a time."""
    for chained in CHAINED.values():
        key = list(chained.table.primary_key)
        after: tuple[object, ...] | None = None
        while True:
            rows = _page(connection, chained, after)
            for values in rows:
                yield row_key(chained, values), row_digest(chained, values)
            if len(rows) < _PAGE:
                break
            after = tuple(rows[-1][column.name] for column in key)


_PAGE = 1_000


def _page(
    connection: Connection, chained: ChainedTable, after: tuple[object, ...] | None
) -> list[Mapping[str, object]]:
    """Read rows after a key: pages, since the caller may write in between."""
    key = list(chained.table.primary_key)
    statement = select(chained.table).order_by(*key).limit(_PAGE)
    if after is not None:
        where = tuple_(*key) > tuple_(*(literal(value, column.type) for value, column in zip(after, key, strict=True)))
        statement = statement.where(where)
    return [dict(row) for row in connection.execute(statement).mappings()]


def stored_rows_of(connection: Connection, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """Iterate over the rows of some keys that are stored, each with its digest as it stands now."""
    names: dict[str, set[str]] = {}
    for key in keys:
        table, _, number = key.partition(" ")
        names.setdefault(table, set()).add(number)
    for table, wanted in names.items():
        if table in CHAINED:
            yield from _rows_of(connection, CHAINED[table], wanted)


def _rows_of(connection: Connection, chained: ChainedTable, wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    columns = list(chained.table.primary_key)
    keys: Iterator[tuple[object, ...]]
    if len(columns) == 1:
        of_type = columns[0].type.python_type
        keys = iter([(of_type(each),) for each in wanted])
    else:
        # Such a key is hashed, so that all of them are looked through.
        stored = connection.execute(select(*columns), execution_options={"yield_per": _PAGE})
        keys = iter([tuple(row) for row in stored if digest(list(row)) in wanted])
    while some := list(islice(keys, _AT_ONCE)):
        statement = select(chained.table).where(tuple_(*columns).in_(some))
        for row in connection.execute(statement).mappings():
            values = dict(row)
            yield row_key(chained, values), row_digest(chained, values)


_AT_ONCE = 300
"""Keys that one query looks for."""
