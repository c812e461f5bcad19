"""Whether something is there already: a project like another, or anything at all."""

from sqlalchemy import Connection, select

from app.db.projects.models import Project
from app.rules.projects.content import Content


def has_project_like(connection: Connection, content: Content) -> bool:
    """Whether a project of the same place, name and first day of the work is there, whatever became of it."""
    starts = content.schedule and content.schedule.start
    same = (Project.place == content.place) & (Project.name == content.name)
    # `==` with nothing becomes IS NULL.
    found = connection.execute(select(Project.id).where(same, Project.starts == starts).limit(1))
    return found.first() is not None
