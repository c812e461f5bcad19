"""The insurer's numbers of persons (个人编号): only their keyed hashes are kept, and the key is not in the store."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

_LENGTH = 32
"""Bytes of a key that is made here."""


class PersonPseudonyms:
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

    def check(self, *, make: bool = True) -> str:
        """Return what tells this key from another one; OSError where there is none and none is to be made."""
        return self._hash(b"check", b"", make=make)

    def check_usable(self) -> None:
        """Look whether there is a key, or one could be made. OSError."""
        if self._given is None and self._key is None:
            try:
                _read(self._file)
            except FileNotFoundError:
                if not self._file.absolute().parent.is_dir():
                    raise NotADirectoryError(f"there is no folder for {self._file.name}") from None

    def _hash(self, purpose: bytes, content: bytes, *, make: bool = True) -> str:
        if self._key is None:
            kept = _read_or_make if make else _read
            self._key = self._given.encode() if self._given is not None else kept(self._file)
        return hmac.new(self._key, purpose + b"\0" + content, hashlib.sha256).hexdigest()


def _read_or_make(file: Path) -> bytes:
    """Read the key, or make one where there is none yet; of several who make one at once, the first one's holds."""
    with suppress(FileNotFoundError):
        return _read(file)
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
    return _read(file)


def _read(file: Path) -> bytes:
    """Read a key. OSError for a file that holds none: a number hashed with next to nothing could be found out."""
    key = file.read_bytes().strip()
    if len(key) < _LENGTH:
        raise OSError(f"{file.name} holds no key: it has fewer than {_LENGTH} characters")
    return key
