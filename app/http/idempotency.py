"""The header `Idempotency-Key`: its form, its scope, and writes that are done once for each key."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Annotated, NamedTuple

from fastapi import Header
from sqlalchemy import Connection
from starlette.requests import Request

from app.clock import Moment
from app.db.idempotency import Fingerprint, Reply, ScopedKey, once
from app.db.locks import WriteLock
from app.db.store import Store
from app.db.tokens import Officer
from app.http.problems import ProblemError, field_refused
from app.ledger.person_key import PersonKey

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


_NOTHING_KEPT = Reply(201, {}, b"")
"""What is kept of a secret answer."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="The same key and body are answered the same again and done once; 1 to 255 visible characters.",
    ),
]


class KeptReplies(NamedTuple):
    """How the answers are kept: the key of their fingerprints, and for how many days."""

    key: PersonKey
    days: int


async def key_of(request: Request, key: str | None, scope: str, kept: KeptReplies) -> ScopedKey | None:
    """Return the idempotency key of a request, with what its content is compared by.

    ProblemError (422) for an ill-formed key.
    """
    if key is None:
        return None
    if _KEY.fullmatch(key) is None:
        raise ProblemError("validation-error", errors=[field_refused("/Idempotency-Key", "key_format")])
    content = json.dumps([request.method, request.url.path, await _content_of(request)], sort_keys=True, default=str)

    def fingerprint(stored: Fingerprint | None) -> Fingerprint:
        if stored is not None and stored.version is None:
            return Fingerprint(hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest(), None)
        version = kept.key.version if stored is None else stored.version
        return Fingerprint(kept.key.fingerprint(content, version), version)

    return ScopedKey(scope, key, fingerprint, kept.days)


async def _content_of(request: Request) -> object:
    """Return the JSON of a body; where an address takes no body, whatever was sent, or None."""
    body = await request.body()
    try:
        return await request.json() if body else None
    except json.JSONDecodeError:
        return body.decode("utf-8", "replace")


def scope_of(officer: Officer) -> str:
    """Return the scope of an officer's idempotency keys: the place, so that a renewed token repeats no write."""
    return f"place {officer.place}"


async def write(
    store: Store,
    job: Callable[[Connection, Moment], Reply],
    key: ScopedKey | None,
    kept: KeptReplies,
    *,
    secret: bool = False,
    lock: WriteLock = WriteLock.LIBRARY,
) -> Reply:
    """Write, once for each idempotency key. A `secret` reply is not kept: `job` makes it again when it is repeated.

    `lock` says beside whom it writes: to the library, or to the ledger for one person.

    PersonKeyUnusableError where an idempotency key comes and the key of its fingerprint is not the store's.
    """

    def write_once(connection: Connection, moment: Moment) -> Reply:
        if key is None:
            return job(connection, moment)
        kept.key.check(connection, writing=True)
        if not secret:
            return once(connection, key, moment, lambda: job(connection, moment))
        reply = once(connection, key, moment, lambda: _NOTHING_KEPT)
        # An earlier release kept the whole answer.
        return reply if reply.body else job(connection, moment)

    return await store.write(write_once, lock)
