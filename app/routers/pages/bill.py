"""The page of a bill: a form, its slip and the slip's two charts, all at one address that can be passed on."""

from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from app.http.beside_loop import beside_loop
from app.http.calculation_budget import RANGE_COST
from app.http.dependencies import CalculationBudgetDep, ClockDep, ReadableReimbursementPresenterDep
from app.http.problems import FieldError, ProblemError, problem
from app.i18n import Language
from app.i18n.sentences import BETWEEN, COLON
from app.pages import bill, bill_form
from app.pages.bill import Slip
from app.pages.charts import WIDTH
from app.pages.figures import percent
from app.pages.forms import Fieldset, Summary, Typed
from app.pages.rendering import language_of, page, picture
from app.presenters.reimbursements import ReimbursementPresenter
from app.rules.readings import Readings
from app.schemas.examples import BILLS
from app.schemas.requests.reimbursements import ReimbursementRequest

EXAMPLES = {name: bill_form.flat(example["value"]) for name, example in BILLS.items()}


class FormContext(TypedDict):
    """The context of `bill/page.html`."""

    parts: Sequence[Fieldset]
    refused: Summary | None
    examples: Mapping[str, Mapping[str, str]]
    slip: Slip | None
    chart_width: int


class SlipContext(FormContext):
    """The context of `bill/page.html` with a slip."""

    fields: Mapping[str, str]
    """What the slip was calculated from, as parameters of its address."""
    origin: str
    command: str
    percent: Callable[[str], str]
    colon: str
    between: str


router = APIRouter(include_in_schema=False)


@router.get("/bill")
async def show_bill(
    request: Request, presenter: ReadableReimbursementPresenterDep, clock: ClockDep, budget: CalculationBudgetDep
) -> Response:
    """Show the form, and the slip of the bill that stands in the address."""
    language = language_of(request)
    values, repeated = bill_form.typed(request.query_params.multi_items())
    today = clock.now().today
    defaults = bill_form.defaults_on(presenter.parameters, values, today)
    if not values:
        values = {"service_date": today.isoformat()}
        return page(request, "bill/page.html", _form(values, defaults, language))
    await budget.charge(RANGE_COST)
    try:
        stated = bill.request_of(presenter, values, repeated)
    except ProblemError as error:
        body = problem(error, request.url.path, request.scope["anda.request_id"])
        refused = bill_form.refusal(error, body["title"], body["detail"], language)
        context = _form(values, defaults, language, error.errors, refused)
        return page(request, "bill/page.html", context, body["status"])
    origin = str(request.base_url).rstrip("/")
    with_slip: SlipContext = {
        **_form(values, defaults, language),
        "slip": await beside_loop(bill.slip, presenter, values, stated, language),
        "fields": bill_form.stated(values),
        "origin": origin,
        "command": bill_form.command(values, origin, language),
        "percent": percent,
        "colon": COLON[language],
        "between": BETWEEN[language],
    }
    return page(request, "bill/page.html", with_slip)


@router.get("/bill/chart.svg")
async def show_chart(
    request: Request, presenter: ReadableReimbursementPresenterDep, budget: CalculationBudgetDep
) -> Response:
    """Draw who pays which part of a bill."""
    await budget.charge(1)
    language, stated = _read(request, presenter)
    return picture(await beside_loop(bill.chart, presenter, stated, language))


@router.get("/bill/range.svg")
async def show_range(
    request: Request, presenter: ReadableReimbursementPresenterDep, budget: CalculationBudgetDep
) -> Response:
    """Draw how far the readings of the policy move the result of a bill."""
    await budget.charge(RANGE_COST)
    language, stated = _read(request, presenter)
    return picture(await beside_loop(bill.range_chart, presenter, stated, language))


def _read(request: Request, presenter: ReimbursementPresenter) -> tuple[Language, ReimbursementRequest]:
    language = language_of(request)
    return language, bill.request_of(presenter, *bill_form.typed(request.query_params.multi_items()))


def _form(
    values: Typed,
    defaults: Readings,
    language: Language,
    errors: Sequence[FieldError] = (),
    refused: Summary | None = None,
) -> FormContext:
    return {
        "parts": bill_form.form(values, errors, defaults, language),
        "refused": refused,
        "examples": EXAMPLES,
        "slip": None,
        "chart_width": WIDTH,
    }
