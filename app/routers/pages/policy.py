"""The page of the policy, and a page for each figure."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from app.http.dependencies import LanguageCache, LanguageCacheDep, ReadableReimbursementPresenterDep
from app.http.problems import described
from app.i18n import Language
from app.i18n.sentences import BETWEEN, COLON
from app.pages import policy
from app.pages.policy import ChangesOfDay, Figure, FigureGroup, PolicyQuestion
from app.pages.rendering import language_of, page
from app.presenters.reimbursements import ReimbursementPresenter
from app.routers.reference import OnDay
from app.rules.parameters import NoPolicyInForceError
from app.schemas.validation import validated


class PolicyContext(TypedDict):
    """The part of the context of `policy/page.html` that is the same for every request."""

    questions: Sequence[PolicyQuestion]
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
    query: str
    day: str
    refusal: str
    unknown: bool


class FigureContext(TypedDict):
    """The context of `policy/figure.html`."""

    figure: Figure
    colon: str


_DAY: TypeAdapter[OnDay] = TypeAdapter(OnDay)


router = APIRouter(include_in_schema=False)


class PolicySource(NamedTuple):
    """What the pages of the policy are made from."""

    presenter: ReimbursementPresenter
    cache: LanguageCache

    def groups(self, language: Language, day: dt.date | None) -> Sequence[FigureGroup]:
        """List every figure by kind; those of all days, which no request changes, are built once."""
        parameters = self.presenter.parameters
        if day is not None:
            return policy.groups(parameters, language, day)
        return self.cache.get(policy.groups, parameters, language)

    def unchanging(self, language: Language) -> PolicyContext:
        """Return what no request changes."""
        return self.cache.get(_unchanging, self.presenter, language)


async def _policy_source(presenter: ReadableReimbursementPresenterDep, cache: LanguageCacheDep) -> PolicySource:
    return PolicySource(presenter, cache)


PolicySourceDep = Annotated[PolicySource, Depends(_policy_source)]


@router.get("/policy")
async def show_policy(request: Request, source: PolicySourceDep) -> Response:
    """Show the figures that a search finds, the open questions and the changes."""
    query = request.query_params
    return _page_of_figures(request, source, query.get("q", "").strip(), query.get("on", "").strip())


@router.get("/policy/{name}")
async def show_figure(request: Request, name: str, source: PolicySourceDep) -> Response:
    """Show one figure with all its dated values."""
    parameter = source.presenter.parameters.by_name.get(name)
    if parameter is None:
        return _page_of_figures(request, source, name.partition(".")[0], status=404, unknown=True)
    language = language_of(request)
    context: FigureContext = {"figure": policy.figure(parameter, language), "colon": COLON[language]}
    return page(request, "policy/figure.html", context)


def _page_of_figures(
    request: Request, source: PolicySource, query: str, day: str = "", status: int = 200, unknown: bool = False
) -> Response:
    language = language_of(request)
    refusal = ""
    try:
        groups = source.groups(language, _day(day))
    except (RequestValidationError, NoPolicyInForceError) as error:
        refused = described(error, request.method)
        if refused is None:
            raise
        refusal, status, groups = refused.errors[0].message, 422, source.groups(language, None)
    groups = policy.matching(groups, query)
    context: FiguresContext = {
        **source.unchanging(language),
        "groups": groups,
        "shown": sum(len(group.figures) for group in groups),
        "query": query,
        "day": day,
        "refusal": refusal,
        "unknown": unknown,
    }
    return page(request, "policy/page.html", context, status)


def _unchanging(presenter: ReimbursementPresenter, language: Language) -> PolicyContext:
    parameters = presenter.parameters
    return {
        "questions": policy.open_questions(presenter, language),
        "changes": policy.changes(parameters, language),
        "colon": COLON[language],
        "between": BETWEEN[language],
        "edition": parameters.edition,
        "fingerprint": parameters.fingerprint[:16],
        "all": len(parameters.by_name),
    }


def _day(day: str) -> dt.date | None:
    return validated(_DAY, {"on": day or None}, "query").on
