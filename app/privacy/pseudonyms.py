"""The insurer's numbers of persons (个人编号): only keyed hashes are stored, and the key is not in the store."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.privacy.identity_numbers import folded
from app.privacy.private_ids import is_private_id
from app.privacy.redaction import REPLACEMENT
from app.settings import LENGTH_OF_A_KEY, Settings, weakness_of_key

_LENGTH_OF_A_RECEIPT = 18
"""Bytes of a receipt."""

_LENGTH_OF_AN_ID = 60
"""Characters of the hash of an id; a column holds 64."""

CONTENT_MARK = "2."
"""Begins the hash of a message's content in its second form. That of the first has no mark."""

_LENGTH_OF_A_CONTENT = 62
"""Digits of the hash of a content; a column holds 64 characters."""

_LENGTH_OF_A_SHORT_HASH = 24
"""Digits of a short hash: enough to tell the fees of one visit apart."""


class WeakKeyError(OSError):
    """The file of the key holds one that could be guessed, or none: why."""


class PersonPseudonyms:
    """Hashes numbers and requests with a secret key from the settings or from a file of its own.

    The numbers are short, so without a key anyone with the store could try them all. A key that was changed has several
    generations, one a line, the oldest first: each hashes what the one before has hashed, so all of them stay needed.
    """

    def __init__(self, key: str | None, file: Path) -> None:
        self._configured = key
        self._file = file
        self._generations: tuple[bytes, ...] = ()

    def hashed(self, number: str) -> str:
        """Return the keyed hash of a number in hexadecimal. OSError where the key file cannot be used."""
        return self._hash(b"number", number)

    def fingerprint(self, content: str, version: int | None = None) -> str:
        """Return the keyed hash of a request, which holds the number; under an earlier version where it is named."""
        return self._hash(b"asked", content, version)

    def content(self, content: str) -> str:
        """Return the keyed hash of a message's content in its second form, which its mark says. OSError as above."""
        return self._hash(b"content", content, written=content_hash)

    def stored_id(self, value: str) -> str:
        """Return the id of a visit or a message as it is stored: its keyed hash where it is a private number.

        The case of a letter makes no other number. OSError as above.
        """
        return self._hash(b"id", folded(value), written=hidden_id) if is_private_id(value) else value

    def short(self, content: str) -> str:
        """Return a short keyed hash, by which a content is told apart from few others. OSError as above."""
        return self._hash(b"short", content, written=short_hash)

    def receipt(self, content: str, version: int) -> str:
        """Return a secret that is derived from a content: 24 letters, digits, `-` and `_`."""
        return self._hash(b"receipt", content, version, written=_as_receipt)

    def check(self, *, make: bool = True) -> str:
        """Return a value that differs between keys. OSError where there is no key and `make` is false."""
        return self._hash(b"check", "", make=make)

    def version(self) -> int:
        """Return the number of the key's generations. OSError as above."""
        self._load(make=True)
        return len(self._generations)

    def check_usable(self) -> None:
        """Check that there is a key or that one can be created. OSError where neither is so."""
        if self._configured is None and not self._generations:
            try:
                _read(self._file)
            except FileNotFoundError:
                if not self._file.absolute().parent.is_dir():
                    raise NotADirectoryError(f"there is no folder for {self._file.name}") from None

    def _hash(
        self,
        purpose: bytes,
        content: str,
        version: int | None = None,
        *,
        make: bool = True,
        written: Callable[[bytes], str] = bytes.hex,
    ) -> str:
        self._load(make=make)
        first, *others = self._generations[:version]
        encoded = purpose + b"\0" + content.encode("utf-8", "surrogatepass")
        value = written(hmac.new(first, encoded, hashlib.sha256).digest())
        for key in others:
            value = written(nested(key, value))
        return value

    def _load(self, *, make: bool) -> None:
        if not self._generations:
            load = _read_or_create if make else _read
            text = load(self._file) if self._configured is None else self._configured.encode()
            self._generations = tuple(generations(text))


def generations(text: bytes) -> list[bytes]:
    """Return the generations of a key, the oldest first."""
    return [line for each in text.splitlines() if (line := each.strip())]


def hidden_id(hashed: bytes) -> str:
    """Write the hash of an id as it is stored, behind a sign that no sender may use."""
    return REPLACEMENT + hashed.hex()[:_LENGTH_OF_AN_ID]


def content_hash(hashed: bytes) -> str:
    """Write the hash of a message's content in its second form."""
    return CONTENT_MARK + hashed.hex()[:_LENGTH_OF_A_CONTENT]


def short_hash(hashed: bytes) -> str:
    """Write a hash in its first digits."""
    return hashed.hex()[:_LENGTH_OF_A_SHORT_HASH]


def _as_receipt(hashed: bytes) -> str:
    return base64.urlsafe_b64encode(hashed[:_LENGTH_OF_A_RECEIPT]).decode()


def nested(key: bytes, stored: str) -> bytes:
    """Hash a stored value once more, under the next generation of the key."""
    return hmac.new(key, stored.encode(), hashlib.sha256).digest()


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
    """Read a key. WeakKeyError for one that could be guessed, OSError for a file that cannot be read.

    A generation that was replaced may be weak: that may be why it was.
    """
    key = file.read_bytes()
    newest = (generations(key) or [b""])[-1]
    weakness = weakness_of_key(newest.decode("latin-1"))
    if weakness is not None:
        raise WeakKeyError(weakness)
    return key
