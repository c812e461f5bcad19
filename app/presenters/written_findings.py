"""Findings as they were written, kept for the answers that follow.

The same few hundred findings come again and again, but whoever varies the facts without end gets ever new ones: what
is kept is bounded in bytes, and thrown away as a whole where it grows beyond that.
"""

from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

from app.rules.entitlements.case import Finding

MOST_BYTES = 64_000_000
"""Of what one presenter keeps, by the estimate below."""

OF_AN_ENTRY = 2_048
"""Bytes of an entry beside its text: the finding with its reasons, the key, the place in the dictionary."""

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
        self.bytes = 0
        """An estimate of what is kept."""

    def of_context(self, context: Context) -> KeptByIdentity:
        """Return what was written in a context, to look findings up by their identity."""
        kept = self._by_identity.get(context)
        if kept is None:
            kept = self._by_identity[context] = {}
            self._count(0)
        return kept

    def parts(self, context: Context, benefit_id: str, finding: Finding, missing: tuple[str, ...]) -> WrittenParts:
        """Return the text of a finding, written now or before; the caller keeps it by identity as well."""
        key = context, benefit_id, finding, missing
        parts = self._parts.get(key)
        if parts is None:
            parts = self._parts[key] = self._write(*key)
            self._count(len(parts[0]) + len(parts[1]))
        self._count(0)  # of the entry by identity
        return parts

    def _count(self, text_bytes: int) -> None:
        self.bytes += OF_AN_ENTRY + text_bytes
        if self.bytes > self._most_bytes:
            self._parts.clear()
            self._by_identity.clear()
            self.bytes = 0
