"""D-PSGD: every worker steps by its own gradients and mixes with its neighbours, always alike."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from torch import Tensor

from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.gossip import Order, check_gossip, gossip
from roundlot.simulate.workers.labels import IF_ALIKE, delay_fault, gossip_label, label_of_faults
from roundlot.simulate.workers.links import Links
from roundlot.simulate.workers.method import FloatArray, IntArray, Move, WorkerRound
from roundlot.simulate.workers.mixing import checked_mixing
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.step_plan import StepPlan


@dataclass(frozen=True, kw_only=True, eq=False)
class DPSGD:
    """One symmetric doubly stochastic matrix for all rounds.

    Attributes:
        mixing: ``(n, n)``.
        links: what it uses, in matchings; found from the matrix if left out.
        order: "mix first" as published, or "step first" as in MATCHA.
        delay: age in rounds of the neighbours' parameters that are mixed.

    Raises:
        InvalidProblemError: no square matrix, an unknown order, a negative delay.
        AssumptionError: a matrix that is not symmetric or not doubly stochastic.
    """

    mixing: npt.ArrayLike = field(repr=False)
    links: Links | None = field(default=None, repr=False)
    order: Order = "step first"
    delay: int = 0
    name: str = "D-PSGD"
    source: str = "Lian et al., NeurIPS 2017"

    def __post_init__(self) -> None:
        object.__setattr__(self, "mixing", checked_mixing(self.mixing))
        check_gossip(self.order, self.delay)
        if self.links is None:
            object.__setattr__(self, "links", Links.of_matrix(self.mixing))

    @property
    def label(self) -> str:
        """Told without the workers and their plan; see `label_for`."""
        late = delay_fault(np.asarray(self.mixing)[None], self.delay)
        return IF_ALIKE if late is None else label_of_faults(late)

    def label_for(self, workers: Workers, plan: StepPlan) -> str:
        """Of these workers: columns of the mixing, the objective's weights, local steps."""
        return gossip_label(np.asarray(self.mixing)[None], self.delay, workers, plan)

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """Nothing is remembered at first."""
        checked_mixing(self.mixing, workers.n_workers)
        return {}

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Local steps and the mixing."""
        matrix, used = self.at(round_.number, round_.seed)
        return gossip(memory, round_, matrix, used, order=self.order, delay=self.delay)

    def at(self, round_: int, seed: int) -> tuple[FloatArray, tuple[IntArray, ...]]:
        """The mixing matrix of a round and the matchings in use; here always the same."""
        assert self.links is not None
        return np.asarray(self.mixing), self.links.matchings
