"""Who has the database and not the key finds nobody in it, by trying every identity number of a range.

The numbers are few: those of a county and a day of birth are a thousand. Tried are the hashes that one would guess,
with everything that lies in the database as a key or as salt. Every number here is made up.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator

import pytest

from app.db.engine import writing
from app.db.ledger import aliases
from app.privacy.identity_numbers import check_character
from tests.national.test_who_is_meant import add_alias
from tests.support.national_desk import CLINIC, KEY, POOR, Desk
from tests.support.planted import stored_values
from tests.support.scale import scaled

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

BEGINNING = "15092319800101"
"""The county and the day of birth, which an attacker may know."""

SEARCHED = range(100, 100 + scaled(30, 900))
PURPOSES = (b"", b"number\0", b"id\0", b"asked\0", b"short\0", b"receipt\0", b"short\0fee ")
"""What the service puts before a number that it hashes: its source lies open."""

PLAIN_HASHES = (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512, hashlib.blake2b, hashlib.sha3_256)

_DIGITS = 24
"""Of a hash: the shortest that is stored has as many."""

_HEXADECIMAL = re.compile(rb"[0-9a-f]{24,}")
_SHORT = re.compile(rb"[ -~]{1,128}")


def identity_number(sequence: int) -> str:
    """The identity number of a range with a sequence number."""
    digits = f"{BEGINNING}{sequence:03d}"
    return digits + check_character(digits)


def guesses(candidate: str, salts: Iterable[bytes]) -> Iterator[bytes]:
    """Hash a number in each way that one would guess."""
    for spelling in {candidate, candidate.lower()}:
        for purpose in PURPOSES:
            content = purpose + spelling.encode()
            for plain in PLAIN_HASHES:
                yield plain(content).digest()
            for salt in salts:
                yield hmac.digest(salt, content, "sha256")
        for salt in salts:
            yield hashlib.sha256(salt + spelling.encode()).digest()
            yield hashlib.sha256(spelling.encode() + salt).digest()


def found(candidates: Iterable[str], values: list[bytes], salts: set[bytes]) -> set[str]:
    """The numbers of which a guess stands in the database."""
    hashes = {each[:_DIGITS] for value in values for each in _HEXADECIMAL.findall(value)}
    receipts = {value[:_DIGITS] for value in values if len(value) >= _DIGITS}
    return {
        candidate
        for candidate in candidates
        for guess in guesses(candidate, salts)
        if guess.hex()[:_DIGITS].encode() in hashes or base64.urlsafe_b64encode(guess)[:_DIGITS] in receipts
    }


def test_who_tries_all_identity_numbers_of_a_range_finds_nobody_without_the_key(desk: Desk) -> None:
    registered, stranger, card, visit = (identity_number(sequence) for sequence in (103, 108, 114, 127))
    add_alias(desk, registered, POOR)
    desk.stay("2304", "V1", person=registered)
    desk.stay("2304", "V2", person=stranger)
    desk.call("1101", mdtrt_cert_type="03", mdtrt_cert_no=card, psn_no=POOR)
    opened = desk.call("2201", psn_no=stranger, institution=CLINIC, begntime="2018-05-20").output["data"]["mdtrt_id"]
    fee = {"det_item_fee_sumamt": "9.00", "cnt": 1, "mdtrt_id": opened, "psn_no": stranger}
    desk.call("2204", institution=CLINIC, feedetl_sn=visit, chrg_bchno=card, **fee)
    desk.stay("2304", visit, card, person=POOR)
    values = list(stored_values(desk.engine))
    salts = {value for value in values if _SHORT.fullmatch(value)}
    assert len(salts) > 100
    candidates = [identity_number(sequence) for sequence in SEARCHED]
    assert found(candidates, values, salts | {b""}) == set()
    known = found(candidates, values, {KEY.encode()})
    assert known == {registered, stranger, card, visit}, "with the key the same search finds them"


def test_the_registers_other_numbers_are_not_found_either(desk: Desk) -> None:
    cards = [f"K{number:05d}" for number in range(scaled(80, 900))]
    add_alias(desk, cards[77], POOR)
    with writing(desk.engine) as connection:
        assert aliases.doubles_of(connection, 1) == []
    values = list(stored_values(desk.engine))
    salts = {value for value in values if _SHORT.fullmatch(value)}
    assert found(cards, values, salts | {b""}) == set()
    assert found(cards, values, {KEY.encode()}) == {cards[77]}
