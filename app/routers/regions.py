"""Counties (旗县市区) by code or name, and what the policy text lists them as."""

import hashlib
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.http.dependencies import DivisionsDep, LanguageCacheDep
from app.http.exact_json import ExactRoute
from app.http.problems import ProblemError, problems
from app.http.responses import cacheable
from app.i18n import Language, negotiation
from app.presenters.regions import regions_answer
from app.routers.reference import NOT_MODIFIED
from app.rules.reference.places import Division, Divisions
from app.schemas.requests.regions import RegionsQuery
from app.schemas.responses.regions import RegionsAnswer

router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=["Reference"])


@router.get("/regions", response_model=RegionsAnswer, responses={**NOT_MODIFIED, **problems(404, 422)})
async def list_regions(
    request: Request, query: Annotated[RegionsQuery, Query()], divisions: DivisionsDep, language_cache: LanguageCacheDep
) -> Response:
    """List the counties of Inner Mongolia (旗县市区), or those of a code or a name, with what each is listed as.

    With `place` also name a township or village (苏木乡镇、嘎查村) of Ulanqab by its division code.
    """
    language = negotiation.current.get()
    if query.county is None and query.name is None and query.place is None:
        content = language_cache.get(_all_regions, divisions, language)
    else:
        counties = _select(divisions, query)
        if not counties:
            raise ProblemError("unknown-region")
        content = orjson.dumps(regions_answer(divisions, counties, language, query.place))
    return cacheable(request, content, hashlib.sha256(content).hexdigest()[:16])


def _all_regions(divisions: Divisions, language: Language) -> bytes:
    return orjson.dumps(regions_answer(divisions, divisions.by_code.values(), language))


def _select(divisions: Divisions, query: RegionsQuery) -> list[Division]:
    named = list(divisions.by_code.values()) if query.name is None else list(divisions.find(query.name))
    place = None if query.place is None else divisions.lineage(query.place)[0]
    return [county for county in named if query.county in {None, county.code} and place in {None, county.code}]
