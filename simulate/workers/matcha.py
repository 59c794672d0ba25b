"""MATCHA: in every round a random set of matchings is used, the same for all workers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from roundlot.simulate.argument_checks import check_positive, read_only
from roundlot.simulate.links import clipped, draw_links
from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.gossip import Order, check_gossip, gossip
from roundlot.simulate.workers.labels import IF_ALIKE, delay_fault, gossip_label, label_of_faults
from roundlot.simulate.workers.links import Links
from roundlot.simulate.workers.method import IntArray, Move, WorkerRound
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.step_plan import StepPlan
from roundlot.theory import InvalidProblemError
from roundlot.theory.showing import short_repr

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Matcha:
    """``W = I − α Σ B_j L_j`` with independent ``B_j``, ``P(B_j = 1) = p_j``.

    Attributes:
        links: of the graph, in matchings.
        probabilities: ``(M,)``, ``p``.
        weight: ``α``, above 0. The best one may give negative entries; every draw is symmetric and
            its rows and columns sum to 1 all the same.
        order, delay: as in D-PSGD.

    Raises:
        InvalidProblemError: probabilities outside ``[0, 1]`` or for another number of matchings, a
            weight that is not above 0.
    """

    links: Links = field(repr=False)
    probabilities: npt.ArrayLike
    weight: float
    order: Order = "step first"
    delay: int = 0
    name: str = "MATCHA"
    source: str = "Wang et al., 2019"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        p = clipped(self.probabilities)
        if p.shape != (self.links.n_matchings,):
            raise InvalidProblemError(
                f"there are {p.size} probabilities for {self.links.n_matchings} matchings; give "
                "one each"
            )
        object.__setattr__(self, "probabilities", read_only(p))
        check_positive(self.weight, "weight")
        check_gossip(self.order, self.delay)

    @property
    def p(self) -> FloatArray:
        """``(M,)`` probabilities."""
        return np.asarray(self.probabilities)

    @property
    def label(self) -> str:
        """Told without the workers and their plan; see `label_for`."""
        late = delay_fault(self.alone, self.delay)
        return IF_ALIKE if late is None else label_of_faults(late)

    def label_for(self, workers: Workers, plan: StepPlan) -> str:
        """Of these workers: columns of every draw, the objective's weights, local steps."""
        return gossip_label(self.alone, self.delay, workers, plan)

    @property
    def alone(self) -> FloatArray:
        """``(k, n, n)``: no matching, and each that can be drawn by itself.

        A draw's matrix is linear in them, so what holds for columns of these holds for every draw.
        """
        one = np.eye(self.links.n_matchings)[self.p > 0.0]
        return self.matrices(np.vstack([np.zeros((1, self.links.n_matchings)), one]))

    def active(self, rounds: int, *, seed: int = 0, start: int = 0) -> BoolArray:
        """``(rounds, M)``: matchings in use; a function of (seed, round), shared by all workers."""
        return draw_links(self.p, rounds, seed=seed, start=start)

    def matrices(self, active: npt.ArrayLike) -> FloatArray:
        """``(rounds, n, n)`` mixing matrices of ``active`` ``(rounds, M)``."""
        on = np.asarray(active, dtype=np.float64)
        used = np.tensordot(on, self.links.laplacians, axes=1)
        return np.asarray(np.eye(self.links.n_workers) - self.weight * used)

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """Nothing is remembered at first."""
        require_workers(self.links, workers)
        return {}

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Local steps, and the mixing over the matchings drawn for this round."""
        matrix, used = self.at(round_.number, round_.seed)
        return gossip(memory, round_, matrix, used, order=self.order, delay=self.delay)

    def at(self, round_: int, seed: int) -> tuple[FloatArray, tuple[IntArray, ...]]:
        """The mixing matrix of a round and the matchings in use."""
        active = self.active(1, seed=seed, start=round_)
        used = tuple(m for m, on in zip(self.links.matchings, active[0], strict=True) if on)
        return self.matrices(active)[0], used


def require_workers(links: Links, workers: Any) -> None:
    """Refuse links of another number of workers.

    Raises:
        InvalidProblemError: says both numbers.
    """
    if links.n_workers != workers.n_workers:
        raise InvalidProblemError(
            f"the links are of {links.n_workers} workers; there are {workers.n_workers}"
        )
