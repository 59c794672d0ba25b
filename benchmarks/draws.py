"""Seconds per draw of 1e6 processors x 5 models, beside NumPy's and torch's own.

Ratios are of seconds of the process, on one thread: a busy machine does not show in them. Wall
time stands beside them, the least of the runs.
Run: OMP_NUM_THREADS=1 python benchmarks/draws.py [processors]
"""

import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch

from roundlot.simulate import design

MODELS, REPEATS = 5, 5


def numpy_best(table: np.ndarray) -> Callable[[int], object]:
    """The quickest way in NumPy: uniforms against cumulative sums."""
    edges = np.cumsum(table, axis=1)
    rng = np.random.default_rng(0)
    return lambda _: (rng.random((len(edges), 1)) >= edges).sum(axis=1)


def torch_multinomial(table: np.ndarray) -> Callable[[int], object]:
    """With idle as one more category."""
    full = torch.from_numpy(np.column_stack([table, 1.0 - table.sum(axis=1)]))
    return lambda _: torch.multinomial(full, 1)


def main() -> None:
    processors = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rng = np.random.default_rng(0)
    table = 0.3 * rng.dirichlet(np.ones(MODELS), processors)
    ways = {
        "numpy, cumulative sums": numpy_best(table),
        "torch.multinomial": torch_multinomial(table),
    }
    for name in ("independent", "systematic", "pivotal", "rounding"):
        rule = design(table, name)
        ways[name] = lambda number, rule=rule: rule.draw(1, seed=1, start=number)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    wall: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(REPEATS + 1):
        for name, way in ways.items():
            began, on_wall = time.process_time(), time.perf_counter()
            way(number)
            seconds[name].append(time.process_time() - began)
            wall[name].append(time.perf_counter() - on_wall)
    best = min(median(seconds[name][1:]) for name in list(ways)[:2])
    print(f"{processors} processors x {MODELS} models, median of {REPEATS} interleaved runs")
    for name, times in seconds.items():
        middle = median(times[1:])
        print(
            f"{name:24s} {1e3 * middle:9.1f} ms   {middle / best:6.2f} x the best peer   "
            f"wall {1e3 * min(wall[name][1:]):9.1f} ms"
        )


if __name__ == "__main__":
    main()
