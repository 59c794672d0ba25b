"""The base program against the best cone formulations, time and memory, at 1e5 x 5."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator

import numpy as np

import roundlot as rl
from benchmarks.harness import Row, at_least, duration, medians, megabytes, scores_of
from roundlot.solvers import waterfill

ROWS, MODELS, SHARE = 100_000, 5, 0.3
# Peak memory is the growth of the process's high-water mark from before the solve (Linux); its
# ru_maxrss would start at that of the parent.
CHILD = """
import json, sys, time
import cvxpy as cp, clarabel, numpy as np
from benchmarks.cone import ROWS, MODELS, SHARE, scores_of
import roundlot as rl
from roundlot.solvers.conic import conic
peak = lambda: int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024
def reduced(scores, budget):
    sums = scores.sum(axis=1)
    y = cp.Variable(len(sums), nonneg=True)
    unit = budget * sums / sums.sum()
    limits = [cp.multiply(unit, y) <= 1.0, cp.sum(cp.multiply(unit / budget, y)) <= 1.0]
    cost = cp.sum(cp.multiply(sums / sums.sum(), cp.inv_pos(y)))
    cp.Problem(cp.Minimize(cost), limits).solve(solver=cp.CLARABEL)
form, rows = sys.argv[1], int(sys.argv[2])
scores, budget = scores_of(rows, MODELS), SHARE * rows
problem = rl.Problem(scores, budget=budget)
before, begin = peak(), time.perf_counter()
conic(problem) if form == "full" else reduced(scores, budget)
print(json.dumps([time.perf_counter() - begin, peak() - before]))
"""


def rows() -> Iterator[Row]:
    """The form in all p, which any limits fit, and the one reduced to row totals by hand."""
    scores = scores_of(ROWS, MODELS)
    budget, out = SHARE * ROWS, np.empty_like(scores)
    problem = rl.Problem(scores, budget=budget)
    taken = medians(
        {
            "written": lambda: waterfill(scores, budget).probabilities(out),
            "solve": lambda: rl.solve(problem),
        },
        repeats=31,
    )
    memory = _memory(lambda: waterfill(scores, budget).probabilities(out))
    size = f"{ROWS:.0e} x {MODELS}"
    for form, goal in (("full", 10_000.0), ("reduced", None)):
        seconds, peak = _cone(form)
        faster = seconds / taken["written"]
        yield at_least(
            f"t and p, {size}",
            duration(taken["written"]),
            f"cone, {form}: {duration(seconds)}",
            faster,
            goal,
        )
        yield at_least(
            f"memory beside p, {size}",
            megabytes(memory),
            f"cone, {form}: {megabytes(peak)}",
            peak / memory,
            100.0 if goal else None,
        )


def _cone(form: str, rows: int = ROWS) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, form, str(rows)], check=True, capture_output=True, text=True
    )
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak


def _memory(run: object) -> float:
    tracemalloc.start()
    run()  # type: ignore[operator]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(peak)
