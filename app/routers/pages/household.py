"""The household interview: asks only what still decides something, then says what to do next."""

import secrets
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from app.clock import Clock
from app.i18n import text
from app.pages import interview as household_interview
from app.pages import interview_result
from app.pages.figures import warning_texts
from app.pages.forms import errors_in, typed_in
from app.pages.interview import Interview
from app.pages.rendering import HEADERS, language_of, page
from app.presenters.entitlements import EntitlementPresenter
from app.rules.parameters import NoPolicyInForceError, Parameters
from app.rules.reference.procedures import load_procedures
from app.rules.registration import REASON

Json = dict[str, Any]

START = ("as_of", "registration", "members", "before")
"""The fields of the first page."""


def router(answers: EntitlementPresenter, parameters: Parameters, clock: Clock) -> APIRouter:
    """Build the router of the interview."""
    router = APIRouter(include_in_schema=False, prefix="/household")
    procedures = load_procedures(parameters)

    @router.get("")
    async def start(request: Request) -> Response:
        return beginning(request, {"as_of": clock.now().today.isoformat(), "registration": "registered"}, [])

    def beginning(request: Request, typed: Json, errors: list[str], status: int = 200) -> Response:
        context = {"typed": typed, "errors": errors, "registrations": list(REASON)}
        if request.method == "POST":
            context["again"] = {name: typed[name] for name in START if typed.get(name)}
        return page(request, "household/start.html", context, status)

    @router.post("")
    async def go_on(request: Request) -> Response:
        typed = await typed_in(request)
        language = language_of(request)
        if "facts" not in typed:
            return begin(request, typed)
        interview = household_interview.read(typed["facts"])
        doing, pointer = typed.get("do", "answer"), typed.get("pointer", "")
        changing = doing.removeprefix("change ") if doing.startswith("change ") else ""
        pointers = [each for each in (pointer, changing) if each]
        if interview is None or not all(household_interview.is_asked(interview.facts, each) for each in pointers):
            return await start(request)
        if doing == "change":
            return beginning(request, household_interview.begun_as(interview), [])
        if changing:
            return ask(request, interview, changing, household_interview.typed_at(interview.facts, changing))
        wrong = None
        if doing == "skip" and pointer:
            interview = household_interview.passed_over(interview, pointer)
        elif doing == "answer" and pointer and not typed.get("said", "").strip():
            wrong = text("household_page", "nothing_chosen", language)
        elif doing == "answer" and pointer:
            interview, wrong = household_interview.with_answer(interview, pointer, typed.get("said", ""))
        elif doing == "resume":
            interview = interview._replace(skipped=[])
        if wrong is not None:
            return ask(request, interview, pointer, typed.get("said", ""), wrong)
        return next_page(request, interview, finish=doing == "finish")

    def next_page(request: Request, interview: Interview, finish: bool = False) -> Response:
        """Ask the next question that still decides something, or show what came of it."""
        told = household_interview.answer(answers, interview.facts, language_of(request))
        questions = household_interview.still_asked(told, interview)
        if questions and not finish:
            return ask(request, interview, questions[0]["pointer"])
        return page(request, "household/result.html", result(interview, told, request))

    def begin(request: Request, typed: Json) -> Response:
        language = language_of(request)
        members = [line.strip() for line in typed.get("members", "").splitlines() if line.strip()]
        if not members:
            return beginning(request, typed, [text("household_page", "empty_members", language)], 422)
        facts = household_interview.begun(typed.get("as_of", ""), typed.get("registration", ""), members)
        before = household_interview.read(typed.get("before", ""))
        try:
            household_interview.checked(facts)
            if before is None:
                return next_page(request, Interview(facts, [], secrets.token_hex(8)))
            return next_page(request, household_interview.with_members(before, facts))
        except ValidationError as error:
            return beginning(request, typed, [each.message for each in errors_in(error)], 422)
        except NoPolicyInForceError:
            return beginning(request, typed, [text("validation", "before_first_day", language)], 422)

    def result(interview: Interview, told: Json, request: Request) -> Json:
        language = language_of(request)
        written = interview.written()
        return {
            **interview_result.grouped(told, procedures, language),
            "warnings": warning_texts(told["warnings"], parameters, language),
            "facts": written,
            "again": {"facts": written, "do": "finish"},
            "dates": interview_result.dates(told, procedures, language),
            "said": household_interview.said_so_far(interview.facts, language),
            "open_questions": len(told["questions"]),
            "as_of": told["as_of"],
            "names": {each["pointer"]: each["text"] for each in told["questions"]},
        }

    def ask(request: Request, interview: Interview, pointer: str, typed: str = "", wrong: str = "") -> Response:
        language = language_of(request)
        fact = household_interview.fact_at(pointer)
        told = household_interview.answer(answers, interview.facts, language)
        questions = household_interview.still_asked(told, interview)
        said = household_interview.said_so_far(interview.facts, language)
        done = 100 * len(said) // (len(said) + max(len(questions), 1))
        interview = interview._replace(reached=max(interview.reached, done))
        asked = next((each for each in told["questions"] if each["pointer"] == pointer), None)
        names = {each["benefit"]: each["name"] for each in told["entitlements"]}
        steps = pointer.split("/")
        member = interview.facts["household"]["members"][int(steps[3])]["id"] if "members" in steps else ""
        context = {
            "facts": interview.written(),
            "again": {"facts": interview.written(), "do": f"change {pointer}"},
            "reached": interview.reached,
            "pointer": pointer,
            "question": text("facts", fact, language).format(member=member),
            "kind": household_interview.KINDS.get(fact, "yes_no"),
            "choices": [
                (each, household_interview.choice_in_words(fact, each, language))
                for each in household_interview.CHOICES.get(fact, ())
            ],
            "decides": [names[each] for each in asked["decides"]] if asked else [],
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
        told = household_interview.answer(answers, interview.facts, language)
        days = interview_result.dates(told, procedures, language)
        if not days:
            return next_page(request, interview, finish=True)
        headers = {**HEADERS, "Content-Disposition": 'attachment; filename="anda.ics"'}
        written = interview_result.calendar(days, interview)
        return Response(written, media_type="text/calendar; charset=utf-8", headers=headers)

    return router
