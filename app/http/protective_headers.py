"""Headers that every response has: nothing is guessed from its content, nothing personal is kept, TLS stays TLS."""

from collections.abc import Iterable

from starlette.types import Scope

from app.http.address_tokens import held_secret

Header = tuple[bytes, bytes]

NOSNIFF: Header = (b"x-content-type-options", b"nosniff")
NO_STORE: Header = (b"cache-control", b"no-store")
HSTS: Header = (b"strict-transport-security", b"max-age=31536000")
"""A year. Without `includeSubDomains`: what else runs under the name is not this service's to decide."""

_BEHIND_SECRETS = ("/v1/objections/", "/objections/")
"""Beginnings of addresses that hold a secret, so that whoever has the address is shown what is behind it."""

_WITH_SECRETS = frozenset((b"authorization", b"apikey", b"cookie"))
"""Headers by which a request says who asks."""


def protective_headers(scope: Scope, headers: Iterable[Header]) -> list[Header]:
    """Return the headers that a response still lacks.

    What answers a write or a calculation, or a request that says who asks, may be personal: no cache keeps it, unless
    the response itself says how long it may be kept.
    """
    names = {name for name, _ in headers}
    lacking = [] if NOSNIFF[0] in names else [NOSNIFF]
    if NO_STORE[0] not in names and _may_be_personal(scope):
        lacking.append(NO_STORE)
    if scope.get("scheme") == "https":
        lacking.append(HSTS)
    return lacking


def _may_be_personal(scope: Scope) -> bool:
    if scope["method"] not in {"GET", "HEAD"} or scope["path"].startswith(_BEHIND_SECRETS) or held_secret(scope):
        return True
    return any(name in _WITH_SECRETS for name, _ in scope["headers"])
