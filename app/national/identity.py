"""What an answer gives back of a person: what the request itself says, and what its identity number holds.

Nothing of it is stored. An answer is stored with placeholders, and each time it is sent they are filled from the
request that asks, so that a message that is repeated gets the same bytes again.
"""

import datetime as dt
import re
from typing import Literal, NamedTuple

import orjson

from app.national.fields import PERSON_NUMBER, Fields
from app.national.texts import TransactionRefusedError
from app.privacy.identity_numbers import birth_date, is_identity_number, sex, tenths_of_age

IdentityField = Literal["psn_no", "psn_name", "psn_cert_type", "certno", "gend", "brdy", "age"]
"""The fields of an answer that are filled from the request."""

IDENTITY_CARD = "01"
"""psn_cert_type of an identity card."""

VOUCHER, BY_IDENTITY_CARD = "01", "02"
"""mdtrt_cert_type of an electronic voucher, whose number is a token and no person's, and of an identity card."""

LONGEST_CERTIFICATE = 50
_LONGEST_TYPE = 6
_LONGEST_NAME = 50
_SEXES = {"male": "1", "female": "2"}

_MARK = "\0"
"""Begins a placeholder. No text that is sent holds it. The mark alone stands for psn_no."""

_PLACEHOLDER = re.compile(rb'"\\u0000(?:([a-z_]+)(?: ([0-9]{4}-[0-9]{2}-[0-9]{2}))?)?"')


class GivenIdentity(NamedTuple):
    """Who a person is, as a request says; empty or None for what it does not say."""

    number: str
    """psn_no, or the number that serves in its place."""
    name: str
    certificate_type: str
    certificate: str
    identity_number: str | None
    """An identity number with the right check character, from any of the fields that may hold one."""


def placeholder(field: IdentityField, day: dt.date | None = None) -> str:
    """Return what stands for a field of an answer until it is sent; an age is that on a day."""
    if field == "psn_no":
        return _MARK
    return f"{_MARK}{field}" if day is None else f"{_MARK}{field} {day}"


def code_of(fields: Fields, name: str) -> str:
    """Return a code of two digits, also where it is sent as a number; empty where there is none."""
    try:
        code = fields.text(name, most=_LONGEST_TYPE)
    except TransactionRefusedError:
        return ""
    return "" if code is None else code.rjust(2, "0")


def certificates(fields: Fields) -> dict[str, str]:
    """Return the numbers of certificates and cards by their field, the one that decides first.

    A voucher's number is left out, and one that cannot be read.
    """
    names = ["certno"] if code_of(fields, "psn_cert_type") in {"", IDENTITY_CARD} else []
    names += ["mdtrt_cert_no"] if code_of(fields, "mdtrt_cert_type") != VOUCHER else []
    numbers = {name: _read_certificate(fields, name) for name in dict.fromkeys([*names, "certno"])}
    return {name: number for name, number in numbers.items() if number is not None}


def read_identity(fields: Fields) -> GivenIdentity:
    """Read who a person is from the fields of a request. What cannot be read is left out, and nothing is refused."""
    try:
        number = fields.identifier("psn_no", PERSON_NUMBER)
    except TransactionRefusedError:
        number = None
    shown = certificates(fields)
    identity_number = next(filter(is_identity_number, [*shown.values(), number or ""]), None)
    certificate, kind = shown.get("certno"), code_of(fields, "psn_cert_type")
    if certificate is None:
        by_card = code_of(fields, "mdtrt_cert_type") == BY_IDENTITY_CARD
        certificate = (shown.get("mdtrt_cert_no") if by_card else None) or identity_number
        kind = "" if certificate is None else IDENTITY_CARD
    return GivenIdentity(
        number=number or next(iter(shown.values()), ""),
        name=fields.name("psn_name", _LONGEST_NAME),
        certificate_type=kind or (IDENTITY_CARD if certificate is not None and certificate == identity_number else ""),
        certificate=certificate or "",
        identity_number=identity_number,
    )


def fill_identity(answer: bytes, identity: GivenIdentity) -> bytes:
    """Replace the placeholders of an answer by what a request says of the person."""
    held = identity.identity_number
    held_sex, born = (None, None) if held is None else (sex(held), birth_date(held))
    values: dict[str, object] = {
        "psn_no": identity.number,
        "psn_name": identity.name,
        "psn_cert_type": identity.certificate_type,
        "certno": identity.certificate,
        "gend": "" if held_sex is None else _SEXES[held_sex],
        "brdy": born,
    }

    def fill(match: re.Match[bytes]) -> bytes:
        field, day = (group and group.decode() for group in match.groups())
        if field == "age":
            return _write_age(born, dt.date.fromisoformat(day or ""))
        return orjson.dumps(values[field or "psn_no"])

    return _PLACEHOLDER.sub(fill, answer)


def _write_age(born: dt.date | None, day: dt.date) -> bytes:
    tenths = None if born is None else tenths_of_age(born, day)
    return b"null" if tenths is None else f"{tenths // 10}.{tenths % 10}".encode()


def _read_certificate(fields: Fields, name: str) -> str | None:
    try:
        return fields.identifier(name, most=LONGEST_CERTIFICATE)
    except TransactionRefusedError:
        return None
