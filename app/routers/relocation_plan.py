"""POST /v1/relocation-plan: whether a plan keeps the ratio of registered persons to those who move along."""

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from app.http.fast_route import FastRoute
from app.http.problems import no_policy, problems
from app.http.responses import json_response
from app.i18n import negotiation
from app.presenters.relocation_plan import relocation_plan
from app.rules.parameters import Parameters
from app.schemas.examples import RELOCATION_PLANS
from app.schemas.requests.relocation_plan import RelocationPlanRequest
from app.schemas.responses.relocation_plan import RelocationPlanAnswer


def fast_router(parameters: Parameters) -> APIRouter:
    """Build the router of relocation plans."""
    router = APIRouter(route_class=FastRoute, prefix="/v1/relocation-plan", tags=["Assessment"])

    @router.post(
        "",
        summary="Does a relocation plan keep the ratio?",
        response_model=RelocationPlanAnswer,
        responses=problems(413, 415, 422),
    )
    async def check_relocation_plan(
        plan: Annotated[RelocationPlanRequest, Body(openapi_examples=RELOCATION_PLANS)],
    ) -> Response:
        """Check a relocation plan: at most one person may move along (同步搬迁) for every two registered poor.

        Counted in persons. A plan that moves a whole village (整村搬迁) is not bound by the ratio. `whole_village` is
        asked for only where it decides.
        """
        if plan.as_of < parameters.first_day:
            raise no_policy(parameters.first_day, "/as_of")
        return json_response(relocation_plan(parameters, plan.as_of, plan.to_plan(), negotiation.current.get()))

    return router
