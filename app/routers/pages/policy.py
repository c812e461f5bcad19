"""The page of the policy, and a page for each figure."""

import datetime as dt
from collections.abc import Sequence
from functools import cache

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from app.http.problems import described
from app.i18n import Language
from app.pages import policy
from app.pages.figures import BETWEEN, COLON
from app.pages.policy import ChangesOfDay, Figure, FigureGroup, OpenQuestion
from app.pages.rendering import language_of, page
from app.presenters.reimbursements import ReimbursementPresenter
from app.routers.reference import OnDay
from app.rules.parameters import NoPolicyInForceError
from app.schemas.validation import validated


class PolicyContext(TypedDict):
    """The part of the context of `policy/page.html` that is the same for every request."""

    questions: Sequence[OpenQuestion]
    changes: Sequence[ChangesOfDay]
    colon: str
    between: str
    edition: str
    fingerprint: str
    all: int


class FiguresContext(PolicyContext):
    """The context of `policy/page.html`."""

    groups: Sequence[FigureGroup]
    shown: int
    asked: str
    day: str
    refusal: str
    unknown: bool


class FigureContext(TypedDict):
    """The context of `policy/figure.html`."""

    figure: Figure
    colon: str


_DAY: TypeAdapter[OnDay] = TypeAdapter(OnDay)


def router(presenter: ReimbursementPresenter) -> APIRouter:
    """Build the router of the page of the policy."""
    router = APIRouter(include_in_schema=False)
    parameters = presenter.parameters

    @cache
    def all_groups(language: Language) -> list[FigureGroup]:
        return policy.groups(parameters, language)

    @cache
    def unchanging(language: Language) -> PolicyContext:
        return {
            "questions": policy.open_questions(presenter, language),
            "changes": policy.changes(parameters, language),
            "colon": COLON[language],
            "between": BETWEEN[language],
            "edition": parameters.edition,
            "fingerprint": parameters.fingerprint[:16],
            "all": len(parameters.by_name),
        }

    def show(request: Request, query: str, day: str = "", status: int = 200, unknown: bool = False) -> Response:
        language = language_of(request)
        refusal = ""
        try:
            on = _day(day)
            groups = all_groups(language) if on is None else policy.groups(parameters, language, on)
        except (RequestValidationError, NoPolicyInForceError) as error:
            refused = described(error, request.method)
            if refused is None:
                raise
            refusal, status, groups = refused.errors[0].message, 422, all_groups(language)
        groups = policy.matching(groups, query)
        context: FiguresContext = {
            **unchanging(language),
            "groups": groups,
            "shown": sum(len(group.figures) for group in groups),
            "asked": query,
            "day": day,
            "refusal": refusal,
            "unknown": unknown,
        }
        return page(request, "policy/page.html", context, status)

    @router.get("/policy")
    async def show_policy(request: Request) -> Response:
        query = request.query_params
        return show(request, query.get("q", "").strip(), query.get("on", "").strip())

    @router.get("/policy/{name}")
    async def show_figure(request: Request, name: str) -> Response:
        parameter = parameters.by_name.get(name)
        if parameter is None:
            return show(request, name.partition(".")[0], status=404, unknown=True)
        language = language_of(request)
        context: FigureContext = {"figure": policy.figure(parameter, language), "colon": COLON[language]}
        return page(request, "policy/figure.html", context)

    return router


def _day(day: str) -> dt.date | None:
    return validated(_DAY, {"on": day or None}, "query").on
