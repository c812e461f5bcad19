"""POST /v1/relocation-plan: whether a plan keeps the ratio of registered persons to those who move along."""

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from app.http.calculation_budget import CalculationBudget
from app.http.fast_route import FastRoute
from app.http.problems import FieldError, ProblemError, no_policy, problems
from app.http.responses import json_response
from app.i18n import negotiation, text
from app.presenters.relocation_plan import PlannedMove, relocation_plan
from app.rules.parameters import Parameters
from app.rules.reference.places import Divisions
from app.schemas.examples import RELOCATION_PLANS
from app.schemas.requests.relocation_plan import RelocationPlanRequest
from app.schemas.responses.relocation_plan import RelocationPlanAnswer


def fast_router(parameters: Parameters, divisions: Divisions, budget: CalculationBudget) -> APIRouter:
    """Build the router of relocation plans."""
    router = APIRouter(route_class=FastRoute, prefix="/v1/relocation-plan", tags=["Assessment"])

    @router.post(
        "",
        summary="Does a relocation plan keep the ratio?",
        response_model=RelocationPlanAnswer,
        responses=problems(413, 415, 422, 429),
    )
    async def check_relocation_plan(
        plan: Annotated[RelocationPlanRequest, Body(openapi_examples=RELOCATION_PLANS)],
    ) -> Response:
        """Check a relocation plan: at most one person may move along (同步搬迁) for every two registered poor.

        Counted in persons. A plan that moves a whole village (整村搬迁) of a deeply poor county (深度贫困旗县, R29) is
        not bound by the ratio. `county` and `whole_village` are asked for only where they decide.
        """
        await budget.charge(1)
        if plan.as_of < parameters.first_day:
            raise no_policy(parameters.first_day, "/as_of")
        language, county = negotiation.current.get(), plan.county
        if county is not None and county not in divisions.by_code:
            words = text("validation", "county_unknown", language)
            raise ProblemError("validation-error", errors=[FieldError("/county", "county_unknown", words)])
        deeply_poor = None if county is None else divisions.is_deeply_poor(county)
        move = PlannedMove(plan.to_plan(deeply_poor), county, plan.as_of)
        return json_response(relocation_plan(parameters, divisions, move, language))

    return router
