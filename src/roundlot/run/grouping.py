"""Ways to put the clients of a fleet into groups: by what they can do, hold, or belong to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from roundlot.run.parts import FloatArray, IntArray

if TYPE_CHECKING:
    from roundlot.fleet import Fleet
    from roundlot.theory import Problem

_MOST = 24
_QUARTERS = ("lowest quarter", "second quarter", "third quarter", "highest quarter")


@dataclass(frozen=True, kw_only=True, eq=False)
class Grouping:
    """A name, the labels of the groups, and ``(N,)``, the group of every client."""

    name: str
    labels: tuple[str, ...]
    of: IntArray


def groupings(
    fleet: Fleet, problem: Problem, *, names: Sequence[str] = (), sized: bool = True
) -> tuple[Grouping, ...]:
    """Those that tell clients of the fleet apart; the problem's own groups come first.

    ``names`` are those of its groups by label; ``sized`` whether numbers of samples are known.
    """
    return tuple(one for one in _all(fleet, problem, names, sized) if 2 <= len(one.labels) <= _MOST)


def _all(fleet: Fleet, problem: Problem, names: Sequence[str], sized: bool) -> Iterator[Grouping]:
    first = np.flatnonzero(np.diff(fleet.client, prepend=-1))
    for name, label, _ in problem.levels:
        if name != "client":
            yield _named(name, label[first], lambda k: names[k] if names else f"group {k}")
    yield _models(fleet)
    yield _named("processors", fleet.processors, lambda k: f"{k} processor{'s' * (k > 1)}")
    if sized:
        yield _quarters("data", fleet.samples.sum(axis=1).astype(np.float64), "samples")
    yield _quarters("score", _client_scores(fleet, problem), "")
    if fleet.speed is not None:
        yield _quarters("speed", fleet.speed, "samples/s")
    if fleet.link is not None:
        yield _quarters("link", fleet.link, "Mbit/s")


def _client_scores(fleet: Fleet, problem: Problem) -> FloatArray:
    rows = np.minimum(problem.weighted_scores.sum(axis=1), np.finfo(np.float64).max)
    return np.asarray(
        np.bincount(fleet.client, weights=rows, minlength=fleet.n_clients), dtype=np.float64
    )


def _named(name: str, value: IntArray, say: object) -> Grouping:
    assert callable(say)
    known, of = np.unique(value, return_inverse=True)
    return Grouping(
        name=name,
        labels=tuple(str(say(int(k))) for k in known),
        of=of.reshape(-1).astype(np.int64),
    )


def _models(fleet: Fleet) -> Grouping:
    """By the models that a client can train; by how many where that makes too many groups."""
    known, of = np.unique(fleet.available, axis=0, return_inverse=True)
    if len(known) > _MOST:
        return _named("models", fleet.available.sum(axis=1), lambda k: f"{k} model{'s' * (k > 1)}")
    labels = [
        " + ".join(m for m, has in zip(fleet.models, row, strict=True) if has) for row in known
    ]
    every = [bool(row.all()) and len(row) > 1 for row in known]
    return Grouping(
        name="models",
        labels=tuple(
            "all models" if whole else text for whole, text in zip(every, labels, strict=True)
        ),
        of=of.reshape(-1).astype(np.int64),
    )


def _quarters(name: str, value: FloatArray, unit: str) -> Grouping:
    """Four groups of nearly equal size, fewer where many clients have the same value."""
    edges = np.quantile(value, [0.25, 0.5, 0.75], method="lower")
    place = np.searchsorted(edges, value, side="left")
    known, of = np.unique(place, return_inverse=True)
    ends = [(value[place == k].min(), value[place == k].max()) for k in known]
    return Grouping(
        name=name,
        labels=tuple(
            f"{_QUARTERS[k]}: {low:.3g} to {high:.3g} {unit}".rstrip()
            for k, (low, high) in zip(known.tolist(), ends, strict=True)
        ),
        of=of.reshape(-1).astype(np.int64),
    )
