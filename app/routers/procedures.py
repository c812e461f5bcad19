"""How benefits are applied for: steps, who acts, papers, deadlines."""

import hashlib
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.http.dependencies import LanguageCacheDep, ProceduresDep
from app.http.exact_json import ExactRoute
from app.http.problems import ProblemError, problems
from app.http.responses import cacheable
from app.i18n import Language, negotiation
from app.presenters.procedures import procedure_answer, procedures_answer
from app.routers.reference import NOT_MODIFIED, NoParameters
from app.rules.reference.procedures import Procedures
from app.schemas.responses.procedures import ProcedureAnswer, ProceduresAnswer

router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=["Reference"])


@router.get("/procedures", response_model=ProceduresAnswer, responses={**NOT_MODIFIED, **problems(422)})
async def list_procedures(
    request: Request,
    query: Annotated[NoParameters, Query()],
    procedures: ProceduresDep,
    language_cache: LanguageCacheDep,
) -> Response:
    """List every procedure (办理程序): its steps in order, who acts, the papers, displays and deadlines."""
    return _respond(request, language_cache.get(_all_procedures, procedures, negotiation.current.get()))


@router.get("/procedures/{name}", response_model=ProcedureAnswer, responses={**NOT_MODIFIED, **problems(404, 422)})
async def show_procedure(
    request: Request, name: str, query: Annotated[NoParameters, Query()], procedures: ProceduresDep
) -> Response:
    """Show one procedure (办理程序)."""
    procedure = next((each for key, each in procedures.items() if key == name), None)
    if procedure is None:
        raise ProblemError("unknown-procedure")
    return _respond(request, orjson.dumps(procedure_answer(procedure, negotiation.current.get())))


def _all_procedures(procedures: Procedures, language: Language) -> bytes:
    return orjson.dumps(procedures_answer(procedures, language))


def _respond(request: Request, content: bytes) -> Response:
    return cacheable(request, content, hashlib.sha256(content).hexdigest()[:16])
