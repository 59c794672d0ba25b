"""Orderings of training with workers, seed by seed: ``python -m benchmarks.workers [seeds]``.

Trains the shipped setups with workers and prints paired differences and ratios with 95 % intervals.
"""

from __future__ import annotations

import sys
import time

from roundlot.simulate.training import Interval
from roundlot.train import load_workers_setup, run_workers

#: Setup, method, what it is compared with, measure: differences.
DIFFERENCES = (
    ("workers", "MATCHA half", "D-PSGD", "objective"),
    ("workers", "ring half", "ring", "objective"),
    ("workers", "MATCHA half", "D-PSGD", "consensus"),
    ("workers", "ring half", "ring", "consensus"),
    ("workers", "MATCHA half", "D-PSGD", "worst_loss"),
    ("workers", "ring half", "ring", "worst_loss"),
    ("workers", "star leaders", "star", "worst_loss"),
    ("workers", "star leaders", "star", "worst_accuracy"),
    ("workers-stragglers", "deadline", "full wait", "objective"),
    ("workers-shards", "greedy by speed", "equal shards", "objective"),
)
#: Setup, method, what it is compared with: ratios of the seconds to the setup's target.
RATIOS = (
    ("workers", "MATCHA half", "D-PSGD"),
    ("workers-stragglers", "deadline", "full wait"),
    ("workers-stragglers", "deadline unbiased", "full wait"),
    ("workers-stragglers", "deadline planned", "full wait"),
    ("workers-stragglers", "fastest worker", "full wait"),
    ("workers-shards", "random by speed", "equal shards"),
    ("workers-shards", "greedy by speed", "equal shards"),
    ("workers-shards", "by speed plain mean", "equal shards"),
)


def main(seeds: int = 8) -> None:
    """Train and print."""
    for name in ("workers", "workers-stragglers", "workers-shards"):
        began = time.perf_counter()
        setup = load_workers_setup(name).replaced({"run.seeds": seeds})
        bench = run_workers(setup).bench
        print(f"{name}: {time.perf_counter() - began:.0f} s, {seeds} seeds")
        print(bench)
        for source, method, other, measure in DIFFERENCES:
            if source == name:
                gap = bench.difference(method, other, measure)
                base = bench.interval(other, measure)
                print(f"  {measure} of {method} less {other}: {gap} (of {base})")
        target = setup.run.target
        for source, method, other in RATIOS:
            if source == name and target is not None:
                took = bench.until(method, target) / bench.until(other, target)
                print(f"  seconds to {target:g}, {method} over {other}: {Interval.of(took)}")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
