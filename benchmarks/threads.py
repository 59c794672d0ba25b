"""Every kind of loop on one thread and on two, in turn, and whether the bits are the same.

Least times of interleaved runs: two threads need two cores that nothing else uses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

import roundlot as rl
from benchmarks.harness import Row, duration, scores_of
from roundlot.solvers import threads, waterfill
from roundlot.solvers.coupled.newton import Dual
from roundlot.solvers.coupled.program import program
from roundlot.solvers.joint.dual import JointDual
from roundlot.solvers.joint.program import Rows, joint_program
from roundlot.solvers.water.boxes import box_optimum, boxes

ROWS, MODELS, SHARE, PAIRS, GOAL = 1_000_000, 10, 0.3, 7, 1.7


def cases() -> Iterator[tuple[str, Callable[[], object]]]:
    """What to run, by its name; each gives arrays that are compared."""
    scores = scores_of(ROWS, MODELS)
    budget, out = SHARE * ROWS, np.empty_like(scores)
    single = scores.astype(np.float32)
    line = waterfill(scores, budget)
    yield "t", lambda: waterfill(scores, budget).row_divisors
    yield "t, float32", lambda: waterfill(single, budget).row_divisors
    yield "p, from t", lambda: line.probabilities(out)
    floors = boxes(rl.Problem(scores, budget=budget, floor=1e-3))
    yield "floors and ceilings", lambda: box_optimum(floors)[0]
    base = rl.Problem(scores, budget=budget)
    solved = rl.solve(base)
    certify = rl.solvers.certify
    yield (
        "certificate",
        lambda: np.array(certify(base, solved.probabilities, solved.multipliers).lower_bound),
    )
    shares = np.linspace(0.5, 1.5, MODELS)
    models = rl.Problem(scores, budget=0.95 * budget, model_budgets=budget * shares / shares.sum())
    yield "pass of model budgets", _pass(models, solved.price)
    costs = np.random.default_rng(1).random((3, ROWS, MODELS))
    rows = rl.Problem(scores, budget=budget, costs=costs, cost_budgets=0.4 * budget * np.ones(3))
    yield "pass of cost rows", _pass(rows, solved.price)
    client = np.arange(ROWS) // 3
    caps = {"client_cap": 1.2, "groups": client // 10, "group_caps": 9.0}
    yield "caps in a tree", _tree(rl.Problem(scores, budget=budget, client=client, **caps))
    joint = JointDual(
        program=joint_program(base, layers=scores[None], rows=Rows.of_norm(np.ones(MODELS)))
    )
    at = np.concatenate(([1e-3], np.full(MODELS, 1.0 / MODELS)))
    yield "pass of the worst model", lambda: joint.evaluate(at).hessian


def _pass(problem: rl.Problem, price: float) -> Callable[[], object]:
    dual = Dual(program=program(problem))
    rooms = dual.program.limits[dual.program.active]
    scale = 4.0**-dual.program.exponent
    eta = price * scale * rooms / rooms.size
    return lambda: dual.evaluate(eta)[1]


def _tree(problem: rl.Problem) -> Callable[[], object]:
    ready = program(problem)
    return lambda: Dual(program=ready).write(np.zeros(0)).copy()


def rows() -> Iterator[Row]:
    """One row for each loop."""
    for name, run in cases():
        taken: dict[int, list[float]] = {1: [], 2: []}
        found = {}
        for turn in range(PAIRS + 1):
            for count in (1, 2):
                with threads(count):
                    begin = time.perf_counter()
                    found[count] = np.array(run())
                    if turn:
                        taken[count].append(time.perf_counter() - begin)
        ratio = min(taken[1]) / min(taken[2])
        same = "same bits" if found[1].tobytes() == found[2].tobytes() else "OTHER BITS"
        yield Row(
            what=f"{name}, {ROWS:.0e} x {MODELS}, {same}",
            measured=f"two: {duration(min(taken[2]))}",
            against=f"one thread: {duration(min(taken[1]))}",
            ratio=ratio,
            goal=f">= {GOAL:g}",
            holds=ratio >= GOAL and same == "same bits",
        )
