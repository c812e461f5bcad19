"""Numbers, names and cards that are planted in requests, and where they are found again, however they are written.

Every one is made up.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from sqlalchemy import Engine, inspect, text

IDENTITY = "15092319800101108X"
INSURED = "77190000001"
CARD = "H77190001234"
NAME = "欧阳青山"
BANK = "6222021234567890128"

WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in IDENTITY)
"""The identity number in full width."""

PLANTED = (IDENTITY, IDENTITY.lower(), WIDE, INSURED, CARD, CARD.lower(), NAME, BANK)


def forms(planted: str) -> set[bytes]:
    """Write what is planted in each way in which it may come out: as text, escaped, in an address, in other codes."""
    escaped = json.dumps(planted)[1:-1]
    written = {planted, escaped, escaped.replace("\\", "\\\\"), quote(planted), planted.encode().hex()}
    codes = {planted.encode(code) for code in ("gb18030", "utf-16-le", "utf-16-be")}
    return {each.encode() for each in written} | codes


_FORMS = [(each, form) for each in PLANTED for form in forms(each)]


def found_in(content: bytes, but_not: bytes = b"") -> set[str]:
    """Name what is planted and stands in a content; what another content holds does not count."""
    return {each for each, form in _FORMS if form in content and form not in but_not}


def stored_values(engine: Engine) -> Iterator[bytes]:
    """Give every value of every table; what is packed also as it was before."""
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608 - the store's own names
                yield from _written(row)


def _written(row: Iterable[object]) -> Iterator[bytes]:
    for value in row:
        if isinstance(value, (bytes, memoryview)):
            yield bytes(value)
            yield zlib.decompress(bytes(value))
        else:
            yield str(value).encode()
