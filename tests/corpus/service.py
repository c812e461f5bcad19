"""All that the corpus imports from the service. Everything else is asked over HTTP or on the command line."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from app.cli.main import app as command_line
from app.main import create_app
from app.settings import Settings

__all__ = ["Settings", "command_line", "create_app", "routes_of"]


class Route(NamedTuple):
    """An address that the service answers: its methods and its path with the names of its parameters in braces."""

    methods: frozenset[str]
    path: str


def routes_of(application: Any) -> list[Route]:
    """List the routes of an application in the order in which they are tried."""
    return [
        Route(frozenset(getattr(route, "methods", None) or {"GET"}), route.path)
        for route in _flattened(application.routes)
    ]


def _flattened(routes: Iterable[Any]) -> Iterator[Any]:
    """Open the routers that FastAPI keeps as one route each."""
    for route in routes:
        if hasattr(route, "effective_candidates"):
            yield from _flattened(route.effective_candidates())
        else:
            yield route
