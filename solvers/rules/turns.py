"""Rules in which the round tells who may train what: round-robin, and models that take turns.

*Round-robin*, as the multi-model papers have it: clients fall into ``S`` blocks in order, ``b``
from client ``⌊b N/S⌋`` on; in round ``t`` block ``b`` trains model ``(b + t) mod S``, and every
processor joins with the same probability, ``m/V`` where no limit binds. Every model moves in every
round, on its block's data. *Turns* give a round's whole budget to one model.

In the turn of a pair the processor joins with ``q_vs``, uniform up to limits and with
``Σ_v q_vs <= m``. Each pair has one turn in ``S`` rounds. With a random start ``p = q / S`` and
weights ``d / p`` are unbiased; but common turns make the draws of different processors dependent
(the designs "blocks" and "turns"), which the variance contains: see
`roundlot.theory.moments.blocks` and `roundlot.theory.moments.estimator.turns_model_variance`.

Limits are read per turn: ``S l <= q <= min(S u, c_v, 1)``. Floors above ``1/S`` of what one turn
can hold do not fit and are refused. A model that nobody can train still takes its (idle) turn.

Source: Siew et al. (arXiv 2404.13841) and Zhang et al. (ICDCS 2024 poster), baseline, for blocks,
which are also those of MFA-RR (Bhuyan, Moharir, Joshi, VALUETOOLS 2022); folklore for turns.
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
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.moments.blocks import blocks_of


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundRobin(Rule):
    """Blocks of clients go round the models."""

    name: str = "round-robin"
    needs: str = "nothing"
    source: str = "baseline of Siew et al., arXiv 2404.13841, and Zhang et al., ICDCS 2024 poster"
    design: DesignName = "blocks"
    formula: ClassVar[str] = (
        r"p_{vs} = \frac{q_{vs}}{S}, \qquad q_{vs}(t) > 0 \iff s = (b_v + t) \bmod S"
    )

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, ``p = q / S``.

        Raises:
            InfeasibleError: a floor that one turn cannot hold.
        """
        return over_turns(problem, self.groups(problem, information), "when block 0 trains")

    def groups(self, problem: Problem, information: Information) -> IntArray:
        """``(V,)``, the block of each processor: that of its client."""
        client = information.client
        owner = np.arange(problem.n_processors) if client is None else client
        return blocks_of(int(owner.max(initial=-1)) + 1, problem.n_models)[owner]


@dataclass(frozen=True, kw_only=True, eq=False)
class WholeTurns(Rule):
    """One model a round, uniform over its available processors."""

    name: str = "turns"
    needs: str = "nothing"
    source: str = "folklore"
    design: DesignName = "turns"
    formula: ClassVar[str] = r"p_{vs} = \frac{q_{vs}}{S}, \qquad \sum_v q_{vs} \le m"

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, ``p = q / S``.

        Raises:
            InfeasibleError: a floor that one turn cannot hold.
        """
        return over_turns(problem, np.zeros(problem.n_processors, dtype=np.int64), "in the turn of")


def in_turn(block: IntArray, round_: int, models: int) -> IntArray:
    """``(V,)``: the model ``(b + t) mod S`` whose turn it is for everybody."""
    return np.asarray((block + round_) % models)


def over_turns(problem: Problem, block: IntArray, when: str) -> FloatArray:
    """``(V, S)``, ``p = q / S``: in every phase its own uniform ``q``.

    Args:
        problem: its limits and who is available.
        block: ``(V,)``, of each processor, from 0.
        when: words before the name of block 0's model, for the error.

    Raises:
        InfeasibleError: a floor that one turn cannot hold.
    """
    whole, rows = limits(problem), np.arange(problem.n_processors)
    table = np.zeros(problem.scores.shape)
    for phase in range(problem.n_models):
        model = in_turn(block, phase, problem.n_models)
        table[rows, model] = _turn(problem, model, f"{when} {problem.names.model(phase)}")
    # Division by a power of 2 is exact; else round towards 0, so that no turn exceeds q.
    table /= problem.n_models
    if problem.n_models.bit_count() > 1:
        table = np.nextafter(table, 0.0)
    return whole.settle(np.maximum(table - whole.lower, 0.0), problem.available)


def _turn(problem: Problem, model: IntArray, when: str) -> FloatArray:
    """``(V,)``, the probabilities ``q`` in the turn that gives each processor this model."""
    rows = np.arange(problem.n_processors)
    lower, upper = (problem.n_models * bound[rows, model][:, None] for bound in problem.bounds)
    upper = np.minimum(upper, np.minimum(problem.processor_cap, 1.0)[:, None])
    try:
        turn = Limits(lower=lower, upper=upper, cap=upper[:, 0], budget=problem.budget)
    except InfeasibleError as error:
        raise InfeasibleError(f"{when} floors count {problem.n_models} times: {error}") from error
    return fill(problem.available[rows, model].astype(np.float64)[:, None], turn)[:, 0]
