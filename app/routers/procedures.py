"""How benefits are applied for: steps, who acts, papers, deadlines."""

import hashlib
from functools import cache
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.http.exact_json import ExactRoute
from app.http.problems import ProblemError, problems
from app.http.responses import cacheable
from app.i18n import Language, negotiation
from app.presenters.procedures import procedure_answer, procedures_answer
from app.routers.reference import NOT_MODIFIED, NoParameters
from app.rules.parameters import Parameters
from app.rules.reference.procedures import load_procedures
from app.schemas.responses.procedures import ProcedureAnswer, ProceduresAnswer


def router(parameters: Parameters) -> APIRouter:
    """Build the router of procedures. ParameterError where one names a parameter that there is not."""
    router = APIRouter(route_class=ExactRoute, prefix="/v1", tags=["Reference"])
    procedures = load_procedures(parameters)
    by_name = {str(name): procedure for name, procedure in procedures.items()}

    @cache
    def all_procedures(language: Language) -> bytes:
        return orjson.dumps(procedures_answer(procedures, language))

    @router.get("/procedures", response_model=ProceduresAnswer, responses={**NOT_MODIFIED, **problems(422)})
    async def list_procedures(request: Request, query: Annotated[NoParameters, Query()]) -> Response:
        """List every procedure (办理程序): its steps in order, who acts, the papers, displays and deadlines."""
        return _respond(request, all_procedures(negotiation.current.get()))

    @router.get("/procedures/{name}", response_model=ProcedureAnswer, responses={**NOT_MODIFIED, **problems(404, 422)})
    async def show_procedure(request: Request, name: str, query: Annotated[NoParameters, Query()]) -> Response:
        """Show one procedure (办理程序)."""
        if name not in by_name:
            raise ProblemError("unknown-procedure")
        return _respond(request, orjson.dumps(procedure_answer(by_name[name], negotiation.current.get())))

    return router


def _respond(request: Request, content: bytes) -> Response:
    return cacheable(request, content, hashlib.sha256(content).hexdigest()[:16])
