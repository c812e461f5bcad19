"""Runs the migrations on the connection that `app.db.engine.migrate` hands over."""

from alembic import context

from app.db.ledger import models  # noqa: F401 - its tables belong to the same metadata
from app.db.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
