"""The base program in memory, in units of reading its scores once.

Processor times of one thread, which other work on the machine touches least.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

import roundlot as rl
from benchmarks.harness import Row, at_most, minima, read_once, scores_of
from roundlot.solvers import waterfill

ROWS, MODELS, SHARE = 1_000_000, 10, 0.3


def rows() -> Iterator[Row]:
    """Threshold, probabilities, single precision, warm start, floors, certificate; least times."""
    scores = scores_of(ROWS, MODELS)
    budget, out = SHARE * ROWS, np.empty_like(scores)
    single = scores.astype(np.float32)
    line = waterfill(scores, budget)
    known = line.threshold
    problem = rl.Problem(scores, budget=budget)
    floors = rl.Problem(scores, budget=budget, floor=1e-3)
    taken = minima(
        {
            "read": lambda: read_once(scores.reshape(-1)),
            "read single": lambda: read_once(single.reshape(-1)),
            "t": lambda: waterfill(scores, budget),
            "warm": lambda: waterfill(scores, budget, start=1.01 * known),
            "single": lambda: waterfill(single, budget),
            "p": lambda: waterfill(scores, budget).probabilities(out),
            "new": lambda: waterfill(scores, budget).probabilities(),
            "write": lambda: line.probabilities(out),
            "write new": lambda: line.probabilities(),
            "copy given": lambda: np.copyto(out, scores),
            "copy": lambda: scores.copy(),
            "fill": lambda: out.fill(1.0),
            "fill new": lambda: np.empty_like(scores).fill(1.0),
        },
        repeats=15,
        clock=time.process_time,
    )
    slow = minima(
        {
            "solve": lambda: rl.solve(problem),
            "certificate": lambda: rl.solve(problem).certificate,
            "floors": lambda: rl.solve(floors),
        },
        repeats=5,
        clock=time.process_time,
    )
    read, size = taken["read"], f"{ROWS:.0e} x {MODELS}"
    yield at_most(f"t, {size}", taken["t"], "read once", read, 3.0)
    yield at_most(f"t from 1 % off, {size}", taken["warm"], "read once", read)
    yield at_most(f"t, float32, {size}", taken["single"], "read once", taken["read single"], 3.0)
    yield at_most(f"t and p into given memory, {size}", taken["p"], "read once", read, 6.0)
    yield at_most(f"t and p into new memory, {size}", taken["new"], "read once", read, 6.0)
    copy, both = taken["copy"], read + taken["copy"]  # the machine's limit: new memory is cleared
    yield at_most(f"t and p into new memory, {size}", taken["new"], "read and copy", both)
    yield at_most(f"p from t into new memory, {size}", taken["write new"], "copy", copy)
    given = taken["copy given"]
    yield at_most(f"p from t into given memory, {size}", taken["write"], "copy", given)
    yield at_most(f"copying into new memory, {size}", copy, "read once", read)
    system = taken["fill new"] - taken["fill"]  # what the system takes to hand out the memory
    yield at_most(f"handing out new memory, {size}", system, "read once", read)
    yield at_most(
        f"t and p into new memory, less that, {size}", taken["new"] - system, "read once", read, 6.0
    )
    yield at_most(f"solve() with floors, {size}", slow["floors"], "without", slow["solve"], 3.0)
    proof = slow["certificate"] - slow["solve"]
    yield at_most(f"rigorous certificate, {size}", proof, "solve()", slow["solve"], 3.0)
    gap = rl.solve(problem).certificate.gap
    yield Row(
        what=f"relative gap, {size}",
        measured=f"{gap:.2g}",
        against="1",
        ratio=gap,
        goal="<= 1e-12",
        holds=gap <= 1e-12,
    )
