"""The application with two more endpoints in it, which validate the same body and answer constant bytes.

They stand behind the same exchange, with the same request ids, metrics and log. The stock one stands first among
FastAPI's routes, so that no search for it is counted; the hot one is found as the real one is.

`python -m benchmarks.served PORT NAME` serves it, NAME saying what is asked; its answer is the constant.
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
from benchmarks.asked import ASKED, Asked
from benchmarks.machine import pin

STOCK = "/constant/stock"
HOT = "/constant/hot"
NAME = "BENCHMARKS_NAME"
"""The variable that says what is asked."""


def create() -> FastAPI:
    """Build the application and add the two endpoints, each the way its kind is added."""
    app = serve_app()
    asked = ASKED[os.environ[NAME]]
    if asked.forgetful:
        benefits.of_member = benefits.of_member.__wrapped__  # type: ignore[assignment]
    # The server's own loop runs already; the one question before it serves has another, in a thread.
    with ThreadPoolExecutor(1) as aside:
        content = aside.submit(lambda: asyncio.run(_answer(app, asked))).result()
    app.router.routes.insert(0, _route(STOCK, APIRoute, asked, content))
    hot = _route(HOT, FastRoute, asked, content)
    assert isinstance(hot, FastRoute)
    app.router.routes.append(hot)
    app.request_middleware.fast[HOT] = hot
    return app


async def _answer(app: FastAPI, asked: Asked) -> bytes:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://benchmark") as client:
        return (await client.post(asked.path, content=asked.body)).content


def _route(path: str, route_class: type[APIRoute], asked: Asked, content: bytes) -> APIRoute:
    router = APIRouter(route_class=route_class)

    async def answer_constant(body: Any) -> Response:
        return Response(content=content, media_type="application/json")

    answer_constant.__annotations__["body"] = asked.model
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
