"""The house rules, held by tests: where things stand, what may not be written, what must be."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.i18n import LANGUAGES, wording
from tests.conftest import FOLDERS, pytest_ignore_collect
from tests.support.document import OPERATIONS

ROOT = Path(__file__).parents[1]
APP = ROOT / "app"
RULES = APP / "rules"

MODULES = sorted(APP.rglob("*.py"))
RULE_MODULES = sorted(RULES.rglob("*.py"))

LONGEST = 400
"""Lines that a file may have."""

VAGUE = {"utils", "util", "core", "helper", "helpers", "manager", "managers", "service", "services", "common", "misc"}

COUNTING = {0, 1, 2, 3, 4}
"""Numbers that count things of the program: positions, places, halves. No figure of policy in fen or basis points."""

TECHNICAL: dict[str, dict[int, str]] = {
    "money.py": {
        10_000: "basis points in a whole: WHOLE",
        100: "fen in a yuan; basis points in a percent",
        10: "the base of decimal places",
        30: "BANK_MONTH: days of a month as banks count interest",
        360: "BANK_YEAR: days of a year as banks count interest",
        365: "CALENDAR_YEAR: days of a year by which actual days are counted",
    },
    "reference/township_names.py": {
        6: "DIGITS_OF_A_COUNTY: digits of a county's division code",
        9: "DIGITS_OF_A_TOWNSHIP: of a township's",
        12: "DIGITS_OF_A_VILLAGE: of a village's",
    },
    "months.py": {12: "MONTHS_A_YEAR"},
    "entitlements/finding_cache.py": {
        16: "CACHES: days and statuses whose findings are remembered",
        1_024: "MOST: findings that are remembered for each",
    },
    "reference/places.py": {4: "_DIGITS_OF_A_PREFECTURE: digits of a prefecture's division code"},
    "schedule.py": {1_024: "FULL_BANDS: full bands that are remembered"},
    "three_valued.py": {2_048: "CACHE_SIZE: reasons and conditions that are remembered"},
    "units.py": {
        100: "basis points in a percent, where a percentage is read",
        2001: "a common year",
    },
    "reimbursement/columns.py": {
        350_000: "PART: rows that are sorted by cohort together",
        24_000: "BLOCK: rows of a cohort that go through the rules together",
        4_096: "MANY_KEYS: possible keys above which only those that occur are carried on",
    },
    "reimbursement/layers.py": {2_048: "REMEMBERED: circumstances whose terms are remembered"},
    "reimbursement/readings_range.py": {256: "combinations of readings that are remembered"},
}
"""Every other number that may stand in the rules, by file, and what it is."""

CALCULATING = {"money.py", "months.py", "parameters.py", "units.py", "reimbursement/columns.py"}
"""Where anything may be multiplied or divided: money; months; paths; percentages as they are read; keys to sort by."""


def named(path: Path) -> str:
    return path.relative_to(RULES).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), path.name)


def documentation(tree: ast.Module) -> set[int]:
    """Find the texts that explain and decide nothing: every text that stands as a statement of its own."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def tracked() -> list[Path]:
    """List every file that git keeps and that is there."""
    git = shutil.which("git")
    assert git is not None
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


# ---- who may know whom


def test_the_import_contracts_hold() -> None:
    command = Path(sys.executable).parent / "lint-imports"
    ended = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    kept = re.search(r"Contracts: (\d+) kept, 0 broken", ended.stdout)
    assert kept is not None
    assert int(kept[1]) == 1


def _imported(tree: ast.Module) -> Iterator[str]:
    """List every module that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_a_rule_imports_only_the_rules_the_standard_library_numpy_and_yaml() -> None:
    allowed = sys.stdlib_module_names | {"numpy", "yaml"}
    assert [
        f"{named(path)}: {name}"
        for path in RULE_MODULES
        for name in _imported(parsed(path))
        if name.partition(".")[0] not in allowed and not f"{name}.".startswith("app.rules.")
    ] == []


HANDED_ON = {
    "sqlalchemy": {"Connection", "Engine", "RootTransaction"},
    "sqlalchemy.exc": {"SQLAlchemyError"},
}
"""What of SQLAlchemy may be imported outside `app/db`: the types of what is handed on, and its error."""

STILL_MAKING_STATEMENTS = ("projects",)
"""The packages beside `app/db` that still make statements: they move under `app/db`."""


def test_statements_of_sqlalchemy_are_made_only_under_db() -> None:
    offenders = []
    for path in MODULES:
        if path.relative_to(APP).parts[0] in {"db", *STILL_MAKING_STATEMENTS}:
            continue
        for node in ast.walk(parsed(path)):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            allowed = HANDED_ON.get(module, set())
            offenders += [
                f"{path.relative_to(ROOT)}: {module or name} {name}"
                for name in names
                if (module or name).partition(".")[0] == "sqlalchemy" and name not in allowed
            ]
    assert offenders == []


# ---- no figure of policy in code, no float near money


def test_no_figure_of_policy_stands_in_code() -> None:
    found = [
        f"{named(path)}:{node.lineno}: {node.value!r}"
        for path in RULE_MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int)
        and not isinstance(node.value, bool)
        and node.value not in COUNTING
        and node.value not in TECHNICAL.get(named(path), {})
    ]
    assert found == [], "a figure belongs into the YAML beside the rule; a technical number into TECHNICAL"


def test_no_figure_of_policy_is_hidden_in_a_text() -> None:
    figure = re.compile(r"\s*[+-]?\d[\d_,]*(\.\d+)?\s*([%％元]|yuan|fen)?\s*|\d{4}-\d{2}-\d{2}")
    found = [
        f"{named(path)}:{node.lineno}: {node.value!r}"
        for path in RULE_MODULES
        for tree in [parsed(path)]
        for explained in [documentation(tree)]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in explained
        and figure.fullmatch(node.value)
        and node.value != "0"  # the digit that fills up decimals
    ]
    assert found == []


def test_every_technical_number_that_is_excused_is_there() -> None:
    for name, numbers in TECHNICAL.items():
        tree = parsed(RULES / name)
        there = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, int)
        }
        assert set(numbers) <= there, name


def test_no_float_comes_near_money() -> None:
    floating = re.compile(r"float\d*|double|complex\d*|Decimal|Fraction|round|math", re.ASCII)
    found = []
    for path in RULE_MODULES:
        for node in ast.walk(parsed(path)):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if floating.fullmatch(name):
                found.append(f"{named(path)}: {name}")
            if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
                found.append(f"{named(path)}:{node.lineno}: {node.value!r}")
    assert found == []


def test_money_is_multiplied_and_rounded_in_one_module_only() -> None:
    calculating = (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
    found = [
        f"{named(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in RULE_MODULES
        if named(path) not in CALCULATING
        for node in ast.walk(parsed(path))
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, calculating)
    ]
    assert found == []


def test_every_rule_with_figures_of_its_own_stands_beside_them() -> None:
    # The edition; one share that layers.py applies to all layers.
    without_a_rule_of_their_own = {"policy", "ceiling"}
    for figures in RULES.rglob("*.yaml"):
        rule = figures.with_suffix(".py")
        assert rule.is_file() or figures.stem in without_a_rule_of_their_own, figures.name


# ---- names, sizes, explanations


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert {path.stem for path in MODULES} & VAGUE == set()
    assert {path.name for path in APP.rglob("*") if path.is_dir()} & VAGUE == set()


def test_a_file_of_code_stays_short() -> None:
    files = [path for top in ("app", "benchmarks", "migrations", "tools") for path in (ROOT / top).rglob("*.py")]
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length >= LONGEST} == {}


def _public(
    body: list[ast.stmt], prefix: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    """List what a module or a class offers to others."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield f"{prefix}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{prefix}{node.name}.")


def test_everything_public_explains_itself() -> None:
    found = []
    for path in MODULES:
        tree = parsed(path)
        if not ast.get_docstring(tree):
            found.append(f"{path.relative_to(ROOT)}: the module")
        found += [
            f"{path.relative_to(ROOT)}: {name}" for name, node in _public(tree.body) if not ast.get_docstring(node)
        ]
    assert found == []


def test_every_operation_explains_itself() -> None:
    assert len(OPERATIONS) > 5
    assert [label for label, operation in OPERATIONS.items() if not operation.get("description")] == []


# ---- nothing of the machine that it was made on


def _places() -> list[str]:
    """Spell out what must not stand anywhere, in pieces, so that it does not stand here."""
    folders = ["work", "root"]
    return [
        *(f"/{folder}/" for folder in folders),
        ".".join(["pypi", "org"]),
        ".".join(["files", "pythonhosted"]),
        "--" + "index-url",
        "--" + "extra-index-url",
        "--" + "find-links",
    ]


def test_no_path_of_this_machine_and_no_address_of_an_index_stands_in_any_file() -> None:
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            found += [f"{path.relative_to(ROOT)}:{number}: {place}" for place in _places() if place in line]
    assert found == []


def test_the_locks_name_hashes_and_no_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9][a-z0-9._-]*(?:\[[a-z,]+\])?==", text, re.MULTILINE)
        assert len(pins) > 20
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text


# ---- the marks of the tests


def test_every_mark_is_declared_and_used_and_the_quick_tests_leave_out_all_that_take_long() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    marks = {mark.partition(":")[0] for mark in declared["markers"]}
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")]
    named = {name for text in texts for name in re.findall(r"pytest\.mark\.([a-z_]+)", text)}
    of_pytest = {"parametrize", "usefixtures", "skipif", "xfail", "filterwarnings"}
    assert named - of_pytest == marks - set(FOLDERS) | named & set(FOLDERS)
    quick = re.search(r'^quick:.*\n.*-m "(.*)"', (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert quick is not None
    assert set(quick[1].split(" and ")) == {f"not {mark}" for mark in marks - {"each_database"}}


def test_a_file_is_not_read_where_the_mark_of_all_its_tests_is_left_out(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = list((ROOT / "tests").rglob("test_*.py"))

    def left_out(expression: str) -> set[Path]:
        monkeypatch.setattr(pytestconfig.option, "markexpr", expression)
        return {path for path in files if pytest_ignore_collect(path, pytestconfig)}

    lengthy = {path for path in files if any("pytest.mark.lengthy" in mark for mark in _of_the_whole_file(path))}
    browser = set((ROOT / "tests" / "browser").glob("test_*.py"))
    assert len(lengthy) > 10
    assert left_out("not lengthy and not browser") == lengthy | browser
    assert left_out("lengthy") == left_out("not lengthy or not browser") == left_out("") == set()


def _of_the_whole_file(path: Path) -> list[str]:
    return [
        ast.unparse(node.value)
        for node in parsed(path).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]


# ---- two languages


def _texts(entry: object, place: str) -> Iterator[tuple[str, object]]:
    """List every entry of a wording file that has a language in it."""
    if isinstance(entry, dict):
        if set(entry) & set(LANGUAGES):
            yield place, entry
        for key, inner in entry.items():
            yield from _texts(inner, f"{place}.{key}")


def test_every_text_has_both_languages() -> None:
    faults = []
    for path in sorted((APP / "i18n" / "texts").glob("*.yaml")):
        entries = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        assert set(wording(path.stem)) == set(entries)
        found = list(_texts(entries, path.stem))
        assert len(found) >= len(entries)
        for place, entry in found:
            assert isinstance(entry, dict)
            faults += [
                f"{place}: no {language}" for language in LANGUAGES if not str(entry.get(language) or "").strip()
            ]
            if not re.search(r"[\u4e00-\u9fff]", str(entry["zh"])):
                faults.append(f"{place}: no Chinese in zh")
            if re.search(r"[\u4e00-\u9fff]", re.sub(r"\([^)]*\)", "", str(entry["en"]))):
                faults.append(f"{place}: Chinese in en")
    assert faults == []


def test_there_is_a_readme_in_both_languages() -> None:
    english = (ROOT / "README.md").read_text(encoding="utf-8")
    chinese = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    assert "make run" in english
    assert "make run" in chinese
    assert re.search(r"[\u4e00-\u9fff]{4}", chinese)
