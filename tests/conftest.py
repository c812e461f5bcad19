"""How Hypothesis runs, and the marks that follow from where a test stands and what it uses."""

import gc
import os
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("anda", deadline=None, print_blob=True, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("anda")

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs PostgreSQL or a browser, and what has a long form; `make quick` leaves these out."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if "postgresql" in parameters.values() or "postgresql" in getattr(item, "fixturenames", ()):
            by_database = any(value in {"sqlite", "postgresql"} for value in parameters.values())
            if not by_database or "postgresql" in parameters.values():
                item.add_marker(pytest.mark.postgresql)
        if folder == "browser":
            item.add_marker(pytest.mark.browser)
        if folder == "faults":
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Look for garbage less often: by default a tenth of the tests' time goes into looking through what is imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
