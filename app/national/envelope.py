"""The envelope around every transaction: read leniently, written in the documented order of its fields."""

import codecs
import datetime as dt
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

import orjson

from app.clock import SHANGHAI
from app.http.exact_json import loads
from app.national.codes import Codes
from app.national.fields import LETTERS_AND_DIGITS, Fields
from app.national.texts import TransactionRefusedError
from app.privacy.redaction import REPLACEMENT

_SERIALS = count(secrets.randbelow(10**10))
"""Serials of this process. Each process begins at a random one, so that two do not meet in the same second."""

_NODES = ("data", "mdtrtinfo", "adminfo", "dscginfo", "signIn", "signOut", "agtinfo")
"""The nodes of `input` that are known to hold a transaction's fields, `data` first."""

_LISTS = ("feedetail", "data")
"""The nodes of `input` that may be a list of rows."""

SAME_AS = {"2203A": "2203", "2207A": "2207", "2304A": "2304"}
"""Transactions that are carried out and kept as another: only the voucher at the desk differs."""

_ECHO_MARK = "\1"
"""Begins the placeholder of a field that is given back. No text that is sent holds it."""

_ECHO = re.compile(rb'"\\u0001(?:([0-9]+)\.)?([a-z_]+)"')
"""The placeholder of a field, as it stands in a stored answer."""

_STRAIGHT = ("psn_no", "medfee_sumamt", "mdtrt_cert_no")
"""Fields that show, where they stand in `input` itself, that the others stand there too."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request for a transaction."""

    infno: str
    message_id: str
    institution: str
    insurance_division: str | None
    """The division of insurance (insuplc_admdvs)."""
    sent_on: dt.date | None
    """The day of inf_time."""
    fields: Fields
    """The transaction's fields; of several rows, those of the first."""
    rows: tuple[Fields, ...]
    """The rows of a list of fees, in their order; none where `input` has no list."""
    canonical: str
    """The transaction and its fields in one form, whatever their order and writing: equal for the same request."""


class Receipt(NamedTuple):
    """Under which number and when a request was received."""

    id: str
    """inf_refmsgid."""
    at: dt.datetime


def make_receipt(at: dt.datetime, division: str) -> Receipt:
    """Number a request: the receiver's division, the time in Asia/Shanghai and a serial of ten digits."""
    return Receipt(f"{division}{at.astimezone(SHANGHAI):%Y%m%d%H%M%S}{next(_SERIALS) % 10**10:010d}", at)


def read_request(body: bytes, infno_of_path: str | None) -> Envelope:
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
    infno = envelope.identifier("infno")
    if infno_of_path is not None and infno not in (None, infno_of_path):
        raise TransactionRefusedError("infno_differs")
    infno = infno_of_path or envelope.required_identifier("infno")
    infno = SAME_AS.get(infno, infno)
    given = _read_input(content.get("input"))
    listed = _find_rows(given)
    fields, rows = Fields(_find_node(given, listed)), tuple(map(Fields, listed))
    try:
        canonical = json.dumps([infno, fields.canonical(), *(row.canonical() for row in rows)], sort_keys=True)
    except RecursionError:
        raise TransactionRefusedError("unreadable") from None
    return Envelope(
        infno=infno,
        message_id=envelope.required_identifier("msgid"),
        institution=envelope.required_identifier("fixmedins_code", LETTERS_AND_DIGITS),
        insurance_division=envelope.identifier("insuplc_admdvs"),
        sent_on=envelope.day("inf_time"),
        fields=fields,
        rows=rows,
        canonical=canonical,
    )


def write_success(
    codes: Codes, receipt: Receipt, at: dt.datetime, output: Mapping[str, object] | None, warnings: Sequence[str]
) -> bytes:
    """Write the answer of a transaction that was carried out: infcode 0, its output and its warnings."""
    return _write(codes, receipt, at, infcode="0", output=output, warning="；".join(warnings))


def write_refusal(codes: Codes, receipt: Receipt, at: dt.datetime, error: TransactionRefusedError) -> bytes:
    """Write the answer of a transaction that was refused: infcode -1 and the reason."""
    return _write(codes, receipt, at, infcode="-1", error=error.sentence)


def echo(name: str, row: int | None = None) -> str:
    """Return what stands for a field of the request, or of one of its rows, in an answer that is stored."""
    return f"{_ECHO_MARK}{name}" if row is None else f"{_ECHO_MARK}{row}.{name}"


def insert_echoes(answer: bytes, request: Envelope) -> bytes:
    """Replace the placeholders of fields in an answer by what the request says there."""
    # A single fee may stand in a node of its own, without a list.
    rows = request.rows or (request.fields,)

    def sent(match: re.Match[bytes]) -> bytes:
        fields = request.fields if match[1] is None else rows[int(match[1])]
        return orjson.dumps(fields.text(match[2].decode()) or "")

    return _ECHO.sub(sent, answer)


def insert_ids(answer: bytes, ids: Mapping[str, str | None]) -> bytes:
    """Replace what stands for private ids of visits and messages in an answer by the ids of the request, by field."""
    for name, value in ids.items():
        if value is not None:
            answer = answer.replace(_member(name, REPLACEMENT), _member(name, value))
    return answer


def _member(name: str, value: str) -> bytes:
    return orjson.dumps({name: value})[1:-1]


def _write(
    codes: Codes,
    receipt: Receipt,
    at: dt.datetime,
    *,
    infcode: str,
    output: Mapping[str, object] | None = None,
    error: str = "",
    warning: str = "",
) -> bytes:
    return orjson.dumps(
        {
            "infcode": int(infcode) if codes.infcode_as_number else infcode,
            "inf_refmsgid": receipt.id,
            "refmsg_time": _format_instant(receipt.at),
            "respond_time": _format_instant(at),
            "err_msg": error,
            "output": output,
            "warn_msg": warning,
        }
    )


def _format_instant(at: dt.datetime) -> str:
    """Write an instant as yyyyMMddHHmmssSSS in Asia/Shanghai."""
    local = at.astimezone(SHANGHAI)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


def _read_input(content: object) -> Mapping[str, object]:
    """Return `input`, which may be JSON in a text."""
    if isinstance(content, str):
        try:
            content = loads(content.encode("utf-8", "surrogatepass"))
        except json.JSONDecodeError:
            raise TransactionRefusedError("input_unreadable") from None
    if content is None:
        raise TransactionRefusedError("input_missing")
    if not isinstance(content, dict):
        raise TransactionRefusedError("input_unreadable")
    return content


def _find_rows(content: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    """Find the rows of a list of fees; empty where there is no list."""
    for name in _LISTS:
        listed = content.get(name)
        if name == "feedetail" and isinstance(listed, dict):
            return [listed]
        if isinstance(listed, list) and listed:
            rows = [row for row in listed if isinstance(row, dict)]
            if len(rows) != len(listed):
                raise TransactionRefusedError("rows_unreadable", field=name)
            return rows
    return []


def _find_node(content: Mapping[str, object], rows: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """Find the fields of a transaction: in a node of `input`, straight in it, or in the first of its rows."""
    names = _NODES[:1] if any(name in content for name in _STRAIGHT) else _NODES
    nodes = [node for name in names if isinstance(node := content.get(name), dict) and node]
    nodes += [each for each in content.values() if isinstance(each, dict)] if len(content) == 1 else []
    if not rows:
        return nodes[0] if nodes else content
    beside = nodes[0] if nodes else {name: each for name, each in content.items() if not isinstance(each, list)}
    return {**rows[0], **beside}
