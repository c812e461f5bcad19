"""One thread beside the event loop, for work that cannot be cut into slices.

It works for one request at a time: the loop would wait for each of several threads before it had the interpreter.
"""

import asyncio
import contextvars
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from app.http.problems import ProblemError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

MOST_WAITING = 100
"""Requests that wait for the thread; each is held in memory."""

SWITCH_SECONDS = 0.0003
"""That the loop waits for the interpreter while a thread has it."""

_thread = ThreadPoolExecutor(1, "beside-the-loop")
_waiting: set[object] = set()


def let_the_loop_switch() -> None:
    """Let the loop interrupt a thread sooner than by default (5 ms). It holds for the whole process."""
    sys.setswitchinterval(SWITCH_SECONDS)


async def beside_loop(
    work: Callable[Parameters, Result], *arguments: Parameters.args, **options: Parameters.kwargs
) -> Result:
    """Work in the thread, in the context of the request. ProblemError (503) where too many wait."""
    if len(_waiting) >= MOST_WAITING:
        raise ProblemError("overloaded", headers={"Retry-After": "5"})
    call = partial(contextvars.copy_context().run, work, *arguments, **options)
    _waiting.add(call)
    try:
        return await asyncio.get_running_loop().run_in_executor(_thread, call)
    finally:
        _waiting.discard(call)
