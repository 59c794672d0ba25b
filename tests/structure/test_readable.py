"""What people get when they type a record's name: one line, no table of numbers."""

import numpy as np
import pytest

import roundlot as rl
from roundlot.fleet import default_setup
from roundlot.run.decision import Decision
from roundlot.simulate import Updates, simulate
from roundlot.simulate.designs import DESIGNS
from roundlot.simulate.tasks import quadratics
from roundlot.simulate.training import Federation
from roundlot.solvers import least_budget, make_partition, optimal_path
from roundlot.solvers.graphs import Graph, decompose, optimise_links
from roundlot.theory.rates.decision import Advice, RoundCost, Target, price_budget
from roundlot.verify import audit, check_certificate

LONGEST = 185
RANDOM = np.random.default_rng(0)
PROBLEM = rl.Problem(RANDOM.random((40, 2)) + 0.1, budget=5)
RING = Graph.of([(i, (i + 1) % 30) for i in range(30)], name="ring")


def solution():
    return rl.solve(PROBLEM)


def audited():
    return audit(
        lambda rng: np.flatnonzero(rng.random(20) < 0.25),
        claimed=np.full((20, 1), 0.4),
        rounds=600,
    )


def realised():
    steps = tuple(RANDOM.normal(size=(40, d)) for d in (6, 3))
    updates = Updates(directions=steps, client=np.arange(40), weights=np.full((40, 2), 1 / 40))
    return simulate(rl.design(solution()), updates, rounds=50)


def dealt():
    return make_partition(RANDOM.normal(size=(60, 3)), np.repeat([0, 1], 30), [1.0, 2.0])


@pytest.fixture
def decided() -> Decision:
    goal = Target(smoothness=4.0, strong_convexity=0.5, initial=10.0, target=5.0)
    now, best = (
        price_budget(lambda m: RoundCost(variance=1.0 / m, cost=1000.0), goal, m) for m in (10, 20)
    )
    advice = Advice(
        buy="bandwidth",
        cost=now.cost,
        costs={"bandwidth": best.cost, "data": 1e6, "local steps": 1e5},
        rounds=now.rounds,
        noiseless_rounds=2,
        shares={"surrogate": 1.0},
        dominant="surrogate",
        unit="seconds",
    )
    return Decision(
        by="seconds",
        target=goal,
        best=best,
        now=now,
        tried=(best, now),
        advice=advice,
        parts=None,
        assumptions=(),
    )


RECORDS = {
    "Problem(40 processors x 2 models": lambda: PROBLEM,
    "Solution(40 x 2 by 'exact', variance": solution,
    "ObjectiveSolution(40 x 2": lambda: rl.solve(PROBLEM, objective="max"),
    "Certificate(lower_bound=": lambda: solution().certificate,
    "Multipliers(level=": lambda: solution().multipliers,
    "Prices(budget=": lambda: solution().prices,
    "Comparison(10 methods, 'optimum' first": lambda: rl.compare(PROBLEM),
    "ComparisonRow(name='optimum'": lambda: rl.compare(PROBLEM).rows[0],
    "Realised(50 rounds": realised,
    "Verdict(supported: feasible": lambda: check_certificate(solution()),
    "Audit(refuted: 2 of 4 claims": audited,
    "AuditFacts(form='indices', rounds=": lambda: audited().facts,
    "BudgetPath(40 processors x 2 models, budgets 0 to 40": lambda: optimal_path(PROBLEM),
    "Graph('ring', 30 nodes, 30 edges)": lambda: RING,
    "Decomposition(graph=Graph('ring'": lambda: decompose(RING),
    "LinkSchedule(budget=0.5": lambda: optimise_links(RING, 0.5),
    "LeastBudget(": lambda: least_budget(PROBLEM, 2.0 * solution().model_variance),
    "Partition(60 points of 2 classes to 2 workers": dealt,
    "Fleet('speech-commands', 2187 clients": lambda: default_setup().fleet,
    "FleetSetup('speech-commands', fleet from 'speech-commands'": default_setup,
    "Quadratics(tasks=": lambda: quadratics(8, 2, dimension=3, seed=0),
    "Federation(tasks=": lambda: Federation(tasks=quadratics(8, 2, dimension=3, seed=0).tasks),
}


@pytest.mark.parametrize("begins", list(RECORDS), ids=lambda text: text.split("(")[0])
def test_a_record_is_one_line(begins: str) -> None:
    text = repr(RECORDS[begins]())
    assert text.startswith(begins)
    assert "\n" not in text
    assert "np." not in text
    assert len(text) <= LONGEST


@pytest.mark.parametrize("kind", DESIGNS, ids=lambda kind: kind.name)
def test_a_design_is_one_line(kind) -> None:
    made = rl.design(np.full((40, 2), 0.0625), kind.name)
    assert repr(made) == f"{type(made).__name__}(40 x 2, 5 draws)"


def test_advice_and_decisions_are_lines(decided) -> None:
    for record in (decided.advice, decided, decided.best, decided.best.bound):
        text = repr(record)
        assert text.startswith(f"{type(record).__name__}(")
        assert "\n" not in text
        assert len(text) <= LONGEST + 20
    assert "buy bandwidth (twice the draws a round)" in repr(decided.advice)
    assert repr(decided).startswith("Decision(best budget 20, 2 rounds, ")
    assert " min " in repr(decided)
