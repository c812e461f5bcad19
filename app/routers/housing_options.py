"""The ways of renovating houses, leaving a place and settling anew that the policy text names."""

import hashlib
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.http.dependencies import HousingOptionsDep, LanguageCacheDep
from app.http.exact_json import ExactRoute
from app.http.problems import problems
from app.http.responses import cacheable
from app.i18n import Language, negotiation
from app.presenters.housing_options import housing_options_answer
from app.routers.reference import NOT_MODIFIED, NoParameters
from app.rules.reference.housing_options import HousingOption
from app.schemas.responses.housing_options import HousingOptionsAnswer

router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=["Reference"])


@router.get("/housing-options", response_model=HousingOptionsAnswer, responses={**NOT_MODIFIED, **problems(422)})
async def list_housing_options(
    request: Request,
    query: Annotated[NoParameters, Query()],
    options: HousingOptionsDep,
    language_cache: LanguageCacheDep,
) -> Response:
    """List the ways of renovation (改造方式), relocation (搬迁方式) and resettlement (安置方式) with their clauses."""
    content = language_cache.get(_all_options, options, negotiation.current.get())
    return cacheable(request, content, hashlib.sha256(content).hexdigest()[:16])


def _all_options(options: tuple[HousingOption, ...], language: Language) -> bytes:
    return orjson.dumps(housing_options_answer(options, language))
