"""The rows of an upload of fees (2204, 2301): read, split into their four parts, and answered."""

from typing import NamedTuple

import orjson

from app.db.visits.fees import FeeLine, FeeSums, VisitFees
from app.national.context import TransactionContext
from app.national.envelope import echo
from app.national.fields import Fields
from app.national.scope_list import COUNT_PLACES, PRICE_PLACES, ScopeItem, split_fee
from app.national.setlinfo import write_amount
from app.national.texts import TransactionRefusedError, say
from app.privacy.identity_numbers import folded
from app.rules.money import ratio
from app.schemas.fields import GREATEST_YUAN

_MOST = GREATEST_YUAN * 100
"""The greatest amount of a fee, fen."""

_LONGEST_ITEM = 50

_CLASS_A, _CLASS_B, _CLASS_C = "01", "02", "03"
_OTHER_FEE = "14"
"""med_chrgitm_type of other fees: the service does not know of what kind a fee is."""

_UNKNOWN_FLAGS = ("bas_medn_flag", "hi_nego_drug_flag", "chld_medc_flag", "list_sp_item_flag")
"""Flags of the catalogue, which the service does not keep: always 0."""

MOST_WITH_FLAGS = 80
"""Rows above which an answer leaves those flags out: it may have 40,000 characters."""

_PARTS = (("fulamt_ownpay_amt",), ("overlmt_amt", "overlmt_selfpay"), ("preselfpay_amt",), ("inscp_scp_amt",))
"""The names of the four parts of a row, in their order; a settlement has another name for the second."""


class FeeRow(NamedTuple):
    """A fee as it was sent, and its split."""

    key: str
    """Keyed hash of its number (feedetl_sn)."""
    batch: str | None
    """Keyed hash of the batch of charges (chrg_bchno)."""
    amount: int
    """Fen; negative for a refund."""
    quantity: int
    """Ten-thousandths."""
    price: int
    """Millionths of a yuan."""
    item: ScopeItem | None
    """The entry of the deployment's list."""
    line: FeeLine


def read_row(context: TransactionContext, fields: Fields, earlier: VisitFees) -> FeeRow:
    """Read a row and split its fee. `earlier` are the fees of the visit, the earlier ones of this upload included.

    TransactionRefusedError, also for a number that the visit has already.
    """
    key = key_of(context, fields.required_identifier("feedetl_sn"))
    if key in earlier:
        raise TransactionRefusedError("fee_repeated")
    amount = fields.required_money("det_item_fee_sumamt", _MOST, negative=True)
    count = fields.required_scaled("cnt", COUNT_PLACES)
    price = fields.scaled("pric", PRICE_PLACES) or 0
    if amount * count < 0:
        raise TransactionRefusedError("fee_signs")
    batch = fields.identifier("chrg_bchno")
    item = context.codes.scope.get(fields.text("med_list_codg", most=_LONGEST_ITEM) or "")
    line = _split(context, fields, item, (amount, count), earlier)
    return FeeRow(key, batch and batch_of(context, batch), amount, count, price, item, line)


def key_of(context: TransactionContext, number: str) -> str:
    """Return the keyed hash of a fee's number, which only serves to tell the fees of a visit apart."""
    return context.ledger.key.short(f"fee {number}")


def batch_of(context: TransactionContext, batch: str) -> str:
    """Return the keyed hash of a batch of charges (chrg_bchno), which only serves to tell two batches apart."""
    return context.ledger.key.fingerprint(f"batch {folded(batch)}")


def write_row(row: FeeRow, place: int, *, with_flags: bool) -> dict[str, object]:
    """Write the answer to a row: how its fee is split. Its number is put in when the answer is sent."""
    parts = row.line.parts
    known = parts.first_paid + parts.in_scope
    limit = 0 if row.item is None else row.item.price_limit or 0
    return {
        "feedetl_sn": echo("feedetl_sn", place),
        "det_item_fee_sumamt": write_amount(row.amount),
        "cnt": _write_scaled(row.quantity, COUNT_PLACES),
        "pric": _write_scaled(row.price, PRICE_PLACES),
        "pric_uplmt_amt": _write_scaled(limit, PRICE_PLACES),
        "selfpay_prop": orjson.Fragment(ratio(abs(parts.first_paid), abs(known)) if known else _share_outside(parts)),
        "fulamt_ownpay_amt": write_amount(parts.outside),
        "overlmt_amt": write_amount(parts.over_limit),
        "preselfpay_amt": write_amount(parts.first_paid),
        "inscp_scp_amt": write_amount(parts.in_scope),
        "chrgitm_lv": _CLASS_C if parts.outside and not known else _CLASS_B if parts.first_paid else _CLASS_A,
        "med_chrgitm_type": _OTHER_FEE,
        **(dict.fromkeys(_UNKNOWN_FLAGS, "0") if with_flags else {}),
        "lmt_used_flag": "0",
        **({"drt_reim_flag": "0"} if with_flags else {}),
        "memo": say("fees", "assumed") if row.line.assumed else "",
    }


def _split(
    context: TransactionContext,
    fields: Fields,
    item: ScopeItem | None,
    amount_and_count: tuple[int, int],
    earlier: VisitFees,
) -> FeeLine:
    """Split a fee: as it is sent; a refund as the fee that it refunds; else by the list; else all of it in scope."""
    amount, count = amount_and_count
    refunds, original = "", None
    number = fields.identifier("init_feedetl_sn") if amount < 0 else None
    if number is not None and number != fields.identifier("feedetl_sn"):
        refunds = key_of(context, number)
        original = _find_original(refunds, amount, earlier)
    sent = _read_parts(fields, amount)
    if sent is not None:
        return FeeLine(sent, assumed=False, refunds=refunds)
    if original is not None:
        return FeeLine(_part_of(original.parts, -amount), original.assumed, refunds)
    if item is None:
        return FeeLine(FeeSums(in_scope=amount), assumed=bool(amount), refunds=refunds)
    return FeeLine(split_fee(item, amount, count), assumed=False, refunds=refunds)


def _find_original(key: str, amount: int, earlier: VisitFees) -> FeeLine:
    """Return what is left of a fee that is refunded. TransactionRefusedError where it is not there, or less is left."""
    original = earlier.get(key)
    if original is None or original.refunds:
        raise TransactionRefusedError("fee_original_unknown")
    left = original.parts
    for _, refund in earlier.refunds({key}):
        left = left.plus(refund.parts)
    if -amount > left.total:
        raise TransactionRefusedError("fee_refunded")
    return original._replace(parts=left)


def _read_parts(fields: Fields, amount: int) -> FeeSums | None:
    """Read the four parts of a fee; None where none is sent. They add up to it, and have its sign."""
    parts = FeeSums(*(_read_part(fields, names) for names in _PARTS))
    if not any(parts):
        return None
    if parts.total != amount or any(part * amount < 0 for part in parts):
        raise TransactionRefusedError("fee_parts")
    return parts


def _read_part(fields: Fields, names: tuple[str, ...]) -> int:
    for name in names:
        if amount := fields.money(name, _MOST, negative=True):
            return amount
    return 0


def _part_of(whole: FeeSums, amount: int) -> FeeSums:
    """Return the refund of an amount out of what is left of a fee, each part in proportion, rounded half up.

    Sums of parts are rounded, so that the parts of the refund add up, and none is more than what is left of it.
    """
    parts, summed, refunded = [], 0, 0
    for part in whole:
        summed += part
        until_here = (2 * summed * amount + whole.total) // (2 * whole.total) if whole.total else 0
        parts.append(refunded - until_here)
        refunded = until_here
    return FeeSums(*parts)


def _share_outside(parts: FeeSums) -> str:
    return "1.0000" if parts.outside else "0.0000"


def _write_scaled(value: int, places: int) -> orjson.Fragment:
    """Write a number that is held in units of its last decimal place, without zeros at its end."""
    sign = "-" if value < 0 else ""
    digits = f"{abs(value):0{places + 1}d}"
    return orjson.Fragment(f"{sign}{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip("."))
