"""GET /v1/poverty-line and POST /v1/poverty-assessment: the line, and the assessment of a household by it."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from starlette.requests import Request
from starlette.responses import Response

from app.http.calculation_budget import CalculationBudget
from app.http.dependencies import ParametersDep
from app.http.exact_json import ExactRoute
from app.http.fast_route import FastRoute
from app.http.problems import no_policy, problems
from app.http.responses import cacheable, json_response
from app.i18n import negotiation
from app.presenters.poverty import poverty_assessment, poverty_line, poverty_lines
from app.routers.reference import NOT_MODIFIED, parameters_tag
from app.rules.parameters import NoPolicyInForceError, Parameters
from app.schemas.examples import POVERTY_ASSESSMENTS
from app.schemas.fields import deferred
from app.schemas.requests.poverty import MOST_MEMBERS, OfYear, PovertyAssessmentRequest
from app.schemas.responses.poverty import PovertyAssessmentAnswer, PovertyLineAnswer, PovertyLinesAnswer


def fast_router(parameters: Parameters, budget: CalculationBudget) -> APIRouter:
    """Build the router of the assessment."""
    router = APIRouter(route_class=FastRoute, prefix="/v1/poverty-assessment", tags=["Assessment"])

    @router.post(
        "",
        summary="Is a household poor?",
        response_model=PovertyAssessmentAnswer,
        responses=problems(413, 415, 422, 429),
    )
    async def assess_poverty(
        assessment: Annotated[PovertyAssessmentRequest, Body(openapi_examples=POVERTY_ASSESSMENTS)],
    ) -> Response:
        """Hold a household against the poverty line and the two no-worries and three guarantees (两不愁、三保障).

        The unit is the household. A fact that is null or left out is unknown; where the known facts do not decide,
        `missing` names exactly those that could. The answer identifies nobody as poor: the procedure does.
        """
        await budget.charge(1)
        try:
            household = assessment.household.to_household()
            language = negotiation.current.get()
            return json_response(poverty_assessment(parameters, assessment.as_of, household, MOST_MEMBERS, language))
        except NoPolicyInForceError as error:
            raise no_policy(error.first_day, "/as_of") from error

    return router


router = APIRouter(route_class=ExactRoute, prefix="/v1/poverty-line", tags=["Reference"])


@router.get(
    "",
    summary="The poverty line",
    response_model=deferred(PovertyLineAnswer | PovertyLinesAnswer),
    responses={**NOT_MODIFIED, **problems(422)},
)
async def show_poverty_line(request: Request, query: Annotated[OfYear, Query()], parameters: ParametersDep) -> Response:
    """Show the poverty line (贫困标准): of one calendar year, or with all its dated values."""
    language = negotiation.current.get()
    tag = f"{parameters_tag(parameters)}-poverty-line"
    if query.year is None:
        return cacheable(request, orjson.dumps(poverty_lines(parameters, language)), tag)
    try:
        content = poverty_line(parameters, query.year, language)
    except NoPolicyInForceError as error:
        raise no_policy(error.first_day, "/year") from error
    return cacheable(request, orjson.dumps(content), f"{tag}-{query.year}")
