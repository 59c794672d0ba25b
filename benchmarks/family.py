"""How long limits take to solve, in units of the base program solved in the same minute.

    python -m benchmarks.family [processors] [models] [repeats]

Prints medians of interleaved runs: the base program (budget, processor caps), a budget per model,
ten cost rows with floors, clients in a tree of groups, the same warm, and on a smaller problem the
cone solver beside dual Newton. Times are processor times, gaps those of the certificates. Only
public names are used.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np

import roundlot as rl
from benchmarks.harness import Row, duration
from roundlot.theory import RoundlotWarning

SMALL, REPEATS = 2000, 5


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


def seconds(run: Callable[[], rl.Solution]) -> tuple[float, rl.Solution]:
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


def rows() -> Iterator[Row]:
    """Every limit against the base program, processor times; medians of interleaved runs."""
    processors, models = 100_000, 5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)
        todo = runs(problems(processors, models))
        first, *others = todo
        times: dict[str, list[float]] = {name: [] for name in todo}
        for turn in range(REPEATS + 1):
            for name, run in todo.items():
                taken = seconds(run)[0]
                if turn:
                    times[name].append(taken)
    base = statistics.median(times[first])
    for name in others:
        pairs = zip(times[name], times[first], strict=True)
        yield Row(
            what=f"{name}, {processors:.0e} x {models}",
            measured=duration(statistics.median(times[name])),
            against=f"base program: {duration(base)}",
            ratio=statistics.median(a / b for a, b in pairs),
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
