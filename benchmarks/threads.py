"""Every kind of loop on one thread and on two, in turn, and whether the bits are the same.

Least times of interleaved runs: two threads need two cores that nothing else uses. The first rows
are the machine's own limits: counting in registers, reading the scores, copying them. Beside each
loop stands what the machine gains by a second thread at the same traffic and nothing else, measured
in the same turns. The goal is 1.7, or that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

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
SAME = 0.95  # of the machine's own gain: as good as all of it

Run = Callable[[], object]
READ, COPY, NEW = "reading", "copying", "copying into new memory"
#: What a loop reads and writes, in tables of the size of the scores.
TRAFFIC = {
    "t": (READ, READ),
    "t, float32": (READ,),
    "p, from t": (COPY,),
    "floors and ceilings": (READ, NEW),
    "certificate": (READ,) * 5,
    "pass of model budgets": (READ,) * 3,
    "pass of cost rows": (READ,) * 6,
    "caps in a tree": (READ,) * 3 + (COPY,) * 4,
    "pass of the worst model": (COPY,) + (READ,) * 5,
}


def cases() -> Iterator[tuple[str, Run]]:
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


def machine() -> dict[str, Run]:
    """What two threads of this machine gain where nothing of ours is in the way."""
    scores = scores_of(ROWS, MODELS)
    flat, out = scores.reshape(-1), np.empty(scores.size)
    small, parts = flat[: 1 << 10], kernels.pieces(flat.size, 1 << 19)

    def copy(into: np.ndarray) -> object:
        kernels.in_pieces(lambda some: np.copyto(into[some], flat[some]), parts)
        return into[:1]

    return {
        "adding in the cache": lambda: kernels.in_pieces(
            lambda _: sum(read_once(small) for _ in range(5000)), parts
        ),
        READ: lambda: kernels.in_pieces(lambda some: read_once(flat[some]), parts),
        COPY: lambda: copy(out),
        NEW: lambda: copy(np.empty_like(flat)),
    }


def _pass(problem: rl.Problem, price: float) -> Run:
    dual = Dual(program=program(problem))
    rooms = dual.program.limits[dual.program.active]
    scale = 4.0**-dual.program.exponent
    eta = price * scale * rooms / rooms.size
    return lambda: dual.evaluate(eta)[1]


def _tree(problem: rl.Problem) -> Run:
    ready = program(problem)
    return lambda: Dual(program=ready).write(np.zeros(0)).copy()


def rows() -> Iterator[Row]:
    """One row for each limit of the machine and for each loop."""
    limits = machine()
    for name, run in limits.items():
        taken, _ = _taken([run])
        yield _row(f"machine: {name}, {ROWS:.0e} x {MODELS}", taken[0], None)
    for name, run in cases():
        taken, same = _taken([run, *(limits[part] for part in TRAFFIC[name])])
        bits = "same bits" if same else "OTHER BITS"
        most = sum(x[1] for x in taken[1:]) / sum(x[2] for x in taken[1:])
        row = _row(f"{name}, {ROWS:.0e} x {MODELS}, {bits}", taken[0], most)
        yield row if same else replace(row, holds=False)


def _taken(runs: list[Run]) -> tuple[list[dict[int, float]], bool]:
    """Least times of each on one thread and on two, in turn; whether the first gives one result."""
    taken = [{1: np.inf, 2: np.inf} for _ in runs]
    found = {}
    for turn in range(PAIRS + 1):
        for count in (1, 2):
            with threads(count):
                for i, run in enumerate(runs):
                    begin = time.perf_counter()
                    result = run()
                    if turn:
                        taken[i][count] = min(taken[i][count], time.perf_counter() - begin)
                    if i == 0:
                        found[count] = np.array(result)  # outside of what is timed
    return taken, found[1].tobytes() == found[2].tobytes()


def _row(what: str, taken: dict[int, float], most: float | None) -> Row:
    ratio = taken[1] / taken[2]
    against = f"one thread: {duration(taken[1])}"
    if most is None:
        return Row(what=what, measured=f"two: {duration(taken[2])}", against=against, ratio=ratio)
    goal = min(GOAL, SAME * most)
    return Row(
        what=what,
        measured=f"two: {duration(taken[2])}",
        against=f"{against}; the machine at the same traffic: {most:.2f} times",
        ratio=ratio,
        goal=f">= {GOAL:g}, or {SAME:g} of the machine's own",
        holds=ratio >= goal,
    )
