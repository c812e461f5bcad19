"""What a transaction works with, and what it returns."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from app.clock import Moment
from app.db.ledger.institutions import Institution
from app.db.ledger.messages import Message
from app.ledger.ledger import Ledger
from app.national.codes import Codes
from app.national.envelope import Envelope
from app.national.fields import Fields
from app.national.person import RequestedPerson
from app.national.setlinfo import Statement


class TransactionContext(NamedTuple):
    """A request that is being carried out, inside one transaction of the store."""

    connection: Connection
    moment: Moment
    request: Envelope
    message: Message
    institution: Institution
    token_id: int | None
    ledger: Ledger
    codes: Codes
    person: RequestedPerson
    """Whom the request means: `person.identified`."""
    region: str
    """The beginning of the divisions whose insured are settled here."""

    @property
    def fields(self) -> Fields:
        """The fields of the request."""
        return self.request.fields

    @property
    def person_hash(self) -> str:
        """The keyed hash under which the person is known, or would be. TransactionRefusedError without a number."""
        return self.person.identified.number

    @property
    def person_id(self) -> int | None:
        """The person who is meant; None where neither the register nor the ledger has one."""
        return self.person.identified.id

    @property
    def sent_on(self) -> dt.date:
        """The day on which the request was sent; the service's day where the request does not say."""
        return self.request.sent_on or self.moment.today


class TransactionResult(NamedTuple):
    """What a transaction answers."""

    output: Mapping[str, object] | None = None
    """None where the transaction has no output."""
    warnings: tuple[str, ...] = ()
    settlement_id: int | None = None
    """The settlement or reversal that was booked."""
    statement: Statement | None = None
    """The statement of what was booked, which is stored with the message."""
