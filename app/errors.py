"""Every error of the service above the rules, in one tree; the rules keep their own.

```
AndaError
├── RefusedError                    an act is refused, and nothing of it is kept
│   ├── NotFoundError               the resource does not exist, or is hidden from the caller
│   ├── ForbiddenError              the officer acts outside of the token's place or level
│   ├── StaleVersionError           the project has another version by now
│   ├── ConditionsUnmetError        conditions of the procedure do not hold: all of them
│   ├── InvalidFieldError           a field does not fit what is stored
│   ├── ConflictError               what stands in the ledger does not allow it
│   │   └── SettlementDependedOnError   a later settlement of the person depends on it: which, where, when
│   ├── TooManyLookupsError         the institution has looked up too many persons
│   ├── IdempotencyKeyReusedError   the same key or message came with another content
│   └── TransactionRefusedError     a transaction of the national interface is refused (`app/national/texts.py`)
├── BackupError                     the store cannot be backed up or restored
└── StoreUnavailableError           the store cannot be used now
    ├── StoreNotReadyError          the store stands at another migration than this release
    ├── ClockBehindError            the clock is behind the newest write
    ├── PersonKeyUnusableError      the key of the persons' numbers cannot be used
    └── FiguresDifferError          the figures of policy are not those that are in force in the store

app.rules: ParameterError           a parameter file cannot be policy; the start stops
           NoPolicyInForceError     no policy was in force on a day
```

Nothing here knows HTTP: `app/http/problems.py` and `app/national/dispatcher.py` each say how they answer it.
"""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

from app.rules.projects.procedure import Unmet


class Resource(StrEnum):
    """What can be asked for by its number."""

    PROJECT = "project"
    NOTICE = "notice"
    OBJECTION = "objection"
    SETTLEMENT = "settlement"
    REBOOKING = "rebooking"
    PERSON = "person"
    DESK_LIST = "list"


class ConflictReason(StrEnum):
    """Why the ledger does not allow a settlement, a reversal, a cancellation, a rebooking or a transfer."""

    VISIT_SETTLED = "visit_settled"
    STAY_SETTLED = "stay_settled"
    PART_SETTLED = "part_settled"
    VISIT_OF_ANOTHER = "visit_of_another"
    SETTLEMENT_REVERSED = "settlement_reversed"
    SETTLEMENT_DEPENDED_ON = "settlement_depended_on"
    SETTLEMENT_YEAR_CHANGED = "settlement_year_changed"
    SETTLEMENT_FIGURES_DIFFER = "settlement_figures_differ"
    REBOOKING_FOLLOWED = "rebooking_followed"
    MESSAGE_TAKEN_BACK = "message_taken_back"
    BUDGET_EXHAUSTED = "budget_exhausted"
    PERSON_REGISTERED_HERE = "person_registered_here"
    TRANSFER_FINAL = "transfer_final"


class AndaError(Exception):
    """The root of the tree."""


class RefusedError(AndaError):
    """An act is refused, and nothing of it is kept."""


class NotFoundError(RefusedError):
    """The resource does not exist, or is hidden from the caller."""

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        self.resource = resource


class ForbiddenError(RefusedError):
    """The officer acts outside of the token's place or level."""


class StaleVersionError(RefusedError):
    """The project is no longer the version that the officer has seen."""


class ConditionsUnmetError(RefusedError):
    """Conditions of the procedure do not hold: all of them."""

    def __init__(self, unmet: Sequence[Unmet]) -> None:
        super().__init__(", ".join(each.reason.code for each in unmet))
        self.unmet = tuple(unmet)


class InvalidFieldError(RefusedError):
    """A field does not fit what is stored: its JSON pointer, and a code of `i18n/texts/validation.yaml`."""

    def __init__(self, pointer: str, code: str) -> None:
        super().__init__(code)
        self.pointer = pointer
        self.code = code


class ConflictError(RefusedError):
    """What stands in the ledger does not allow it: why, and the operands of the reason's sentence."""

    def __init__(self, reason: ConflictReason, **operands: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.operands = operands


class SettlementDependedOnError(ConflictError):
    """A later settlement of the person depends on it: which, and where, when and for what care it was."""

    def __init__(self, settlement: int, institution: str, day: dt.date, care: str) -> None:
        super().__init__(ConflictReason.SETTLEMENT_DEPENDED_ON, settlement=settlement)
        self.institution = institution
        """The institution's name in the register, which may be cut short."""
        self.day = day
        """The service date."""
        self.care = care
        """The kind of visit."""


class TooManyLookupsError(RefusedError):
    """The institution has looked up too many persons for whom it has no settlement of that day."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after
        """Seconds after which it may look up others."""


class IdempotencyKeyReusedError(RefusedError):
    """The same idempotency key or message id came with another content."""

    def __init__(self, settlement: int | None = None) -> None:
        super().__init__(settlement)
        self.settlement = settlement
        """The booking of the message that came first; None where it booked none, and for a key."""


class BackupError(AndaError):
    """The store cannot be backed up, or not be restored: why, without anything that is stored."""


class StoreUnavailableError(AndaError):
    """The store cannot be used now: nothing was kept, as far as anyone can know."""

    def __init__(self, why: str, *, nothing_stored: bool = False) -> None:
        super().__init__(why)
        self.nothing_stored = nothing_stored
        """Whether it is certain that nothing was kept: it failed before the commit began."""


class StoreNotReadyError(StoreUnavailableError):
    """The store stands at another migration than this release: nothing was written."""

    def __init__(self, why: str) -> None:
        super().__init__(why, nothing_stored=True)


class ClockBehindError(StoreUnavailableError):
    """The clock is more than a minute behind the newest write: nothing was written."""


class PersonKeyUnusableError(StoreUnavailableError):
    """The key of the persons' numbers cannot be read, or is not the store's: nothing was read or written by it."""


class FiguresDifferError(StoreUnavailableError):
    """The figures of this process are not those that are in force in the store: nothing was written with them."""
