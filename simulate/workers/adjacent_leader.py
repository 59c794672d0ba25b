"""Adjacent leader: mixing leans towards the best and the best connected neighbour."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from torch import Tensor

from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.d_psgd import DPSGD
from roundlot.simulate.workers.leaders import (
    degree_leaders,
    leader_matrix,
    loss_leaders,
    selection,
)
from roundlot.simulate.workers.matcha import Matcha
from roundlot.simulate.workers.method import Exchange, FloatArray, IntArray, Move, WorkerRound
from roundlot.simulate.workers.mixing import mixed, require_in_unit
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.step_plan import StepPlan
from roundlot.theory import InvalidProblemError, column_drift

LOSS_BYTES = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class AdjacentLeader:
    """AL-DSGD over the mixing of D-PSGD or MATCHA.

    A worker's leaders are, among those it is linked with in the round, the one with the least batch
    loss (perhaps itself) and the one with most links in the graph. Mixing is by
    ``P = (1 − w_N − w_τ) W + w_N B + w_τ D``. Besides, leaders pull, ``x_N`` and ``x_τ`` being
    theirs:

    - form "paper": in the gradient step, scaled by the learning rate,
      ``Y = X − η (G + λ_N (X − X_N) + λ_τ (X − X_τ))``, ``X⁺ = P Y``;
    - form "code": after mixing, unscaled, ``Y = X − ηG``,
      ``X⁺ = (1 − λ_N − λ_τ) P Y + λ_N Y_N + λ_τ Y_τ``.

    Rows of what is applied sum to 1 and columns do not: the mean drifts, and proofs for doubly
    stochastic mixing do not hold. Every round's figure ``column_drift`` is
    ``‖Pᵀ1/n − 1/n‖²`` of theorem column_drift.

    Attributes:
        base: a `DPSGD` or `Matcha` without delay, whose matrix and links are used.
        form: "paper" or "code".
        loss_pull, degree_pull: ``λ_N``, ``λ_τ``.
        loss_weight, degree_weight: ``w_N``, ``w_τ``.

    Raises:
        InvalidProblemError: a base of another kind or with a delay, an unknown form, weights
            outside ``[0, 1]`` or together above 1.
    """

    base: DPSGD | Matcha = field(repr=False)
    form: Literal["paper", "code"] = "paper"
    loss_pull: float = 0.3
    degree_pull: float = 0.1
    loss_weight: float = 0.2
    degree_weight: float = 0.2
    name: str = "adjacent leader"
    source: str = "He, Wang, Choromanska 2024"
    label: str = "biased: columns of the mixing do not sum to 1"

    def __post_init__(self) -> None:
        if not isinstance(self.base, DPSGD | Matcha) or self.base.delay:
            raise InvalidProblemError("base must be a DPSGD or Matcha without delay")
        if self.base.order != "step first":
            object.__setattr__(self, "base", replace(self.base, order="step first"))
        if self.form not in ("paper", "code"):
            raise InvalidProblemError(f"form is {self.form!r}; choose 'paper' or 'code'")
        for name in ("loss_pull", "degree_pull", "loss_weight", "degree_weight"):
            require_in_unit(getattr(self, name), name)
        for kind in ("weight", "pull"):
            if getattr(self, f"loss_{kind}") + getattr(self, f"degree_{kind}") > 1.0:
                raise InvalidProblemError(f"loss_{kind} and degree_{kind} are together above 1")

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """Nothing is remembered."""
        return self.base.init(workers, plan, parameters)

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Local steps, leaders by their losses, the mixing that leans towards them."""
        matrix, used = self.base.at(round_.number, round_.seed)
        stepped, losses = round_.stepped
        best, most = self.leaders(losses, used, round_.workers.n_workers)
        applied = leader_matrix(
            matrix, best, most, loss_weight=self.loss_weight, degree_weight=self.degree_weight
        )
        pull = self._pull(best, most)
        if self.form == "paper":
            towards = mixed(pull, round_.parameters) - round_.parameters * float(pull[0].sum())
            after = mixed(applied, stepped + round_.rate * towards)
        else:
            applied = (1.0 - float(pull[0].sum())) * applied + pull
            after = mixed(applied, stepped)
        move = Move(
            parameters=after,
            samples=round_.samples,
            computing=round_.computing,
            exchange=Exchange(matchings=used, extra_bytes=LOSS_BYTES),
            losses=losses,
            matrix=applied,
            figures={"column_drift": column_drift_of(applied)},
        )
        return memory, move

    def leaders(
        self, losses: FloatArray, used: tuple[IntArray, ...], n_workers: int
    ) -> tuple[IntArray, IntArray]:
        """``(n,)`` and ``(n,)``: the leaders by loss and by degree over the links in use."""
        linked = np.zeros((n_workers, n_workers), dtype=bool)
        for a, b in (pairs.T for pairs in used):
            linked[a, b] = linked[b, a] = True
        assert self.base.links is not None
        degrees = self.base.links.adjacency().sum(axis=1)
        return loss_leaders(losses, linked), degree_leaders(degrees, linked)

    def _pull(self, best: IntArray, most: IntArray) -> FloatArray:
        return np.asarray(self.loss_pull * selection(best) + self.degree_pull * selection(most))


def column_drift_of(matrix: FloatArray) -> float:
    """``‖Pᵀ1/n − 1/n‖²`` of a matrix whose rows sum to 1, of any signs."""
    if matrix.min() >= 0.0:
        return column_drift(matrix)
    return float(np.sum((matrix.mean(axis=0) - 1.0 / len(matrix)) ** 2))
