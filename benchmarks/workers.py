"""Two workers over HTTP, as `anda serve --workers 2` runs them, against what OpenFisca served on such a machine."""

from statistics import median

from benchmarks.bills import NAMES, request_body
from benchmarks.load import Load, load_process, measure
from benchmarks.machine import free_port
from benchmarks.processes import ANDA, PATH, first_answer, running
from benchmarks.report import against, heading, table

OPENFISCA = 760
TIMES = 8
ROUNDS = 5
SECONDS = 1.5


def run() -> None:
    """Measure two workers while the load shares their cores."""
    heading(
        "HTTP, two workers: requests/s of `anda serve --workers 2`, the load on the same cores",
        f"target: {TIMES} times the {OPENFISCA}/s that OpenFisca's web API reached earlier on such a machine,",
        "for its own simpler version of these rules. That was another day: the one target here that is no ratio.",
    )
    port = free_port()
    rows = []
    with (
        load_process() as executor,
        running([ANDA, "serve", "--port", str(port), "--workers", "2"]),
    ):
        for name in NAMES:
            body = request_body(name)
            load = Load(port, PATH, body, first_answer(port, PATH, body), SECONDS, connections=64)
            rates = [executor.submit(measure, load).result().rate for _ in range(ROUNDS)]
            rate, target = median(rates), TIMES * OPENFISCA
            rows.append(
                [
                    name,
                    f"{rate:,.0f}",
                    f"{max(rates):,.0f}",
                    f"{rate / OPENFISCA:.1f}",
                    against(rate, target, f"{TIMES} = {target:,}/s"),
                ]
            )
    table(["bill", "requests/s, median", "best", "times OpenFisca", "target"], rows)
