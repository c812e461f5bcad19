"""The bearer token of a request, and its holder: an officer or a hospital."""

from typing import Annotated, Any

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from app.db.store import Store
from app.db.tokens import Hospital, Officer
from app.errors import ForbiddenError
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


async def token_holder(request: Request, store: Store) -> Officer | Hospital:
    """Return the holder of a request's token. ProblemError (401) without a valid one."""
    token = bearer_token(request)
    holder = None if token is None else await store.holder(token)
    if holder is None:
        raise ProblemError("unauthorized", headers={"WWW-Authenticate": "Bearer"})
    return holder


class Officers:
    """Finds the holder of a request's token in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, request: Request, _: Bearer) -> Officer:
        """Return the officer. 401 without a valid token, 403 for a hospital's."""
        return _officer(await self.holder(request, _))

    async def perhaps(self, request: Request) -> Officer | None:
        """Return the officer; None without a token or with a hospital's. 401 for a token that is not valid."""
        if request.headers.get("authorization") is None:
            return None
        holder = await self.holder(request, None)
        return holder if isinstance(holder, Officer) else None

    async def hospital(self, request: Request, _: Bearer) -> Hospital:
        """Return the hospital. 401 without a valid token, 403 for an officer's."""
        holder = await self.holder(request, _)
        if isinstance(holder, Officer):
            raise ForbiddenError
        return holder

    async def county_or_hospital(self, request: Request, _: Bearer) -> Officer | Hospital:
        """Return the hospital or the county's officer. 401 without a valid token, 403 for other officers."""
        holder = await self.holder(request, _)
        if isinstance(holder, Officer) and holder.level != "county":
            raise ForbiddenError
        return holder

    async def county(self, request: Request, _: Bearer) -> Officer:
        """Return the county's officer. 401 without a valid token, 403 for any other."""
        holder = _officer(await self.holder(request, _))
        if holder.level != "county":
            raise ForbiddenError
        return holder

    async def holder(self, request: Request, _: Bearer) -> Officer | Hospital:
        """Return the holder of the token. 401 without a valid one."""
        return await token_holder(request, self._store)


def _officer(holder: Officer | Hospital) -> Officer:
    if not isinstance(holder, Officer):
        raise ForbiddenError
    return holder


def required(officers: Officers) -> Any:
    """Declare that an endpoint needs an officer's token."""
    return Depends(officers.of)


def optional(officers: Officers) -> Any:
    """Declare that an endpoint takes an officer's token, or none."""
    return Depends(officers.perhaps)


def hospital_only(officers: Officers) -> Any:
    """Declare that an endpoint needs a hospital's token."""
    return Depends(officers.hospital)


def county_only(officers: Officers) -> Any:
    """Declare that an endpoint needs the token of a county's officer."""
    return Depends(officers.county)


def county_or_hospital(officers: Officers) -> Any:
    """Declare that an endpoint needs the token of a hospital or of a county's officer."""
    return Depends(officers.county_or_hospital)
