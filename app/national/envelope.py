"""The envelope around every transaction: read leniently, written in the documented order (1.1, 1.2)."""

import codecs
import datetime as dt
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

import orjson

from app.clock import SHANGHAI
from app.http.exact_json import loads
from app.national.codes import Codes
from app.national.fields import LETTERS_AND_DIGITS, Fields
from app.national.texts import TransactionRefusedError

Json = dict[str, Any]

PERSON = "\0"
"""What stands for a person's number in an answer that is kept. No number that is sent can be it."""

_SERIALS = count(secrets.randbelow(10**10))
"""Serials of this process. Another begins elsewhere, so that the two meet in no second."""

_NODES = ("data", "mdtrtinfo", "signIn", "agtinfo")
"""The nodes that the transactions' fields have been seen in, `data` before all."""

_STRAIGHT = ("psn_no", "medfee_sumamt", "mdtrt_cert_no")
"""Fields that tell, where they stand in `input` itself, that the others do too."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A transaction as it was asked for."""

    infno: str
    message_id: str
    institution: str
    insured_at: str | None
    """The division of insurance (insuplc_admdvs)."""
    sent: dt.date | None
    fields: Fields
    asked: str
    """The transaction and its fields in one form, whatever the order and the writing: what tells it from another."""


class Receipt(NamedTuple):
    """When and as what a request was received."""

    id: str
    """inf_refmsgid."""
    at: dt.datetime


def received(at: dt.datetime, division: str) -> Receipt:
    """Take a request in: the receiver's division, the time and a serial number are its name."""
    return Receipt(f"{division}{at.astimezone(SHANGHAI):%Y%m%d%H%M%S}{next(_SERIALS) % 10**10:010d}", at)


def read(body: bytes, infno_of_path: str | None) -> Envelope:
    """Read a request. TransactionRefusedError for one that cannot be read.

    Where the address names the transaction, the body need not, but may not name another.
    """
    try:
        content = loads(body.removeprefix(codecs.BOM_UTF8))
    except json.JSONDecodeError:
        raise TransactionRefusedError("unreadable") from None
    if not isinstance(content, dict):
        raise TransactionRefusedError("unreadable")
    envelope = Fields(content)
    infno = envelope.number("infno")
    if infno_of_path is not None and infno not in (None, infno_of_path):
        raise TransactionRefusedError("infno_differs")
    infno = infno_of_path or envelope.required_number("infno")
    fields = Fields(_node(content.get("input")))
    try:
        asked = json.dumps([infno, fields.canonical()], sort_keys=True)
    except RecursionError:
        raise TransactionRefusedError("unreadable") from None
    return Envelope(
        infno=infno,
        message_id=envelope.required_number("msgid"),
        institution=envelope.required_number("fixmedins_code", LETTERS_AND_DIGITS),
        insured_at=envelope.number("insuplc_admdvs"),
        sent=envelope.day("inf_time"),
        fields=fields,
        asked=asked,
    )


def succeeded(codes: Codes, receipt: Receipt, at: dt.datetime, output: Json | None, warnings: Sequence[str]) -> bytes:
    """Write the answer of a transaction that was carried out."""
    return _answer(
        codes, receipt, at, {"infcode": "0", "err_msg": "", "output": output, "warn_msg": "；".join(warnings)}
    )


def refused(codes: Codes, receipt: Receipt, at: dt.datetime, error: TransactionRefusedError) -> bytes:
    """Write the answer of a transaction that was refused: nothing of it is kept."""
    return _answer(codes, receipt, at, {"infcode": "-1", "err_msg": error.sentence, "output": None, "warn_msg": ""})


def put_back(answer: bytes, person: str) -> bytes:
    """Put the person's number where its placeholder stands in an answer."""
    return answer.replace(orjson.dumps(PERSON), orjson.dumps(person))


def _answer(codes: Codes, receipt: Receipt, at: dt.datetime, result: Json) -> bytes:
    infcode = result["infcode"]
    return orjson.dumps(
        {
            "infcode": int(infcode) if codes.infcode_as_number else infcode,
            "inf_refmsgid": receipt.id,
            "refmsg_time": _instant(receipt.at),
            "respond_time": _instant(at),
            "err_msg": result["err_msg"],
            "output": result["output"],
            "warn_msg": result["warn_msg"],
        }
    )


def _instant(at: dt.datetime) -> str:
    """Write an instant as yyyyMMddHHmmssSSS in Asia/Shanghai."""
    local = at.astimezone(SHANGHAI)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


def _node(sent: Any) -> Mapping[str, Any]:
    """Find the fields of a transaction: in a node of `input`, or straight in it; `input` may be JSON in a text."""
    if isinstance(sent, str):
        try:
            sent = loads(sent.encode("utf-8", "surrogatepass"))
        except json.JSONDecodeError:
            raise TransactionRefusedError("input_unreadable") from None
    if sent is None:
        raise TransactionRefusedError("input_missing")
    if not isinstance(sent, dict):
        raise TransactionRefusedError("input_unreadable")
    names = _NODES[:1] if any(name in sent for name in _STRAIGHT) else _NODES
    nodes = [node for name in names if isinstance(node := sent.get(name), dict) and node]
    nodes += [each for each in sent.values() if isinstance(each, dict)] if len(sent) == 1 else []
    found: dict[str, Any] = nodes[0] if nodes else sent
    return found
