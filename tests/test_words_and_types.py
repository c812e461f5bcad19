"""The words and the types of the code: names that may not come back, JSON without types, SQL out of its place."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
APP = ROOT / "app"

BOUNDS = {
    "Any, Json": 15,
    "files with Any or Json that read nothing from outside": 0,
    "cast(": 4,
    "loads(dumps())": 0,
}
"""How often each may stand in the app. These are limits to lower, never to raise."""

READ_THE_OUTSIDE = {
    "db/ledger/messages.py": "messages of the national interface, as they were sent",
    "db/ledger/models.py": "columns of JSON, as a database returns them",
    "db/types.py": "columns of JSON, as a database returns them",
    "http/fast_route.py": "bodies of requests before they are validated",
    "http/openapi.py": "the document that the framework makes",
    "ledger/workings.py": "a column of JSON, as a database returns it",
    "national/stored_answers.py": "a column of JSON, as a database returns it",
    "schemas/examples.py": "bodies of requests as a client writes them",
}
"""Files that may hold Any, and what they read."""

LOOSE = {"__init__", "main", "settings", "clock", "logs", "errors"}
"""Modules at the app's root."""

NO_MODULE = {
    *("exchange", "hot_route", "officers", "answering", "paging", "objection_limit", "declared", "library"),
    *("answers", "wording", "private_numbers", "person_numbers", "screen", "table", "spreadsheet", "report"),
    *("calling", "settling", "undoing", "inquiring", "bookings", "site", "missing"),
    *("courses", "endings", "filling", "purse", "purses"),
}
"""Names of modules and packages that said nothing to a stranger: none comes back."""

NO_CLASS = {
    *("Exchange", "Library", "Claim", "Arrival", "Warned", "Calculated", "Explained", "Purse", "Fold", "Paid"),
    *("Notes", "Asked", "Place", "Postings", "Posted", "Standing", "Counts", "Known", "Dated"),
    *("NotThere", "NotYours", "Stale", "FieldRefused", "KeyReused", "Unavailable", "KeyUnusable"),
    *("NotThereError", "NotYoursError", "StaleError", "UnmetError", "FieldRefusedError", "KeyReusedError"),
    *("UnavailableError", "KeyUnusableError", "Taken", "Attempt", "Act", "Who", "Stored", "Kept", "Made"),
    *("Platform", "Visit", "Acting", "Sent", "Wrong", "Part", "Line"),
}
"""Names of classes that may not come back, besides `Wanted…` and `…Answers`."""

NO_FUNCTION = {"put_on_record", "spoken"}

LONGEST = 60
"""Lines that a function may have, without the functions that are declared in it."""

DECLARATIONS = {"main.py:create_app": "the parts of the application, one after the other"}
"""Longer functions that decide nothing."""

HANDLES = {"Connection", "Engine", "RootTransaction", "SQLAlchemyError"}
"""What may be imported from SQLAlchemy outside of app/db: what is passed on, and the error. No maker of statements."""


@cache
def _trees() -> dict[str, ast.Module]:
    """Parse every module of the app, by its path below the app."""
    return {
        path.relative_to(APP).as_posix(): ast.parse(path.read_text(encoding="utf-8"), path.name)
        for path in sorted(APP.rglob("*.py"))
    }


def _nodes() -> Iterator[tuple[str, ast.AST]]:
    for name, tree in _trees().items():
        for node in ast.walk(tree):
            yield name, node


def _classes() -> Iterator[tuple[str, str]]:
    return ((name, node.name) for name, node in _nodes() if isinstance(node, ast.ClassDef))


def _functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    return ((name, node) for name, node in _nodes() if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


# ---- words


def test_no_module_is_loose_at_the_root() -> None:
    assert {path.stem for path in APP.glob("*.py")} == LOOSE


def test_no_module_has_a_name_of_our_own_making() -> None:
    names = {part for name in _trees() for part in Path(name).with_suffix("").parts}
    assert names & NO_MODULE == set()
    assert {path.stem for path in (ROOT / "benchmarks").glob("*.py")} & {"asked", "served", "serving"} == set()


def test_no_class_has_a_name_of_our_own_making() -> None:
    assert [
        f"{module}: {name}"
        for module, name in _classes()
        if name in NO_CLASS or name.startswith("Wanted") or name.endswith("Answers")
    ] == []


def test_a_settlement_is_what_is_stored_and_no_result_of_the_rules() -> None:
    assert [module for module, name in _classes() if name == "Settlement" and not module.startswith("db/")] == []


def test_no_function_has_a_name_of_our_own_making() -> None:
    assert [f"{module}: {node.name}" for module, node in _functions() if node.name in NO_FUNCTION] == []


def test_a_class_name_stands_in_one_module() -> None:
    modules = defaultdict(set)
    for module, name in _classes():
        if not name.startswith("_"):
            modules[name].add(module)
    assert {name: sorted(where) for name, where in modules.items() if len(where) > 1} == {}


# ---- sizes


def _start(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _declared_within(node: ast.AST) -> int:
    """Count the lines of the functions that are declared in a function, with their decorators."""
    lines = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines += (child.end_lineno or 0) - _start(child) + 1
        else:
            lines += _declared_within(child)
    return lines


def test_a_function_stays_short_but_where_it_only_declares() -> None:
    lengths = {
        f"{module}:{node.name}": (node.end_lineno or 0) - node.lineno + 1 - _declared_within(node)
        for module, node in _functions()
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST and name not in DECLARATIONS} == {}


# ---- types


def test_json_without_types_becomes_no_more() -> None:
    counted = Counter(name for name, node in _nodes() if isinstance(node, ast.Name) and node.id in {"Any", "Json"})
    assert counted.total() <= BOUNDS["Any, Json"], counted.most_common()
    elsewhere = sorted(set(counted) - set(READ_THE_OUTSIDE))
    assert len(elsewhere) <= BOUNDS["files with Any or Json that read nothing from outside"], elsewhere


def _called(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name


def test_types_are_proved_and_not_claimed() -> None:
    # A column of a table has a `cast` as well, which is another thing.
    called = {"cast", "typing.cast"}
    counted = Counter(
        name for name, node in _nodes() if isinstance(node, ast.Call) and ast.unparse(node.func) in called
    )
    assert counted.total() <= BOUNDS["cast("], counted.most_common()


def test_json_is_not_made_to_be_read_back() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, node in _nodes()
        if isinstance(node, ast.Call) and _called(node, "loads") and any(_called(each, "dumps") for each in node.args)
    ]
    assert len(found) <= BOUNDS["loads(dumps())"], found


# ---- statements


def _from_sqlalchemy(node: ast.AST) -> Iterator[str]:
    """List what a statement imports from SQLAlchemy; the whole package counts as a maker of statements."""
    if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "sqlalchemy":
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name.partition(".")[0] == "sqlalchemy")


def test_statements_are_made_in_the_database_package_only() -> None:
    assert [
        f"{module}: {name}"
        for module, node in _nodes()
        if module.partition("/")[0] != "db"
        for name in _from_sqlalchemy(node)
        if name not in HANDLES
    ] == []
