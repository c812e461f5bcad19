"""Applies one mutant after the other to a copy of the tree, and says which test catches each.

    python -m tools.mutation [--area rules] [--only "a share"] [--tree DIR --layout FILE] [--check]

It ends with 1 where a mutant survives that a test must catch. The tests run on SQLite and without a browser, but for
mutants that only PostgreSQL shows.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.mutation.mutants import AREAS, Mutant, load, load_layout, moved
from tools.mutation.trial import BY_MARK, NotApplicableError, Result, attempt, check, copy_tree, run_tests

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Run the mutants that the command line chooses."""
    options = _options()
    tree: Path = options.tree.resolve()
    mutants = [each for each in load(options.area or AREAS) if options.only in each.name]
    selected_by = BY_MARK
    if options.layout is not None:
        layout = load_layout(options.layout)
        selected_by = layout.selected_by
        mutants = [moved(each, layout) for each in mutants]
    mutants, missing = _applicable(tree, mutants)
    for complaint in missing:
        _say(f"not there  {complaint}")
    if options.check or not mutants or (missing and options.layout is None):
        return 1 if missing else 0
    with tempfile.TemporaryDirectory(prefix="anda-mutation-") as folder:
        copy = Path(folder)
        copy_tree(tree, copy)
        if not options.no_baseline and (failing := _baseline(copy, mutants, selected_by)) is not None:
            _say(f"{failing} fails without any mutant")
            return 1
        results = []
        for mutant in mutants:
            rest = () if options.first or options.layout is not None else AREAS[mutant.area]
            results.append(attempt(copy, mutant, rest, selected_by))
            _report(results[-1])
    return _summary(results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=__doc__)
    parser.add_argument("--area", action="append", choices=list(AREAS), help="only this area; may be repeated")
    parser.add_argument("--only", default="", help="only the mutants whose name holds this text")
    parser.add_argument("--tree", type=Path, default=ROOT, help="the tree to change a copy of; this one by default")
    parser.add_argument("--layout", type=Path, help="where files and tests lay in an older tree")
    parser.add_argument("--first", action="store_true", help="run only the tests that each mutant names")
    parser.add_argument("--check", action="store_true", help="only check that every mutant can be applied")
    parser.add_argument("--no-baseline", action="store_true", help="do not run the tests without a mutant first")
    return parser.parse_args()


def _applicable(tree: Path, mutants: Iterable[Mutant]) -> tuple[list[Mutant], list[str]]:
    """Return the mutants that can be applied to a tree, and a complaint for each other one."""
    applicable, complaints = [], []
    for mutant in mutants:
        try:
            check(tree, mutant)
        except NotApplicableError as error:
            complaints.append(str(error))
        else:
            applicable.append(mutant)
    return applicable, complaints


def _baseline(tree: Path, mutants: Iterable[Mutant], selected_by: str) -> str | None:
    """Run the first tests of the mutants without any of them, and return one that fails; None where all pass."""
    tests = {test for mutant in mutants for test in mutant.tests}
    postgresql = any(mutant.postgresql for mutant in mutants)
    return run_tests(tree, sorted(tests), postgresql=postgresql, selected_by=selected_by)


def _report(result: Result) -> None:
    mutant, caught_by, seconds = result
    outcome = "caught" if caught_by is not None else "survived"
    _say(f"{outcome:9} {seconds:6.1f} s  {mutant.area:9} {mutant.name}  [{caught_by or mutant.survives}]")


def _summary(results: Sequence[Result]) -> int:
    """Print how many mutants of each area are caught, and return the exit code."""
    tried = Counter(result.mutant.area for result in results)
    caught = Counter(result.mutant.area for result in results if result.caught_by is not None)
    for area, number in tried.items():
        _say(f"{area}: {caught[area]} of {number} caught")
    survived = [each.mutant.name for each in results if each.caught_by is None and not each.mutant.survives]
    for name in survived:
        _say(f"survived, and must be caught: {name}")
    return 1 if survived else 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
