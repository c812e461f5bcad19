"""The insurer's numbers of persons (个人编号): only keyed hashes are stored, and the key is not in the store."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from app.settings import LENGTH_OF_A_KEY, Settings, weakness_of_key


class WeakKeyError(OSError):
    """The file of the key holds one that could be guessed, or none: why."""


class PersonPseudonyms:
    """Hashes numbers and requests with a secret key from the settings or from a file of its own.

    The numbers are short, so without a key anyone with the store could try them all.
    """

    def __init__(self, key: str | None, file: Path) -> None:
        self._configured = key
        self._file = file
        self._key: bytes | None = None

    def hashed(self, number: str) -> str:
        """Return the keyed hash of a number in hexadecimal. OSError where the key file cannot be used."""
        return self._hash(b"number", number.encode("utf-8", "surrogatepass"))

    def fingerprint(self, content: str) -> str:
        """Return the keyed hash of a request, which holds the number."""
        return self._hash(b"asked", content.encode("utf-8", "surrogatepass"))

    def check(self, *, make: bool = True) -> str:
        """Return a value that differs between keys. OSError where there is no key and `make` is false."""
        return self._hash(b"check", b"", make=make)

    def check_usable(self) -> None:
        """Check that there is a key or that one can be created. OSError where neither is so."""
        if self._configured is None and self._key is None:
            try:
                _read(self._file)
            except FileNotFoundError:
                if not self._file.absolute().parent.is_dir():
                    raise NotADirectoryError(f"there is no folder for {self._file.name}") from None

    def _hash(self, purpose: bytes, content: bytes, *, make: bool = True) -> str:
        if self._key is None:
            load = _read_or_create if make else _read
            self._key = self._configured.encode() if self._configured is not None else load(self._file)
        return hmac.new(self._key, purpose + b"\0" + content, hashlib.sha256).hexdigest()


def person_pseudonyms(settings: Settings) -> PersonPseudonyms:
    """Return the pseudonyms under the key that the settings name."""
    key = settings.person_key
    return PersonPseudonyms(None if key is None else key.get_secret_value(), settings.person_key_file)


def _read_or_create(file: Path) -> bytes:
    """Read the key, or create one where there is none; of several processes that create one, the first wins."""
    with suppress(FileNotFoundError):
        return _read(file)
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_hex(LENGTH_OF_A_KEY).encode())
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(FileExistsError):
            os.link(temporary, file)  # unlike a rename, never replaces an existing key
    finally:
        temporary.unlink()
    return _read(file)


def _read(file: Path) -> bytes:
    """Read a key. WeakKeyError for one that could be guessed, OSError for a file that cannot be read."""
    key = file.read_bytes().strip()
    weakness = weakness_of_key(key.decode("latin-1"))
    if weakness is not None:
        raise WeakKeyError(weakness)
    return key
