"""The key of the persons' numbers: hashes made with it, and whether it is the one that the store was begun with."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, RootTransaction

from app.db import locks
from app.db.ledger import ledger_keys
from app.errors import PersonKeyUnusableError
from app.privacy.pseudonyms import PersonPseudonyms, WeakKeyError

Result = TypeVar("Result")


class PersonKey:
    """Hashes numbers and requests, and refuses a key that is not the store's."""

    def __init__(self, pseudonyms: PersonPseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self._fits = False
        self._begun_in: RootTransaction | None = None
        """The transaction that stored the check of the first key: it may still be rolled back."""
        self._found_in: RootTransaction | None = None
        """The transaction of a write in which it was last found to fit: nobody rotates the key before its end."""

    def hashed(self, number: str) -> str:
        """Return the keyed hash of a person's number. PersonKeyUnusableError."""
        return _usable(lambda: self._pseudonyms.hashed(number))

    def fingerprint(self, content: str, version: int | None = None) -> str:
        """Return the keyed hash of a request's content; under an earlier version of the key where it is named.

        PersonKeyUnusableError.
        """
        return _usable(lambda: self._pseudonyms.fingerprint(content, version))

    def content(self, content: str) -> str:
        """Return the keyed hash of a message's content in its second form. PersonKeyUnusableError."""
        return _usable(lambda: self._pseudonyms.content(content))

    def stored_id(self, value: str) -> str:
        """Return the id of a visit or a message as it is stored. PersonKeyUnusableError for one that must be hashed."""
        return _usable(lambda: self._pseudonyms.stored_id(value))

    def short(self, content: str) -> str:
        """Return a short keyed hash, by which a content is told apart from few others. PersonKeyUnusableError."""
        return _usable(lambda: self._pseudonyms.short(content))

    def receipts(self, content: str) -> list[str]:
        """Return the receipts that are derived from a content, under the newest version of the key first.

        PersonKeyUnusableError.
        """
        return [_usable(partial(self._pseudonyms.receipt, content, version)) for version in range(self.version, 0, -1)]

    @property
    def version(self) -> int:
        """The version of the key: the number of its generations. PersonKeyUnusableError."""
        return _usable(self._pseudonyms.version)

    def check(self, connection: Connection, *, writing: bool) -> None:
        """Refuse a key that is not the store's. PersonKeyUnusableError.

        Before every write: the key of the store may have been rotated under a service that runs.
        """
        transaction = connection.get_transaction()
        if transaction is not None and transaction is self._found_in if writing else self._fits:
            return
        self._fits = False
        stored = ledger_keys.find_check(connection)
        if stored is None:
            self._begin(connection, writing=writing)
        elif stored != _usable(lambda: self._pseudonyms.check(make=False)):
            raise PersonKeyUnusableError("the key of the persons' numbers is not the one that the store was begun with")
        elif transaction is not self._begun_in:
            self._fits, self._begun_in = True, None
            self._found_in = transaction if writing else None

    def _begin(self, connection: Connection, *, writing: bool) -> None:
        """Begin a store without a key with this one; without writing, only check that the key is usable."""
        _usable(self._pseudonyms.check_usable)
        if writing:
            locks.require_store(connection)
            ledger_keys.write_check(connection, _usable(self._pseudonyms.check))
            self._begun_in = connection.get_transaction()


def _usable(use: Callable[[], Result]) -> Result:
    try:
        return use()
    except FileNotFoundError:
        raise PersonKeyUnusableError(
            "there is no key of the persons' numbers where ANDA_PERSON_KEY_FILE says"
        ) from None
    except WeakKeyError as error:
        raise PersonKeyUnusableError(f"the key of the persons' numbers is too weak: {error}") from None
    except OSError as error:
        raise PersonKeyUnusableError(
            f"the key of the persons' numbers cannot be used ({type(error).__name__})"
        ) from None
