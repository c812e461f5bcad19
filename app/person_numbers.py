"""The insurer's numbers of persons (个人编号): only their keyed hashes are kept, and the key is not in the store."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

_LENGTH = 32
"""Bytes of a key that is made here."""


class PersonNumbers:
    """Hashes numbers and requests with a secret key: one that is given, or one kept in a file of its own.

    Numbers are short: without a key, whoever has the store could try them all.
    """

    def __init__(self, key: str | None, file: Path) -> None:
        self._given = key
        self._file = file
        self._key: bytes | None = None

    def hashed(self, number: str) -> str:
        """Return the keyed hash of a number, in hexadecimal. OSError where the key's file cannot be used."""
        return self._hash(b"number", number.encode("utf-8", "surrogatepass"))

    def fingerprint(self, asked: str) -> str:
        """Return the keyed hash of what was asked: it holds the number."""
        return self._hash(b"asked", asked.encode("utf-8", "surrogatepass"))

    def check(self) -> str:
        """Return what tells this key from another one."""
        return self._hash(b"check", b"")

    def _hash(self, purpose: bytes, content: bytes) -> str:
        if self._key is None:
            self._key = self._given.encode() if self._given is not None else _read_or_make(self._file)
        return hmac.new(self._key, purpose + b"\0" + content, hashlib.sha256).hexdigest()


def _read_or_make(file: Path) -> bytes:
    """Read the key, or make one where there is none yet; of several who make one at once, the first one's holds."""
    with suppress(FileNotFoundError):
        return file.read_bytes().strip()
    made = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_hex(_LENGTH).encode())
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(FileExistsError):
            os.link(made, file)  # never over one that is there
    finally:
        made.unlink()
    return file.read_bytes().strip()
