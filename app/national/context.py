"""What a transaction works with, and what comes of it."""

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger import persons
from app.db.ledger.institutions import Institution
from app.db.ledger.messages import Message
from app.ledger.ledger import Ledger
from app.national.codes import Codes
from app.national.envelope import Envelope
from app.national.fields import Fields

Json = dict[str, Any]


class TransactionContext(NamedTuple):
    """A transaction under way, inside one transaction of the store."""

    connection: Connection
    moment: Moment
    request: Envelope
    message: Message
    institution: Institution
    token_id: int | None
    ledger: Ledger
    codes: Codes

    @property
    def fields(self) -> Fields:
        """What was asked for."""
        return self.request.fields

    @property
    def person(self) -> str:
        """The keyed hash of the person's number that was sent."""
        return self.ledger.key.hashed(self.fields.person())

    @property
    def person_id(self) -> int | None:
        """The person of that number; None where neither register nor ledger knows one."""
        return persons.find(self.connection, self.person)

    @property
    def sent(self) -> dt.date:
        """The day on which the request was sent; where it does not say so, the service's day."""
        return self.request.sent or self.moment.today


class TransactionResult(NamedTuple):
    """What came of a transaction."""

    output: Json | None = None
    warnings: tuple[str, ...] = ()
    settlement_id: int | None = None
    """The settlement or reversal that was booked."""
    person: str | None = None
    """The person's number, where it is not the one that was sent as such."""
