"""The project library as open data, CSV for spreadsheets and OC4IDS 0.9, sent page by page as it is read."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.clock import Moment, instant
from app.db.projects import lists
from app.db.projects.lists import Page, ProjectFilter
from app.db.projects.projects import ProjectRecord
from app.db.store import Store
from app.db.tokens import Officer
from app.http.authentication import MAY_BE_ANYONE
from app.http.beside_loop import beside_loop
from app.http.dependencies import OfficerOrAnyone, SettingsDep, StoreDep
from app.http.exact_json import ExactRoute
from app.http.problems import OpenApiResponses, problems
from app.http.responses import JSON
from app.privacy.redaction import redacted
from app.projects.oc4ids import package_head, package_projects, package_tail
from app.routers.projects import TAG
from app.schemas.requests.projects import ProjectsFilter
from app.schemas.responses.projects import ProjectPackage
from app.tables.project_csv import csv_header, csv_rows

AT_ONCE = 500
"""Projects that are read at a time, each time in a transaction of its own."""

CSV = "text/csv; charset=utf-8"


CSV_TEXT: OpenApiResponses = {
    200: {"description": "CSV, UTF-8.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}

router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=[TAG])


@router.get(
    "/projects.csv",
    response_class=Response,
    responses={**CSV_TEXT, **problems(401, 422, 503)},
    openapi_extra=MAY_BE_ANYONE,
)
async def export_projects_as_csv(
    query: Annotated[ProjectsFilter, Query()], officer: OfficerOrAnyone, store: StoreDep
) -> Response:
    """Export the projects that may be read as CSV; `anda import-projects` reads the same form.

    A text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    first, others = await _begin(_pages(store, query, officer))

    async def content() -> AsyncIterator[bytes]:
        yield csv_header() + await beside_loop(csv_rows, first)
        async for projects in others:
            yield await beside_loop(csv_rows, projects)

    return _download(content(), CSV, "projects.csv")


@router.get(
    "/projects.oc4ids.json",
    response_model=ProjectPackage,
    responses=problems(401, 422, 503),
    openapi_extra=MAY_BE_ANYONE,
)
async def export_projects_as_oc4ids(
    request: Request,
    query: Annotated[ProjectsFilter, Query()],
    officer: OfficerOrAnyone,
    store: StoreDep,
    settings: SettingsDep,
) -> Response:
    """Export the projects that may be read as a project package of OC4IDS 0.9, the open standard for works."""
    first, others = await _begin(_pages(store, query, officer))
    address = redacted(f"{request.base_url}v1/projects.oc4ids.json")
    head = package_head(address, instant(store.clock.now().at), {"name": settings.publisher})

    async def content() -> AsyncIterator[bytes]:
        yield head + await beside_loop(package_projects, first, settings.oc4ids_prefix, first=True)
        async for projects in others:
            yield await beside_loop(package_projects, projects, settings.oc4ids_prefix)
        yield package_tail()

    return _download(content(), JSON, "projects.oc4ids.json")


async def _pages(
    store: Store, query: ProjectsFilter, officer: Officer | None
) -> AsyncIterator[Sequence[ProjectRecord]]:
    after: int | None = None
    while True:
        filters = ProjectFilter(query.status, query.place, query.category, after)

        def read(connection: Connection, _: Moment, filters: ProjectFilter = filters) -> Page[ProjectRecord]:
            return lists.projects(connection, filters, officer, AT_ONCE)

        page = await store.read(read)
        yield page.items
        if not page.more:
            return
        after = page.items[-1].id


async def _begin(
    pages: AsyncIterator[Sequence[ProjectRecord]],
) -> tuple[Sequence[ProjectRecord], AsyncIterator[Sequence[ProjectRecord]]]:
    """Read the first page before anything is sent, so that a problem can still report an unusable store."""
    return await anext(pages), pages


def _download(content: AsyncIterator[bytes], media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(content, media_type=media_type, headers=headers)
