"""POST /v1/enterprise-credit: credit and interest subsidy of enterprises that carry poor households."""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.responses import Response

from app.http.fast_route import FastRoute
from app.http.problems import no_policy, problems
from app.http.responses import answer
from app.i18n import negotiation
from app.presenters.enterprise_credit import enterprise_credit
from app.rules.parameters import Parameters
from app.schemas.requests.enterprise_credit import EnterpriseCreditRequest
from app.schemas.responses.enterprise_credit import EnterpriseCreditAnswer

EXAMPLES: dict[str, Any] = {
    "repaid_after_a_year": {
        "summary": "A leading enterprise's loan of a year, repaid on time, its effect accepted",
        "value": {
            "as_of": "2018-09-01",
            "kind": "leading_enterprise",
            "loan": {"principal": "1000000.00", "from": "2017-09-01", "to": "2018-09-01"},
            "households_carried": 40,
            "repaid_on_time": True,
            "effect_accepted": True,
        },
    },
    "not_yet_accepted": {
        "summary": "A cooperative's loan whose effect has yet to be looked at",
        "value": {
            "as_of": "2018-09-01",
            "kind": "cooperative",
            "loan": {"principal": "600000.00", "from": "2017-03-01", "to": "2018-03-01"},
            "households_carried": 12,
            "repaid_on_time": True,
            "effect_accepted": None,
        },
    },
}


def fast_router(parameters: Parameters) -> APIRouter:
    """Build the router of enterprise credit."""
    router = APIRouter(route_class=FastRoute, prefix="/v1/enterprise-credit", tags=["Assessment"])

    @router.post(
        "",
        summary="Credit and interest subsidy of an enterprise",
        response_model=EnterpriseCreditAnswer,
        responses=problems(413, 415, 422),
    )
    async def assess_enterprise_credit(
        asked: Annotated[EnterpriseCreditRequest, Body(openapi_examples=EXAMPLES)],
    ) -> Response:
        """Say whether a loan lies within the credit for enterprises that carry poor households, and what is subsidised.

        For leading enterprises and cooperatives (扶贫龙头企业、农牧民专业合作社). The interest is subsidised once the
        loan is repaid on time and the county's leading group has accepted its effect on poor households. A fact that
        is null or left out is unknown; `missing` names those that decide.
        """
        if asked.as_of < parameters.first_day:
            raise no_policy(parameters.first_day, "/as_of")
        return answer(enterprise_credit(parameters, asked.as_of, asked.to_enterprise(), negotiation.current.get()))

    return router
