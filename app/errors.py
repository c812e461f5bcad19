"""Why the store refuses an act; `app/problems.py` says how each is answered."""

from collections.abc import Sequence

from app.rules.projects.procedure import Unmet


class RefusedError(Exception):
    """An act is refused, and nothing of it is kept."""


class NotFoundError(RefusedError):
    """What was asked for is not there, or is hidden from whoever asks."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
        """`project`, `notice` or `objection`."""


class ForbiddenError(RefusedError):
    """The officer acts outside of his place or level."""


class StaleVersionError(RefusedError):
    """The project is no longer the version that the officer has seen."""


class ConditionsUnmetError(RefusedError):
    """Conditions of the procedure do not hold: all of them."""

    def __init__(self, unmet: Sequence[Unmet]) -> None:
        super().__init__(", ".join(each.reason.code for each in unmet))
        self.unmet = tuple(unmet)


class InvalidFieldError(RefusedError):
    """A field does not fit what is stored: where it stands, and why as a code of `i18n/texts/validation.yaml`."""

    def __init__(self, pointer: str, code: str) -> None:
        super().__init__(code)
        self.pointer = pointer
        self.code = code


class ConflictError(RefusedError):
    """What stands in the ledger does not allow it: a problem's slug, and the operands of its sentence."""

    def __init__(self, slug: str, **operands: int) -> None:
        super().__init__(slug)
        self.slug = slug
        self.operands = operands


class IdempotencyKeyReusedError(RefusedError):
    """The same idempotency key came with something else."""


class StoreUnavailableError(Exception):
    """The store cannot be used now: nothing was kept, as far as anyone can know."""


class PersonKeyUnusableError(StoreUnavailableError):
    """The key of the persons' numbers cannot be read, or is not the store's: nothing was read or written by it."""
