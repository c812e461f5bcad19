"""The pages of the documentation as text: their code blocks, their tables, their links."""

import importlib
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

BILL_PAGES = ("README.md", "README.zh-CN.md", "docs/tutorial/bill.md", "docs/zh/tutorial/bill.md")
HOUSEHOLD_PAGES = ("README.md", "README.zh-CN.md", "docs/tutorial/household.md", "docs/zh/tutorial/household.md")


def all_pages() -> list[str]:
    """List every Markdown page of the repository that git tracks or will track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, encoding="utf-8").stdout
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    return [name for name in names if name == Path(name).name or name.startswith("docs/")]


def text(name: str) -> str:
    """Read a page, or any other file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """Return the code blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```", text(name), re.DOTALL | re.MULTILINE)


def command_line() -> Any:
    """The command `anda` of the package, wherever it stands."""
    script = tomllib.loads(text("pyproject.toml"))["project"]["scripts"]["anda"]
    return importlib.import_module(script.partition(":")[0]).app


def rows(page: str) -> list[list[str]]:
    """Return the rows of all tables of a page, headings included, cells stripped."""
    lines = [line for line in page.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]


def without_comments(block: str) -> list[str]:
    """Return the lines of a block of commands without what follows a comment sign."""
    return [re.sub(r"\s+# .*$", "", line) for line in block.splitlines()]
