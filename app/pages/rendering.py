"""What every page shares: its templates, its two languages, its headers, its files. Nothing comes from another host."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.i18n import Language, negotiation, text, wording

HERE = Path(__file__).parent
TOPICS = HERE.parent / "i18n" / "texts"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PICTURE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=300",
}
"""A picture is a document of its own: it may style itself, and run nothing."""

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
}

_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def prepare() -> None:
    """Read the templates and words of every page, so that the first who asks need not wait for it."""
    for name in _environment.list_templates():
        _environment.get_template(name)
    for path in TOPICS.glob("*_page.yaml"):
        wording(path.stem)
    wording("pages")
    wording("publicity")


def language_of(request: Request) -> Language:
    """Say which language a page is shown in, and speak it: Chinese, or English by choice (`?lang=en`)."""
    language: Language = "en" if request.query_params.get("lang") == "en" else "zh"
    negotiation.current.set(language)
    return language


def page(request: Request, template: str, context: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """Show a page. The template has `t` (words by code), `link` (an address in the page's language), `lang`.

    A page that answers a form is shown in the other language by sending the fields in `again` once more, or, without
    them, at the form's address, which leads on to a page; neither does anything a second time.
    """
    language = language_of(request)
    shown = _environment.get_template(template).render(
        lang=language,
        t=_words(language),
        link=_link(language),
        other_language=_in_other_language(request, language, context),
        path=request.url.path,
        asset=asset_address,
        **context,
    )
    return HTMLResponse(shown, status_code=status, headers={**HEADERS, "Content-Language": language})


def picture(svg: bytes) -> Response:
    """Send a drawing."""
    return Response(svg, media_type="image/svg+xml", headers=PICTURE)


@cache
def asset(name: str) -> tuple[bytes, bytes, str] | None:
    """Return a file of the pages plain and compressed, and its kind; None where there is none of that name."""
    path = HERE / "static" / name
    if re.fullmatch(r"[a-zA-Z0-9.]+", name) is None or path.suffix not in _KINDS or not path.is_file():
        return None
    content = path.read_bytes()
    return content, gzip.compress(content, mtime=0), _KINDS[path.suffix]


@cache
def asset_address(name: str) -> str:
    """Return the address of a file of the pages; it changes with the file, which may be kept for good."""
    found = asset(name)
    if found is None:
        raise KeyError(name)
    return f"/pages/{name}?{hashlib.sha256(found[0]).hexdigest()[:12]}"


def with_language(address: str, language: Language) -> str:
    """Return an address that keeps the language of the page it stands on."""
    if language == "zh":
        return address
    return f"{address}{'&' if '?' in address else '?'}lang=en"


def _link(language: Language) -> Any:
    def link(address: str, **query: object) -> str:
        given = {name: str(value) for name, value in query.items() if value is not None}
        return with_language(f"{address}?{urlencode(given)}" if given else address, language)

    return link


def _words(language: Language) -> Any:
    def words(code: str, topic: str = "pages", **operands: object) -> str:
        said = text(topic, code, language)
        return said.format(**operands) if operands else said

    return words


def _in_other_language(request: Request, language: Language, context: Mapping[str, object]) -> str:
    """Return the address of the same page in the other language."""
    if request.method == "POST" and "again" not in context:
        return with_language(request.url.path, "en" if language == "zh" else "zh")
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    if language == "zh":
        query.append(("lang", "en"))
    return f"{request.url.path}?{urlencode(query)}" if query else request.url.path
