"""What limits of sums leave to move, held against linear programs; optima where it is little."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq, linprog

import roundlot as rl
from roundlot.solvers.central.floors import forced_of
from roundlot.solvers.central.network import Network, balanced, carried, whole
from roundlot.solvers.central.program import program
from roundlot.solvers.central.rigid import rigid
from roundlot.solvers.central.routing import routes
from roundlot.solvers.central.settling import fits, settled
from roundlot.solvers.water.scaling import changed
from roundlot.theory import InfeasibleError

V, S = 6, 3
GRAIN = 2.0**-24


def tight(seed: int, rows: int = V, models: int = S, decades: float = 12.0) -> rl.Problem:
    """Half of all sums are set by their limits, on two levels of groups, models and the budget."""
    rng = np.random.default_rng(seed)
    p = 10.0 ** rng.uniform(-4.0, -0.4, (rows, models)) / models
    p = np.round(p / GRAIN) * GRAIN
    client, group = np.arange(rows) // 2, np.arange(rows) // 4
    sums = [np.bincount(x, weights=p.sum(axis=1)) for x in (client, group)]

    def loose(values: np.ndarray, factor: float) -> np.ndarray:
        return np.where(rng.random(values.shape) < 0.5, values, factor * values)

    return rl.Problem(
        10.0 ** rng.uniform(-decades, 0.0, p.shape),
        budget=float(p.sum()) * rng.choice([1.0, 1.2]),
        client=client,
        client_cap=loose(sums[0], 1.5),
        client_floor=loose(sums[0], 0.5),
        groups=[group],
        group_caps=[loose(sums[1], 1.5)],
        group_floors=[loose(sums[1], 0.5)],
        model_floors=loose(p.sum(axis=0), 0.5),
        model_budgets=loose(p.sum(axis=0), 1.5),
    )


def of(problem: rl.Problem, digits: np.ndarray | None = None) -> Network:
    found = program(problem).network(digits)
    assert found is not None
    return found


def ranges(problem: rl.Problem) -> np.ndarray:
    """``(V, S)``, how far each probability can move within all limits, by linear programs."""
    rows, bounds = [], []
    for sign, limits in ((1.0, problem.sum_limits()), (-1.0, problem.sum_floors())):
        for limit in limits:
            for at in range(limit.size):
                row = np.zeros(problem.scores.shape)
                v, s, weights = limit.entries(at)
                row[v, s] = weights
                rows.append(sign * row.ravel())
                bounds.append(sign * float(limit.bound[at]))
    box = list(zip(*(x.ravel() for x in problem.bounds), strict=True))
    found = []
    for at in range(problem.scores.size):
        cost = np.eye(problem.scores.size)[at]
        ends = [linprog(c, A_ub=rows, b_ub=bounds, bounds=box) for c in (cost, -cost)]
        found.append(-ends[1].fun - ends[0].fun)
    return np.array(found).reshape(problem.scores.shape)


@pytest.mark.parametrize("seed", range(4))
def test_pairs_that_cannot_move_are_those_of_linear_programs(seed: int) -> None:
    problem = tight(seed)
    given = rigid(program(problem), problem.bounds[0])
    assert given is not None
    assert (given.still == (ranges(problem) < 1e-9)).all()
    net = given.net
    for arc in range(len(net.low)):  # and the flow is within all bounds, exactly
        low, high = net.low[arc], net.high[arc]
        assert low is None or low <= given.flow[arc]
        assert high is None or given.flow[arc] <= high


def test_a_bridge_between_two_parts_is_set_by_what_they_sum() -> None:
    # clients 0 and 1 share model 0, the second model is client 1's alone: all three are set
    problem = rl.Problem(
        [[1.0, 0.0], [1.0, 1.0]],
        budget=2.0,
        available=[[True, False], [True, True]],
        client=[0, 1],
        client_floor=[0.25, 0.75],
        client_cap=[0.25, 0.75],
        model_floors=[0.5, 0.0],
        model_budgets=[0.5, 2.0],
    )
    given = rigid(program(problem), problem.bounds[0])
    assert given is not None
    assert given.still.all()
    assert given.drawn.tolist() == [[0.25, 0.0], [0.25, 0.5]]


def test_limits_that_an_ulp_keeps_apart_have_no_flow() -> None:
    half, more = 0.5, float(np.nextafter(0.5, 1.0))
    problem = rl.Problem(
        [[1.0], [1.0]], budget=1.0, client=[0, 1], client_floor=[half, half], model_floors=[1.0]
    )
    net = of(problem)
    assert balanced(net, carried(net, whole(np.zeros(2), net.exponent)))
    above = rl.Problem([[1.0], [1.0]], budget=1.0, client=[0, 1], client_floor=[half, more])
    net = of(above)
    assert not balanced(net, carried(net, whole(np.zeros(2), net.exponent)))


@pytest.mark.parametrize("seed", range(3))
def test_what_is_off_by_rounding_is_carried_where_it_lacks(seed: int) -> None:
    problem = tight(seed)
    given = rigid(program(problem), problem.bounds[0])
    assert given is not None
    net = given.net
    exact = np.zeros(problem.scores.shape)
    exact.ravel()[net.pairs] = [net.value(units) for units in given.flow[net.sums :]]
    rng = np.random.default_rng(seed)
    near = np.clip(exact * (1.0 + 1e-15 * rng.standard_normal(exact.shape)), *problem.bounds)
    assert not fits(problem, near)
    found = next(q for q in routes(of(problem, near), near) if fits(problem, q))
    assert found == pytest.approx(near, abs=1e-14)


@pytest.mark.parametrize("seed", [3, 10])
def test_a_cost_row_that_lacks_last_bits_is_met_next_to_what_was_found(seed: int) -> None:
    free = tight(seed)
    costs = np.random.default_rng(seed).integers(0, 8, (1, V, S)).astype(float)
    one = rl.solve(free).probabilities
    other = rl.solve(changed(free, scores=np.ones((V, S)))).probabilities
    cheap, dear = sorted((one, other), key=lambda p: float((costs[0] * p).sum()))
    budget = float((costs[0] * dear).sum()) * (1.0 - 4e-15)
    problem = changed(free, costs=costs, cost_budgets=np.array([budget]))
    found = settled(problem, dear, cheap, forced_of(program(problem)))
    assert fits(problem, found)
    assert found == pytest.approx(dear, abs=1e-13)


@pytest.mark.parametrize("seed", [37, 49, 86])
def test_optima_where_half_of_all_sums_are_set(seed: int) -> None:
    problem = tight(seed, 12, 2)
    solution = rl.solve(problem)
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()
    columns = [sum(map(Fraction, x)) for x in solution.probabilities.T.tolist()]
    for total, low, high in zip(columns, problem.model_floors, problem.model_budgets, strict=True):
        assert Fraction(float(low)) <= total <= Fraction(float(high))


def least_cost_of_set_sums(
    squares: np.ndarray, cost: np.ndarray, sums: np.ndarray, ceiling: float
) -> float:
    """``min Σ cost p`` of rows of set sums ``(N,)`` with ``Σ squares (1/p − 1) <= ceiling``.

    By what holds at the optimum: ``p² = θ squares/(cost − least + d)`` with one ``d > 0`` a row.
    """
    beside = cost - cost.min(axis=1, keepdims=True)

    def drawn(theta: float) -> np.ndarray:
        p = np.empty(cost.shape)
        for at, total in enumerate(sums.tolist()):
            m = theta * squares[at]

            def over(power: float, m=m, c=beside[at], total=total) -> float:
                return float(np.sqrt(m / (c + 10.0**power)).sum()) - total

            ends = m[beside[at] == 0.0][0] / total**2, m.sum() * m.size / total**2
            d = 10.0 ** brentq(over, np.log10(ends[0]) - 1.0, np.log10(ends[1]) + 1.0, xtol=1e-14)
            p[at] = np.sqrt(m / (beside[at] + d))
        return p

    def above(power: float) -> float:
        return float((squares * (1.0 / drawn(10.0**power) - 1.0)).sum()) - ceiling

    return float((cost * drawn(10.0 ** brentq(above, -14.0, 8.0, xtol=1e-13))).sum())


def all_set(rng: np.random.Generator) -> tuple[np.ndarray, dict[str, Any]]:
    """Probabilities ``(4, 3)`` of four clients' three rows, and limits that set all their sums."""
    known = 10.0 ** rng.uniform(-4.0, -0.4, (4, 3))
    known = np.maximum(np.round(known / GRAIN), 1.0) * GRAIN
    client, sums = np.arange(12) // 3, known.sum(axis=1)
    groups = sums.reshape(2, 2).sum(axis=1)
    return known, {
        "budget": float(1.2 * sums.sum()),
        "client": client,
        "client_floor": sums,
        "groups": [client // 2],
        "group_caps": [groups],
        "group_floors": [groups],
        "model_floors": [sums.sum()],
    }


@pytest.mark.parametrize("seed", [5, 8, 9])
def test_least_costs_where_all_sums_are_set(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known, limits = all_set(rng)
    scores = 10.0 ** rng.uniform(-3.0, 0.0, known.shape)
    cost = rng.lognormal(size=known.shape)
    ceiling = 1.0001 * float((scores**2 * (1.0 / known - 1.0)).sum())
    problem = rl.Problem(scores.reshape(-1, 1), **limits)
    found = rl.least_cost(problem, cost.reshape(-1, 1), ceiling)
    assert found.total == pytest.approx(
        least_cost_of_set_sums(scores**2, cost, known.sum(axis=1), ceiling), rel=1e-10
    )
    assert found.gap < 1e-12
    assert found.verify()


def test_ceilings_that_ask_for_nothing_leave_all_to_the_cheapest() -> None:
    # variances near 1e-380: all but a last bit of a client's sum goes to its cheapest row
    rng = np.random.default_rng(1)
    known, limits = all_set(rng)
    cost = rng.lognormal(size=known.shape)
    problem = rl.Problem(np.full((12, 1), 1e-200), **limits)
    found = rl.least_cost(problem, cost.reshape(-1, 1), 1.0)
    assert found.total == pytest.approx(float(cost.min(axis=1) @ known.sum(axis=1)), rel=1e-12)
    assert (found.probabilities > 0.0).all()
    assert found.gap < 1e-12
    assert found.verify()


def near_1(seed: int, models: int) -> rl.Problem:
    """Of 60 pairs that are nearly always drawn half of all sums are set by their limits."""
    rng = np.random.default_rng(seed)
    rows = 60 // models
    p = np.full((rows, models), 1.0 - 2.0 ** -int(rng.integers(8, 22)))
    client, group = np.arange(rows) // 3, np.arange(rows) // 6
    sums = [np.bincount(x, weights=p.sum(axis=1)) for x in (client, group)]

    def loose(values: np.ndarray) -> np.ndarray:
        return np.where(rng.random(values.shape) < 0.5, values, 0.5 * values)

    return rl.Problem(
        10.0 ** rng.uniform(-6.0, 0.0, p.shape),
        budget=60.0,
        processor_cap=float(models),
        client=client,
        client_floor=loose(sums[0]),
        groups=[group],
        group_caps=[sums[1]],
        group_floors=[loose(sums[1])],
        model_floors=loose(p.sum(axis=0)),
    )


@pytest.mark.parametrize(("seed", "models"), [(3, 1), (4, 1), (6, 3), (9, 3)])
def test_variances_next_to_0_have_digits_of_their_own(seed: int, models: int) -> None:
    solution = rl.solve(near_1(seed, models), objective="max")
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()


@pytest.mark.parametrize("seed", [11, 18, 38])
def test_the_worst_model_where_half_of_all_sums_are_set(seed: int) -> None:
    solution = rl.solve(tight(seed, 14, 2), objective="max")
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()


@pytest.mark.parametrize("lack", [0.0, 2.0**-53])
def test_limits_that_cross_are_met_to_the_last_bit_or_refused(lack: float) -> None:
    # groups of 1/2 each have one row; floors of two models, 1/2 each, or a last bit more
    problem = rl.Problem(
        [[1.0, 1.0], [1.0, 2.0]],
        budget=1.5,
        groups=[[0, 1]],
        group_caps=[[0.5, 0.5]],
        model_floors=[0.5, 0.5 + lack],
    )
    for ask in (lambda: rl.solve(problem), lambda: rl.least_budget(problem, 100.0)):
        if not lack:
            assert float(ask().probabilities.sum()) == 1.0
            continue
        with pytest.raises(
            InfeasibleError,
            match=r"the floor 0.5 of model 0, the floor 0.5 of model 1, the cap 0.5 of .*; "
            r"they could if each of them gave way by 8.89e-14 %",
        ):
            ask()
