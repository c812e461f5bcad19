"""POST /v1/enterprise-credit: credit and interest subsidy of enterprises that carry poor households."""

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from app.http.calculation_budget import CalculationBudget
from app.http.fast_route import FastRoute
from app.http.problems import no_policy, problems
from app.http.responses import json_response
from app.i18n import negotiation
from app.presenters.enterprise_credit import enterprise_credit
from app.rules.parameters import Parameters
from app.schemas.examples import ENTERPRISE_LOANS
from app.schemas.requests.enterprise_credit import EnterpriseCreditRequest
from app.schemas.responses.enterprise_credit import EnterpriseCreditAnswer


def fast_router(parameters: Parameters, budget: CalculationBudget) -> APIRouter:
    """Build the router of enterprise credit."""
    router = APIRouter(route_class=FastRoute, prefix="/v1/enterprise-credit", tags=["Assessment"])

    @router.post(
        "",
        summary="Credit and interest subsidy of an enterprise",
        response_model=EnterpriseCreditAnswer,
        responses=problems(413, 415, 422, 429),
    )
    async def assess_enterprise_credit(
        credit: Annotated[EnterpriseCreditRequest, Body(openapi_examples=ENTERPRISE_LOANS)],
    ) -> Response:
        """Say whether a loan lies within the credit for enterprises that carry poor households, and what is subsidised.

        For leading enterprises and cooperatives (扶贫龙头企业、农牧民专业合作社). The interest is subsidised once the
        loan is repaid on time and the county's leading group has accepted its effect on poor households. A fact that
        is null or left out is unknown; `missing` names those that decide.
        """
        await budget.charge(1)
        if credit.as_of < parameters.first_day:
            raise no_policy(parameters.first_day, "/as_of")
        return json_response(
            enterprise_credit(parameters, credit.as_of, credit.to_enterprise(), negotiation.current.get())
        )

    return router
