"""The envelope around every transaction: read leniently, written in the documented order of its fields."""

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
from app.national.codes import Codes
from app.national.encodings import parse, parse_text
from app.national.fields import LETTERS_AND_DIGITS, Fields
from app.national.texts import TransactionRefusedError
from app.privacy.redaction import REPLACEMENT

_SERIALS = count(secrets.randbelow(10**10))
"""Serials of this process. Each process begins at a random one, so that two do not meet in the same second."""

_NODES = ("data", "mdtrtinfo", "adminfo", "dscginfo", "signin", "signout", "agtinfo")
"""The nodes of `input` that are known to hold a transaction's fields, in small letters, `data` first."""

_JSON = ("{", "[")
"""How a node begins that is JSON in a text."""

_LISTS = ("feedetail", "data")
"""The nodes of `input` that may be a list of rows."""

SAME_AS = {"2203A": "2203", "2207A": "2207", "2304A": "2304"}
"""Transactions that are carried out and kept as another: only the voucher at the desk differs."""

_BETWEEN = "；"
"""What stands between two warnings."""

_ECHO_MARK = "\1"
"""Begins the placeholder of a field that is given back. No text that is sent holds it."""

_ECHO = re.compile(rb'"\\u0001(?:([0-9]+)\.)?([a-z_]+)"')
"""The placeholder of a field, as it stands in a stored answer."""

_ENCRYPTION = ("enc_type", "enctype", "encdata", "enc_data")
"""Fields of the envelope that are filled where its input is encrypted."""

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

    @property
    def canonical_before(self) -> str:
        """The same in the form of earlier releases, with which their stored messages are compared."""
        forms = (self.fields.canonical_before(), *(row.canonical_before() for row in self.rows))
        return json.dumps([self.infno, *forms], sort_keys=True)


class Receipt(NamedTuple):
    """Under which number and when a request was received."""

    id: str
    """inf_refmsgid."""
    at: dt.datetime


def make_receipt(at: dt.datetime, division: str) -> Receipt:
    """Number a request: the receiver's division, the time in Asia/Shanghai and a serial of ten digits."""
    return Receipt(f"{division}{at.astimezone(SHANGHAI):%Y%m%d%H%M%S}{next(_SERIALS) % 10**10:010d}", at)


def read_request(body: bytes, infno_of_path: str | None, content_type: str = "") -> Envelope:
    """Read a request. TransactionRefusedError for one that cannot be read.

    Where the address names the transaction, the body need not, but may not name another.
    """
    try:
        return _read(parse(body, content_type), infno_of_path and infno_of_path.upper())
    except (json.JSONDecodeError, RecursionError):
        raise TransactionRefusedError("unreadable") from None


def _read(content: object, infno_of_path: str | None) -> Envelope:
    if not isinstance(content, dict):
        raise TransactionRefusedError("unreadable")
    envelope = Fields(content)
    infno = envelope.identifier("infno")
    infno = infno and infno.upper()
    if infno_of_path is not None and infno not in (None, infno_of_path):
        raise TransactionRefusedError("infno_differs")
    infno = infno_of_path or envelope.required_identifier("infno").upper()
    infno = SAME_AS.get(infno, infno)
    given = _read_input(content)
    listed = _find_rows(given)
    fields, rows = Fields(_find_node(given, listed)), tuple(map(Fields, listed))
    return Envelope(
        infno=infno,
        message_id=envelope.required_identifier("msgid"),
        institution=envelope.required_identifier("fixmedins_code", LETTERS_AND_DIGITS),
        insurance_division=envelope.identifier("insuplc_admdvs"),
        sent_on=envelope.day("inf_time"),
        fields=fields,
        rows=rows,
        canonical=json.dumps([infno, fields.canonical(), *(row.canonical() for row in rows)], sort_keys=True),
    )


def write_success(
    codes: Codes, receipt: Receipt, at: dt.datetime, output: Mapping[str, object] | None, warnings: Sequence[str]
) -> bytes:
    """Write the answer of a transaction that was carried out: infcode 0, its output and its warnings."""
    return _write(codes, receipt, at, infcode="0", output=output, warning=_BETWEEN.join(warnings))


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


def add_warnings(answer: bytes, warnings: Sequence[str]) -> bytes:
    """Add warnings to an answer that is stored, behind those that it has: they are the last of its fields."""
    if not warnings:
        return answer
    before = answer.removesuffix(b'"}')
    between = "" if before.endswith(b':"') else _BETWEEN
    return before + orjson.dumps(between + _BETWEEN.join(warnings))[1:] + b"}"


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


def _read_input(envelope: Mapping[str, object]) -> Mapping[str, object]:
    """Return `input`, which may be JSON in a text."""
    named = _by_name(envelope)
    content = named.get("input")
    if isinstance(content, str):
        try:
            content = parse_text(content)
        except json.JSONDecodeError:
            raise _unreadable(named) from None
    if content is None:
        raise _unreadable(named) if _is_encrypted(named) else TransactionRefusedError("input_missing")
    if not isinstance(content, dict):
        raise _unreadable(named)
    content = {name: _read_node(name, each) for name, each in content.items()}
    if _is_encrypted(named) and not _holds_fields(content):
        raise _unreadable(named)
    return content


def _read_node(name: str, content: object) -> object:
    """Return a node of `input`, which may be JSON in a text too."""
    if not isinstance(content, str) or name.lower() not in {*_NODES, *_LISTS} or not content.strip().startswith(_JSON):
        return content
    try:
        return parse_text(content)
    except json.JSONDecodeError:
        return content


def _unreadable(named: Mapping[str, object]) -> TransactionRefusedError:
    """Return the refusal of an `input` that cannot be read: of one that is encrypted, because it is."""
    return TransactionRefusedError("input_encrypted" if _is_encrypted(named) else "input_unreadable")


def _is_encrypted(named: Mapping[str, object]) -> bool:
    """Whether an envelope says that its input is encrypted."""
    return any(named.get(name) not in (None, "", 0, "0", False) for name in _ENCRYPTION)


def _holds_fields(content: Mapping[str, object]) -> bool:
    """Whether an `input` holds a node with fields, a list of rows, or fields that are known."""
    named = _by_name(content)
    return any(isinstance(each, (dict, list)) for each in named.values()) or any(name in named for name in _STRAIGHT)


def _by_name(content: Mapping[str, object]) -> dict[str, object]:
    """Return the entries by their names in small letters; of several that differ in case, the last one."""
    return {name.lower(): each for name, each in content.items()}


def _find_rows(content: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    """Find the rows of a list of fees; empty where there is no list."""
    named = _by_name(content)
    for name in _LISTS:
        listed = named.get(name)
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
    named = _by_name(content)
    names = _NODES[:1] if any(name in named for name in _STRAIGHT) else _NODES
    nodes = [node for name in names if isinstance(node := named.get(name), dict) and node]
    nodes += [each for each in content.values() if isinstance(each, dict)] if len(content) == 1 else []
    if not rows:
        return nodes[0] if nodes else content
    beside = nodes[0] if nodes else {name: each for name, each in content.items() if not isinstance(each, list)}
    return {**rows[0], **beside}
