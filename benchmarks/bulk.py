"""Rows into a table in the fastest way the database offers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert, text

from benchmarks.library_walks import Row


def bulk_insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that have the same columns. None is NULL."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), rows)
        return
    names = list(rows[0])
    dialect = connection.dialect
    processors = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(
                [
                    value if value is None or process is None else process(value)
                    for value, process in zip(row.values(), processors, strict=True)
                ]
            )


def advance_sequence(connection: Connection, table: str) -> None:
    """Advance PostgreSQL's sequence of a table beyond the numbers that were inserted."""
    if connection.dialect.name == "postgresql":
        statement = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
        connection.execute(text(statement))
