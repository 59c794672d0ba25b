"""Uniform rules, which need nothing but who is available: over pairs, or over processors.

``Uniform`` gives one ``p_vs`` to all available pairs, clipped by caps and ceilings, with the rest
of the budget shared evenly: the usual uniform client sampling of federated averaging, for several
models. ``RandomModel`` draws processors uniformly, each uniform over its available models. They
differ where processors hold different numbers of models: with the second every processor that
holds anything is drawn equally often.

Round-robin: models take turns, and a round's whole budget goes to one model. In the turn of model
``s`` each processor that can train it joins with ``q_vs``, uniform up to limits and with
``Σ_v q_vs <= m``. The phase is random, so over rounds ``p = q / S`` and the estimator is unbiased;
but a common turn makes the draws of different processors dependent (the "turns" design), and the
variance gains ``(S−1) ‖U_s‖²``: see `roundlot.theory.moments.estimator.turns_model_variance`.

Limits are read per turn: ``S l <= q <= min(S u, c_v, 1)``. Floors above ``1/S`` of what one turn
can hold do not fit and are refused. A model that nobody can train still takes its (idle) turn.

Source: folklore. It is a relative of MFA-RR (Bhuyan, Moharir, Joshi, VALUETOOLS 2022), which
instead rotates disjoint groups of clients over the models within a round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.solvers.rules.filling import fill
from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.limits import Limits, limits
from roundlot.solvers.rules.rule import DesignName, Rule
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Uniform(Rule):
    """Uniform over available pairs.

    Source: McMahan et al. (AISTATS 2017); the baseline of Chen, Horváth, Richtárik (TMLR 2022).
    """

    name: str = "uniform"
    needs: str = "nothing"
    source: str = "McMahan et al., AISTATS 2017"
    formula: ClassVar[str] = r"p_{vs} = q \text{ wherever } (v, s) \text{ is available}"

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``: one number wherever a pair is available, as limits allow."""
        return fill(problem.available.astype(np.float64), limits(problem))


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomModel(Rule):
    """Uniform processors, then a uniform model among those available.

    Source: the random baseline of Zhang et al. (arXiv 2504.05138), with availability respected.
    """

    name: str = "random model"
    needs: str = "nothing"
    source: str = "Zhang et al., arXiv 2504.05138 (baseline)"
    formula: ClassVar[str] = r"p_{vs} = \frac{q}{S_v}, \qquad S_v = \text{models available to } v"

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``: ``q / (models available to v)``, one ``q`` for all, as limits allow."""
        held = problem.available.sum(axis=1, keepdims=True)
        return fill(problem.available / np.maximum(held, 1.0), limits(problem))


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundRobin(Rule):
    """One model a round, uniform over its available processors."""

    name: str = "round-robin"
    needs: str = "nothing"
    source: str = "folklore; compare MFA-RR, Bhuyan et al., VALUETOOLS 2022"
    design: DesignName = "turns"
    formula: ClassVar[str] = r"p_{vs} = \frac{q_{vs}}{S}, \qquad \sum_v q_{vs} \le m"

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, ``p = q / S``.

        Raises:
            InfeasibleError: a floor that one turn cannot hold.
        """
        whole = limits(problem)
        turns = [_turn(problem, model) for model in range(problem.n_models)]
        # Division by a power of 2 is exact; else round towards 0, so that no turn exceeds q.
        table = np.column_stack(turns) / problem.n_models
        if problem.n_models.bit_count() > 1:
            table = np.nextafter(table, 0.0)
        return whole.settle(np.maximum(table - whole.lower, 0.0), problem.available)


def _turn(problem: Problem, model: int) -> FloatArray:
    """``(V,)``, the probabilities ``q`` in the turn of one model."""
    lower, upper = (problem.n_models * bound[:, [model]] for bound in problem.bounds)
    upper = np.minimum(upper, np.minimum(problem.processor_cap, 1.0)[:, None])
    try:
        turn = Limits(lower=lower, upper=upper, cap=upper[:, 0], budget=problem.budget)
    except InfeasibleError as error:
        raise InfeasibleError(
            f"in the turn of {problem.names.model(model)} floors count {problem.n_models} times: "
            f"{error}"
        ) from error
    return fill(problem.available[:, [model]].astype(np.float64), turn)[:, 0]
