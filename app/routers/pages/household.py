"""The household interview: asks only what still decides something, then shows the benefits and the next steps."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple, NotRequired

from fastapi import APIRouter, Depends
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from app.clock import Clock
from app.http.calculation_budget import CalculationBudget
from app.http.dependencies import (
    CalculationBudgetDep,
    ClockDep,
    DivisionsDep,
    ParametersDep,
    ProceduresDep,
    ReadableEntitlementPresenterDep,
)
from app.http.problems import before_first_day
from app.i18n import text
from app.pages import interview as household_interview
from app.pages import interview_result
from app.pages.figures import warning_texts
from app.pages.forms import Typed, errors_in, typed_in
from app.pages.interview import AnsweredFact, Interview
from app.pages.interview_result import DatedEvent, Groups
from app.pages.rendering import HEADERS, language_of, page
from app.presenters.entitlements import EntitlementPresenter
from app.rules.parameters import NoPolicyInForceError, Parameters
from app.rules.reference.places import Divisions
from app.rules.reference.procedures import Procedures
from app.rules.registration import REASON
from app.schemas.responses.entitlements import EntitlementsAnswer

START = ("as_of", "registration", "members", "before")
"""The fields of the first page."""


class StartContext(TypedDict):
    """The context of `household/start.html`."""

    typed: Typed
    errors: Sequence[str]
    registrations: Sequence[str]
    again: NotRequired[Mapping[str, str]]


class QuestionContext(TypedDict):
    """The context of `household/question.html`."""

    facts: str
    again: Mapping[str, str]
    reached: int
    pointer: str
    question: str
    kind: str
    choices: Sequence[tuple[str, str]]
    decides: Sequence[str]
    answered: Sequence[AnsweredFact]
    left: int
    typed: str
    wrong: str


class ResultContext(TypedDict):
    """The context of `household/result.html`."""

    groups: Groups
    warnings: Sequence[str]
    facts: str
    again: Mapping[str, str]
    dates: Sequence[DatedEvent]
    answered: Sequence[AnsweredFact]
    open_questions: int
    as_of: str
    names: Mapping[str, str]
    readings_tried: str


router = APIRouter(include_in_schema=False, prefix="/household")


class PageRequest(NamedTuple):
    """A request of the interview, and what its page is made from."""

    request: Request
    presenter: EntitlementPresenter
    """Presents in words."""
    parameters: Parameters
    procedures: Procedures
    clock: Clock
    divisions: Divisions
    budget: CalculationBudget

    def assess(self, interview: Interview) -> EntitlementsAnswer:
        """Assess what the household of the interview may claim."""
        home, language = self.divisions.home.prefix, language_of(self.request)
        return household_interview.answer(self.presenter, interview.facts, home, language)

    @property
    def counties(self) -> dict[str, str]:
        """The counties of the city: their names by their codes."""
        language, home = language_of(self.request), self.divisions.home.prefix
        return {code: county.name[language] for code, county in self.divisions.by_code.items() if code.startswith(home)}


async def _page_request(
    request: Request,
    presenter: ReadableEntitlementPresenterDep,
    parameters: ParametersDep,
    procedures: ProceduresDep,
    clock: ClockDep,
    divisions: DivisionsDep,
    budget: CalculationBudgetDep,
) -> PageRequest:
    return PageRequest(request, presenter, parameters, procedures, clock, divisions, budget)


PageRequestDep = Annotated[PageRequest, Depends(_page_request)]


@router.get("")
async def start(page_request: PageRequestDep) -> Response:
    """Show the first page."""
    return _first_page(page_request)


@router.post("")
async def go_on(page_request: PageRequestDep) -> Response:
    """Read the form of any page of the interview, and show the page that follows."""
    typed = await typed_in(page_request.request)
    language = language_of(page_request.request)
    if "facts" not in typed:
        return await _begin(page_request, typed)
    interview = household_interview.read(typed["facts"])
    action, pointer, value = typed.get("do", "answer"), typed.get("pointer", ""), typed.get("said", "")
    changing = action.removeprefix("change ") if action.startswith("change ") else ""
    pointers = [each for each in (pointer, changing) if each]
    if interview is None or not all(household_interview.is_question(interview.facts, each) for each in pointers):
        return _first_page(page_request)
    await page_request.budget.charge(len(interview.members))
    if action == "change":
        return _start(page_request.request, household_interview.first_fields(interview))
    if changing:
        return _ask(page_request, interview, changing, household_interview.typed_at(interview.facts, changing))
    wrong = None
    if action == "skip" and pointer:
        interview = household_interview.skip(interview, pointer)
    elif action == "answer" and pointer and not value.strip():
        wrong = text("household_page", "nothing_chosen", language)
    elif action == "answer" and pointer:
        interview, wrong = household_interview.with_answer(interview, pointer, value)
    elif action == "resume":
        interview = interview._replace(skipped=[])
    if wrong is not None:
        return _ask(page_request, interview, pointer, value, wrong)
    return _next_page(page_request, interview, finish=action == "finish")


@router.post("/calendar.ics")
async def calendar(page_request: PageRequestDep) -> Response:
    """Send the days of payment and the deadlines of applications as a calendar."""
    language = language_of(page_request.request)
    interview = household_interview.read((await typed_in(page_request.request)).get("facts", ""))
    if interview is None:
        return _first_page(page_request)
    await page_request.budget.charge(len(interview.members))
    assessed = page_request.assess(interview)
    events = interview_result.dates(assessed, page_request.procedures, language)
    if not events:
        return _next_page(page_request, interview, finish=True)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="anda.ics"'}
    written = interview_result.calendar(events, interview)
    return Response(written, media_type="text/calendar; charset=utf-8", headers=headers)


def _first_page(page_request: PageRequest) -> Response:
    today = page_request.clock.now().today.isoformat()
    return _start(page_request.request, {"as_of": today, "registration": "registered"})


def _start(request: Request, typed: Typed, errors: Sequence[str] = (), status: int = 200) -> Response:
    """Show the first page with its fields as they were typed, and what is wrong with them."""
    fields = {name: typed.get(name, "") for name in START}  # a client may leave a field out
    context: StartContext = {"typed": fields, "errors": errors, "registrations": list(REASON)}
    if request.method == "POST":
        context["again"] = {name: value for name, value in fields.items() if value}
    return page(request, "household/start.html", context, status)


async def _begin(page_request: PageRequest, typed: Typed) -> Response:
    """Read the form of the first page, and show the page that follows or the errors."""
    request, language = page_request.request, language_of(page_request.request)
    members = [line.strip() for line in typed.get("members", "").splitlines() if line.strip()]
    if not members:
        return _start(request, typed, [text("household_page", "empty_members", language)], 422)
    await page_request.budget.charge(len(members))
    facts = household_interview.first_facts(typed.get("as_of", ""), typed.get("registration", ""), members)
    before = household_interview.read(typed.get("before", ""))
    try:
        household_interview.checked(facts)
        if before is None:
            return _next_page(page_request, Interview(facts, [], secrets.token_hex(8)))
        return _next_page(page_request, household_interview.with_first_facts(before, facts))
    except ValidationError as error:
        return _start(request, typed, [each.message for each in errors_in(error)], 422)
    except NoPolicyInForceError:
        return _start(request, typed, [before_first_day("/as_of").message], 422)


def _next_page(page_request: PageRequest, interview: Interview, finish: bool = False) -> Response:
    """Ask the next question that still decides something, or show the result."""
    assessed = page_request.assess(interview)
    questions = household_interview.open_questions(assessed, interview)
    if questions and not finish:
        return _ask(page_request, interview, questions[0]["pointer"])
    return page(page_request.request, "household/result.html", _result(page_request, interview, assessed))


def _result(page_request: PageRequest, interview: Interview, assessed: EntitlementsAnswer) -> ResultContext:
    language, procedures = language_of(page_request.request), page_request.procedures
    written = interview.written()
    return {
        "groups": interview_result.grouped(assessed, procedures, language),
        "warnings": warning_texts(assessed["warnings"]),
        "facts": written,
        "again": {"facts": written, "do": "finish"},
        "dates": interview_result.dates(assessed, procedures, language),
        "answered": household_interview.answered_facts(interview.facts, page_request.counties, language),
        "open_questions": len(assessed["questions"]),
        "as_of": assessed["as_of"],
        "names": {each["pointer"]: each["text"] for each in assessed["questions"]},
        "readings_tried": interview_result.readings_tried(language),
    }


def _ask(page_request: PageRequest, interview: Interview, pointer: str, typed: str = "", wrong: str = "") -> Response:
    """Ask a question, filled in with what was typed."""
    language = language_of(page_request.request)
    fact = household_interview.fact_at(pointer)
    assessed = page_request.assess(interview)
    questions = household_interview.open_questions(assessed, interview)
    answered = household_interview.answered_facts(interview.facts, page_request.counties, language)
    progress = 100 * len(answered) // (len(answered) + max(len(questions), 1))
    interview = interview._replace(reached=max(interview.reached, progress))
    question = next((each for each in assessed["questions"] if each["pointer"] == pointer), None)
    names = {each["benefit"]: each["name"] for each in assessed["entitlements"]}
    context: QuestionContext = {
        "facts": interview.written(),
        "again": {"facts": interview.written(), "do": f"change {pointer}"},
        "reached": interview.reached,
        "pointer": pointer,
        "question": text("facts", fact, language).format(member=interview.member_at(pointer)),
        "kind": household_interview.KINDS.get(fact, "yes_no"),
        "choices": _choices(page_request, fact),
        "decides": [] if question is None else [names[each] for each in question["decides"]],
        "answered": answered,
        "left": len(questions),
        "typed": typed,
        "wrong": wrong,
    }
    return page(page_request.request, "household/question.html", context, 422 if wrong else 200)


def _choices(page_request: PageRequest, fact: str) -> list[tuple[str, str]]:
    """List the values that a fact may have, each with its words."""
    if fact == "county":
        return list(page_request.counties.items())
    language = language_of(page_request.request)
    values = household_interview.CHOICES.get(fact, ())
    return [(each, household_interview.choice_in_words(fact, each, language)) for each in values]
