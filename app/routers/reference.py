"""Reference data: the figures of policy with their dates and sources, and the open readings."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.http.dependencies import LanguageCacheDep, ParametersDep
from app.http.exact_json import ExactRoute
from app.http.problems import OpenApiResponses, ProblemError, problems
from app.http.responses import cacheable
from app.i18n import Language, negotiation
from app.presenters.readings import readings_list
from app.presenters.sources import parameter_answer, parameters_answer
from app.rules.parameters import Parameters
from app.schemas.fields import Day
from app.schemas.fields import Request as RequestModel
from app.schemas.responses.reference import ParameterAnswer, ParametersAnswer, ReadingsListAnswer

NOT_MODIFIED: OpenApiResponses = {304: {"description": "Unchanged since the ETag given."}}


class OnDay(RequestModel):
    """Which day's figures."""

    on: Annotated[
        Day | None, Field(description="Show only the value in force on this day; all dated values without it.")
    ] = None


class NoParameters(RequestModel):
    """No query parameter."""


router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=["Reference"])


@router.get("/parameters", response_model=ParametersAnswer, responses={**NOT_MODIFIED, **problems(422)})
async def list_parameters(
    request: Request, query: Annotated[OnDay, Query()], parameters: ParametersDep, language_cache: LanguageCacheDep
) -> Response:
    """List every figure of policy, with all dated values or those of one day, each with its source."""
    language = negotiation.current.get()
    tag = parameters_tag(parameters)
    if query.on is None:
        return cacheable(request, language_cache.get(_all_parameters, parameters, language), tag)
    content = orjson.dumps(parameters_answer(parameters, language, query.on))
    return cacheable(request, content, f"{tag}-{query.on}")


@router.get("/parameters/{name}", response_model=ParameterAnswer, responses={**NOT_MODIFIED, **problems(404, 422)})
async def show_parameter(
    request: Request, name: str, query: Annotated[OnDay, Query()], parameters: ParametersDep
) -> Response:
    """Show one figure of policy, with all dated values or that of one day."""
    parameter = parameters.by_name.get(name)
    if parameter is None:
        raise ProblemError("unknown-parameter")
    content = parameter_answer(parameter, negotiation.current.get(), query.on)
    return cacheable(request, orjson.dumps(content), f"{parameters_tag(parameters)}-{name}-{query.on}")


@router.get("/readings", response_model=ReadingsListAnswer, responses={**NOT_MODIFIED, **problems(422)})
async def list_readings(
    request: Request,
    query: Annotated[NoParameters, Query()],
    parameters: ParametersDep,
    language_cache: LanguageCacheDep,
) -> Response:
    """List the questions that the policy text leaves open: the reading by default through time, and the others."""
    content = language_cache.get(_all_readings, parameters, negotiation.current.get())
    return cacheable(request, content, parameters_tag(parameters))


def parameters_tag(parameters: Parameters) -> str:
    """Return the ETag, but for the language, of what changes with the figures of policy only."""
    return parameters.fingerprint[:16]


def _all_parameters(parameters: Parameters, language: Language) -> bytes:
    return orjson.dumps(parameters_answer(parameters, language))


def _all_readings(parameters: Parameters, language: Language) -> bytes:
    return orjson.dumps(readings_list(parameters, language))
