"""Groups of clients by what they lose on the models: K-means, as many as the silhouette likes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.random_streams import GROUP_MEMBERS

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
