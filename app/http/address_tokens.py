"""Tokens in addresses (`/fsi/{token}/callService`): taken out of the path before anything else reads it.

A mistyped token, or one in a mistyped address, is still a secret. So everything in an address of the national interface
goes but the interface's own words, and what begins like a token goes from every address.
"""

import re
from urllib.parse import quote

from starlette.types import Scope

from app.db.tokens import PREFIX
from app.privacy.redaction import REPLACEMENT

PATH = f"/fsi/{REPLACEMENT}/callService"
"""The path of a request whose address holds a token, as all but this module see it."""

_STATE = "anda.address_token"
"""What the state of a request notes: the token, or None where only something that may be one was taken out."""

_DOOR = re.compile(r"/fsi/([^/]+)/callservice/?", re.IGNORECASE | re.ASCII)
"""The address that may hold a token, in any case of letters, with or without a slash at its end."""

_SHORT = re.compile(r"/fsi/[0-9a-z]{1,11}/?", re.IGNORECASE | re.ASCII)
"""The address of a transaction, or of what is none, with a word that is too short for a token."""

_OF_THE_INTERFACE = frozenset({"fsi", "callservice"})
"""The words by which an address is known as one of the interface's."""

_TRANSACTION = re.compile(r"[0-9d][0-9]{3}[a-z]?", re.ASCII)
"""The number of a transaction, in small letters."""


def take_token(scope: Scope) -> None:
    """Take a token, and what may be one, out of the path of a request, and note it in the request's state.

    The scope itself is changed: the server that made it logs from it as well.
    """
    path = scope["path"]
    if not _is_suspect(path):
        return
    masked = mask_path(path)
    found = _DOOR.fullmatch(path)
    if masked == path and found is None:
        return
    scope[_STATE] = None if found is None else found[1]
    scope["path"] = masked
    scope["raw_path"] = quote(masked).encode()


def token_in_address(scope: Scope) -> str:
    """Return the token that stood in the address of a request; empty where none did."""
    token: str | None = scope.get(_STATE)
    return token or ""


def held_secret(scope: Scope) -> bool:
    """Whether something that may be a token was taken out of the address of a request."""
    return _STATE in scope


def mask_path(path: str) -> str:
    """Return a path without what may be a token; one that holds nothing of the kind as it is."""
    if not _is_suspect(path):
        return path
    if _DOOR.fullmatch(path):
        return PATH
    if _SHORT.fullmatch(path):
        return path
    steps = path.split("/")
    words = path.lower().split("/")
    of_the_interface = not _OF_THE_INTERFACE.isdisjoint(words)
    return "/".join(
        REPLACEMENT if PREFIX in word or (of_the_interface and _may_be_token(word)) else step
        for step, word in zip(steps, words, strict=True)
    )


def _is_suspect(path: str) -> bool:
    """Whether a path may have anything to take out: every request is asked, and most have not."""
    lowered = path.lower()
    return "fsi" in lowered or "callservice" in lowered or PREFIX in lowered


def _may_be_token(word: str) -> bool:
    return word not in _OF_THE_INTERFACE and word != "" and _TRANSACTION.fullmatch(word) is None
