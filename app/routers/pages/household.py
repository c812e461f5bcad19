"""The household interview: asks only what still decides something, then tells what to do next."""

import secrets
from collections.abc import Mapping, Sequence
from typing import NotRequired

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from app.clock import Clock
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
from app.rules.reference.procedures import load_procedures
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
    said: Sequence[AnsweredFact]
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
    said: Sequence[AnsweredFact]
    open_questions: int
    as_of: str
    names: Mapping[str, str]


def router(presenter: EntitlementPresenter, parameters: Parameters, clock: Clock) -> APIRouter:
    """Build the router of the interview. The presenter's answers are readable."""
    router = APIRouter(include_in_schema=False, prefix="/household")
    procedures = load_procedures(parameters)

    @router.get("")
    async def start(request: Request) -> Response:
        return show_start(request, {"as_of": clock.now().today.isoformat(), "registration": "registered"})

    def show_start(request: Request, typed: Typed, errors: Sequence[str] = (), status: int = 200) -> Response:
        fields = {name: typed.get(name, "") for name in START}  # a client may leave a field out
        context: StartContext = {"typed": fields, "errors": errors, "registrations": list(REASON)}
        if request.method == "POST":
            context["again"] = {name: value for name, value in fields.items() if value}
        return page(request, "household/start.html", context, status)

    @router.post("")
    async def go_on(request: Request) -> Response:
        typed = await typed_in(request)
        language = language_of(request)
        if "facts" not in typed:
            return begin(request, typed)
        interview = household_interview.read(typed["facts"])
        action, pointer, value = typed.get("do", "answer"), typed.get("pointer", ""), typed.get("said", "")
        changing = action.removeprefix("change ") if action.startswith("change ") else ""
        pointers = [each for each in (pointer, changing) if each]
        if interview is None or not all(household_interview.is_question(interview.facts, each) for each in pointers):
            return await start(request)
        if action == "change":
            return show_start(request, household_interview.first_fields(interview))
        if changing:
            return ask(request, interview, changing, household_interview.typed_at(interview.facts, changing))
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
            return ask(request, interview, pointer, value, wrong)
        return next_page(request, interview, finish=action == "finish")

    def next_page(request: Request, interview: Interview, finish: bool = False) -> Response:
        """Ask the next question that still decides something, or show the result."""
        assessed = household_interview.answer(presenter, interview.facts, language_of(request))
        questions = household_interview.open_questions(assessed, interview)
        if questions and not finish:
            return ask(request, interview, questions[0]["pointer"])
        return page(request, "household/result.html", result(interview, assessed, request))

    def begin(request: Request, typed: Typed) -> Response:
        language = language_of(request)
        members = [line.strip() for line in typed.get("members", "").splitlines() if line.strip()]
        if not members:
            return show_start(request, typed, [text("household_page", "empty_members", language)], 422)
        facts = household_interview.first_facts(typed.get("as_of", ""), typed.get("registration", ""), members)
        before = household_interview.read(typed.get("before", ""))
        try:
            household_interview.checked(facts)
            if before is None:
                return next_page(request, Interview(facts, [], secrets.token_hex(8)))
            return next_page(request, household_interview.with_first_facts(before, facts))
        except ValidationError as error:
            return show_start(request, typed, [each.message for each in errors_in(error)], 422)
        except NoPolicyInForceError:
            return show_start(request, typed, [before_first_day("/as_of").message], 422)

    def result(interview: Interview, assessed: EntitlementsAnswer, request: Request) -> ResultContext:
        language = language_of(request)
        written = interview.written()
        return {
            "groups": interview_result.grouped(assessed, procedures, language),
            "warnings": warning_texts(assessed["warnings"], parameters, language),
            "facts": written,
            "again": {"facts": written, "do": "finish"},
            "dates": interview_result.dates(assessed, procedures, language),
            "said": household_interview.answered_facts(interview.facts, language),
            "open_questions": len(assessed["questions"]),
            "as_of": assessed["as_of"],
            "names": {each["pointer"]: each["text"] for each in assessed["questions"]},
        }

    def ask(request: Request, interview: Interview, pointer: str, typed: str = "", wrong: str = "") -> Response:
        language = language_of(request)
        fact = household_interview.fact_at(pointer)
        assessed = household_interview.answer(presenter, interview.facts, language)
        questions = household_interview.open_questions(assessed, interview)
        said = household_interview.answered_facts(interview.facts, language)
        answered = 100 * len(said) // (len(said) + max(len(questions), 1))
        interview = interview._replace(reached=max(interview.reached, answered))
        question = next((each for each in assessed["questions"] if each["pointer"] == pointer), None)
        names = {each["benefit"]: each["name"] for each in assessed["entitlements"]}
        context: QuestionContext = {
            "facts": interview.written(),
            "again": {"facts": interview.written(), "do": f"change {pointer}"},
            "reached": interview.reached,
            "pointer": pointer,
            "question": text("facts", fact, language).format(member=interview.member_at(pointer)),
            "kind": household_interview.KINDS.get(fact, "yes_no"),
            "choices": [
                (each, household_interview.choice_in_words(fact, each, language))
                for each in household_interview.CHOICES.get(fact, ())
            ],
            "decides": [] if question is None else [names[each] for each in question["decides"]],
            "said": said,
            "left": len(questions),
            "typed": typed,
            "wrong": wrong,
        }
        return page(request, "household/question.html", context, 422 if wrong else 200)

    @router.post("/calendar.ics")
    async def calendar(request: Request) -> Response:
        language = language_of(request)
        interview = household_interview.read((await typed_in(request)).get("facts", ""))
        if interview is None:
            return await start(request)
        assessed = household_interview.answer(presenter, interview.facts, language)
        events = interview_result.dates(assessed, procedures, language)
        if not events:
            return next_page(request, interview, finish=True)
        headers = {**HEADERS, "Content-Disposition": 'attachment; filename="anda.ics"'}
        written = interview_result.calendar(events, interview)
        return Response(written, media_type="text/calendar; charset=utf-8", headers=headers)

    return router
