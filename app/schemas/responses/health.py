"""The answers of the health checks."""

from typing import Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from app.schemas.fields import CLOSED


@with_config(CLOSED)
class Alive(TypedDict):
    """The process answers."""

    status: Literal["alive"]
    """Always `alive`."""


@with_config(CLOSED)
class Ready(TypedDict):
    """The store is reachable and migrated, the parameters are loaded, the key and the figures are the store's."""

    status: Literal["ready"]
    """Always `ready`; anything else is a problem."""
    parameters: NotRequired[str]
    """Fingerprint of the figures in use; on an inner address or with a token."""
    today: str | None
    """The service's day where `ANDA_TODAY` sets it; null where the day is the real one."""
