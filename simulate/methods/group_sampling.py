"""Group sampling: clients that lose alike form a group, and models go round the groups.

In round ``r`` of a cycle of ``G`` rounds, slot ``j`` trains on group ``(j + r + φ) mod G``; a group
has one slot. The first slots are the models'. Spare ones belong to pseudo-models: copies of the
models of largest loss when the cycle starts. A copy is the same model, trained in the same round by
one more group from the same parameters, and both groups' updates enter one step.

``aggregate="mean"`` is the published one: a plain mean over the active clients of a group; a
model's groups, if it has copies, are merged by the data of their active clients.

``aggregate="unbiased"`` weighs ``(d/B) / (q k_s/G)``: model ``s`` has ``k_s`` of the ``G`` slots,
so over the phase ``φ``, which is uniform, a group is its own with probability ``k_s/G``; ``q`` is
the probability of the processor's draw *given* the groups. Hence ``E Δ_s = Σ_i d_i G_i`` over phase
and draw. Given the phase, ``E Δ_s`` is ``G/k_s`` times the sum of ``d_i G_i`` over its groups: the
mean over phases is right, no single one is. With ``phase="round"`` every round has a phase of its
own and its step is unbiased given all that came before. With ``phase="cycle"`` one phase is drawn
for a cycle, so that every group comes once: unbiased over the phase at given parameters, but from
a cycle's second round on, parameters depend on the phase too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

import numpy as np
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.methods.composed import never_zero, proposed
from roundlot.simulate.methods.estimator import Estimator, Labelled, over_probability, step_of
from roundlot.simulate.methods.group_cycle import (
    Cycle,
    begun,
    coverage,
    empty_cycle,
    is_over,
    joined,
    settled,
)
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules import LeastVariance, RandomModel
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.names import require_choice
from roundlot.theory.random_streams import GROUP_START
from roundlot.theory.text import plural

Within = Literal["uniform", "data size", "loss"]
Groups = Literal["loss", "random"]
Aggregate = Literal["mean", "unbiased"]
Phase = Literal["cycle", "round"]


@dataclass(frozen=True, kw_only=True)
class GroupSampling(Labelled):
    """Cyclic assignment of groups of clients to models.

    Attributes:
        groups: by "loss": K-means on the clients' losses; or "random", of equal size: a baseline.
        aggregate: the published "mean", or "unbiased".
        within: how a group is drawn from: "uniform", or at least variance for updates of equal
            size ("data size") or as large as the "loss".
        phase: whether the turn starts at a random group once a "cycle", or every "round".
        count: the number of groups; None: by the silhouette, as many as models for random groups.
        most: the greatest number that the silhouette chooses from; None: twice the models.
        every: rounds after which clients are grouped anew, when the cycle ends; None: never.
        joins: the round from which each model is trained, at the next cycle; None: all from 0. A
            model takes a spare slot; if there is none, clients are grouped anew.

    Clients who come online later go to the group with the nearest centroid, by their losses on the
    anchor models: the models as they were when clients were grouped.

    Raises:
        InvalidProblemError: a setting out of its range.
    """

    groups: Groups = "loss"
    aggregate: Aggregate = "mean"
    within: Within = "uniform"
    phase: Phase = "cycle"
    count: int | None = None
    most: int | None = None
    every: int | None = None
    joins: tuple[int, ...] | None = None
    source: str = "Gong, Zhang et al., group-based client sampling, 2025"
    needs: ClassVar[str] = "losses, once in a while"
    formula: ClassVar[str] = r"\text{slot } j \text{ trains on group } (j + r + \varphi) \bmod G"

    def __post_init__(self) -> None:
        kinds = {"groups": Groups, "aggregate": Aggregate, "within": Within, "phase": Phase}
        for name, kind in kinds.items():
            require_choice(getattr(self, name), name, get_args(kind))
        for name in ("count", "most", "every"):
            if getattr(self, name) is not None:
                check_count(getattr(self, name), name, 1)
        if self.most is not None and (self.count is not None or self.groups == "random"):
            other = "random groups" if self.groups == "random" else f"count {self.count}"
            raise InvalidProblemError(
                f"most is {self.most}, which {other} leaves no choice for; leave one of them out"
            )
        if self.joins is not None:
            object.__setattr__(self, "joins", tuple(self.joins))
            for model, round_ in enumerate(self.joins):
                check_count(round_, f"joins of model {model}", 0)

    @property
    def name(self) -> str:
        """Random groups are the baseline."""
        return "group sampling" if self.groups == "loss" else "random groups"

    @property
    def estimator(self) -> Estimator:
        """How the step is put together with these settings."""
        if self.aggregate == "mean":
            return Estimator(tilt="a plain mean over the active clients of one group")
        return Estimator(over="" if self.phase == "round" else "the phase of each cycle")

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nobody has a group yet; see `group_cycle`.

        Raises:
            InvalidProblemError: fewer groups than models, or rounds of joining for other models.
        """
        models = federation.n_models
        for name in ("count", "most"):
            value = getattr(self, name)
            if value is not None and value < models:
                raise InvalidProblemError(
                    f"{name} is {value}; there are {models} models: give at least as many groups"
                )
        if self.joins is not None and len(self.joins) != models:
            raise InvalidProblemError(
                f"joins has {len(self.joins)} {plural(len(self.joins), 'round')} for {models} "
                f"{plural(models, 'model')}; give one each"
            )
        return empty_cycle(federation, parameters)

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Group who has none; draw from every group for the model whose turn it is."""
        models = joined(self.joins, round_)
        if not round_.present[:, models].any():
            return memory, _nothing(round_)
        cycle = Cycle.of(memory)
        if is_over(cycle, round_.index):
            cycle = begun(
                cycle,
                round_,
                models,
                by=self.groups,
                count=self.count,
                most=self.most,
                every=self.every,
            )
        cycle = settled(cycle, round_, by=self.groups)
        step = self._step(cycle, round_)
        cycle = cycle.having_heard(np.stack(step.fresh_weights, axis=1) != 0.0)
        figures: dict[str, float | FloatArray] = {
            "groups": float(cycle.n_groups),
            "silhouette": float(cycle.silhouette),
            "label coverage": np.array([coverage(seen) for seen in cycle.seen]),
        }
        return cycle.memory(), replace(step, figures=figures)

    def _step(self, cycle: Cycle, round_: Round) -> Step:
        """The step of the round with these groups."""
        model = self._model_of_group(cycle, round_)[cycle.group]
        model = np.where(cycle.group >= 0, model, -1)
        lot = round_.draw(conditional(round_, model, self.within))
        n_models = len(round_.parameters)
        if self.aggregate == "mean":
            fresh = tuple(group_means(round_, lot, s, cycle.group) for s in range(n_models))
            return step_of(round_, picks=lot.picks, fresh=fresh, probabilities=lot.probabilities)
        turns = np.bincount(cycle.slots, minlength=n_models) / cycle.n_groups
        fresh = tuple(
            weights / max(turns[s], 1.0 / cycle.n_groups)
            for s, weights in enumerate(over_probability(lot, round_.weights))
        )
        return step_of(
            round_, picks=lot.picks, fresh=fresh, probabilities=lot.probabilities * turns
        )

    def _model_of_group(self, cycle: Cycle, round_: Round) -> IntArray:
        """``(G,)``: the model that each group trains in this round."""
        start = round_.index if self.phase == "round" else cycle.start
        turn = first_turn(round_.seed, start, cycle.n_groups) + round_.index - start
        return np.asarray(np.roll(cycle.slots, turn))


def first_turn(seed: int, start: int, n_groups: int) -> int:
    """``φ``, the first slot's group in round ``start``: uniform, a function of (seed, start)."""
    return int(GROUP_START.generator(seed, start).integers(n_groups))


def conditional(round_: Round, model: IntArray, within: Within) -> FloatArray:
    """``(V, S)``: probabilities of the draw given the groups, above 0 for all who may be drawn.

    Args:
        round_: who is there, with which budget.
        model: ``(N,)``, the model of each client's group; −1 for none.
        within: see `roundlot.simulate.methods.group_sampling.GroupSampling`.
    """
    clients, models = round_.present.shape
    mine = round_.present & (model[:, None] == np.arange(models))
    client = round_.federation.client
    able = mine[client]
    if within == "uniform":
        return proposed(round_, RandomModel(), able=able)
    sizes = np.ones((clients, models)) if within == "data size" else _losses(round_, mine)
    return proposed(
        round_, LeastVariance(sizes="norms"), norms=np.where(mine, sizes, 0.0), able=able
    )


def group_means(round_: Round, lot: Lot, model: int, group: IntArray) -> FloatArray:
    """``(N,)``: a plain mean over those drawn of each group, groups by the data of those drawn."""
    drawn = lot.clients(model)
    weights = np.zeros(len(group))
    for label in np.unique(group[drawn]):
        some = drawn[group[drawn] == label]
        weights[some] = round_.data_weights[some, model].sum() / some.size
    return np.asarray(weights / max(weights.sum(), np.finfo(np.float64).tiny))


def _losses(round_: Round, mine: BoolArray) -> FloatArray:
    """``(N, S)``, at least a hundredth of the mean: nobody is left out."""
    models = range(mine.shape[1])
    losses = np.stack([round_.some_losses(s, np.flatnonzero(mine[:, s])) for s in models], axis=1)
    return never_zero(losses, mine)


def _nothing(round_: Round) -> Step:
    n, s = round_.present.shape
    return Step(
        directions=(None,) * s,
        picks=np.full(round_.federation.n_processors, -1, dtype=np.int64),
        fresh_weights=(np.zeros(n),) * s,
    )
