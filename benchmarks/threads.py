"""Every kind of loop on one thread and on two, in turn, and whether the bits are the same.

Least times of interleaved runs: two threads need two cores that nothing else uses. The first rows
are the machine's own limits: counting in registers, reading the scores, copying them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

import roundlot as rl
from benchmarks.harness import Row, duration, read_once, scores_of
from roundlot.solvers import kernels, threads, waterfill
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


def limits() -> Iterator[tuple[str, Callable[[], object]]]:
    """What two threads of this machine gain where nothing of ours is in the way."""
    scores = scores_of(ROWS, MODELS)
    flat, out = scores.reshape(-1), np.empty(scores.size)
    small, parts = flat[: 1 << 10], kernels.pieces(flat.size, 1 << 19)

    def copy() -> object:
        kernels.in_pieces(lambda some: np.copyto(out[some], flat[some]), parts)
        return out

    yield (
        "machine: adding in the cache",
        lambda: kernels.in_pieces(lambda _: sum(read_once(small) for _ in range(5000)), parts),
    )
    yield "machine: reading", lambda: kernels.in_pieces(lambda some: read_once(flat[some]), parts)
    yield "machine: copying", copy


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
    """One row for each limit of the machine and for each loop."""
    yield from _rows(limits(), None)
    yield from _rows(cases(), GOAL)


def _rows(named: Iterator[tuple[str, Callable[[], object]]], goal: float | None) -> Iterator[Row]:
    for name, run in named:
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
            goal="" if goal is None else f">= {goal:g}",
            holds=None if goal is None else ratio >= goal and same == "same bits",
        )
