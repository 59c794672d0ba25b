"""Small problems with every limit in any combination, and a cone solver as a reference."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest

from roundlot.theory import Problem


@pytest.fixture(scope="session")
def limited_problem() -> Callable[[int], Problem]:
    """A small feasible problem for a seed, each limit there or not."""

    def make(seed: int) -> Problem:
        rng = np.random.default_rng(seed)
        rows, models = (int(n) for n in rng.integers(1, 6, 2))
        spread = rng.choice([0.5, 1.5])
        scores = rng.lognormal(0.0, spread, (rows, models)) * (rng.random((rows, models)) < 0.9)
        budget = float(rows * models * rng.uniform(0.1, 0.9))
        floor = np.full((rows, models), 0.0 if rng.random() < 0.6 else budget / rows / models / 10)
        limits: dict[str, object] = {"floor": np.minimum(floor, 0.05)}
        if rng.random() < 0.5:
            limits["processor_cap"] = rng.uniform(0.4, 1.5, rows)
        if rng.random() < 0.4:
            limits["ceiling"] = rng.uniform(0.3, 1.0, (rows, models))
        if rng.random() < 0.4:
            limits["groups"] = np.arange(rows) // 2
            limits["group_caps"] = rng.uniform(0.6, 2.0, (rows + 1) // 2)
        if rng.random() < 0.4:
            limits["client"], limits["client_cap"] = np.arange(rows), rng.uniform(0.4, 1.0, rows)
        if rng.random() < 0.4:
            limits["model_budgets"] = budget * rng.uniform(0.2, 1.0, models)
        if rng.random() < 0.4:
            costs = rng.lognormal(0.0, 0.5, (2, rows, models))
            limits["costs"] = costs
            limits["cost_budgets"] = costs.sum((1, 2)) * rng.uniform(0.1, 0.6, 2)
        if rng.random() < 0.3:
            limits["model_weights"] = rng.uniform(0.2, 5.0, models)
        return Problem(scores, budget=budget, **limits)

    return make


class Cone:
    """A problem in cvxpy, written from its fields: variables, second moments and limits."""

    def __init__(self, problem: Problem, *, budget: bool = True) -> None:
        import cvxpy as cp

        self.p = cp.Variable(problem.scores.shape)
        a, p = problem.scores, self.p
        self.variances = []
        for s in range(problem.n_models):
            some = np.flatnonzero(a[:, s] > 0.0)
            moment = 0.0
            if some.size:
                moment = cp.sum(cp.multiply(a[some, s] ** 2, cp.inv_pos(p[some, s])))
            self.variances.append(moment - float((a[:, s] ** 2).sum()))
        low = np.where(problem.available, problem.floor, 0.0)
        high = np.where(problem.available, problem.ceiling, 0.0)
        rows = cp.sum(p, axis=1)
        self.limits = [p >= low, p <= high, rows <= problem.processor_cap]
        if budget:
            self.limits.append(cp.sum(p) <= problem.budget)
        trees = list(zip(problem.groups, problem.group_caps, strict=True))
        if problem.client_cap is not None:
            trees.append((problem.client, problem.client_cap))
        for label, caps in trees:
            self.limits += [
                cp.sum(rows[np.flatnonzero(label == g)]) <= cap
                for g, cap in enumerate(caps)
                if (label == g).any()
            ]
        if problem.model_budgets is not None:
            self.limits.append(cp.sum(p, axis=0) <= problem.model_budgets)
        for cost, most in zip(
            () if problem.costs is None else problem.costs,
            () if problem.cost_budgets is None else problem.cost_budgets,
            strict=True,
        ):
            self.limits.append(cp.sum(cp.multiply(cost, p)) <= most)

    def least(self, objective: object, *more: object) -> float | None:
        """The least of a cvxpy expression under further constraints; None if infeasible."""
        import cvxpy as cp

        program = cp.Problem(cp.Minimize(objective), [*self.limits, *more])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that it may be inaccurate
            program.solve(solver=cp.CLARABEL)
        if program.status in ("infeasible", "infeasible_inaccurate"):
            return None
        assert program.status in ("optimal", "optimal_inaccurate"), program.status
        return float(program.value)


@pytest.fixture(scope="session")
def cone() -> type[Cone]:
    """The independent reference."""
    return Cone
