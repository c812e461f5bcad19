"""Work that would hold up others: done one after another, in slices between which other requests get their turn."""

import asyncio
import time
from typing import TypeVar

from app.http.problems import ProblemError
from app.presenters.steps import Steps

Result = TypeVar("Result")

SLICE_SECONDS = 0.0005
"""After which the work lets other requests go on."""

MOST_WAITING = 100
"""Requests that wait for their turn; each is held in memory."""


class SlicedWork:
    """Work of one kind in one process."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._waiting = 0

    async def run(self, steps: Steps[Result]) -> Result:
        """Take the steps of one request, and return the result. ProblemError (503) where too many wait."""
        if self._waiting >= MOST_WAITING:
            raise ProblemError("overloaded", headers={"Retry-After": "5"})
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                return await _in_slices(steps)
        finally:
            self._waiting -= 1


async def _in_slices(steps: Steps[Result]) -> Result:
    until = time.perf_counter() + SLICE_SECONDS
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            result: Result = ended.value
            return result
        if time.perf_counter() > until:
            await asyncio.sleep(0)
            until = time.perf_counter() + SLICE_SECONDS
