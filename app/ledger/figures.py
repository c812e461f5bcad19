"""The figures of policy that the ledger settles with: those of this process, held against those in force in the store.

Processes with different figures would calculate one year and spend one budget by two rules.
"""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Connection, RootTransaction

from app.db import locks
from app.db.chain import digest
from app.db.ledger import figures
from app.db.ledger.figures import FigureRecord
from app.errors import FiguresDifferError
from app.presenters.sources import value_in_words
from app.rules.parameters import DatedValue, Parameter, Parameters


class FigureChange(NamedTuple):
    """How a dated value changes: in words before and after, None where there is none from that day."""

    name: str
    first_day: str
    before: str | None
    after: str | None


class FiguresInForce:
    """The figures of a process, which writes to the ledger only where they are in force."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._found_in: RootTransaction | None = None
        """The transaction in which they were last found in force: no other writer changes that before its end."""
        self._noted_in: RootTransaction | None = None
        """The transaction that noted them as the first ones: that may still be rolled back."""

    def check(self, connection: Connection, *, writing: bool) -> None:
        """Refuse other figures than those in force. FiguresDifferError.

        The first figures that a store is written with are noted as those in force.
        """
        transaction = connection.get_transaction()
        if writing and transaction is self._found_in:
            return
        in_force = figures.find_fingerprint(connection)
        if in_force is None:
            if writing:
                locks.require_store(connection)
                self.accept(connection)
                self._noted_in = transaction
        elif in_force != self._parameters.fingerprint:
            raise FiguresDifferError(
                "the figures are not those in force in the store; `anda parameters accept` changes those"
            )
        elif writing and transaction is not self._noted_in:
            self._found_in = transaction

    def are_first(self, connection: Connection) -> bool:
        """Whether no figures are in force in the store yet."""
        return figures.find_fingerprint(connection) is None

    def changes(self, connection: Connection) -> list[FigureChange]:
        """List what changes where the figures of this process come into force, by name and day.

        A value whose days or source alone change has the same words before and after.
        """
        before = {(each.name, each.first_day): each for each in figures.list_in_force(connection)}
        after = {(each.name, each.first_day): each for each in self._records()}
        return [
            FigureChange(*key, _words(before.get(key)), _words(after.get(key)))
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        ]

    def accept(self, connection: Connection) -> bool:
        """Let the figures of this process be in force from now on; return whether they were not so before."""
        if figures.find_fingerprint(connection) == self._parameters.fingerprint:
            return False
        figures.insert_accepted(
            connection,
            dt.datetime.now(dt.UTC),
            self._parameters.edition,
            self._parameters.fingerprint,
            self._records(),
        )
        return True

    def _records(self) -> list[FigureRecord]:
        return [
            _record(parameter, dated) for parameter in self._parameters.by_name.values() for dated in parameter.values
        ]


def _record(parameter: Parameter, dated: DatedValue) -> FigureRecord:
    words = value_in_words(dated.value, parameter.unit)
    until = None if dated.until is None else dated.until.isoformat()
    source = [dated.clause, dated.document, dated.basis, dated.dated]
    return FigureRecord(parameter.name, dated.effective_from.isoformat(), words, digest([words, until, *source]))


def _words(record: FigureRecord | None) -> str | None:
    return None if record is None else record.words
