"""The bearer token of a request, and its holder: an officer or a hospital."""

from typing import Annotated

from fastapi import Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request
from starlette.types import Scope

from app.db.store import Store
from app.db.tokens import Holder
from app.http.addresses import Proxies
from app.http.problems import ProblemError

_BEARER = HTTPBearer(auto_error=False, description="An officer's token (工作人员令牌), made by `anda token create`.")

Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
"""Declares in the OpenAPI document that an operation takes a token; `token_holder` reads it."""


MAY_BE_ANYONE: dict[str, object] = {"security": [{"HTTPBearer": []}, {}]}
"""OpenAPI's security of an operation that is open to everybody and shows more to an officer."""


def bearer_token(request: Request) -> str | None:
    """Return the token of the header `Authorization`, which may be empty; None for another scheme."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def note_token(scope: Scope, token_id: int | None) -> None:
    """Note for the log that a request shows a token: its number, or None for one that is not valid."""
    scope["anda.token"] = token_id


async def token_holder(request: Request, store: Store, proxies: Proxies) -> Holder:
    """Return the holder of a request's token. ProblemError (401) without one that is valid where the client is."""
    token = bearer_token(request)
    holder = None if token is None else await store.holder(token, proxies.known_address(request.scope))
    if token is not None:
        note_token(request.scope, None if holder is None else holder.id)
    if holder is None:
        raise ProblemError("unauthorized", headers={"WWW-Authenticate": "Bearer"})
    return holder
