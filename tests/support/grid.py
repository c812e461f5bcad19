"""A grid of cases inside one test: every case is tried, and all that fail are reported together."""

import inspect
import traceback
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

Ids = Sequence[str] | Callable[[Any], object] | None

LONGEST = 600
"""Characters of one failure in the report."""

_CASES = "cases_of_the_grid"


def grid(
    names: str | Sequence[str], cases: Iterable[Any], *, ids: Ids = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Call a test once for each case, within one test, and report every case that fails.

    It reads as `pytest.mark.parametrize` does, which makes a test of each case; two grids over each other are their
    product. The fixtures are shared by the cases, so each case must leave them as it found them.
    """
    single = isinstance(names, str) and "," not in names
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    listed = list(cases)
    rows = [dict(zip(columns, _values(case, single), strict=True)) for case in listed]
    labels = [
        (case.id if isinstance(case, type(pytest.param())) else None) or _label(rows[at], at, ids)
        for at, case in enumerate(listed)
    ]
    assert rows, f"a grid over {names} has no case"

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        inner: list[tuple[str, dict[str, Any]]] = getattr(test, _CASES, [("", {})])
        function: Callable[..., None] = getattr(test, "__wrapped__", test) if hasattr(test, _CASES) else test
        product = [
            (f"{label}, {more}" if more else label, row | rest)
            for label, row in zip(labels, rows, strict=True)
            for more, rest in inner
        ]

        @wraps(function)
        def every_case(**fixtures: object) -> None:
            failures = [
                (label, error) for label, case in product if (error := _failure(function, fixtures | case)) is not None
            ]
            if failures:
                lines = [f"{len(failures)} of {len(product)} cases fail:"]
                lines += [f"[{label}] {_described(error)}" for label, error in failures]
                raise AssertionError("\n".join(lines)) from failures[0][1]

        signature = inspect.signature(function)
        fixtures = [parameter for name, parameter in signature.parameters.items() if name not in product[0][1]]
        every_case.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        setattr(every_case, _CASES, product)
        return every_case

    return decorate


def _failure(test: Callable[..., None], arguments: dict[str, object]) -> BaseException | None:
    try:
        test(**arguments)
    except (Exception, pytest.fail.Exception) as error:  # pytest's own failure is no Exception
        return error
    return None


def _values(case: Any, single: bool) -> Sequence[Any]:
    """Return the values of a case, which may be a `pytest.param`."""
    if isinstance(case, type(pytest.param())):
        return tuple(case.values)
    return [case] if single else case


def _own_id(case: Any) -> str | None:
    return str(case.id) if isinstance(case, type(pytest.param())) and case.id else None


def _label(row: dict[str, Any], number: int, ids: Ids) -> str:
    if callable(ids):
        return "-".join(str(ids(value)) for value in row.values())
    if ids is not None:
        return ids[number]
    return ", ".join(f"{name}={_shortened(repr(value), 80)}" for name, value in row.items())


def _described(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = [frame for frame in frames if Path(frame.filename).name.startswith("test_")] or frames
    place = f"{Path(places[-1].filename).name}:{places[-1].lineno}: " if places else ""
    return f"{place}{type(error).__name__}: {_shortened(str(error), LONGEST)}"


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}…"
