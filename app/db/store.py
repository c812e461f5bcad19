"""The engine, and whether the store behind it is there and migrated."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"


def make_engine(database_url: str) -> Engine:
    """Make the engine for an address; nothing is connected yet."""
    return create_engine(database_url, pool_pre_ping=True)


def is_ready(engine: Engine) -> bool:
    """Whether the store can be reached and stands at the newest migration."""
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError:
        return False
    return set(current) == set(ScriptDirectory.from_config(_config()).get_heads())


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the store to a migration, the newest by default."""
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
