"""Rendering of pages: the templates, the two languages, the headers, the files. Nothing comes from another host."""

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.http.dependencies import Components
from app.i18n import Language, negotiation, text, wording
from app.i18n.amounts import band_in_sentence, in_sentence
from app.pages.place_names import PlaceNames
from app.pages.whom_to_ask import whom_to_ask

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
"""A picture is a document of its own: it may hold styles, and no scripts."""

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
    """Read the templates and texts of every page before the first request."""
    for name in _environment.list_templates():
        _environment.get_template(name)
    for path in TOPICS.glob("*_page.yaml"):
        wording(path.stem)
    wording("pages")
    wording("publicity")


def language_of(request: Request) -> Language:
    """Return the language of a page, and make it that of the request: Chinese, or English by choice (`?lang=en`)."""
    language: Language = "en" if request.query_params.get("lang") == "en" else "zh"
    negotiation.current.set(language)
    return language


def page(request: Request, template: str, context: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """Render a page.

    The template has `t` (texts by code), `link` (an address in the page's language), `yuan` and `band` (an amount and
    a band as a sentence has them) and `lang`.

    `places` names places by their codes; `whom_to_ask()` says whom to ask; `set_day` is a day that is set for training.
    The link to the other language of a page that answers a form sends the fields in `again` once more. Without them it
    leads to the form's address, which redirects to a page. Neither carries the form out a second time.
    """
    language = language_of(request)
    components: Components = request.app.state.components
    html = _environment.get_template(template).render(
        lang=language,
        places=PlaceNames(components.divisions, language),
        whom_to_ask=lambda: whom_to_ask(
            components.settings.contact, components.parameters, components.store.clock.now().today, language
        ),
        t=_words(language),
        link=_link(language),
        yuan=partial(in_sentence, language=language),
        band=partial(band_in_sentence, language=language),
        other_language=_in_other_language(request, language, context),
        path=request.url.path,
        asset=asset_address,
        set_day=components.settings.today,
        **context,
    )
    return HTMLResponse(html, status_code=status, headers={**HEADERS, "Content-Language": language})


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
    """Return the address of a file of the pages. It changes with the file, so that a browser may keep the file."""
    file = asset(name)
    if file is None:
        raise KeyError(name)
    return f"/pages/{name}?{hashlib.sha256(file[0]).hexdigest()[:12]}"


def with_language(address: str, language: Language) -> str:
    """Return an address in the language of the page that links to it."""
    if language == "zh":
        return address
    return f"{address}{'&' if '?' in address else '?'}lang=en"


def _link(language: Language) -> Callable[..., str]:
    def link(address: str, **query: object) -> str:
        parameters = {name: str(value) for name, value in query.items() if value is not None}
        return with_language(f"{address}?{urlencode(parameters)}" if parameters else address, language)

    return link


def _words(language: Language) -> Callable[..., str]:
    def words(code: str, topic: str = "pages", **operands: object) -> str:
        sentence = text(topic, code, language)
        return sentence.format(**operands) if operands else sentence

    return words


def _in_other_language(request: Request, language: Language, context: Mapping[str, object]) -> str:
    """Return the address of the same page in the other language."""
    if request.method == "POST" and "again" not in context:
        return with_language(request.url.path, "en" if language == "zh" else "zh")
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    if language == "zh":
        query.append(("lang", "en"))
    return f"{request.url.path}?{urlencode(query)}" if query else request.url.path
