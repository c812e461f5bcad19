"""Whom a request means, for every transaction alike.

The number that decides is psn_no; without it certno where psn_cert_type is 01 or left out; without that mdtrt_cert_no,
which mdtrt_cert_type says to be an identity card (02), a card (03) or a voucher (01). A voucher's number is a token,
another one every time, and never a person's. Numbers beside the one that decides must not be another registered
person's.
"""

from contextlib import suppress
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import persons
from app.db.locks import locks_by_name
from app.ledger.identification import IdentifiedPerson
from app.ledger.ledger import Ledger
from app.national.fields import PERSON_NUMBER, Fields
from app.national.identity import VOUCHER, certificates, code_of
from app.national.texts import TransactionRefusedError, say
from app.privacy.identity_numbers import folded, is_identity_number


class GivenNumber(NamedTuple):
    """A number of a person in a request."""

    number: str
    field: str
    is_certificate: bool
    """Whether it is that of a certificate or a card; without it, the insurer's (psn_no)."""


class RequestedPerson:
    """The person whom a request means. Nothing is read or refused before it is asked for.

    In a transaction of the store that writes, what older releases kept under another spelling is linked (`links`).
    """

    def __init__(self, ledger: Ledger, connection: Connection, moment: Moment, fields: Fields, *, links: bool) -> None:
        self._ledger = ledger
        self._connection = connection
        self._moment = moment
        self._fields = fields
        self._links = links

    @cached_property
    def given(self) -> GivenNumber:
        """The number that decides. TransactionRefusedError where the request has none."""
        psn_no = self._fields.identifier("psn_no", PERSON_NUMBER)
        if psn_no is not None:
            return GivenNumber(psn_no, "psn_no", is_certificate=False)
        for field, number in certificates(self._fields).items():
            return GivenNumber(number, field, is_certificate=True)
        if code_of(self._fields, "mdtrt_cert_type") == VOUCHER:
            raise TransactionRefusedError("voucher_alone")
        raise TransactionRefusedError("field_missing", field="psn_no")

    @cached_property
    def found(self) -> IdentifiedPerson:
        """The person of that number, known or not. TransactionRefusedError where the request has none."""
        if self._links:
            return self._ledger.identify_and_link(self._connection, self._moment, self.given.number)
        return self._ledger.identify(self._connection, self.given.number)

    def lock(self) -> None:
        """Lock the person of the number that decides where others write at the same time; nobody without a number."""
        if locks_by_name(self._connection):
            with suppress(TransactionRefusedError):
                self.found  # noqa: B018 - whoever is found is locked

    @cached_property
    def others(self) -> list[IdentifiedPerson]:
        """The persons whom other numbers of the request name and who are not the one who is meant."""
        decides = folded(self.given.number)
        others = [each for each in certificates(self._fields).values() if folded(each) != decides]
        named = self._ledger.identify_all(self._connection, others) if others else []
        return [each for each in named if each.id is not None and each.id != self.found.id]

    @cached_property
    def identified(self) -> IdentifiedPerson:
        """The person who is meant, known or not.

        TransactionRefusedError where another number of the request is another registered person's, or where a
        certificate or a card is nobody's.
        """
        given = self.given
        if self.others and self._is_registered(self.found) and any(map(self._is_registered, self.others)):
            raise TransactionRefusedError("numbers_of_two_persons")
        if self.found.id is None and given.is_certificate and not is_identity_number(given.number):
            raise TransactionRefusedError("certificate_unknown")
        return self.found

    @property
    def is_nobody(self) -> bool:
        """Whether the register does not know the number and it is no identity number with the right check character."""
        return not is_identity_number(self.given.number) and not self._is_registered(self.identified)

    @property
    def warnings(self) -> list[str]:
        """What is to be said of the numbers at the counter."""
        return [say("warnings", "numbers_differ", field=self.given.field)] if self.others else []

    def _is_registered(self, person: IdentifiedPerson) -> bool:
        return person.id is not None and persons.is_registered(self._connection, person.id)
