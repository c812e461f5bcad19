"""The first page, the files of all pages, and the licences of what they are made with."""

from importlib.metadata import metadata
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import Response

from app.http.problems import ProblemError
from app.pages.rendering import asset, page

PARTS = {
    "jinja2": "used_for_templates",
    "pygal": "used_for_charts",
    "segno": "used_for_qr",
    "icalendar": "used_for_calendar",
    "feedgenerator": "used_for_feed",
    "python-multipart": "used_for_forms",
}


def router() -> APIRouter:
    """Build the router of the first page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def home(request: Request) -> Response:
        return page(request, "home.html", {})

    @router.get("/licences")
    async def licences(request: Request) -> Response:
        return page(request, "licences.html", {"parts": [_part(name, use) for name, use in PARTS.items()] + [PICO]})

    @router.get("/pages/{name}")
    async def file(name: str, accept_encoding: Annotated[str, Header()] = "") -> Response:
        found = asset(name)
        if found is None:
            raise ProblemError("not-found")
        plain, compressed, kind = found
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        if "gzip" in accept_encoding:
            return Response(compressed, media_type=kind, headers={**headers, "Content-Encoding": "gzip"})
        return Response(plain, media_type=kind, headers=headers)

    return router


class Part(NamedTuple):
    """A package that the pages are made with; `used_for` is the code of the words."""

    name: str
    version: str
    used_for: str
    licence: str


PICO = Part("Pico CSS", "2.1.1", "used_for_styling", "MIT")


def _part(name: str, used_for: str) -> Part:
    described = metadata(name)
    fields = described.json  # by the names of the core metadata, in small letters
    classified = [
        each.rpartition(" :: ")[2] for each in described.get_all("Classifier") or [] if each.startswith("License ")
    ]
    # Some packages give the whole text instead of its name.
    licence = str(fields.get("license_expression") or ", ".join(classified) or fields.get("license") or "—")
    return Part(name, described["Version"], used_for, licence.splitlines()[0])
