"""What a deployment may set, through the environment, prefix `ANDA_`."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting, with its default."""

    model_config = SettingsConfigDict(env_prefix="ANDA_", extra="forbid")

    database_url: Annotated[str, Field(description="SQLAlchemy address of the store.")] = "sqlite:///anda.db"
    parameters: Annotated[
        Path | None, Field(description="A deployment's own parameter file, laid over the shipped ones.")
    ] = None
    max_body_bytes: Annotated[int, Field(ge=1_000, description="Largest request body that is read, bytes.")] = 1_500_000
    access_log: Annotated[bool, Field(description="Log a line for each request.")] = True
