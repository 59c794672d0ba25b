"""From points, classes and speeds to a partition: class by class, so that memory stays bounded."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from roundlot.solvers.partition.deals import Deal, exact_deal, greedy_cut, greedy_facility
from roundlot.solvers.partition.exchanges import exchange_in_turn, exchange_points
from roundlot.solvers.partition.functions import (
    FUNCTIONS,
    block_values,
    capacity_bound,
    checked_weight,
    cut_bounds,
    cut_mean_bound,
    mean_bound,
)
from roundlot.solvers.partition.record import Partition
from roundlot.solvers.partition.shards import apportion, checked_speeds, stratified_shards
from roundlot.solvers.partition.similarity import Similarity, gaussian_similarity, median_distance
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.cells import array_of
from roundlot.theory.errors import warn
from roundlot.theory.names import require_choice
from roundlot.theory.positions import by_position

LARGEST = 1e150  # its square, times as many dimensions as fit in memory, is finite
ALONE = "each class is solved alone; all classes together may be served better"
#: What the bounds of one worker and of all together are, by function.
_WORDS = {
    "facility-location": (
        "the dual of the linear relaxation for worker {worker} alone, who has first choice",
        "the greatest similarities to every point, one for each worker, shared evenly: the linear "
        "relaxation of all workers if they had one size",
    ),
    "graph-cut": (
        "the tangent of the concave cut of worker {worker} alone, who has first choice",
        "the tangents of the concave cut at the workers' shares, weighted; no linear relaxation",
    ),
}
#: What `make_partition` takes as its ``method``.
PARTITION_METHODS = ("exchange", "greedy", "round-robin", "random", "exact")


@by_position()
def make_partition(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    speeds: npt.ArrayLike,
    *,
    method: str = "exchange",
    function: str = "facility-location",
    bandwidth: float | None = None,
    neighbours: int | None = None,
    cut_weight: float | None = None,
    seed: int = 0,
    bounds: bool = True,
    exact_seconds: float = 60.0,
) -> Partition:
    """Deal labelled points to workers in proportion to speed, each block as telling as can be.

    Every class is dealt by itself: capacities are proportional to speed, and the least served
    worker takes the point that helps it most ("greedy"), after which points change places until no
    exchange of two raises the least served worker ("exchange"), workers choose in turn
    ("round-robin"), points are dealt at random ("random"), or the best least value of each class
    alone is found ("exact", small sets): ``upper_bound`` says how far all classes together are from
    theirs.

    Args:
        features: ``(n, dim)``, finite; scale them as distances should count.
        labels: ``(n,)`` classes, numbers or names.
        speeds: ``(J,)``, points per second, above 0.
        method: one of ``PARTITION_METHODS``.
        function: "facility-location" or "graph-cut", what a block is worth.
        bandwidth: ``σ`` of the Gaussian similarity; by default the median distance within classes.
        neighbours: keep so many similarities of every point, at least ``J``; all by default, which
            takes ``4 n_l²`` bytes for a class of ``n_l`` points.
        cut_weight: ``λ`` of the graph cut, 1 by default; facility location has none.
        seed: of random methods and of the median's sample.
        bounds: also compute what no partition can exceed.
        exact_seconds: time limit of the exact method, per class.

    Raises:
        InvalidProblemError: malformed points, labels or speeds (a speed of 0, say), features
            whose squares overflow, a weight that nothing uses, a table of similarities above
            2 GB, a set too large for "exact"; says what to do.
        ConvergenceError: the exact method found nothing in time.

    Warns:
        RoundlotWarning: a class with fewer points than workers, a worker without a point.

    Source: He and Dube, "RCD-SGD", 2022; Wei et al., "Mixed robust/average submodular
    partitioning", 2015; Teitz and Bart, 1968, for exchanges.
    """
    begin = time.perf_counter()
    x, label, names = _checked(features, labels)
    rates = checked_speeds(speeds)
    _choices(method, function, neighbours, rates.size)
    if not exact_seconds > 0.0:
        raise InvalidProblemError(f"exact_seconds is {exact_seconds}; give a number above 0")
    weight = _weight(cut_weight, function)
    capacities = apportion(np.bincount(label), rates)
    alone = [ALONE] if method == "exact" and len(names) > 1 else []
    notes = alone + _say_who_gets_none(capacities, names)
    width = median_distance(x, label, seed=seed) if bandwidth is None else float(bandwidth)
    job = _Job(
        method=method,
        function=function,
        weight=weight,
        bounds=bounds,
        seconds=exact_seconds,
        speeds=rates,
        bandwidth=width,
        neighbours=neighbours,
    )
    drawn = stratified_shards(label, capacities, seed=seed) if method == "random" else None
    dealt = _deal_all(job, x, label, capacities, drawn)
    if dealt.negative:
        notes.append(
            f"{dealt.negative} greedy choices made their block worse: the cut is not monotone"
        )
    bound, words = _overall(capacities, dealt, function)
    return Partition(
        owner=dealt.owner,
        label=label,
        classes=names,
        speeds=rates,
        capacities=capacities,
        values=dealt.values,
        class_bounds=dealt.class_bounds,
        upper_bound=bound,
        bound_by=words,
        method=method,
        function=function,
        bandwidth=width,
        cut_weight=job.weight,
        neighbours=neighbours,
        similarity_loss=dealt.loss,
        computed=dealt.computed,
        exchanges=dealt.exchanges if method == "exchange" else None,
        seconds=time.perf_counter() - begin,
        notes=tuple(notes),
    )


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What is done to every class."""

    method: str
    function: str
    weight: float
    bounds: bool
    seconds: float
    speeds: FloatArray
    bandwidth: float
    neighbours: int | None

    def deal(
        self, similarity: Similarity, capacities: IntArray, drawn: IntArray | None
    ) -> tuple[Deal, float]:
        """A class dealt out, and the exact method's own bound (infinite for others)."""
        if drawn is not None:
            values = block_values(similarity, drawn, capacities.size, self.function, self.weight)
            return Deal(owner=drawn, values=values, computed=0), np.inf
        if self.method == "exact":
            return exact_deal(
                similarity,
                capacities,
                function=self.function,
                weight=self.weight,
                seconds=self.seconds,
            )
        turns = self.method == "round-robin"
        if self.function == "graph-cut":
            return greedy_cut(similarity, capacities, weight=self.weight, turns=turns), np.inf
        return greedy_facility(similarity, capacities, turns=turns), np.inf

    def exchanged(self, similarity: Similarity, deal: Deal) -> tuple[Deal, int]:
        """A class after exchanges for its own least block, and how many they were."""
        if self.method != "exchange":
            return deal, 0
        sizes = np.bincount(deal.owner, minlength=deal.values.size)
        owner, made = exchange_points(
            similarity,
            deal.owner,
            np.where(sizes > 0, 0.0, np.inf),
            function=self.function,
            weight=self.weight,
        )
        values = block_values(similarity, owner, sizes.size, self.function, self.weight)
        return replace(deal, owner=owner, values=values), made

    def limits(self, similarity: Similarity, capacities: IntArray) -> tuple[float, FloatArray]:
        """The bound that the least of the served blocks obeys, and each block's own, or infinity.

        By facility location only the slowest and the least capacity are bounded one by one.
        """
        served = capacities > 0
        if self.function == "graph-cut":
            shares = self.speeds[served] / self.speeds[served].sum()
            own = cut_bounds(similarity, capacities, self.weight)
            return cut_mean_bound(similarity, shares, self.weight), own
        own = np.where(served, np.inf, 0.0)
        slowest = int(np.argmin(np.where(served, self.speeds, np.inf)))
        for size in {int(capacities[served].min()), int(capacities[slowest])}:
            own[capacities == size] = capacity_bound(similarity, size)
        return mean_bound(similarity, int(served.sum())), own


@dataclass(frozen=True, kw_only=True, eq=False)
class _Dealt:
    """All classes dealt: owners, values ``(J, L)``, bounds, and what it took."""

    owner: IntArray
    values: FloatArray
    class_bounds: FloatArray
    means: FloatArray
    tops: FloatArray
    loss: float
    computed: int
    negative: int
    exchanges: int


def _deal_all(
    job: _Job, x: FloatArray, label: IntArray, capacities: IntArray, drawn: IntArray | None
) -> _Dealt:
    """One class after the other, so that only one table of similarities is held."""
    owner = np.full(label.size, -1, dtype=np.int64)
    n_classes = capacities.shape[1]
    values, tops = np.zeros(capacities.shape), np.full(capacities.shape, np.inf)
    class_bounds, means = np.full(n_classes, np.inf), np.full(n_classes, np.inf)
    loss, computed, negative, exchanges = 0.0, 0, 0, 0
    members = [np.flatnonzero(label == one) for one in range(n_classes)]

    def table(one: int) -> Similarity:
        return gaussian_similarity(x[members[one]], job.bandwidth, neighbours=job.neighbours)

    greedy = owner.copy(), values.copy()
    for one, points in enumerate(members):
        similarity, room = table(one), capacities[:, one]
        deal, solved = job.deal(similarity, room, None if drawn is None else drawn[points])
        greedy[0][points], greedy[1][:, one] = deal.owner, deal.values
        deal, made = job.exchanged(similarity, deal)
        owner[points], values[:, one] = deal.owner, deal.values
        if job.bounds:
            means[one], tops[:, one] = job.limits(similarity, room)
            class_bounds[one] = min(means[one], tops[room > 0, one].min(), solved)
        loss += similarity.loss
        computed, negative = computed + deal.computed, negative + deal.negative
        exchanges += made
    if job.method == "exchange" and n_classes > 1:
        search = partial(exchange_in_turn, table, members, function=job.function, weight=job.weight)
        exchanges += search(owner, values)
        served = capacities.sum(axis=1) > 0
        if _least(values, served) < _least(greedy[1], served):  # classes alone misled it
            owner, values = greedy
            exchanges = search(owner, values)
    return _Dealt(
        owner=owner,
        values=values,
        class_bounds=class_bounds,
        means=means,
        tops=tops,
        loss=loss,
        computed=computed,
        negative=negative,
        exchanges=exchanges,
    )


def _least(values: FloatArray, served: BoolArray) -> float:
    return float(values.sum(axis=1)[served].min())


def _overall(capacities: IntArray, dealt: _Dealt, function: str) -> tuple[float, str]:
    """A bound on the least worker's sum over classes, and what it is.

    A worker's own bounds add up; where everybody has a place in every class, so do the means, which
    have the same weights in each. With one class its bound is the bound.
    """
    served = capacities.sum(axis=1) > 0
    tops = np.where(served, dealt.tops.sum(axis=1), np.inf)
    worker = int(np.argmin(tops))
    one, many = _WORDS[function]
    found = [(float(tops[worker]), one.format(worker=worker))]
    if len(dealt.class_bounds) == 1 or np.all(capacities[served] > 0):
        found.append((float(dealt.means.sum()), many))
    if len(dealt.class_bounds) == 1 and dealt.class_bounds[0] < min(found)[0]:
        found.append((float(dealt.class_bounds[0]), "HiGHS's bound of the mixed-integer program"))
    value, words = min(found, key=lambda pair: pair[0])
    return value, words if np.isfinite(value) else ""


def _checked(
    features: npt.ArrayLike, labels: npt.ArrayLike
) -> tuple[FloatArray, IntArray, tuple[str, ...]]:
    x, y = array_of(features, "features"), array_of(labels, "labels")
    if x.ndim != 2 or x.dtype.kind not in "iuf" or 0 in x.shape:
        raise InvalidProblemError(
            f"features have shape {x.shape} and type {x.dtype}; give numbers, points x dimensions"
        )
    if y.shape != (len(x),):
        raise InvalidProblemError(f"labels have shape {y.shape}; give one for each of {len(x)}")
    wrong = np.argwhere(~np.isfinite(x))
    if wrong.size:
        row, column = (int(i) for i in wrong[0])
        raise InvalidProblemError(
            f"features[{row}, {column}] is {x[row, column]}; fill it in or drop the point"
        )
    large = np.argwhere(np.abs(x, dtype=np.float64) > LARGEST)
    if large.size:
        row, column = (int(i) for i in large[0])
        raise InvalidProblemError(
            f"features[{row}, {column}] is {x[row, column]:g}, whose square overflows; scale the "
            f"features to at most {LARGEST:g}"
        )
    try:
        names, label = np.unique(y, return_inverse=True)
    except TypeError as error:
        raise InvalidProblemError("labels must be numbers or names, not both") from error
    return x.astype(np.float64), label.astype(np.int64), tuple(map(str, names))


def _weight(cut_weight: float | None, function: str) -> float:
    if cut_weight is None:
        return 1.0
    if function != "graph-cut":
        raise InvalidProblemError(
            f"cut_weight is {cut_weight:g}, and {function} has none; leave it out or choose "
            "'graph-cut'"
        )
    return checked_weight(cut_weight)


def _choices(method: str, function: str, neighbours: int | None, n_workers: int) -> None:
    for name, value, known in (
        ("method", method, PARTITION_METHODS),
        ("function", function, FUNCTIONS),
    ):
        require_choice(value, name, known)
    if neighbours is not None and neighbours < n_workers:
        raise InvalidProblemError(
            f"neighbours is {neighbours}; keep at least one per worker, {n_workers}"
        )


def _say_who_gets_none(capacities: IntArray, names: tuple[str, ...]) -> list[str]:
    n_workers = len(capacities)
    few = [names[k] for k in np.flatnonzero(capacities.sum(axis=0) < n_workers)]
    idle = np.flatnonzero(capacities.sum(axis=1) == 0)
    notes = []
    if few:
        shown = ", ".join(few[:5]) + (", ..." if len(few) > 5 else "")
        notes.append(
            f"class {shown} has fewer points than the {n_workers} workers; some get none: give it "
            "more points, or leave workers out"
        )
    if idle.size:
        notes.append(
            f"worker {idle[0]} is too slow to get a point ({idle.size} such); leave it out"
        )
    for note in notes:
        warn(note)
    return notes
