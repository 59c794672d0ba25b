"""Mixing with neighbours, at once or with what they were some rounds ago.

D-PSGD mixes by the same matrix in all rounds; in MATCHA a random set of matchings is used, drawn
afresh in every round, the same for all workers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.links import Links, clipped, draw_links
from roundlot.simulate.workers.method import (
    IF_ALIKE,
    MANY,
    Exchange,
    Move,
    WorkerRound,
    checked_mixing,
    delay_fault,
    gossip_label,
    label_of_faults,
    mixed,
)
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only
from roundlot.theory.text import plural, short_repr

Order = Literal["step first", "mix first"]


def check_gossip(order: str, delay: int) -> None:
    """Refuse an unknown order, or a delay below 0.

    Raises:
        InvalidProblemError: names it.
    """
    if order not in ("step first", "mix first"):
        raise InvalidProblemError(f"order is {order!r}; choose 'step first' or 'mix first'")
    check_count(delay, "delay", 0)


def gossip(
    memory: Memory,
    round_: WorkerRound,
    matrix: FloatArray,
    matchings: tuple[IntArray, ...],
    *,
    order: Order,
    delay: int,
) -> tuple[Memory, Move]:
    """Local steps, and one mixing by ``matrix`` over the links in use.

    "step first" mixes what the steps lead to, ``X⁺ = W (X − ηG)``; "mix first" mixes what they
    start from, ``X⁺ = W X − ηG``. With a delay of ``d`` a worker mixes its own parameters with what
    its neighbours had ``d`` rounds ago; in the first ``d`` rounds nothing has arrived and nothing
    is mixed.
    """
    stepped, losses = round_.stepped
    own = stepped if order == "step first" else round_.parameters
    kept, arrived = _arrivals(memory, own, delay)
    after = own if arrived is None else _mixed(matrix, own, arrived, delay)
    if order == "mix first":
        after = after + (stepped - round_.parameters)
    move = Move(
        parameters=after,
        samples=round_.samples,
        computing=round_.computing,
        exchange=Exchange(matchings=matchings, delay=delay),
        losses=losses,
        matrix=np.eye(len(own)) if arrived is None else matrix,
    )
    return kept, move


def _arrivals(memory: Memory, own: Tensor, delay: int) -> tuple[Memory, Tensor | None]:
    """Memory with this round's parameters, and what arrives now, if anything."""
    if not delay:
        return memory, own
    past = memory.get("past")
    queue = own[None] if past is None else torch.cat([torch.as_tensor(past), own[None]])
    if len(queue) <= delay:
        return {**memory, "past": queue}, None
    return {**memory, "past": queue[1:]}, queue[0]


def _mixed(matrix: FloatArray, own: Tensor, arrived: Tensor, delay: int) -> Tensor:
    if not delay:
        return mixed(matrix, own)
    alone = np.diag(np.diag(matrix))
    return mixed(np.hstack([alone, matrix - alone]), torch.cat([own, arrived]))


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


@dataclass(frozen=True, kw_only=True, eq=False)
class Matcha:
    """``W = I − α Σ B_j L_j`` with independent ``B_j``, ``P(B_j = 1) = p_j``.

    Attributes:
        links: of the graph, in matchings.
        probabilities: ``(M,)``, ``p``.
        weight: ``α``, above 0, or one for every matching ``(M,)``, at least 0. The best may give
            negative entries; every draw is symmetric and its rows and columns sum to 1 all the
            same.
        order, delay: as in D-PSGD.

    Raises:
        InvalidProblemError: probabilities outside ``[0, 1]`` or for another number of matchings, a
            weight that is not above 0.
    """

    links: Links = field(repr=False)
    probabilities: npt.ArrayLike
    weight: float | npt.ArrayLike
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
        if np.ndim(self.weight):
            own = np.array(self.weight, dtype=np.float64)
            if own.shape != p.shape or not (np.isfinite(own).all() and own.min() >= 0.0):
                raise InvalidProblemError(
                    f"the weights are {own.tolist()!r:.60}; give one number above 0, or "
                    f"{p.size} that are at least 0, one a matching"
                )
            object.__setattr__(self, "weight", read_only(own))
        else:
            check_positive(self.weight, "weight")
        check_gossip(self.order, self.delay)

    @property
    def p(self) -> FloatArray:
        """``(M,)`` probabilities."""
        return np.asarray(self.probabilities)

    @property
    def weights(self) -> FloatArray:
        """``(M,)``, the mixing weight of every matching."""
        return np.broadcast_to(np.asarray(self.weight, dtype=np.float64), self.p.shape).copy()

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
        Of many workers the mean matrix stands for all: its columns and its links are theirs.
        """
        if self.links.n_workers > MANY:
            return self.matrices(self.p[None])
        one = np.eye(self.links.n_matchings)[self.p > 0.0]
        return self.matrices(np.vstack([np.zeros((1, self.links.n_matchings)), one]))

    def active(self, rounds: int, *, seed: int = 0, start: int = 0) -> BoolArray:
        """``(rounds, M)``: matchings in use; a function of (seed, round), shared by all workers."""
        return draw_links(self.p, rounds, seed=seed, start=start)

    def matrices(self, active: npt.ArrayLike) -> FloatArray:
        """``(rounds, n, n)`` mixing matrices of ``active`` ``(rounds, M)``."""
        on = np.asarray(active, dtype=np.float64) * np.asarray(self.weight)
        if self.links.n_workers > MANY:
            return np.array([self.links.mixing(row) for row in on])
        used = np.tensordot(on, self.links.laplacians, axes=1)
        return np.asarray(np.eye(self.links.n_workers) - used)

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
            f"the links are of {links.n_workers} {plural(links.n_workers, 'worker')}; there are "
            f"{workers.n_workers}"
        )
