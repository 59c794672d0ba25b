"""A realistic result of 2,000 processors, with names that would like to break the page."""

from dataclasses import replace

import numpy as np
import pytest

from roundlot.run.records import (
    BoundSummary,
    FleetSummary,
    MethodBound,
    ReferenceSummary,
    SimulationRecord,
    SolutionSummary,
    TheoremRecord,
)
from roundlot.run.result import RunResult
from roundlot.run.summaries import processor_reasons
from roundlot.theory import Problem

MODELS = ("keyboard", "speech", "photos", "<b>maps</b> & $x_1$")
NASTY = "<script>alert('client')</script>"


def level_of(size: np.ndarray, budget: float) -> float:
    """The root of ``Σ min(1, t M) = m`` by bisection."""
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (
            (middle, high) if np.minimum(1.0, middle * size).sum() < budget else (low, middle)
        )
    return low


def comparison_rows(optimum: float) -> tuple[dict, ...]:
    methods = [
        ("optimum", "every update's norm", "independent", 1.0, "exact"),
        ("approximate, secure sums", "sums only", "independent", 1.0021, "exact"),
        ("loss", "one forward pass", "independent", 1.31, "exact"),
        ("data size", "nothing", "independent", 1.57, "exact"),
        ("uniform", "nothing", "independent", 2.13, "exact"),
        ("round-robin", "nothing", "turns", 2.29, "at least"),
        ("clustered", "a clustering", "independent", float("inf"), "exact"),
    ]
    rows = [
        {
            "name": name,
            "needs": needs,
            "design": design,
            "variance": optimum * ratio,
            "ratio": ratio,
            "gap": ratio - 1.0,
            "participation_variance": 0.012 * ratio,
            "expected_draws": 200.0,
            "expected_uploads": 198.73,
            "seconds": 3.1e-4,
            "variance_is": kind,
            "skipped": None,
        }
        for name, needs, design, ratio, kind in methods
    ]
    return (
        *rows,
        {"name": "stale residual", "needs": "last updates", "skipped": "no updates given"},
    )


def simulations(optimum: float) -> tuple[SimulationRecord, ...]:
    drift = {"optimum": (1.0, 1.0012), "data size": (1.57, 0.9991), "uniform": (2.13, 1.0004)}
    return tuple(
        SimulationRecord(
            method=name,
            design="independent",
            predicted=optimum * ratio,
            realised=optimum * ratio * off,
            low=optimum * ratio * (off - 0.0031),
            high=optimum * ratio * (off + 0.0031),
            confidence=0.99,
            rounds=20_000,
            seconds=8.4,
            device="cpu",
            weight_mean=np.full(4, 1.0003),
            weight_predicted=np.full(4, 0.0121),
            weight_realised=np.full(4, 0.01207),
            draws=199.96,
            uploads=198.7,
        )
        for name, (ratio, off) in drift.items()
    )


def verdicts() -> tuple[dict, ...]:
    common = {"false_alarm": 1e-9, "miss": 1e-3, "rounds": 20_000, "threshold": 1e9}
    return (
        {
            "claim": "update variance of the optimum",
            "outcome": "supported",
            "estimate": 1.0012,
            "expected": 1.0,
            "detectable": 0.013,
            "statistic": 0.71,
            "detail": "",
            **common,
        },
        {
            "claim": "mean aggregate weight of uniform",
            "outcome": "refuted",
            "estimate": 1.21,
            "expected": 1.0,
            "detectable": 0.008,
            "statistic": 3.1e14,
            "detail": "processor 12: weight 1.4 where 1 was promised",
            **common,
        },
        {
            "claim": "inclusion counts of data size",
            "outcome": "inconclusive",
            "estimate": 0.98,
            "expected": 1.0,
            "detectable": None,
            "statistic": 12.0,
            "detail": "needs 81,000 rounds for 1 %",
            **common,
        },
    )


def bounds() -> BoundSummary:
    rounds = np.unique(np.geomspace(1, 1e5, 60).round())
    factor = {"full participation": 0.4, "optimum": 1.0, "data size": 1.6, "uniform": 2.2}
    return BoundSummary(
        quantity="E F(w) − F*",
        target=0.01,
        constants={"L": 4.0, "μ": 0.1, "Γ": 0.031, "G": 1.9},
        theorems=(
            TheoremRecord(
                name="K local steps under any unbiased sampling",
                latex=r"\mathbb{E}F(w_T)-F^*\leq\frac{L/\mu}{g+T-1}\left[\frac{2(B_0+C)}{\mu}"
                r"+\frac{\mu g}{2}\mathbb{E}\|w_0-w^*\|^2\right]",
                conditions=(
                    "each client's loss is L-smooth and μ-strongly convex",
                    "second moments of the gradients along the trajectory are at most G²",
                ),
                source="after Li et al., ICLR 2020",
            ),
            TheoremRecord(name="unset", latex=r"\begin{cases}1\end{cases}", conditions=()),
        ),
        methods=tuple(
            MethodBound(
                method=name,
                rounds_to_target=float(np.ceil(f * 400 / 0.01)),
                rounds=rounds,
                error=f * 400 / (rounds + 80),
                constants={"C": 4.0 * f},
            )
            for name, f in factor.items()
        ),
    )


@pytest.fixture(scope="session")
def result() -> RunResult:
    rng = np.random.default_rng(7)
    n_clients, budget = 1_100, 200.0
    client = np.sort(np.concatenate([np.arange(n_clients), rng.integers(0, n_clients, 900)]))
    scores = rng.lognormal(-8.0, 1.3, (2_000, 4)) * rng.lognormal(0.0, 0.6, 4)
    available = rng.random((2_000, 4)) < np.array([0.95, 0.9, 0.7, 0.5])
    scores[:5] = 0.0
    problem = Problem(scores, budget=budget, available=available)
    size = problem.scores.sum(axis=1)
    level = level_of(size, budget)
    total = np.minimum(1.0, level * size)
    share = np.divide(total, size, out=np.zeros(2_000), where=size > 0)
    probabilities = problem.scores * share[:, None]
    positive = probabilities > 0
    terms = np.zeros_like(probabilities)
    terms[positive] = problem.scores[positive] ** 2 / probabilities[positive]
    variance = terms - problem.scores**2
    counts = np.bincount(np.bincount(client, minlength=n_clients))
    clients = (NASTY, *(f"device-{i:04d}" for i in range(1, n_clients)))
    biggest = int(np.argmax(size))
    client = np.where(client == client[biggest], 0, client)
    objective = float(terms.sum())
    return RunResult(
        name="phones <2,000>",
        seed=20240607,
        created="2025-01-31T12:00:00Z",
        versions={"python": "3.11.9", "roundlot": "0.1.0", "numpy": "2.1.0", "torch": "2.13.0"},
        setup={"fleet": {"name": "phones", "seed": 3}, "budget": 200, "note": NASTY},
        assumptions=("link speeds are drawn from a log-normal law", f"named by {NASTY}"),
        fleet=FleetSummary(
            n_clients=n_clients,
            n_processors=2_000,
            models=MODELS,
            availability=available.mean(axis=0),
            samples=np.array([1_203_441, 98_113, 5_120_007, 431]),
            processors={str(b): int(count) for b, count in enumerate(counts) if count},
            speed=(3.1, 41.7, 912.0),
            link=(0.4, 12.5, 840.0),
        ),
        clients=clients,
        client=client,
        probabilities=probabilities,
        scores=problem.scores,
        available=available,
        processor_cap=problem.processor_cap,
        capped=total >= 1.0 - 1e-12,
        reasons=processor_reasons(problem, probabilities, level=level),
        solution=SolutionSummary(
            method="exact",
            budget=budget,
            objective=objective,
            variance=float(variance.sum()),
            model_variance=variance.sum(axis=0),
            lower_bound=objective * (1 - 2e-15),
            gap=2.1e-15,
            rigorous=True,
            seconds=3.3e-4,
            price=1.0 / level**2,
            level=level,
        ),
        reference=ReferenceSummary(
            method="cvxpy with Clarabel", objective=objective, difference=3.2e-9, seconds=0.41
        ),
        comparison=comparison_rows(float(variance.sum())),
        simulation=simulations(float(variance.sum())),
        verdicts=verdicts(),
        bound=bounds(),
        timings={"solve": 3.3e-4, "compare": 0.021, "simulate": 25.2, "verify": 1.31, "bound": 0.2},
        warnings=("4 processors have no score and are never drawn",),
    )


@pytest.fixture(scope="session")
def bare(result: RunResult) -> RunResult:
    """The least a run can leave: no comparison, no simulation, no verdicts, no bound."""
    return replace(
        result, comparison=(), simulation=(), verdicts=(), bound=None, reference=None, warnings=()
    )
