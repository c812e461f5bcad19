"""An institution's books held against the ledger (对账), settlement by settlement. Nothing is stored. Money in fen."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.db.ledger.differences import SettlementLine
from app.ledger.person_key import PersonKey
from app.presenters.differences import BookSums, Comparison, Difference
from app.schemas.responses.differences import DifferenceKind, MissingReason


class BookRow(NamedTuple):
    """A settlement in the institution's books."""

    number: int | None
    """The ledger's number of the settlement; None where the books have none."""
    message_ids: frozenset[str]
    """The message that settled it, in each form in which its id may be stored."""
    visit_ids: frozenset[str]
    total: int
    reimbursed: int
    reversed: bool


def stored_forms(key: PersonKey, value: str | None) -> frozenset[str]:
    """Return the forms in which an id may be stored: an identity number is a hash, whose last letter counts.

    PersonKeyUnusableError where one must be hashed.
    """
    spellings = () if value is None else (value, value.upper(), value.lower())
    return frozenset(key.stored_id(each) for each in dict.fromkeys(spellings))


def unmatched(rows: Iterable[BookRow], lines: Iterable[SettlementLine]) -> tuple[set[int], set[str]]:
    """Return the numbers and the ids of messages of those rows that no settlement of the period answers to."""
    index = _Index(lines)
    lost = [row for row in rows if index.find(row) is None]
    numbers = {row.number for row in lost if row.number is not None}
    return numbers, {each for row in lost for each in row.message_ids}


def compare(
    rows: Sequence[BookRow], lines: Sequence[SettlementLine], elsewhere: Sequence[SettlementLine]
) -> Comparison:
    """Compare the rows with the settlements of the period; `elsewhere` are those outside it that the rows name."""
    of_period, outside = _Index(lines), _Index(elsewhere)
    seen: set[int] = set()
    differences: list[Difference] = []
    for place, row in enumerate(rows):
        of_these_days = of_period.find(row)
        line = of_these_days or outside.find(row)
        reason = _reason(line, is_outside=of_these_days is not line)
        kinds = _kinds(row, line, reason, seen)
        if line is not None:
            seen.add(line.id)
        if kinds:
            differences.append(Difference(kinds, place, line, reason))
    counted = [line for line in lines if not line.taken_back]
    differences += [Difference(("missing_there",), None, line) for line in counted if line.id not in seen]
    return Comparison(_sums(rows), _sums(counted), differences)


class _Index:
    """Settlements by their number and by the message that made them."""

    def __init__(self, lines: Iterable[SettlementLine]) -> None:
        self._by_number: dict[int, SettlementLine] = {}
        self._by_message: dict[str, list[SettlementLine]] = {}
        for line in lines:
            self._by_number[line.id] = line
            self._by_message.setdefault(line.message_id, []).append(line)

    def find(self, row: BookRow) -> SettlementLine | None:
        """Return the settlement that a row names: by its number, else by its message.

        Several messages of one id, which came by several transactions, are told apart by the visit.
        """
        line = None if row.number is None else self._by_number.get(row.number)
        if line is not None:
            return line
        found = [line for each in row.message_ids for line in self._by_message.get(each, ())]
        return min(found, key=lambda line: (not _same_visit(row, line), line.id), default=None)


def _reason(line: SettlementLine | None, *, is_outside: bool) -> MissingReason | None:
    """Return why a settlement that a row names is none of the period; None where it is one, or where there is none."""
    if line is not None and line.taken_back:
        return "taken_back"
    return "other_day" if is_outside else None


def _kinds(
    row: BookRow, line: SettlementLine | None, reason: MissingReason | None, seen: set[int]
) -> tuple[DifferenceKind, ...]:
    if line is not None and line.id in seen:
        return ("repeated",)
    if line is None or reason is not None:
        return ("missing_here",)
    kinds: list[tuple[DifferenceKind, bool]] = [
        ("amounts_differ", (row.total, row.reimbursed) != (line.total, line.reimbursed)),
        ("reversed_differs", row.reversed != line.reversed),
        ("visit_differs", not _same_visit(row, line)),
    ]
    return tuple(kind for kind, differs in kinds if differs)


def _same_visit(row: BookRow, line: SettlementLine) -> bool:
    return line.visit_id.upper() in {each.upper() for each in row.visit_ids}


def _sums(several: Iterable[BookRow | SettlementLine]) -> BookSums:
    everything = list(several)
    standing = [each for each in everything if not each.reversed]
    return BookSums(
        len(standing),
        len(everything) - len(standing),
        sum(each.total for each in standing),
        sum(each.reimbursed for each in standing),
    )
