"""The visits and fees that a hospital reports before it settles, and a second book of what the insurer must hold."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import NamedTuple, TypeVar

from tests.support.hospital_messages import (
    FEE_PARTS,
    OPENING,
    PARTS,
    UPLOADING,
    Answer,
    Key,
    Message,
    fen,
    visit_number,
    yuan,
)

Row = dict[str, str]
Listed = TypeVar("Listed")

_numbers = count(1)


class Item(NamedTuple):
    """How the deployment's list splits the fees of an item."""

    limit: Decimal | None = None  # the price of one unit
    share: Decimal = Decimal(1)  # of what is below it, in the catalogue
    first: Decimal = Decimal(0)  # of that, paid first


ITEMS = {
    "XA01": Item(),
    "XB02": Item(Decimal("12.50"), first=Decimal("0.1")),
    "C003": Item(share=Decimal("0.8")),
    "C004": Item(Decimal("3.333333"), Decimal("0.75"), Decimal("0.155")),
    "F005": Item(share=Decimal(0)),
}
"""The list of the insurer that the hospitals deal with; it has no other item."""

UNLISTED = "XJ01CAA041A001010103456"


def items_file() -> str:
    """The list as the insurer's own file."""
    rows = [
        f"  {code}: {{in_scope: {_percent(item.share)}, first_paid: {_percent(item.first)}"
        + ("" if item.limit is None else f", price_limit: {item.limit}")
        + "}"
        for code, item in ITEMS.items()
    ]
    return "\n".join(["items:", *rows, ""])


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


def _split(item: Item, amount: int, units: Decimal) -> tuple[int, int, int, int]:
    """The four parts of a fee of an item, in fen, each rounded half up at its step."""
    within = amount
    if item.limit is not None and item.share:
        within = min(amount, _rounded(item.limit * units * 100))
    known = _rounded(within * item.share)
    first = _rounded(known * item.first)
    return within - known, amount - within, first, known - first


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def fee_row(
    amount: int,
    parts: Sequence[int] | None = None,
    refunds: str = "",
    day: str = "2018-05-20",
    item: str = UNLISTED,
    units: int = 1,
) -> Row:
    """A fee, its parts where the hospital sends them; a refund is negative."""
    row = {
        "feedetl_sn": f"SN{next(_numbers):08d}",
        "init_feedetl_sn": refunds,
        "fee_ocur_time": f"{day} 09:00:00",
        "med_list_codg": item,
        "medins_list_codg": "Y001",
        "det_item_fee_sumamt": yuan(amount),
        "cnt": f"{-units if amount < 0 else units}.0000",
        "pric": f"{abs(amount) / 100 / units:.6f}",
        "bilg_dept_codg": "D01",
        "bilg_dept_name": "内科",
        "bilg_dr_codg": "D1509001",
        "bilg_dr_name": "某医生",
        "hosp_appr_flag": "1",
        "memo": "",
    }
    return row if parts is None else row | dict(zip(FEE_PARTS, map(yuan, parts), strict=True))


def fee_rows(rng: random.Random, total: int, day: str) -> list[Row]:
    """Fees that add up to a bill: some in parts, in one bill of four one that is refunded, whole or in two."""
    cuts = sorted(rng.randint(0, total) for _ in range(rng.randint(1, 12)))
    amounts = [after - before for before, after in zip([0, *cuts], [*cuts, total], strict=True) if after > before]
    rows = [
        fee_row(amount, _parts(rng, amount), "", day, rng.choice([UNLISTED, *ITEMS]), rng.randint(1, 9))
        for amount in amounts
    ]
    if rng.random() < 0.25:
        amount = rng.randint(2, 50_000)
        first = rng.choice((amount, amount // 2))
        original = fee_row(amount, _parts(rng, amount), day=day, item=rng.choice([UNLISTED, *ITEMS]))
        refunds = [fee_row(-part, None, original["feedetl_sn"], day) for part in (first, amount - first) if part]
        rows = [original, *rows, *refunds]
    return rows


def _parts(rng: random.Random, amount: int) -> tuple[int, int, int, int] | None:
    if rng.random() < 0.5:
        return None
    outside, above, first = (int(amount * rng.uniform(0, 0.2)) for _ in range(3))
    return outside, above, first, amount - outside - above - first


def in_batches(rows: Sequence[Listed], size: int) -> list[Sequence[Listed]]:
    """Rows as they are uploaded, some at a time."""
    return [rows[at : at + size] for at in range(0, len(rows), size)]


@dataclass
class Reported:
    """A visit as the insurer must hold it: whose, and its fees by number, each in its four parts."""

    institution: str
    person: str
    fees: dict[str, tuple[int, ...]] = field(default_factory=dict)
    assumed: set[str] = field(default_factory=set)  # the fees that count in scope because nothing says how they split
    rows: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def assumed_amount(self) -> int:
        """What is left of them after their refunds."""
        return sum(self.fees[number][-1] for number in self.assumed)

    @property
    def parts(self) -> tuple[int, ...]:
        """The sums of the four parts."""
        return tuple(map(sum, zip(*self.fees.values(), strict=True))) if self.fees else (0, 0, 0, 0)


@dataclass
class ReportedVisits:
    """The second book of visits and fees, by the number that the insurer gave."""

    visits: dict[str, Reported] = field(default_factory=dict)
    opened: dict[Key, str] = field(default_factory=dict)

    def of(self, sent: Message) -> Reported | None:
        """The visit that a message is about, if it was reported."""
        visit = self.visits.get(sent.content.get("mdtrt_id", ""))
        return visit if visit is not None and visit.institution == sent.institution else None

    def parts_of(self, sent: Message) -> dict[str, int]:
        """The four parts of a bill: as sent, or the sums of the visit's fees."""
        parts = {part: fen(sent.content.get(part, "0")) for part in PARTS}
        visit = self.of(sent)
        if any(parts.values()) or visit is None:
            return parts
        return dict(zip(PARTS, visit.parts, strict=True))

    def why_refused(self, sent: Message) -> str:
        """Why a bill must be refused for its parts; empty where it need not be."""
        parts = {part: fen(sent.content.get(part, "0")) for part in PARTS}
        if any(parts.values()):
            return ""
        visit = self.of(sent)
        if visit is None or not visit.fees:
            return "it has neither parts nor fees"
        return "" if sum(visit.parts) == fen(sent.content["medfee_sumamt"]) else "the fees do not add up to it"

    def why_kept(self, sent: Message) -> str:
        """Why a visit must not be cancelled; empty where it may be, and for every other message."""
        visit = self.of(sent)
        return "it has fees" if sent.infno in {"2202", "2404"} and visit is not None and visit.fees else ""

    def take_down(self, sent: Message, answer: Answer) -> list[str]:
        """Take down what a message that succeeded has changed, and say what of the answer is wrong."""
        if sent.infno in OPENING:
            number = visit_number(sent, answer)
            wrong = [f"the number {number} was given before"] if number in self.visits else []
            self.visits[number] = Reported(sent.institution, sent.content["psn_no"])
            self.opened[sent.key] = number
            return wrong
        visit = self.of(sent)
        if visit is None:
            return ["there is no such visit"]
        if sent.infno in UPLOADING:
            return [
                wrong
                for row, told in zip(sent.rows, answer.output["result"], strict=True)
                for wrong in _take(visit, row, told)
            ]
        number = sent.content.get("feedetl_sn", "0000")
        if sent.infno in {"2205", "2302"} and number == "0000":
            visit.fees.clear()
            visit.assumed.clear()
        elif sent.infno == "2302":
            del visit.fees[number]
            visit.assumed.discard(number)
        return []


def _take(visit: Reported, row: Row | Mapping[str, str], told: Mapping[str, object]) -> list[str]:
    """Take a fee down as it must be split, and compare what is told."""
    amount = fen(row["det_item_fee_sumamt"])
    parts = tuple(fen(row.get(name) or "0") for name in FEE_PARTS)
    assumed = False
    if not any(parts):
        original = visit.fees.get(row["init_feedetl_sn"]) if row["init_feedetl_sn"] else None
        if original is None and row["med_list_codg"] in ITEMS:
            parts = _split(ITEMS[row["med_list_codg"]], amount, Decimal(row["cnt"]))
        elif original is None:
            parts, assumed = (0, 0, 0, amount), True
        else:
            # A refund is told in proportion: what is left of the original and its refunds is never below nothing.
            parts = tuple(fen(told[name]) for name in FEE_PARTS)
            assumed = row["init_feedetl_sn"] in visit.assumed
            before = [
                visit.fees[sn] for sn, each in visit.rows.items() if each["init_feedetl_sn"] == row["init_feedetl_sn"]
            ]
            left = [sum(each) for each in zip(original, parts, *before, strict=True)]
            if min(left) < 0 or (sum(left) == 0 and any(left)) or max(parts) > 0:
                return [f"more of a part is refunded than there was: {left}"]
    visit.fees[row["feedetl_sn"]] = parts
    visit.rows[row["feedetl_sn"]] = row
    if assumed:
        visit.assumed.add(row["feedetl_sn"])
    if tuple(fen(told[name]) for name in FEE_PARTS) != parts:
        return [f"a fee should be split into {parts}: {told}"]
    if bool(told["memo"]) != (assumed and amount != 0):
        return [f"the memo does not say whether the fee is taken as in scope: {told}"]
    return []
