"""The commands of the README run as they stand, and answer what their comments say."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_operations import free_port
from test_readme import READMES, text

BIN = Path(sys.executable).parent


def path_of_a_project(name: str) -> str:
    """The block of commands that takes a project through the procedure."""
    (block,) = re.findall(r"```sh\n(export ANDA_DATABASE_URL.*?)```", text(name), re.DOTALL)
    return str(block)


def promised(block: str) -> list[str]:
    """The statuses that the comments promise, in the order of the calls."""
    return re.findall(r"# (\d{3})\b", block)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's commands call curl, which is not installed")
def test_the_path_of_a_project_answers_what_its_comments_say(tmp_path: Path) -> None:
    block = path_of_a_project("README.md")
    (tmp_path / "path.sh").write_text(
        block.replace(".venv/bin/anda", str(BIN / "anda")).replace("8018", str(free_port())), encoding="utf-8"
    )
    ended = subprocess.run(
        ["bash", "path.sh"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("ANDA_")},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.findall(r"^(\d{3}) ", ended.stdout, re.MULTILINE) == promised(block), ended.stdout
    calls = len(re.findall(r"\bact [\"']|send (?:POST|PATCH) /", block))
    assert len(promised(block)) == calls - 1  # the definition of `act` is one more
    assert re.search(r"^\d+ events, unbroken", ended.stdout, re.MULTILINE)
    for code in ("period_not_over", "objections_undecided", "no_performance_goals", "not_in_library", "above_budget"):
        assert f'"{code}"' in ended.stdout


def test_both_readmes_show_the_same_commands() -> None:
    def without_comments(block: str) -> list[str]:
        return [re.sub(r"\s+# .*$", "", line) for line in block.splitlines()]

    one, other = (without_comments(path_of_a_project(name)) for name in READMES)
    assert one == other
    assert promised(path_of_a_project(READMES[0])) == promised(path_of_a_project(READMES[1]))
