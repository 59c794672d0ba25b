"""One small record of every kind that a figure is made of, each really computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import roundlot as rl
from roundlot.simulate.training import History
from roundlot.simulate.workers import WorkerHistory


def history(method: str = "a", seed: int = 0, rounds: int = 6, classifies: bool = True) -> History:
    """Rounds of two models; numbers that are easy to see."""
    rng = np.random.default_rng(seed)
    evaluated = np.arange(0, rounds + 1, 2)
    table = rng.uniform(0.1, 0.9, (evaluated.size, 2))
    pairs = {
        name: rng.uniform(0.5, 1.5, (rounds, 2))
        for name in (
            "aggregate_weight",
            "aggregate_weight_variance",
            "squared_error",
            "predicted_variance",
            "step_norm",
            "bias",
        )
    }
    return History(
        method=method,
        label="unbiased",
        source="none",
        design="independent",
        models=("one", "two"),
        seed=seed,
        budget=3.0,
        engine="plain",
        device="cpu",
        evaluated=evaluated,
        accuracy=table if classifies else np.full_like(table, np.nan),
        loss=1.0 / table,
        seconds=rng.uniform(1.0, 2.0, rounds),
        uploads=np.full(rounds, 4),
        draws=np.full(rounds, 4),
        trainings=np.full(rounds, 4),
        second_moment_ratio=np.full(rounds, 1.5),
        figures={"beta": np.ones(rounds)},
        **pairs,
    )


def worker_history(method: str = "a", seed: int = 0, rounds: int = 6) -> WorkerHistory:
    """Rounds of three workers."""
    rng = np.random.default_rng(seed)
    evaluated = np.arange(0, rounds + 1, 2)
    falling = np.exp(-0.3 * evaluated) * rng.uniform(0.9, 1.1)
    whole = np.full(rounds, 10)
    return WorkerHistory(
        method=method,
        label="unbiased",
        source="none",
        task="task",
        seed=seed,
        engine="batched",
        device="cpu",
        evaluated=evaluated,
        loss=falling,
        accuracy=1.0 - falling / 2,
        objective=falling,
        worker_loss=np.outer(falling, [1.0, 1.1, 1.2]),
        worker_accuracy=1.0 - np.outer(falling, [0.5, 0.6, 0.7]),
        seconds=rng.uniform(1.0, 2.0, rounds),
        bytes=1000 * whole,
        links=whole,
        samples=whole,
        batch_loss=np.ones(rounds),
        consensus=np.linspace(1.0, 0.1, rounds),
        gradient=np.ones(rounds),
        parameters=np.zeros((3, 4), dtype=np.float32),
    )


@pytest.fixture(scope="session")
def make_history() -> Any:
    return history


@pytest.fixture(scope="session")
def make_worker_history() -> Any:
    return worker_history


@pytest.fixture(scope="session")
def solution() -> rl.Solution:
    return rl.solve(rl.Problem([[5.0, 1.0], [2.0, 0.4], [1.0, 0.0], [0.5, 0.5]], budget=2.0))


@pytest.fixture(scope="session")
def straggling() -> Any:
    from roundlot.fleet import default_setup
    from roundlot.straggle import StraggleSettings, straggle

    settings = StraggleSettings(workers=3, batch=24, rounds=1_000, target=0.2, time_limit=1.0)
    return straggle(default_setup().fleet, settings)


@pytest.fixture(scope="session")
def dealt() -> Any:
    from roundlot.solvers import compare_partition, make_partition

    rng = np.random.default_rng(0)
    points, labels = rng.normal(size=(40, 2)), np.arange(40) % 2
    made = make_partition(points, labels, speeds=[3.0, 2.0, 1.0])
    return made, compare_partition(made, points)


@pytest.fixture(scope="session")
def link_designs() -> Any:
    from roundlot.solvers import optimise_links
    from roundlot.solvers.graphs import shape, shape_matchings

    matchings = shape_matchings("paper8", shape("paper8"))
    return tuple(optimise_links(matchings, budget) for budget in (0.3, 0.6, 1.0))


@pytest.fixture(scope="session")
def decided() -> Any:
    from roundlot.run.decision import Decision
    from roundlot.theory.rates.decision import RoundCost, Target, choose_budget, price_budget

    goal = Target(smoothness=4.0, strong_convexity=0.5, initial=10.0, target=0.01)

    def price(budget: float) -> RoundCost:
        return RoundCost(variance=3.0 / budget, cost=1.0 + 0.1 * budget)

    tried = choose_budget(price, goal, least=1.0, most=100.0)
    return Decision(
        by="seconds",
        target=goal,
        best=tried[0],
        now=price_budget(price, goal, 5.0),
        tried=tried,
        advice=None,
        parts=None,
        assumptions=(),
    )


@pytest.fixture(scope="session")
def simulated() -> Any:
    from roundlot.simulate import Updates, design, simulate

    rng = np.random.default_rng(0)
    updates = Updates(
        directions=(rng.normal(size=(6, 3)),), client=np.arange(6), weights=np.full((6, 1), 1 / 6)
    )
    p = rl.solve(rl.Problem(updates.scores, budget=2)).probabilities
    rules = {name: design(p, name) for name in ("independent", "systematic")}
    seen = {
        name: simulate(rule, updates, rounds=200, seed=1, device="cpu")
        for name, rule in rules.items()
    }
    return seen, {name: rule.variance(updates) for name, rule in rules.items()}


@pytest.fixture(scope="session")
def bench() -> Any:
    from roundlot.simulate.training import Bench

    runs = {name: (history(name, 0), history(name, 1)) for name in ("a", "b")}
    return Bench(histories=runs, seeds=(0, 1))


@pytest.fixture(scope="session")
def audited() -> Any:
    from roundlot.verify import audit

    claimed = np.array([0.2, 0.5, 0.9])

    def off(rng: np.random.Generator) -> Any:
        drawn = np.flatnonzero(rng.random(3) < claimed)
        return drawn, np.array([0.5, 0.3, 0.2])[drawn] / (claimed[drawn] + 0.1)

    return audit(off, claimed=claimed, weights=[0.5, 0.3, 0.2], rounds=2_000, discrepancy=0.5)
