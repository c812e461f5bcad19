"""POST /v1/reimbursements: what a bill is paid, layer by layer; its range over the readings; batches."""

from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.exceptions import RequestValidationError
from pydantic import Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from app.http.calculation_budget import RANGE_COST
from app.http.dependencies import (
    CalculationBudgetDep,
    CalculationsDep,
    Components,
    ReimbursementPresenterDep,
)
from app.http.exact_json import ExactRoute
from app.http.fast_route import FastRoute
from app.http.problems import described, no_policy, problem, problems
from app.http.responses import json_in_steps, json_response
from app.i18n import negotiation
from app.presenters.fragments import fragment
from app.presenters.household_bills import MembersBill, household_steps
from app.presenters.range import range_answer
from app.presenters.reimbursements import ReimbursementPresenter
from app.presenters.steps import Steps
from app.rules.parameters import NoPolicyInForceError
from app.schemas.examples import BILLS, HOUSEHOLDS
from app.schemas.fields import deferred
from app.schemas.requests.household_bills import HouseholdRequest
from app.schemas.requests.reimbursements import RangeRequest, ReimbursementRequest, bill_of, readings_of
from app.schemas.responses.household_bills import HouseholdAnswer
from app.schemas.responses.problems import Problem
from app.schemas.responses.reimbursements import RangeAnswer, ReimbursementAnswer
from app.schemas.validation import validated

MOST_IN_A_BATCH = 1_000

_REQUEST: TypeAdapter[ReimbursementRequest] = TypeAdapter(ReimbursementRequest)


def fast_router(components: Components) -> APIRouter:
    """Build the router of the most frequent requests: one bill, its range, a household's bills."""
    presenter, budget = components.reimbursements, components.calculation_budget
    calculations = components.calculations
    router = APIRouter(route_class=FastRoute, prefix="/v1/reimbursements", tags=["Reimbursement"])

    @router.post(
        "", summary="Reimburse a bill", response_model=ReimbursementAnswer, responses=problems(413, 415, 422, 429, 503)
    )
    async def reimburse_bill(
        bill: Annotated[ReimbursementRequest, Body(openapi_examples=BILLS)],
    ) -> Response:
        """Reimburse a bill: what each of the five layers pays, why, from which clause, and what the patient owes.

        Nothing is stored and nobody is identified. Amounts are yuan with two places; `reimbursed` and
        `out_of_pocket` add up to the bill's total, to the fen. Reasons and names are Chinese by default, English on
        `Accept-Language: en`.
        """
        await budget.charge(1)
        return json_response(_reimburse(presenter, bill))

    @router.post(
        "/range",
        summary="What the open readings could change",
        response_model=RangeAnswer,
        responses=problems(413, 415, 422, 429, 503),
    )
    async def reimbursement_range(
        bill: Annotated[RangeRequest, Body(openapi_examples=BILLS)],
    ) -> Response:
        """Show what the open readings of the policy text could change for a bill.

        The result by default, the least and the most that the patient could owe over all combinations of the readings
        that a request can switch, and what each of them changes by itself. The request is a reimbursement's without
        `readings`.
        """
        await budget.charge(RANGE_COST)
        return await calculations.run(json_in_steps(_range_steps(presenter, bill)))

    @router.post(
        "/household",
        summary="Reimburse a household's year of bills",
        response_model=HouseholdAnswer,
        responses=problems(413, 415, 422, 429, 503),
    )
    async def reimburse_household(
        household: Annotated[HouseholdRequest, Body(openapi_examples=HOUSEHOLDS)],
    ) -> Response:
        """Reimburse a household's bills in the order of their days, each in the year that the bills before it made.

        Year-to-date amounts are carried from one bill of a member to the next within a calendar year; stays and home
        hospital beds count as admissions. `bills` come in the request's order. Up to 50 members and 500 bills.
        """
        await budget.charge(len(household.bills))
        return await calculations.run(json_in_steps(_household_steps(presenter, household)))

    return router


router = APIRouter(route_class=ExactRoute, prefix="/v1/reimbursements", tags=["Reimbursement"])


@router.post(
    "/batch",
    summary="Reimburse many bills",
    response_model=deferred(list[ReimbursementAnswer | Problem]),
    responses=problems(413, 415, 422, 429, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "array",
                        "maxItems": MOST_IN_A_BATCH,
                        "items": {"$ref": "#/components/schemas/ReimbursementRequest"},
                    }
                }
            },
        }
    },
)
async def reimburse_batch(
    request: Request,
    bills: Annotated[list[object], Field(max_length=MOST_IN_A_BATCH)],
    presenter: ReimbursementPresenterDep,
    budget: CalculationBudgetDep,
    calculations: CalculationsDep,
) -> Response:
    """Reimburse up to 1,000 bills; the answers come in the same order.

    A bill that is refused has its problem in its place and leaves the others unharmed. The items of the body are
    those of `POST /v1/reimbursements`.
    """
    await budget.charge(len(bills))
    return await calculations.run(json_in_steps(_batch_steps(presenter, bills, request)))


def _reimburse(presenter: ReimbursementPresenter, bill: ReimbursementRequest) -> ReimbursementAnswer:
    return presenter.answer(bill.service_date, bill.to_bill(presenter.parameters), negotiation.current.get())


def _range_steps(presenter: ReimbursementPresenter, bill: RangeRequest) -> Steps[RangeAnswer]:
    """Find what the readings could change for a bill, after those that wait for their turn already."""
    yield
    return range_answer(presenter, bill.service_date, bill.to_bill(presenter.parameters), negotiation.current.get())


def _household_steps(presenter: ReimbursementPresenter, household: HouseholdRequest) -> Steps[HouseholdAnswer]:
    patients = {member.id: member for member in household.members}
    bills = []
    for number, each in enumerate(household.bills):
        if each.service_date < presenter.parameters.first_day:
            raise no_policy(presenter.parameters.first_day, f"/bills/{number}/service_date")
        readings = readings_of(household.readings, presenter.parameters.on(each.service_date).readings)
        bill = bill_of(household.registration, patients[each.member], each, readings)
        bills.append(MembersBill(each.member, each.service_date, bill))
        yield
    language = negotiation.current.get()
    return (yield from household_steps(presenter, list(patients), bills, household.annual_net_income, language))


def _batch_steps(
    presenter: ReimbursementPresenter, bills: list[object], request: Request
) -> Steps[list[ReimbursementAnswer | Problem]]:
    answers: list[ReimbursementAnswer | Problem] = []
    for bill in bills:
        answers.append(fragment(_item_of_batch(presenter, bill, request)))
        yield
    return answers


def _item_of_batch(presenter: ReimbursementPresenter, bill: object, request: Request) -> ReimbursementAnswer | Problem:
    try:
        return _reimburse(presenter, validated(_REQUEST, bill))
    except (RequestValidationError, NoPolicyInForceError) as error:
        refused = described(error, request.method)
        if refused is None:
            raise
        return problem(refused, request.url.path, request.scope["anda.request_id"])
