"""The application with two more endpoints in it, which validate the same body and answer constant bytes.

They stand in the same list of routes, behind the same middleware: what differs is only what is measured. The stock
one stands before the real one, so that whatever finding a route costs is not held against it.

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
from benchmarks.serving import PATH

STOCK = "/constant/stock"
HOT = "/constant/hot"
BILL = "BENCHMARKS_BILL"
"""The variable that names the example."""


def create() -> FastAPI:
    """Build the application and add the two endpoints."""
    app = create_app()
    content = constant(os.environ[BILL])
    routes = app.router.routes
    real = next(number for number, route in enumerate(routes) if isinstance(route, HotRoute) and route.path == PATH)
    routes[real : real + 1] = [_route(STOCK, APIRoute, content), routes[real], _route(HOT, HotRoute, content)]
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
