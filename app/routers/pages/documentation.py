"""Pages for integrators, with no asset from another host: the OpenAPI, and a page for every problem."""

import html
import os
from functools import cache
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from app.http.exact_json import ExactRoute
from app.http.problems import STATUS, ProblemError, problems
from app.i18n import negotiation, text, wording

ASSETS = Path(fastapi_offline.__file__).parent / "static"
FOREIGN_MARK = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
CLOSED = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src 'self' blob:; connect-src 'self'"
}
"""The pages may load nothing from anywhere else, and hospital networks could not."""


router = APIRouter(include_in_schema=False)
problems_router = APIRouter(route_class=ExactRoute, prefix="/problems", tags=["Problems"])


class ClosedFiles(StaticFiles):
    """The files that stood in a folder at the start; no other name is looked for."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory)
        self._names = {path.name for path in directory.iterdir() if path.is_file()}

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file by its name."""
        return super().lookup_path(path) if path in self._names else ("", None)


def mount_assets(app: FastAPI) -> None:
    """Serve the assets of Swagger UI and ReDoc from the package. It comes after the router, whose script it has too."""
    app.mount("/documentation-assets", ClosedFiles(ASSETS), name="documentation-assets")


@cache
def _redoc_script() -> bytes:
    # ReDoc shows its maker's mark from its maker's host; here it shows the mark that came with the package.
    script = (ASSETS / "redoc.standalone.js").read_bytes()
    return script.replace(FOREIGN_MARK, b"/documentation-assets/favicon.png")


@router.get("/documentation-assets/redoc.standalone.js")
async def redoc_script() -> Response:
    """Send ReDoc without a link to another host."""
    return Response(_redoc_script(), media_type="text/javascript", headers={"Cache-Control": "public, max-age=86400"})


@router.get("/docs")
async def swagger_ui(request: Request) -> HTMLResponse:
    """Show the OpenAPI in Swagger UI."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=request.app.title,
        swagger_js_url="/documentation-assets/swagger-ui-bundle.js",
        swagger_css_url="/documentation-assets/swagger-ui.css",
        swagger_favicon_url="/documentation-assets/favicon.png",
        swagger_ui_parameters={"validatorUrl": None, "tryItOutEnabled": True},
    )
    page.headers.update(CLOSED)
    return page


@router.get("/redoc")
async def redoc(request: Request) -> HTMLResponse:
    """Show the OpenAPI in ReDoc."""
    page = get_redoc_html(
        openapi_url="/openapi.json",
        title=request.app.title,
        redoc_js_url="/documentation-assets/redoc.standalone.js",
        redoc_favicon_url="/documentation-assets/favicon.png",
        with_google_fonts=False,
    )
    page.headers.update(CLOSED)
    return page


@problems_router.get("/{slug}", response_class=HTMLResponse, responses=problems(404))
async def explain_problem(slug: str) -> HTMLResponse:
    """Explain a problem: what it means and what to do about it."""
    if slug not in STATUS:
        raise ProblemError("not-found")
    return HTMLResponse(_page(slug), headers={"Vary": "Accept-Language", **CLOSED})


def _page(slug: str) -> str:
    language = negotiation.current.get()
    words = wording("problems")[slug]
    title = text("problems", slug, language)
    detail: dict[str, str] = words["detail"]  # type: ignore[assignment]
    remedy: dict[str, str] = words["remedy"]  # type: ignore[assignment]
    operands = {"limit": "…", "first_day": "…", "settlement": "…"}
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title>"
        "<style>body{font-family:sans-serif;max-width:40em;margin:2em auto;padding:0 1em;line-height:1.6}"
        "code{background:#eee;padding:.1em .3em}</style>"
        f"<h1>{html.escape(title)}</h1>"
        f"<p><code>{STATUS[slug]}</code> <code>/problems/{slug}</code></p>"
        f"<p>{html.escape(detail[language].format(**operands))}</p>"
        f"<p>{html.escape(remedy[language])}</p></html>"
    )
