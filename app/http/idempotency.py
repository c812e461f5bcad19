"""The header `Idempotency-Key`: its form, its scope, and writes that are done once for each key."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Header
from sqlalchemy import Connection
from starlette.requests import Request

from app.clock import Moment
from app.db.idempotency import Reply, ScopedKey, once
from app.db.store import Store
from app.db.tokens import Officer
from app.http.problems import ProblemError, field_refused

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="The same key and body are answered the same again and done once; 1 to 255 visible characters.",
    ),
]


async def key_of(request: Request, key: str | None, scope: str) -> ScopedKey | None:
    """Return the idempotency key of a request, with a fingerprint of its content.

    ProblemError (422) for an ill-formed key.
    """
    if key is None:
        return None
    if _KEY.fullmatch(key) is None:
        raise ProblemError("validation-error", errors=[field_refused("/Idempotency-Key", "key_format")])
    content = json.dumps([request.method, request.url.path, await request.json()], sort_keys=True, default=str)
    return ScopedKey(scope, key, hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest())


def scope_of(officer: Officer) -> str:
    """Return the scope of an officer's idempotency keys: the place, so that a renewed token repeats no write."""
    return f"place {officer.place}"


async def write(store: Store, job: Callable[[Connection, Moment], Reply], key: ScopedKey | None) -> Reply:
    """Write, once for each idempotency key."""
    return await store.write(lambda connection, moment: once(connection, key, moment, lambda: job(connection, moment)))
