"""The rules are tried without the web framework."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

EVERY_TEST_OF_THE_RULES = """
import importlib, pathlib, sys
for path in sorted(pathlib.Path("tests/rules").glob("test_*.py")):
    importlib.import_module(f"tests.rules.{path.stem}")
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"fastapi", "starlette", "uvicorn", "sqlalchemy"}))
"""


@pytest.mark.lengthy
def test_the_tests_of_the_rules_import_no_web_framework_and_no_database() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", EVERY_TEST_OF_THE_RULES],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, ""), ended.stderr
