"""The OpenAPI document: FastAPI's own, with the problems declared and the examples calculated."""

import datetime as dt
from functools import cache
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from app.http.beside_loop import beside_loop
from app.http.responses import JSON
from app.i18n import LANGUAGES, text
from app.presenters.reimbursements import ReimbursementPresenter
from app.schemas.examples import BILLS
from app.schemas.requests.reimbursements import ReimbursementRequest
from app.schemas.responses.problems import Problem

DESCRIPTION = """\
What a poor family in Ulanqab (乌兰察布), Inner Mongolia, and the hospital that treats it, is owed, to the fen, and why.

* **Money** is yuan: text or a JSON number with at most two decimals going in, text with two places coming out. No float
  touches it.
* **Unknown fields are refused**: a misspelt field is never silently ignored.
* **Problems** are RFC 9457 (`application/problem+json`); `type` is the address of a page that explains the problem, and
  `errors` names each field by its JSON pointer.
* **Language**: names, reasons and problems are Chinese by default, English on `Accept-Language: en`. Codes are English.
* **Every figure cites** its document and clause; `basis` tells policy (`policy`) from a local source (`local_source`)
  and from an assumption (`assumption`).
* `X-Request-ID` is echoed, or made up where none is sent.
"""

TAGS = [
    {"name": "Reimbursement", "description": "What a medical bill is paid, layer by layer (医疗费用分层报销)."},
    {
        "name": "Entitlements",
        "description": "What a household may claim, and what is still to be asked (家庭可享受的待遇).",
    },
    {
        "name": "Reference",
        "description": "Figures of policy with their sources, open readings, benefits, procedures, counties "
        "(政策参数、理解、待遇、程序、旗县).",
    },
    {
        "name": "Assessment",
        "description": "Households, enterprises and plans held against the policy's conditions (条件核对).",
    },
    {
        "name": "Project library",
        "description": "Village projects: declared, reviewed, on display, in the library, funded, carried out; notices "
        "and objections (扶贫项目库：申报、审核、公示、入库、资金、实施).",
    },
    {
        "name": "Settlement ledger",
        "description": "Stays settled once and reversed at most once, the year to date, the registers of persons and "
        "institutions, totals for reconciliation (结算台账：结算、撤销、年度累计、对账).",
    },
    {"name": "Operations", "description": "Alive, ready, metrics."},
    {"name": "Problems", "description": "A page for every problem."},
]


def describe(app: FastAPI, presenter: ReimbursementPresenter, set_day: dt.date | None) -> None:
    """Give the application its OpenAPI document.

    It is built at the first request for it, beside the loop: building every schema takes a second. A day
    that is set for training stands at its beginning.
    """
    description = DESCRIPTION
    if set_day is not None:
        notes = [text("pages", "set_day", language).format(day=set_day.isoformat()) for language in LANGUAGES]
        description = f"**{' '.join(notes)}**\n\n{DESCRIPTION}"

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _openapi(app, presenter, description)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    written = cache(lambda: orjson.dumps(app.openapi()))

    async def send_document(_: Request) -> Response:
        return Response(await beside_loop(written), media_type=JSON)

    app.add_route("/openapi.json", send_document, include_in_schema=False)


def _openapi(app: FastAPI, presenter: ReimbursementPresenter, description: str) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary="Benefits calculation for the poverty-alleviation policies of Ulanqab, 2017 and 2018",
        description=description,
        routes=app.routes,
        tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
    )
    _, definitions = TypeAdapter.json_schemas(
        [("problem", "serialization", TypeAdapter(Problem))], ref_template="#/components/schemas/{model}"
    )
    schemas = document["components"]["schemas"]
    for name, schema in definitions["$defs"].items():
        schemas.setdefault(name, schema)
    _drop_fastapis_own_422(document)
    operation = document["paths"]["/v1/reimbursements"]["post"]
    operation["responses"]["200"]["content"]["application/json"]["examples"] = _examples(presenter)
    return document


def _drop_fastapis_own_422(document: dict[str, Any]) -> None:
    """Drop the 422 that FastAPI declares for every operation with a parameter; this service has problems instead."""
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    for operations in document["paths"].values():
        for operation in operations.values():
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]


def _examples(presenter: ReimbursementPresenter) -> dict[str, dict[str, object]]:
    """Calculate the responses to the example requests, so that they cannot go stale."""
    examples: dict[str, dict[str, object]] = {}
    readable = ReimbursementPresenter(presenter.parameters, readable=True)
    for name, example in BILLS.items():
        bill = ReimbursementRequest.model_validate(example["value"])
        answer = readable.answer(bill.service_date, bill.to_bill(presenter.parameters), "en")
        examples[name] = {"summary": example["summary"], "value": answer}
    return examples
