"""Findings as they were written, kept for the answers that follow.

The same few hundred findings come again and again, but whoever varies the facts without end gets ever new ones: what
is kept is bounded, and thrown away as a whole where it grows beyond that.
"""

from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

from app.rules.entitlements.case import Finding

MOST_BYTES = 64_000_000
"""Of the texts that one presenter keeps, by the estimate below."""

OF_AN_ENTRY = 2_048
"""Bytes of a text's entry beside the text: the finding with its reasons, the key, the place in the dictionary."""

MOST_BY_IDENTITY = 4_000
"""Findings that one presenter keeps by their identity. Rules that are not cached find equal ones for every request, and
a finding that is thrown away is looked up by its facts once more, which costs less than to keep so many alive."""

Context = TypeVar("Context")
"""What the text of a finding depends on beside it."""

WrittenParts: TypeAlias = tuple[bytes, bytes]
"""The text in two parts."""

KeptByIdentity: TypeAlias = dict[tuple[str, int], tuple[Finding, bytes, bytes]]
"""By its benefit and its identity: the finding, which stays alive so that its identity does, and its text."""


class WrittenFindings(Generic[Context]):
    """The text of findings by the context, the benefit, the finding without its missing facts, and these."""

    def __init__(
        self,
        write: Callable[[Context, str, Finding, tuple[str, ...]], WrittenParts],
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._write = write
        self._most_bytes = most_bytes
        self._parts: dict[tuple[Context, str, Finding, tuple[str, ...]], WrittenParts] = {}
        self._by_identity: dict[Context, KeptByIdentity] = {}
        self._identities = 0
        self.bytes = 0
        """An estimate of what the texts take."""

    def of_context(self, context: Context) -> KeptByIdentity:
        """Return what was written in a context, to look findings up by their identity."""
        kept = self._by_identity.get(context)
        if kept is None:
            self._count_identity()
            kept = self._by_identity[context] = {}
        return kept

    def parts(self, context: Context, benefit_id: str, finding: Finding, missing: tuple[str, ...]) -> WrittenParts:
        """Return the text of a finding, written now or before; the caller keeps it by identity as well."""
        key = context, benefit_id, finding, missing
        parts = self._parts.get(key)
        if parts is None:
            parts = self._parts[key] = self._write(*key)
            self.bytes += OF_AN_ENTRY + len(parts[0]) + len(parts[1])
            if self.bytes > self._most_bytes:
                self._parts.clear()
                self._forget_identities()
                self.bytes = 0
        self._count_identity()
        return parts

    def _count_identity(self) -> None:
        self._identities += 1
        if self._identities > MOST_BY_IDENTITY:
            self._forget_identities()

    def _forget_identities(self) -> None:
        self._by_identity.clear()
        self._identities = 0
