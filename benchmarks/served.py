"""The application with two more endpoints in it, which validate the same body and answer constant bytes.

They stand behind the same exchange, with the same request ids, metrics and log. The stock one stands first among
FastAPI's routes, so that no search for it is counted; the hot one is found as the real one is.

`python -m benchmarks.served PORT BILL` serves it, BILL naming an example whose answer is the constant.
"""

import os
import sys

import orjson
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.responses import Response

from app.answers.reimbursement import ReimbursementAnswers
from app.hot_route import HotRoute
from app.main import create_app, load_parameters
from app.schemas.reimbursements import ReimbursementRequest
from app.settings import Settings
from benchmarks.bills import request_body
from benchmarks.machine import pin

STOCK = "/constant/stock"
HOT = "/constant/hot"
BILL = "BENCHMARKS_BILL"
"""The variable that names the example."""


def create() -> FastAPI:
    """Build the application and add the two endpoints, each the way its kind is added."""
    app = create_app()
    content = constant(os.environ[BILL])
    app.router.routes.insert(0, _route(STOCK, APIRoute, content))
    hot = _route(HOT, HotRoute, content)
    assert isinstance(hot, HotRoute)
    app.router.routes.append(hot)
    app.exchange.hot[HOT] = hot
    return app


def constant(name: str) -> bytes:
    """Calculate the answer to an example, in Chinese, as it is answered by default."""
    bill = ReimbursementRequest.model_validate_json(request_body(name))
    answers = ReimbursementAnswers(load_parameters(Settings()))
    return orjson.dumps(answers.answer(bill.service_date, bill.to_bill(bill.chosen_readings()), "zh"))


def _route(path: str, route_class: type[APIRoute], content: bytes) -> APIRoute:
    router = APIRouter(route_class=route_class)

    @router.post(path)
    async def answer_constant(bill: ReimbursementRequest) -> Response:
        return Response(content=content, media_type="application/json")

    (route,) = router.routes
    assert isinstance(route, APIRoute)
    return route


def main() -> None:
    """Serve with one worker, on the first core."""
    port, name = sys.argv[1:]
    os.environ[BILL] = name
    pin(0)
    uvicorn.run(
        "benchmarks.served:create",
        factory=True,
        port=int(port),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
    )


if __name__ == "__main__":
    main()
