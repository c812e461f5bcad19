"""The bytes of a request: in which characters they are written, and JSON as hospitals' systems write it."""

import codecs
import json
import re

from app.http.exact_json import loads

_UTF_8, _GB18030 = "utf-8", "gb18030"

_READ_AS = {"utf-8": _UTF_8, "gb2312": _GB18030, "gbk": _GB18030, "gb18030": _GB18030}
"""The encodings that are read, by the name that Python has for them. GB18030 holds the two older ones."""

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([0-9A-Za-z_.:-]+)", re.ASCII | re.IGNORECASE)

_TEXT_OR_POINT = re.compile(r'"(?:[^"\\]|\\[\s\S]?)*(?:"|\Z)|(?<![0-9])-?\.(?=[0-9])')
"""A text of JSON, or the point of a number that has no digit before it, as some databases write it.

A text without an end goes to the end of the body, so that each character is looked at once.
"""


def parse(body: bytes, content_type: str) -> object:
    """Parse a body as JSON: in the charset that it declares, else in UTF-8, else in GB18030. JSONDecodeError."""
    return parse_text(_decode(body, content_type).removeprefix("\ufeff"))


def parse_text(text: str) -> object:
    """Parse JSON; a number may lack the zero before its point. JSONDecodeError for anything else."""
    try:
        return loads(text.encode("utf-8", "surrogatepass"))
    except json.JSONDecodeError:
        repaired = _TEXT_OR_POINT.sub(_with_zero, text)
        if repaired == text:
            raise
        return loads(repaired.encode("utf-8", "surrogatepass"))


def _with_zero(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith('"') else match[0].replace(".", "0.")


def _decode(body: bytes, content_type: str) -> str:
    for encoding in dict.fromkeys((_declared(content_type), _UTF_8, _GB18030)):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise json.JSONDecodeError("not a text", "", 0)


def _declared(content_type: str) -> str:
    """Return the encoding that a Content-Type declares; UTF-8 where it declares none that is read."""
    match = _CHARSET.search(content_type)
    try:
        name = codecs.lookup(match[1]).name if match else _UTF_8
    except LookupError:
        name = _UTF_8
    return _READ_AS.get(name, _UTF_8)
