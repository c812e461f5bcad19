"""Grids of cases that one test goes through: it reports every case that fails, not the first alone."""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

Test = Callable[..., None]


def for_each(names: str | Sequence[str], cases: Iterable[Any]) -> Callable[[Test], Test]:
    """Run a test once for each case, within one test; takes its arguments as `pytest.mark.parametrize` does.

    Fixtures are set up once for all cases. AssertionError lists every case that failed, with its reason; the first
    failure is the error's cause.
    """
    parameters = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    listed = list(cases)

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def run(**fixtures: Any) -> None:
            failures: list[tuple[str, Exception]] = []
            for case in listed:
                values = _values(case, len(parameters))
                try:
                    test(**fixtures, **dict(zip(parameters, values, strict=True)))
                except Exception as error:
                    failures.append((_name(case, values), error))
            if failures:
                lines = [f"{name}: {type(error).__name__}: {error}" for name, error in failures]
                summary = f"{len(failures)} of {len(listed)} cases fail:\n" + "\n".join(lines)
                raise AssertionError(summary) from failures[0][1]

        signature = inspect.signature(test)
        left = [each for name, each in signature.parameters.items() if name not in parameters]
        run.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        assert listed, f"{test.__name__} has no case"
        return run

    return decorate


def _values(case: Any, number: int) -> tuple[Any, ...]:
    if isinstance(case, type(pytest.param())):
        return tuple(case.values)
    return tuple(case) if number > 1 else (case,)


def _name(case: Any, values: tuple[Any, ...]) -> str:
    if isinstance(case, type(pytest.param())) and case.id:
        return str(case.id)
    return ", ".join(repr(value)[:120] for value in values)
