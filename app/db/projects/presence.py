"""Whether something is there already: a project like another, or anything at all."""

from sqlalchemy import Connection, literal, select

from app.db.models import Base, Project
from app.rules.projects.content import Content


def has_project_like(connection: Connection, content: Content) -> bool:
    """Whether a project of the same place, name and first day of the work is there, whatever became of it."""
    starts = content.schedule and content.schedule.start
    same = (Project.place == content.place) & (Project.name == content.name)
    # `==` with nothing becomes IS NULL.
    found = connection.execute(select(Project.id).where(same, Project.starts == starts).limit(1))
    return found.first() is not None


def tables_in_use(connection: Connection) -> list[str]:
    """Name the tables that hold anything."""
    tables = Base.metadata.sorted_tables
    return [
        table.name for table in tables if connection.execute(select(literal(1)).select_from(table).limit(1)).first()
    ]
