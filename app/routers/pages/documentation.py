"""Pages for integrators, with no asset from another host: the OpenAPI, and a page for every problem."""

import base64
import datetime as dt
import hashlib
import html
import os
import secrets
from functools import cache
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from app.http.dependencies import SettingsDep
from app.http.exact_json import ExactRoute
from app.http.problems import STATUS, ProblemError, problems
from app.i18n import negotiation, text, wording
from app.pages.rendering import asset_address

ASSETS = Path(fastapi_offline.__file__).parent / "static"
FOREIGN_MARK = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
REDOC_NONCE = (b"n.nc=void 0", b"n.nc=document.currentScript.nonce")
"""ReDoc writes its styles by script. The nonce of its own element goes to them, in the place that the bundle has."""

_STYLE = (
    "body{font-family:sans-serif;max-width:40em;margin:2em auto;padding:0 1em;line-height:1.6}"
    "code{background:#eee;padding:.1em .3em}"
)
"""The style of a problem's page."""


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
    # Its styles have the nonce of the page.
    script = (ASSETS / "redoc.standalone.js").read_bytes()
    return script.replace(FOREIGN_MARK, b"/documentation-assets/favicon.png").replace(*REDOC_NONCE)


@router.get("/documentation-assets/redoc.standalone.js")
async def redoc_script() -> Response:
    """Send ReDoc without a link to another host."""
    return Response(_redoc_script(), media_type="text/javascript", headers={"Cache-Control": "public, max-age=86400"})


@router.get("/docs")
async def swagger_ui(request: Request) -> HTMLResponse:
    """Show the OpenAPI in Swagger UI."""
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(request.app.title)}</title>"
        '<link rel="stylesheet" href="/documentation-assets/swagger-ui.css">'
        '<link rel="icon" href="/documentation-assets/favicon.png">'
        '<div id="swagger-ui"></div>'
        '<script src="/documentation-assets/swagger-ui-bundle.js"></script>'
        f'<script src="{asset_address("docs.js")}"></script></html>',
        headers=_closed("'self'"),
    )


@router.get("/redoc")
async def redoc(request: Request) -> HTMLResponse:
    """Show the OpenAPI in ReDoc."""
    nonce = secrets.token_urlsafe(16)
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(request.app.title)}</title>"
        '<link rel="icon" href="/documentation-assets/favicon.png">'
        f'<style nonce="{nonce}">body{{margin:0}}</style>'
        '<redoc spec-url="/openapi.json"></redoc>'
        f'<script nonce="{nonce}" src="/documentation-assets/redoc.standalone.js"></script></html>',
        headers=_closed(f"'self' 'nonce-{nonce}'"),
    )


@problems_router.get("/{slug}", response_class=HTMLResponse, responses=problems(404))
async def explain_problem(slug: str, settings: SettingsDep) -> HTMLResponse:
    """Explain a problem: what it means and what to do about it."""
    if slug not in STATUS:
        raise ProblemError("not-found")
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return HTMLResponse(
        _page(slug, settings.today), headers={"Vary": "Accept-Language", **_closed(f"'sha256-{digest}'")}
    )


def _closed(styles: str) -> dict[str, str]:
    """Let a page load from this service alone, which hospital networks need, and stand in no other site's frame."""
    return {
        "Content-Security-Policy": f"default-src 'none'; script-src 'self'; style-src {styles}; "
        "img-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    }


def _page(slug: str, set_day: dt.date | None) -> str:
    language = negotiation.current.get()
    words = wording("problems")[slug]
    title = text("problems", slug, language)
    detail: dict[str, str] = words["detail"]  # type: ignore[assignment]
    remedy: dict[str, str] = words["remedy"]  # type: ignore[assignment]
    operands = {"limit": "…", "first_day": "…", "settlement": "…"} | dict.fromkeys(("institution", "day", "care"), "…")
    note = (
        "" if set_day is None else f"<p><strong>{text('pages', 'set_day', language).format(day=set_day)}</strong></p>"
    )
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title>"
        f"<style>{_STYLE}</style>"
        f"{note}<h1>{html.escape(title)}</h1>"
        f"<p><code>{STATUS[slug]}</code> <code>/problems/{slug}</code></p>"
        f"<p>{html.escape(detail[language].format(**operands))}</p>"
        f"<p>{html.escape(remedy[language])}</p></html>"
    )
