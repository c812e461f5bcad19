"""Whether a project is in the library already."""

from sqlalchemy import Connection, select

from app.db.projects.models import Project
from app.rules.projects.content import Content


def has_project_like(connection: Connection, content: Content) -> bool:
    """Whether a project of the same place, name and first day of the work exists, in any status."""
    starts = content.schedule and content.schedule.start
    same = (Project.place == content.place) & (Project.name == content.name)
    # `==` with None becomes IS NULL.
    rows = connection.execute(select(Project.id).where(same, Project.starts == starts).limit(1))
    return rows.first() is not None
