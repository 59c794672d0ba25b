"""What group sampling remembers: who is in which group, whose turn starts where, what was seen.

Groups are of clients that lose alike on the models: K-means, as many as the silhouette likes.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory
from roundlot.simulate.training.round import Round
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.random_streams import ARRIVING, GROUP_MEMBERS, GROUPING

_STARTS = 10
_MOST_SCORED = 4000  # clients that a silhouette looks at: its time grows with their square


@dataclass(frozen=True, kw_only=True, eq=False)
class Grouping:
    """``k`` clients in ``G`` groups, by vectors of ``A`` losses.

    Attributes:
        labels: ``(k,)``, the group of every client.
        centroids: ``(G, A)`` in standard units; NaN for an empty group.
        centre, spread: ``(A,)``: losses less ``centre`` over ``spread`` are in standard units.
        silhouette: from −1 to 1, how well apart the groups are; NaN where there is none.
    """

    labels: IntArray
    centroids: FloatArray
    centre: FloatArray
    spread: FloatArray
    silhouette: float


def by_losses(losses: FloatArray, *, least: int, most: int, seed: int) -> Grouping:
    """K-means on standardised losses with the number of groups of the best silhouette.

    A silhouette needs at least 2 groups and fewer groups than clients. With fewer different vectors
    than ``least`` asks for, equal vectors share a group and the remaining groups are empty.

    Args:
        losses: ``(k, A)``, NaN where a client cannot train the model, which counts as the mean.
        least, most: limits on the number of groups; ``least`` is kept, if with empty ones.
        seed: of K-means.
    """
    centre, spread = _units(losses)
    vectors = standard(losses, centre, spread)
    different = len(np.unique(vectors, axis=0))
    top = min(max(most, least), different, len(vectors) - 1)
    found = [_scored(vectors, count, seed) for count in range(max(least, 2), top + 1)]
    if found:
        score, labels = max(found, key=lambda one: one[0])
    else:
        score, labels = np.nan, _fitted(vectors, min(least, different), seed)
    count = max(int(labels.max()) + 1, least)
    return Grouping(
        labels=labels,
        centroids=_centroids(vectors, labels, count),
        centre=centre,
        spread=spread,
        silhouette=float(score),
    )


def at_random(losses: FloatArray, *, count: int, seed: int) -> Grouping:
    """Groups of equal size, whatever the losses; see `by_losses`."""
    places = GROUP_MEMBERS.generator(seed).permutation(len(losses))
    labels = np.asarray(places % count, dtype=np.int64)
    centre, spread = _units(losses)
    return Grouping(
        labels=labels,
        centroids=_centroids(standard(losses, centre, spread), labels, count),
        centre=centre,
        spread=spread,
        silhouette=float("nan"),
    )


def standard(losses: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    """``(k, A)`` in standard units; what is not known is at the centre."""
    return np.nan_to_num((losses - centre) / spread, nan=0.0)


def nearest(vectors: FloatArray, centroids: FloatArray) -> IntArray:
    """``(k,)``: the group whose centroid is nearest, of those that are not empty."""
    gaps = ((vectors[:, None, :] - centroids[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(np.nan_to_num(gaps, nan=np.inf).argmin(axis=1), dtype=np.int64)


def _units(losses: FloatArray) -> tuple[FloatArray, FloatArray]:
    known = ~np.isnan(losses)
    number = np.maximum(known.sum(axis=0), 1)
    centre = np.sum(losses, axis=0, where=known) / number
    square = np.sum((losses - centre) ** 2, axis=0, where=known) / number
    return centre, np.where(square > 0.0, np.sqrt(square), 1.0)


def _scored(vectors: FloatArray, count: int, seed: int) -> tuple[float, IntArray]:
    from sklearn.metrics import silhouette_score

    labels = _fitted(vectors, count, seed)
    if len(np.unique(labels)) < count:
        return -np.inf, labels
    some = _MOST_SCORED if len(vectors) > _MOST_SCORED else None
    return float(silhouette_score(vectors, labels, sample_size=some, random_state=seed)), labels


def _fitted(vectors: FloatArray, count: int, seed: int) -> IntArray:
    """K-means on one thread, so that sums have the same bits everywhere."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different clients than groups
        fitted = KMeans(n_clusters=count, n_init=_STARTS, random_state=seed).fit(vectors)
    return np.asarray(fitted.labels_, dtype=np.int64)


def _centroids(vectors: FloatArray, labels: IntArray, count: int) -> FloatArray:
    out = np.full((count, vectors.shape[1]), np.nan)
    for label in np.unique(labels):
        out[label] = vectors[labels == label].mean(axis=0)
    return out


@dataclass(frozen=True, kw_only=True, eq=False)
class Cycle:
    """``G`` rounds in which every slot meets every group once.

    Attributes:
        group: ``(N,)``, −1 for clients that have none yet.
        slots: ``(G,)``, the model of every slot.
        grouped, start: the rounds when clients were grouped, and when the cycle started.
        centroids, centre, spread, silhouette: see `Grouping`.
        anchors: ``(A,)``: the models whose losses are the vectors' entries.
        anchor_parameters: ``S`` rows ``(P_s,)``, the models when clients were grouped.
        labels: ``S`` tables ``(N, L_s)``; seen: ``S`` rows ``(L_s,)``, met in this cycle.
    """

    group: IntArray
    slots: IntArray
    grouped: int
    start: int
    centroids: FloatArray
    centre: FloatArray
    spread: FloatArray
    silhouette: float
    anchors: IntArray
    anchor_parameters: tuple[Tensor, ...]
    labels: tuple[BoolArray, ...]
    seen: tuple[BoolArray, ...]

    @property
    def n_groups(self) -> int:
        """``G``."""
        return len(self.slots)

    @classmethod
    def of(cls, memory: Memory) -> Cycle:
        """From named arrays."""
        arrays = {key: np.asarray(value) for key, value in memory.items() if " " not in key}
        grouped, start = arrays.pop("rounds")
        models = range(sum(key.startswith("seen ") for key in memory))
        return cls(
            **arrays | {"silhouette": float(arrays["silhouette"])},  # type: ignore[arg-type]
            grouped=int(grouped),
            start=int(start),
            anchor_parameters=tuple(torch.as_tensor(memory[f"anchor {s}"]) for s in models),
            labels=tuple(np.asarray(memory[f"labels {s}"], dtype=bool) for s in models),
            seen=tuple(np.asarray(memory[f"seen {s}"], dtype=bool) for s in models),
        )

    def memory(self) -> Memory:
        """Named arrays."""
        plain = ("group", "slots", "centroids", "centre", "spread", "anchors")
        out: dict[str, Tensor | npt.NDArray[np.generic]] = {
            "rounds": np.array([self.grouped, self.start]),
            "silhouette": np.array(self.silhouette),
            **{name: getattr(self, name) for name in plain},
        }
        for model, anchor in enumerate(self.anchor_parameters):
            out[f"anchor {model}"] = anchor
            out[f"labels {model}"] = self.labels[model]
            out[f"seen {model}"] = self.seen[model]
        return out

    def having_heard(self, heard: BoolArray) -> Cycle:
        """With the labels of clients heard, ``(N, S)``, added to what models have seen."""
        seen = (
            old | table[heard[:, model]].any(axis=0)
            for model, (old, table) in enumerate(zip(self.seen, self.labels, strict=True))
        )
        return replace(self, seen=tuple(seen))


def empty_cycle(federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
    """Before the first round: no groups."""
    labels = tuple(label_table(task.train) for task in federation.tasks)
    return Cycle(
        group=np.full(federation.n_clients, -1, dtype=np.int64),
        slots=np.zeros(0, dtype=np.int64),
        grouped=-1,
        start=-1,
        centroids=np.zeros((0, 0)),
        centre=np.zeros(0),
        spread=np.zeros(0),
        silhouette=float("nan"),
        anchors=np.zeros(0, dtype=np.int64),
        anchor_parameters=parameters,
        labels=labels,
        seen=tuple(np.zeros(table.shape[1], dtype=bool) for table in labels),
    ).memory()


def joined(joins: tuple[int, ...] | None, round_: Round) -> IntArray:
    """The models that have joined, and have not stopped."""
    rounds = np.zeros(len(round_.parameters)) if joins is None else np.array(joins)
    return np.asarray(np.flatnonzero((rounds <= round_.index) & round_.going))


def is_over(cycle: Cycle, index: int) -> bool:
    """Whether every slot has met every group, or there are none yet."""
    return index >= cycle.start + cycle.n_groups


def begun(
    cycle: Cycle,
    round_: Round,
    models: IntArray,
    *,
    by: str,
    count: int | None,
    most: int | None,
    every: int | None,
) -> Cycle:
    """The next cycle: groups anew if it is time, slots for models and copies of the worst."""
    due = every is not None and round_.index >= cycle.grouped + every
    new = not cycle.n_groups or due or models.size > cycle.n_groups
    losses = None
    if new:
        losses = _losses(round_, models)
        cycle = _grouped(cycle, round_, models, losses, by=by, count=count, most=most)
    n_groups = len(cycle.centroids)
    slots = models
    if n_groups > models.size:
        losses = _losses(round_, models) if losses is None else losses
        slots = np.append(models, _copies(round_, models, losses, n_groups - models.size))
    return replace(
        cycle,
        slots=np.asarray(slots, dtype=np.int64),
        start=round_.index,
        seen=tuple(np.zeros_like(row) for row in cycle.seen),
    )


def settled(cycle: Cycle, round_: Round, *, by: str) -> Cycle:
    """Those present without a group get one: the nearest, or a random one of random groups."""
    lost = np.flatnonzero(round_.present.any(axis=1) & (cycle.group < 0))
    if not lost.size:
        return cycle
    if by == "random":
        random = ARRIVING.generator(round_.seed, round_.index)
        found = random.integers(cycle.n_groups, size=lost.size)
    else:
        losses = _losses(round_, cycle.anchors, cycle.anchor_parameters, lost)
        found = nearest(standard(losses, cycle.centre, cycle.spread), cycle.centroids)
    group = cycle.group.copy()
    group[lost] = found
    return replace(cycle, group=group)


def _grouped(
    cycle: Cycle,
    round_: Round,
    models: IntArray,
    losses: FloatArray,
    *,
    by: str,
    count: int | None,
    most: int | None,
) -> Cycle:
    """Everybody present in groups; the models become the anchors."""
    there = np.flatnonzero(~np.isnan(losses).all(axis=1))
    seed = int(GROUPING.generator(round_.seed, round_.index).integers(2**31))
    made: Grouping
    if by == "random":
        made = at_random(losses[there], count=count or models.size, seed=seed)
    else:
        least, top = count or models.size, count or most or 2 * models.size
        made = by_losses(losses[there], least=least, most=top, seed=seed)
    group = np.full_like(cycle.group, -1)
    group[there] = made.labels
    return replace(
        cycle,
        group=group,
        grouped=round_.index,
        centroids=made.centroids,
        centre=made.centre,
        spread=made.spread,
        silhouette=made.silhouette,
        anchors=models,
        anchor_parameters=tuple(row.clone() for row in round_.parameters),
    )


def _losses(
    round_: Round,
    models: IntArray,
    parameters: tuple[Tensor, ...] | None = None,
    clients: IntArray | None = None,
) -> FloatArray:
    """``(N, A)`` losses of those present, or of some of them; NaN elsewhere."""
    out = np.full((len(round_.present), models.size), np.nan)
    for column, model in enumerate(models):
        some = np.flatnonzero(round_.present[:, model])
        if clients is not None:
            some = np.intersect1d(some, clients)
        at = None if parameters is None else parameters[model]
        out[some, column] = round_.some_losses(int(model), some, parameters=at)[some]
    return out if clients is None else out[clients]


def _copies(round_: Round, models: IntArray, losses: FloatArray, spare: int) -> IntArray:
    """The models of largest mean loss by data, the worst first, over again if need be."""
    means = (round_.data_weights[:, models] * np.nan_to_num(losses)).sum(axis=0)
    worst = models[np.argsort(-means, kind="stable")]
    return np.asarray(np.resize(worst, spare))


def label_table(samples: Samples) -> BoolArray:
    """``(N, L)``: whether a client holds a label, of the ``L`` there are; ``L = 0`` if none are."""
    targets = samples.targets
    if targets.is_floating_point():
        return np.zeros((samples.n_clients, 0), dtype=bool)
    rows = targets.cpu().numpy().reshape(len(targets), -1)
    owner = np.repeat(np.arange(samples.n_clients), samples.counts)
    owners = np.broadcast_to(owner[:, None], rows.shape)[rows >= 0]
    labels, place = np.unique(rows[rows >= 0], return_inverse=True)
    table = np.zeros((samples.n_clients, len(labels)), dtype=bool)
    table[owners, place.reshape(-1)] = True
    return table


def coverage(seen: BoolArray) -> float:
    """The share of the labels that were seen; NaN if there are none."""
    return float(seen.mean()) if seen.size else float("nan")
