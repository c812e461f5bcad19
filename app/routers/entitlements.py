"""POST /v1/entitlements: what a household may claim; GET /v1/benefits: the list of all that can be claimed."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from starlette.requests import Request
from starlette.responses import Response

from app.http.dependencies import Components, EntitlementPresenterDep, LanguageCacheDep
from app.http.exact_json import ExactRoute
from app.http.fast_route import FastRoute
from app.http.problems import FieldError, ProblemError, no_policy, problems
from app.http.responses import cacheable, json_in_steps, json_response
from app.i18n import Language, negotiation, text
from app.presenters.entitlements import FEW_MEMBERS, AssessedRequest, EntitlementPresenter
from app.routers.reference import NOT_MODIFIED, NoParameters, parameters_tag
from app.schemas.examples import CLAIMANTS
from app.schemas.requests.entitlements import EntitlementsRequest, WhichEntitlements
from app.schemas.responses.entitlements import BenefitsAnswer, EntitlementsAnswer


def fast_router(components: Components) -> APIRouter:
    """Build the router of entitlements."""
    presenter, divisions = components.entitlements, components.divisions
    budget, calculations = components.calculation_budget, components.calculations
    router = APIRouter(route_class=FastRoute, prefix="/v1/entitlements", tags=["Entitlements"])
    first_day = presenter.parameters.first_day

    @router.post(
        "",
        summary="What a household may claim",
        response_model=EntitlementsAnswer,
        responses=problems(413, 415, 422, 429, 503),
    )
    async def list_entitlements(
        assessment: Annotated[EntitlementsRequest, Body(openapi_examples=CLAIMANTS)],
        query: Annotated[WhichEntitlements, Query()],
    ) -> Response:
        """List every benefit, whether the household may claim it, how much, when it is paid, why, and how to apply.

        A fact that is null or left out is unknown; what is known to be absent is said ("none"). A known fact that
        rules a benefit out decides it, whatever else is missing; where missing facts decide it, it is `undecided` and
        `missing` names exactly those. A benefit whose amount depends on a missing fact is undecided too. `questions`
        lists what is still worth asking, the facts that decide most benefits first. Where the text leaves a question
        open, `readings` chooses the answer; an entitlement that rests on one says what the others would give. Nothing
        is stored.
        """
        household = assessment.household
        if assessment.as_of < first_day:
            raise no_policy(first_day, "/as_of")
        outside = False
        if household.county is not None:
            if household.county not in divisions.by_code:
                raise _county_unknown()
            outside = not household.county.startswith(divisions.home.prefix)
        language = negotiation.current.get()
        ids = [member.id for member in household.members]
        request = AssessedRequest(household.to_facts(), ids, assessment.as_of, assessment.chosen_readings())
        await budget.charge(len(ids))
        if len(ids) > FEW_MEMBERS:
            steps = presenter.answer_in_steps(request, outside, language, query.status)
            return await calculations.run(json_in_steps(steps))
        return json_response(presenter.answer(request, outside, language, query.status))

    return router


router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=["Reference"])


@router.get("/benefits", response_model=BenefitsAnswer, responses={**NOT_MODIFIED, **problems(422)})
async def list_benefits(
    request: Request,
    query: Annotated[NoParameters, Query()],
    presenter: EntitlementPresenterDep,
    language_cache: LanguageCacheDep,
) -> Response:
    """List every benefit, who may claim it, its figures, its procedure and its clause."""
    return cacheable(
        request,
        language_cache.get(_all_benefits, presenter, negotiation.current.get()),
        parameters_tag(presenter.parameters),
    )


def _all_benefits(presenter: EntitlementPresenter, language: Language) -> bytes:
    return orjson.dumps(presenter.benefits(language))


def _county_unknown() -> ProblemError:
    words = text("validation", "county_unknown", negotiation.current.get())
    return ProblemError("validation-error", errors=[FieldError("/household/county", "county_unknown", words)])
