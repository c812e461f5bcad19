"""Run every part of the benchmarks in turn, or those that are named: `python -m benchmarks http single`."""

import argparse
import importlib
import signal
import sys
import time
from types import FrameType

from benchmarks.machine import facts

PARTS = (
    "http",
    "workers",
    "beside",
    "single",
    "startup",
    "columns",
    "library",
    "growth",
    "ledger",
    "counter",
    "writers",
    "pages",
)
"""In the order they run."""


def main() -> None:
    """Run the parts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"one of {', '.join(PARTS)}; all without any")
    parser.add_argument("--sizes", nargs="+", type=int, metavar="N", help="of `growth`: projects and settlements")
    arguments = parser.parse_args()
    chosen = arguments.parts or PARTS
    unknown = [part for part in chosen if part not in PARTS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    # SIGTERM unwinds like Ctrl-C, so that no server is left running.
    signal.signal(signal.SIGTERM, _end)
    begun = time.perf_counter()
    print(facts())
    try:
        for part in chosen:
            module = importlib.import_module(f"benchmarks.{part}")
            if part == "growth" and arguments.sizes:
                module.run(arguments.sizes)
            else:
                module.run()
    except KeyboardInterrupt:
        sys.exit(130)
    print(f"\nMeasured in {time.perf_counter() - begun:.0f} s. Trust the ratios: a machine's noise is in every figure.")


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(143)


if __name__ == "__main__":
    main()
