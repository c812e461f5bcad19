"""The schemas of both databases after all migrations, one fact on a line."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import create_engine, text

from tests.corpus.area import Area

_POSTGRESQL = {
    "columns": """
        SELECT format('%s.%s %s %s %s %s', table_name, lpad(ordinal_position::text, 2, '0'), column_name,
            CASE WHEN character_maximum_length IS NULL THEN data_type
            ELSE format('%s(%s)', data_type, character_maximum_length) END,
            CASE is_nullable WHEN 'YES' THEN 'null' ELSE 'not null' END, coalesce(column_default, ''))
        FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "constraints": """
        SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    """,
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "sequences": "SELECT sequencename || ' ' || data_type FROM pg_sequences WHERE schemaname = 'public'",
    "functions": """
        SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """,
    "revision": "SELECT version_num FROM alembic_version",
}
_SQLITE = {
    "tables": "SELECT sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    "indexes": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "triggers and views": "SELECT sql FROM sqlite_master WHERE type NOT IN ('table', 'index')",
    "revision": "SELECT version_num FROM alembic_version",
}


def sqlite(area: Area) -> None:
    """SQLite's schema, as it keeps it."""
    area.run("migrate")
    area.run("migrate")
    _describe(area, "sqlite:///anda.db", _SQLITE)


def postgresql(area: Area, server: str) -> None:
    """PostgreSQL's schema, from its catalogue; `server` is the address of an empty database."""
    area.run("migrate", shown=False, ANDA_DATABASE_URL=server)
    _describe(area, server, _POSTGRESQL)


def _describe(area: Area, address: str, questions: dict[str, str]) -> None:
    engine = create_engine(address)
    with engine.connect() as connection:
        for what, question in questions.items():
            area.title(what)
            rows: Iterable[Any] = connection.execute(text(question)).scalars()
            area.lines += sorted(_table(str(row)) if what == "tables" else " ".join(str(row).split()) for row in rows)
    engine.dispose()


def _table(made: str) -> str:
    """Write a table's columns in their order and its constraints by name: that of Alembic is by chance."""
    head, *lines, last = made.splitlines()
    told = [" ".join(line.split()).removesuffix(",") for line in lines]
    constraints = sorted(line for line in told if line.startswith("CONSTRAINT"))
    return "\n".join([head, *(line for line in told if line not in constraints), *constraints, last])
