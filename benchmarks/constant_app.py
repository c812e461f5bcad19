"""The application with two more endpoints, which validate the same body and answer constant bytes.

They run behind the same middleware, with the same request ids, metrics and log. The stock one comes first among
FastAPI's routes, so that no search for it is measured; the fast one is found as the real one is.

`python -m benchmarks.constant_app PORT NAME` serves it for the measured request NAME, whose answer is the constant.
"""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from httpx import ASGITransport, AsyncClient
from starlette.responses import Response

from app.http.fast_route import FastRoute
from app.main import serve_app
from app.rules.entitlements import benefits
from benchmarks.machine import pin
from benchmarks.requests import REQUESTS, MeasuredRequest

STOCK = "/constant/stock"
FAST = "/constant/fast"
NAME = "BENCHMARKS_NAME"
"""The environment variable that names the measured request."""


def create() -> FastAPI:
    """Build the application and add the two endpoints, each the way its kind is added."""
    app = serve_app()
    request = REQUESTS[os.environ[NAME]]
    if request.without_cache:
        benefits.assess_member = benefits.assess_member.__wrapped__  # type: ignore[assignment]
    # The server's own loop is running already; the one request before it serves needs another loop, in a thread.
    with ThreadPoolExecutor(1) as aside:
        content = aside.submit(lambda: asyncio.run(_answer(app, request))).result()
    app.router.routes.insert(0, _route(STOCK, APIRoute, request, content))
    fast = _route(FAST, FastRoute, request, content)
    assert isinstance(fast, FastRoute)
    app.router.routes.append(fast)
    app.request_middleware.fast[FAST] = fast
    return app


async def _answer(app: FastAPI, request: MeasuredRequest) -> bytes:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://benchmark") as client:
        return (await client.post(request.path, content=request.body)).content


def _route(path: str, route_class: type[APIRoute], request: MeasuredRequest, content: bytes) -> APIRoute:
    router = APIRouter(route_class=route_class)

    async def answer_constant(body: Any) -> Response:
        return Response(content=content, media_type="application/json")

    answer_constant.__annotations__["body"] = request.model
    router.post(path)(answer_constant)
    (route,) = router.routes
    assert isinstance(route, APIRoute)
    return route


def main() -> None:
    """Serve with one worker, on the first core."""
    port, name = sys.argv[1:]
    os.environ[NAME] = name
    pin(0)
    uvicorn.run(
        "benchmarks.constant_app:create",
        factory=True,
        port=int(port),
        loop="uvloop",
        http="app.http.protocol:HttpProtocol",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
    )


if __name__ == "__main__":
    main()
