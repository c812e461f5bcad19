"""Rendering of pages: the templates, the two languages, the headers, the files. Nothing comes from another host."""

import gzip
import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from app.http.dependencies import Components
from app.http.sliced_work import SlicedWork
from app.i18n import Language, negotiation, text, wording
from app.i18n.amounts import band_in_sentence, in_sentence
from app.pages.place_names import PlaceNames
from app.pages.whom_to_ask import whom_to_ask
from app.presenters.steps import Steps

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
    """Read the templates, texts and files of every page before the first request."""
    assets()
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


class RenderedPage(HTMLResponse):
    """A page that is rendered when it is sent, in slices between which other requests get their turn."""

    def __init__(self, parts: Iterator[str], rendering: SlicedWork, status: int, language: Language) -> None:
        super().__init__(status_code=status, headers={**HEADERS, "Content-Language": language})
        self._parts = parts
        self._rendering = rendering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Render and send the page. ProblemError (503) where too many wait."""
        self.body = await self._rendering.run(_rendered(self._parts))
        self.headers["content-length"] = str(len(self.body))
        await super().__call__(scope, receive, send)


def _rendered(parts: Iterator[str]) -> Steps[bytes]:
    written = []
    for part in parts:
        written.append(part)
        yield
    return "".join(written).encode()


def page(request: Request, template: str, context: Mapping[str, object], status: int = 200) -> RenderedPage:
    """Make a page.

    The template has `t` (texts by code), `link` (an address in the page's language), `yuan` and `band` (an amount and
    a band as a sentence has them) and `lang`.

    `places` names places by their codes; `whom_to_ask()` says whom to ask; `set_day` is a day that is set for training.
    The link to the other language of a page that answers a form sends the fields in `again` once more. Without them it
    leads to the form's address, which redirects to a page. Neither carries the form out a second time.
    """
    language = language_of(request)
    components: Components = request.app.state.components
    parts = _environment.get_template(template).generate(
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
    return RenderedPage(parts, components.rendering, status, language)


def picture(svg: bytes) -> Response:
    """Send a drawing."""
    return Response(svg, media_type="image/svg+xml", headers=PICTURE)


class Asset(NamedTuple):
    """A file of the pages: plain, compressed, its media type, and its address."""

    plain: bytes
    compressed: bytes
    media_type: str
    address: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return every file of the pages by its name. They are read once, and no other name is looked for."""
    return {path.name: _read_asset(path) for path in sorted((HERE / "static").iterdir()) if path.suffix in _KINDS}


def _read_asset(path: Path) -> Asset:
    content = path.read_bytes()
    # The address changes with the file, so that a browser may keep the file.
    address = f"/pages/{path.name}?{hashlib.sha256(content).hexdigest()[:12]}"
    return Asset(content, gzip.compress(content, mtime=0), _KINDS[path.suffix], address)


def asset_address(name: str) -> str:
    """Return the address of a file of the pages. KeyError where there is none of that name."""
    return assets()[name].address


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
