"""The key of the persons' numbers: hashes made with it, and whether it is the one that the store was begun with."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, RootTransaction

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

    def hashed(self, number: str) -> str:
        """Return the keyed hash of a person's number. PersonKeyUnusableError."""
        return _usable(lambda: self._pseudonyms.hashed(number))

    def fingerprint(self, content: str) -> str:
        """Return the keyed hash of a request's content. PersonKeyUnusableError."""
        return _usable(lambda: self._pseudonyms.fingerprint(content))

    def check(self, connection: Connection, *, writing: bool) -> None:
        """Refuse a key that is not the one that the store was begun with. PersonKeyUnusableError."""
        if self._fits:
            return
        stored = ledger_keys.find_check(connection)
        if stored is None:
            self._begin(connection, writing=writing)
        elif stored != _usable(lambda: self._pseudonyms.check(make=False)):
            raise PersonKeyUnusableError("the key of the persons' numbers is not the one that the store was begun with")
        elif connection.get_transaction() is not self._begun_in:
            self._fits, self._begun_in = True, None

    def _begin(self, connection: Connection, *, writing: bool) -> None:
        """Begin a store without a key with this one; without writing, only check that the key is usable."""
        _usable(self._pseudonyms.check_usable)
        if writing:
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
