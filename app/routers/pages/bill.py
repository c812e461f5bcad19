"""The page of a bill: a form, its slip, and the slip's two pictures, all from one address that can be passed on."""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.clock import Clock
from app.http.problems import ProblemError, problem
from app.i18n import Language
from app.pages import bill, bill_form
from app.pages.charts import WIDTH
from app.pages.figures import BETWEEN, COLON, percent
from app.pages.rendering import language_of, page, picture
from app.presenters.reimbursements import ReimbursementPresenter
from app.schemas.examples import BILLS
from app.schemas.requests.reimbursements import ReimbursementRequest
from app.schemas.responses.problems import Problem

EXAMPLES = {name: bill_form.flat(example["value"]) for name, example in BILLS.items()}


def router(answers: ReimbursementPresenter, clock: Clock) -> APIRouter:
    """Build the router of the page of a bill."""
    router = APIRouter(include_in_schema=False)

    @router.get("/bill")
    async def show_bill(request: Request) -> Response:
        language = language_of(request)
        values, repeated = bill_form.typed(request.query_params.multi_items())
        if not values:
            day = clock.now().today.isoformat()
            return page(request, "bill.html", _form({"service_date": day}, None, language))
        try:
            asked = bill.request_of(answers, values, repeated)
        except ProblemError as error:
            refused = problem(error, request.url.path, request.scope["anda.request_id"])
            return page(request, "bill.html", _form(values, error, language, refused), refused["status"])
        origin = str(request.base_url).rstrip("/")
        return page(
            request,
            "bill.html",
            _form(values, None, language)
            | {
                "slip": bill.slip(answers, values, asked, language),
                "fields": bill_form.said(values),
                "origin": origin,
                "command": bill_form.command(values, origin, language),
                "percent": percent,
                "colon": COLON[language],
                "between": BETWEEN[language],
            },
        )

    @router.get("/bill/chart.svg")
    async def show_chart(request: Request) -> Response:
        language, asked = _asked(request)
        answer = bill.answer_of(answers, asked, language)
        return picture(await asyncio.to_thread(bill.chart, answer, language))

    @router.get("/bill/range.svg")
    async def show_range(request: Request) -> Response:
        language, asked = _asked(request)
        ranged = bill.range_of(answers, asked, language)
        return picture(await asyncio.to_thread(bill.range_chart, ranged, language))

    def _asked(request: Request) -> tuple[Language, ReimbursementRequest]:
        language = language_of(request)
        return language, bill.request_of(answers, *bill_form.typed(request.query_params.multi_items()))

    return router


def _form(
    values: bill_form.Typed, error: ProblemError | None, language: Language, refused: Problem | None = None
) -> dict[str, Any]:
    errors = [] if error is None else error.errors
    return {
        "sections": bill_form.form(values, errors, language),
        "refused": refused,
        "errors": [
            (bill_form.field_of(each), bill_form.label(bill_form.field_of(each), language), each.message)
            for each in errors
        ],
        "examples": EXAMPLES,
        "slip": None,
        "chart_width": WIDTH,
    }
