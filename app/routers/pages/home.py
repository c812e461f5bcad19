"""The first page, the files of all pages, and the licences of the packages that the pages use."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import metadata
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import Response

from app.http.problems import ProblemError
from app.pages.rendering import assets, page

PACKAGES = {
    "jinja2": "used_for_templates",
    "pygal": "used_for_charts",
    "segno": "used_for_qr",
    "icalendar": "used_for_calendar",
    "feedgenerator": "used_for_feed",
    "python-multipart": "used_for_forms",
}
"""The Python packages that make the pages, each with the code of the text that says its use."""

router = APIRouter(include_in_schema=False)


class UsedPackage(NamedTuple):
    """A package that the pages use; `used_for` is the code of the text that says its use."""

    name: str
    version: str
    used_for: str
    licence: str


@router.get("/")
async def home(request: Request) -> Response:
    """Show the first page."""
    return page(request, "home.html", {})


@router.get("/licences")
async def licences(request: Request) -> Response:
    """Show the licence of every package that the pages use."""
    return page(request, "licences.html", {"packages": _packages()})


@router.get("/pages/{name}")
async def file(name: str, accept_encoding: Annotated[str, Header()] = "") -> Response:
    """Send a file of the pages, compressed where the browser can read that."""
    content = assets().get(name)
    if content is None:
        raise ProblemError("not-found")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in accept_encoding:
        return Response(
            content.compressed, media_type=content.media_type, headers={**headers, "Content-Encoding": "gzip"}
        )
    return Response(content.plain, media_type=content.media_type, headers=headers)


@cache
def _packages() -> Sequence[UsedPackage]:
    return [*(_package(name, used_for) for name, used_for in PACKAGES.items()), _pico()]


def _package(name: str, used_for: str) -> UsedPackage:
    described = metadata(name)
    fields = described.json  # by the names of the core metadata, in small letters
    classified = [
        each.rpartition(" :: ")[2] for each in described.get_all("Classifier") or [] if each.startswith("License ")
    ]
    # Some packages give the whole text instead of its name.
    licence = str(fields.get("license_expression") or ", ".join(classified) or fields.get("license") or "—")
    return UsedPackage(name, described["Version"], used_for, licence.splitlines()[0])


def _pico() -> UsedPackage:
    """Read the version of the stylesheet from the banner of its file."""
    banner = re.search(rb"Pico CSS .*?v([0-9.]+)", assets()["pico.min.css"].plain[:300])
    return UsedPackage("Pico CSS", "—" if banner is None else banner[1].decode(), "used_for_styling", "MIT")
