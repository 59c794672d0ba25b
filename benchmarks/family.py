"""How long limits take to solve, in units of the base program solved in the same minute.

    python -m benchmarks.family [processors] [models] [repeats]

Prints medians of interleaved runs: the base program (budget, processor caps), a budget per model,
ten cost rows with floors, clients in a tree of groups, the same warm, and on a smaller problem the
cone solver beside dual Newton. `rows` has other objectives, certificates and growth as well. Times
are processor times, gaps those of the certificates. Only public names are used.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import roundlot as rl
from benchmarks.harness import Row, duration
from roundlot.theory import RoundlotWarning

SMALL, REPEATS = 2000, 5
PROCESSORS, MODELS = 100_000, 5
Taken = dict[str, list[float]]
#: Of times of the base program.
GOALS = {
    "budgets per model": 20.0,
    "10 cost rows, floors": 60.0,
    "clients in two levels": 40.0,
    "worst model": 100.0,
    "fair, alpha 2": 100.0,
    "least cost": 100.0,
    "least budget": 100.0,
}


def problems(processors: int, models: int) -> dict[str, rl.Problem]:
    """The same scores under different limits, all of which bind somewhere."""
    rng = np.random.default_rng(0)
    scores = rng.lognormal(0.0, 1.5, (processors, models))
    budget = 0.2 * processors
    shares = rng.uniform(0.5, 1.5, models)
    costs = rng.lognormal(0.0, 1.0, (10, processors, models))
    spent = budget * costs.mean(axis=(1, 2)) * rng.uniform(0.4, 1.0, 10)
    client = np.arange(processors) // 3
    return {
        "base": rl.Problem(scores, budget=budget),
        "budgets per model": rl.Problem(
            scores, budget=0.95 * budget, model_budgets=budget * shares / shares.sum()
        ),
        "10 cost rows, floors": rl.Problem(
            scores, budget=budget, costs=costs, cost_budgets=spent, floor=1e-3
        ),
        "clients in two levels": rl.Problem(
            scores,
            budget=budget,
            client=client,
            client_cap=1.2,
            groups=[client // 10, client // 200],
            group_caps=[5.0, 110.0],
        ),
    }


def seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time of one call, which other work on the machine touches least, and its result."""
    start = time.process_time()
    solution = run()
    return time.process_time() - start, solution


def runs(cases: dict[str, rl.Problem]) -> dict[str, Callable[[], rl.Solution]]:
    """What to time: every case cold, and the coupled ones from the prices of nearby scores."""
    todo: dict[str, Callable[[], rl.Solution]] = {}
    rng = np.random.default_rng(1)
    for name, problem in cases.items():
        todo[name] = lambda problem=problem: rl.solve(problem)
        if name.startswith(("budgets", "10")):
            near = rl.Problem(
                problem.scores * rng.uniform(0.95, 1.05, problem.scores.shape),
                budget=problem.budget,
                model_budgets=problem.model_budgets,
                costs=problem.costs,
                cost_budgets=problem.cost_budgets,
                floor=float(problem.floor.flat[0]),
            )
            start = rl.solve(near)
            todo[f"{name}, warm"] = lambda problem=problem, start=start: rl.solve(
                problem, start=start
            )
    return todo


def kinds(processors: int, models: int) -> dict[str, Callable[[], Any]]:
    """Every kind of problem, cold and from yesterday's prices; the base program first."""
    cases = problems(processors, models)
    todo: dict[str, Callable[[], Any]] = dict(runs(cases))
    base = cases["base"]
    ceilings = 1.1 * rl.solve(base).model_variance
    cost = np.random.default_rng(3).lognormal(0.0, 0.5, base.scores.shape)
    loose = rl.Problem(base.scores, budget=2.0 * base.budget)
    return todo | {
        "worst model": lambda: rl.solve(base, objective="max"),
        "fair, alpha 2": lambda: rl.solve(base, objective="fair", alpha=2.0),
        "least cost": lambda: rl.solvers.least_cost(loose, cost, ceilings),
        "least budget": lambda: rl.solvers.least_budget(base, ceilings),
    }


def times(todo: dict[str, Callable[[], Any]], repeats: int) -> tuple[Taken, Taken]:
    """Processor times of solving and of the certificate, by name, interleaved."""
    solving: Taken = {name: [] for name in todo}
    proving: Taken = {name: [] for name in todo}
    for turn in range(repeats + 1):
        for name, run in todo.items():
            taken, found = seconds(run)
            begin = time.process_time()
            _ = found.certificate if hasattr(found, "certificate") else found.gap
            if turn:
                solving[name].append(taken)
                proving[name].append(time.process_time() - begin)
    return solving, proving


def rows() -> Iterator[Row]:
    """Every kind against the base program; its certificate against itself; and its growth."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)
        solving, proving = times(kinds(PROCESSORS, MODELS), REPEATS)
        first, *others = solving
        base = statistics.median(solving[first])
        size = f"{PROCESSORS:.0e} x {MODELS}"
        for name in others:
            pairs = zip(solving[name], solving[first], strict=True)
            taken = statistics.median(solving[name])
            ratio, goal = statistics.median(a / b for a, b in pairs), GOALS.get(name)
            yield _row(f"{name}, {size}", taken, f"base program: {duration(base)}", ratio, goal)
        for name in others:
            if name.endswith("warm"):
                continue
            pairs = zip(proving[name], solving[name], strict=True)
            taken, against = (statistics.median(x[name]) for x in (proving, solving))
            ratio = statistics.median(a / b for a, b in pairs)
            what = f"certificate of {name}, {size}"
            yield _row(what, taken, f"solve: {duration(against)}", ratio, 3.0)
        yield from _growth(solving)
        yield from _floors_of_sums()


def floors_of_sums(processors: int, models: int) -> dict[str, rl.Problem]:
    """Floors of clients, groups and models, some of which bind; the base program first."""
    scores = np.random.default_rng(0).lognormal(0.0, 1.5, (processors, models))
    budget = 0.2 * processors
    groups = np.arange(processors) // 100
    least = 0.9 * budget * np.linspace(0.5, 1.3, models) / models
    return {
        "base": rl.Problem(scores, budget=budget),
        "floors of clients": rl.Problem(scores, budget=budget, client_floor=0.1),
        "floors of groups": rl.Problem(scores, budget=budget, groups=[groups], group_floors=19.0),
        "floors of models": rl.Problem(scores, budget=budget, model_floors=least),
    }


def _floors_of_sums() -> Iterator[Row]:
    """Over the base program, and their growth with the rows."""
    before: Taken = {}
    for processors in (PROCESSORS // 10, PROCESSORS, 10 * PROCESSORS):
        cases = floors_of_sums(processors, MODELS)
        solving, _ = times({n: partial(rl.solve, problem) for n, problem in cases.items()}, REPEATS)
        first, *others = solving
        for name in others:
            pairs = zip(solving[name], solving[first], strict=True)
            ratio, taken = statistics.median(a / b for a, b in pairs), solving[name]
            against = f"base program: {duration(statistics.median(solving[first]))}"
            what = f"{name}, {processors:.0e} x {MODELS}"
            yield _row(what, statistics.median(taken), against, ratio, 40.0)
            if before:
                small = statistics.median(before[name])
                grown = statistics.median(taken) / small / 10.0
                against = f"a tenth of it: {duration(small)}"
                yield _row(f"{what}, growth", statistics.median(taken), against, grown, 1.5)
        before = solving


def _growth(solving: Taken) -> Iterator[Row]:
    """Time per score of tables four times as large; medians of few runs."""
    todo = {n: run for n, run in kinds(4 * PROCESSORS, MODELS).items() if not n.endswith("warm")}
    larger, _ = times(todo, 2)
    for name, found in larger.items():
        small, large = statistics.median(solving[name]), min(found)
        against = f"a quarter of it: {duration(small)}"
        what = f"{name}, {4 * PROCESSORS:.0e} x {MODELS}, growth"
        yield _row(what, large, against, large / small / 4.0, 1.5)


def _row(what: str, taken: float, against: str, ratio: float, goal: float | None) -> Row:
    return Row(
        what=what,
        measured=duration(taken),
        against=against,
        ratio=ratio,
        goal="" if goal is None else f"<= {goal:g}",
        holds=None if goal is None else ratio <= goal,
    )


def report(todo: dict[str, Callable[[], rl.Solution]], repeats: int) -> None:
    """One line a case: median, ratio to the first case of the same round, gap."""
    times: dict[str, list[float]] = {name: [] for name in todo}
    gaps = {name: seconds(run)[1].certificate.gap for name, run in todo.items()}
    for _ in range(repeats):
        for name, run in todo.items():
            times[name].append(seconds(run)[0])
    first = times[next(iter(times))]
    print(f"{'case':30} {'median ms':>10} {'ratio':>8} {'gap':>9}")
    for name, found in times.items():
        ratio = statistics.median(a / b for a, b in zip(found, first, strict=True))
        print(f"{name:30} {1e3 * statistics.median(found):10.2f} {ratio:8.1f} {gaps[name]:9.1e}")


def main(processors: int = 100_000, models: int = 5, repeats: int = 9) -> None:
    """Both tables."""
    warnings.simplefilter("ignore", RoundlotWarning)
    print(f"{processors} processors x {models} models, ratio to the base program")
    report(runs(problems(processors, models)), repeats)
    print(f"\n{SMALL} processors x {models} models, ratio to dual Newton")
    for name, problem in list(problems(SMALL, models).items())[1:]:
        pair = {
            name: lambda problem=problem: rl.solve(problem),
            f"{name}, conic": lambda problem=problem: rl.solve(problem, method="conic"),
        }
        report(pair, 1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
