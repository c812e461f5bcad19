"""The page that tells people that there is none; programs get a problem instead."""

from starlette.requests import Request
from starlette.responses import Response

from app.pages.rendering import page

_FOR_PROGRAMS = ("/v1/", "/fsi/")
_STATUS = {"not-found": 404, "method-not-allowed": 405}


def missing_page(request: Request, slug: str) -> Response | None:
    """Render the page for an address that has none; None for another problem, or for a request of a program."""
    by_person = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if slug not in _STATUS or not by_person or f"{request.url.path}/".startswith(_FOR_PROGRAMS):
        return None
    response = page(request, "not_found.html", {}, _STATUS[slug])
    response.headers["Vary"] = "Accept"
    return response
