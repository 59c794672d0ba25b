"""What a certified design is to make small."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.problem import Problem

NAMES = ("sum", "max", "fair", "participation", "cost")


@dataclass(frozen=True, kw_only=True, eq=False)
class Goal:
    """The number that a design makes small.

    "sum" is ``Σ λ a²/p``; "max" is ``max_s λ_s Var_s``; "fair" is ``(Σ (λ Var)^α)^(1/α)``;
    "participation" is ``Σ λ (a² + w (d/B)²)/p``; "cost" is ``Σ cost p`` under a ceiling on every
    model's variance, ``Var_s = Σ_v a² (1/p − 1)``.

    Attributes:
        name: one of ``NAMES``.
        alpha: ``α >= 1`` of "fair".
        weight: ``w >= 0`` of "participation".
        cost: ``(V, S)``, ``>= 0``, of "cost".
        ceilings: ``(S,)``, above 0, of "cost".
    """

    name: str = "sum"
    alpha: float | None = None
    weight: float | None = None
    cost: FloatArray | None = field(default=None, repr=False)
    ceilings: FloatArray | None = None

    @property
    def is_norm(self) -> bool:
        """Whether it is a norm of the models' variances."""
        return self.name in ("max", "fair")

    @property
    def order(self) -> float:
        """Of that norm."""
        return math.inf if self.name == "max" else float(self.alpha or 1.0)


def goal_complaints(goal: Goal, problem: Problem) -> Iterator[str]:
    """Parameters that are missing, out of range or of another goal."""
    if goal.name not in NAMES:
        yield f"the goal is {goal.name!r}; it must be one of {', '.join(NAMES)}"
        return
    owners = {"alpha": "fair", "weight": "participation", "cost": "cost", "ceilings": "cost"}
    for parameter, owner in owners.items():
        if (getattr(goal, parameter) is not None) != (owner == goal.name):
            yield f"{parameter} belongs to goal {owner!r} alone; the goal is {goal.name!r}"
            return
    if goal.alpha is not None and not 1.0 <= goal.alpha < math.inf:
        yield f"alpha is {goal.alpha:g}; it must be finite and at least 1"
    if goal.weight is not None and not 0.0 <= goal.weight < math.inf:
        yield f"weight is {goal.weight:g}; it must be finite and at least 0"
    if goal.name == "participation" and problem.weights is None:
        yield "goal 'participation' needs the problem's weights"
    yield from _tables(goal, problem)


def _tables(goal: Goal, problem: Problem) -> Iterator[str]:
    if goal.cost is None or goal.ceilings is None:
        return
    if goal.cost.shape != problem.scores.shape or goal.ceilings.shape != (problem.n_models,):
        yield f"cost and ceilings have shapes {goal.cost.shape} and {goal.ceilings.shape}"
        return
    if not np.all((goal.cost >= 0.0) & np.isfinite(goal.cost)):
        yield "a cost is negative, NaN or infinite"
    if not np.all((goal.ceilings > 0.0) & np.isfinite(goal.ceilings)):
        yield "a variance's ceiling is not above 0 and finite"
