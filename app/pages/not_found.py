"""What people are shown at an address where there is no page; programs are answered a problem."""

from starlette.requests import Request
from starlette.responses import Response

from app.pages.rendering import page

_OF_PROGRAMS = ("/v1/", "/fsi/")
_STATUS = {"not-found": 404, "method-not-allowed": 405}


def missing_page(request: Request, slug: str) -> Response | None:
    """Show that there is no page; None where something else is wrong, or no person reads the answer."""
    person = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if slug not in _STATUS or not person or f"{request.url.path}/".startswith(_OF_PROGRAMS):
        return None
    shown = page(request, "not_found.html", {}, _STATUS[slug])
    shown.headers["Vary"] = "Accept"
    return shown
