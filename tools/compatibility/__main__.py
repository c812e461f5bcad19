"""Says what would break a client of an earlier release: the corpus of a commit held against the present one.

    python -m tools.compatibility COMMIT

Of each recorded request that both have, the answer must keep its status, every field with its type, and every amount.
New fields are no fault. It ends with 1 where anything differs; a change that is wanted stands in the changelog.
"""

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tools.compatibility.exchanges import exchanges_of, paired
from tools.compatibility.faults import faults_between

ROOT = Path(__file__).parents[2]
RECORDED = "tests/corpus/recorded"
MOST_SHOWN = 5
"""Requests that are shown of each kind of fault."""


def main() -> int:
    """Compare every area of the corpus. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.compatibility", description=__doc__)
    parser.add_argument("commit", help="the commit whose answers the clients know")
    commit: str = parser.parse_args().commit
    found: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for path in sorted((ROOT / RECORDED).glob("*.txt")):
        before = _recorded_at(commit, path.name)
        if before is None:
            continue
        old, new = exchanges_of(before), exchanges_of(path.read_text(encoding="utf-8"))
        pairs = paired(old, new)
        counts.update({"compared": len(pairs), "no longer asked": len(old) - len(pairs)})
        for one, other in pairs:
            for fault in faults_between(one, other):
                found.setdefault(f"{path.stem}: {fault}", []).append(one.request.splitlines()[0])
    for fault, requests in sorted(found.items()):
        _say(f"{len(requests):5} {fault}")
        for request, times in Counter(requests).most_common(MOST_SHOWN):
            _say(f"          {times} x {request[:100]}")
    _say(f"{counts['compared']} answers compared, {counts['no longer asked']} requests are no longer in the record")
    return 1 if found else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _recorded_at(commit: str, name: str) -> str | None:
    """Return a record as it was at a commit; None where there was none."""
    command = ["git", "show", f"{commit}:{RECORDED}/{name}"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)  # noqa: S603
    return shown.stdout.decode("utf-8") if shown.returncode == 0 else None


if __name__ == "__main__":
    raise SystemExit(main())
