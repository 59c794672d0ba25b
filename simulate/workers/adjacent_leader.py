"""Adjacent leader: mixing leans towards the best and the best connected neighbour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, combinations
from typing import Literal

import numpy as np
from torch import Tensor

from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.alternating import Alternating
from roundlot.simulate.workers.gossip import DPSGD, Matcha
from roundlot.simulate.workers.links import Links
from roundlot.simulate.workers.method import (
    Exchange,
    Move,
    WorkerRound,
    gossip_label,
    label_of_faults,
    mean_fault,
    mixed,
    weighted,
)
from roundlot.simulate.workers.scheduled import Scheduled
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.solvers.graphs.graph import Graph
from roundlot.solvers.graphs.leaders import (
    Leaders,
    LeaderWeights,
    leader_matrix,
    leaders_of,
    pull_matrix,
)
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

#: What leaders lean on.
LeaderBase = DPSGD | Matcha | Alternating | Scheduled
LOSS_BYTES = 8  # a float64 with every message


@dataclass(frozen=True, kw_only=True, eq=False)
class AdjacentLeader:
    """AL-DSGD over the mixing of D-PSGD or MATCHA.

    A worker's leaders are, among itself and those it is linked with in the round, the one with the
    least batch loss and the one with most links; see `roundlot.solvers.graphs.leaders_of`. Mixing
    is by ``P = (1 − w_N − w_τ) W + w_N B + w_τ D``. Besides, leaders pull:

    - form "paper": in the gradient step, scaled by the learning rate,
      ``Y = X − η (G + λ_N (X − BX) + λ_τ (X − DX))``, ``X⁺ = P Y``;
    - form "code": after mixing, unscaled, ``Y = X − ηG``,
      ``X⁺ = (1 − λ_N − λ_τ) P Y + λ_N B Y + λ_τ D Y``.

    Rows of what is applied sum to 1 and columns do not: the mean drifts, and proofs for doubly
    stochastic mixing do not hold. Figures of every round are of the matrix ``P`` that was drawn,
    pull included: ``column_drift``, ``‖Pᵀ1/n − 1/n‖²``, and ``spread``, ``‖(I − J) P (I − J)‖²``,
    what it leaves of the workers' squared distance from their mean at most.

    Form "paper" needs the leaders' parameters before anybody mixes: parameters go over every link
    twice in a round, unless nobody pulls.

    Attributes:
        base: a `DPSGD` or `Matcha` without delay, whose matrix and links are used, or an
            `Alternating` with several graphs in turn, as published, or a `Scheduled`.
        form: "paper" or "code".
        best, central: ``w_N``, ``w_τ``.
        best_pull, central_pull: ``λ_N``, ``λ_τ``.

    Raises:
        InvalidProblemError: a base of another kind or with a delay, an unknown form, constants
            below 0 or with a sum above 1.
    """

    base: LeaderBase = field(repr=False)
    form: Literal["paper", "code"] = "paper"
    best: float = 0.3
    central: float = 0.1
    best_pull: float = 0.2
    central_pull: float = 0.2
    name: str = "adjacent leader"
    source: str = "He, Wang, Choromanska 2024"

    def __post_init__(self) -> None:
        if not isinstance(self.base, LeaderBase) or self.base.delay:
            raise InvalidProblemError("base must be a DPSGD or Matcha without delay")
        if self.base.order != "step first":
            object.__setattr__(self, "base", _step_first(self.base))
        if self.form not in ("paper", "code"):
            raise InvalidProblemError(f"form is {self.form!r}; choose 'paper' or 'code'")
        _ = self.constants

    @property
    def constants(self) -> LeaderWeights:
        """The four constants."""
        return LeaderWeights(
            best=self.best,
            central=self.central,
            best_pull=self.best_pull,
            central_pull=self.central_pull,
        )

    @property
    def label(self) -> str:
        """Told without the workers and their plan; see `label_for`."""
        lost = mean_fault(self.possible(1.0))
        return self.base.label if lost is None else label_of_faults(lost)

    def label_for(self, workers: Workers, plan: StepPlan) -> str:
        """Of these workers: columns of what can be applied, the objective's weights, local steps.

        That of the base if nobody is followed, or nobody is linked.
        """
        return gossip_label(self.possible(plan.learning_rate), 0, workers, plan)

    def possible(self, rate: float) -> FloatArray:
        """``(k, n, n)``: matrices that rounds of this learning rate can apply to parameters and
        to gradients.

        Losses that rise and losses that fall with the worker's number; links in use with up to two
        of the random matchings. If some draw and some losses give a linked worker a leader, so do
        these, and its column is off in one of them.
        """
        applied = []
        for matrix, used in _possible_links(self.base):
            rising = np.arange(len(matrix), dtype=np.float64)
            for losses in (rising, rising[::-1]):
                chosen = leaders_in(used, losses)
                applied += [
                    leader_matrix(matrix, chosen, self.constants, update=self.form, step=step)
                    for step in (rate, 0.0)
                ]
        return np.array(applied)

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """Nothing is remembered."""
        return self.base.init(workers, plan, parameters)

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Local steps, leaders by their losses, the mixing that leans towards them."""
        matrix, used = self.base.at(round_.number, round_.seed)
        stepped, losses = round_.stepped
        chosen = leaders_in(used, losses)
        applied = leader_matrix(matrix, chosen, self.constants, update=self.form, step=round_.rate)
        if self.form == "code":
            after = mixed(applied, stepped)
        else:
            # As sent in the second pass: steps less the pull, rounded to parameters, then P alone.
            plain = leader_matrix(matrix, chosen, self.constants, update="paper", step=0.0)
            pull = weighted(pull_matrix(chosen, self.constants), round_.parameters)
            after = mixed(plain, (stepped - round_.rate * pull).to(stepped.dtype))
        move = Move(
            parameters=after,
            samples=round_.samples,
            computing=round_.computing,
            exchange=Exchange(matchings=used, extra_bytes=LOSS_BYTES, passes=self._passes),
            losses=losses,
            matrix=applied,
            figures={"column_drift": _column_drift(applied), "spread": _spread(applied)},
        )
        return memory, move

    @property
    def _passes(self) -> int:
        return 2 if self.form == "paper" and self.best_pull + self.central_pull > 0.0 else 1


def _step_first(base: LeaderBase) -> LeaderBase:
    if isinstance(base, Scheduled):
        return base
    if isinstance(base, Alternating):
        turns = tuple(replace(one, order="step first") for one in base.turns)
        return replace(base, turns=turns)
    return replace(base, order="step first")


def _possible_links(
    base: LeaderBase,
) -> Iterator[tuple[FloatArray, tuple[IntArray, ...]]]:
    """Mixing and matchings in use: those always drawn, with none, one or two of the others."""
    if isinstance(base, Alternating):
        for turn in base.turns:
            yield from _possible_links(turn)
        return
    if isinstance(base, DPSGD):
        yield base.at(0, 0)
        return
    if isinstance(base, Scheduled):
        for one in base.schedule.graphs:
            for on in _few_of(one.p):
                yield one.mixing(on), _where(one.links, on)
        return
    for on in _few_of(base.p):
        yield base.matrices(on[None])[0], _where(base.links, on)


def _few_of(p: FloatArray) -> Iterator[BoolArray]:
    """Which matchings are in use: those that always are, with none, one or two of the others."""
    others = np.flatnonzero((p > 0.0) & (p < 1.0)).tolist()
    for some in chain([()], combinations(others, 1), combinations(others, 2)):
        on = p == 1.0
        on[list(some)] = True
        yield on


def _where(links: Links, on: BoolArray) -> tuple[IntArray, ...]:
    return tuple(m for m, drawn in zip(links.matchings, on, strict=True) if drawn)


def leaders_in(used: tuple[IntArray, ...], losses: FloatArray) -> Leaders:
    """The leaders over the links in use; without any, everyone leads itself."""
    n = losses.size
    edges = np.concatenate([*used, np.empty((0, 2), np.int64)])
    return leaders_of(Graph(nodes=tuple(map(str, range(n))), edges=edges), losses)


def _column_drift(matrix: FloatArray) -> float:
    return float(np.sum((matrix.mean(axis=0) - 1.0 / len(matrix)) ** 2))


def _spread(matrix: FloatArray) -> float:
    """``‖(I − J) P (I − J)‖²``."""
    apart = matrix - matrix.mean(axis=0)
    return float(np.linalg.norm(apart - apart.mean(axis=1, keepdims=True), 2) ** 2)
