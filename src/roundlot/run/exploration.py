"""What a run keeps so that its problem can be solved again for other budgets and fewer clients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from roundlot import simulate
from roundlot.fleet import Fleet
from roundlot.fleet.limits import group_names
from roundlot.run.case import Case
from roundlot.run.records import (
    BoundGround,
    Exploring,
    FloatArray,
    GradientEnd,
    Grouping,
    IntArray,
    SharedCap,
)
from roundlot.run.rounds_bound import AT_THE_START, constants
from roundlot.theory import Problem
from roundlot.theory.text import plural

_MOST = 24
_QUARTERS = ("lowest quarter", "second quarter", "third quarter", "highest quarter")


def exploring(case: Case) -> Exploring:
    """What exploring a case needs beside its scores."""
    problem, fleet = case.problem, case.fleet
    names = [name for name in ("model_budgets", "costs") if getattr(problem, name) is not None]
    return Exploring(
        floor=case.setup.limits.floor,
        ceiling=case.setup.limits.ceiling,
        model_weights=problem.model_weights,
        samples=fleet.samples,
        weighted=case.setup.scores.source != "scores",
        losses=_per_client(case),
        groupings=groupings(
            fleet,
            problem,
            names=group_names(
                fleet, case.setup.limits, case.setup.folder, case.setup.loaded.everybody
            ),
            sized=case.setup.source.source != "scores",
        ),
        shared_caps=tuple(SharedCap(name=n, label=v, caps=c) for n, v, c in problem.levels),
        unsupported=" and ".join(names),
        ground=_ground(case),
    )


def _per_client(case: Case) -> FloatArray | None:
    """Losses ``(N, S)``; None where they are not known, or differ between processors."""
    if case.losses is None:
        return None
    table = np.where(case.problem.available, case.losses, 0.0)
    first = table[np.flatnonzero(np.diff(case.fleet.client, prepend=-1))]
    return first if np.array_equal(case.fleet.expand(first), table) else None


def _ground(case: Case) -> BoundGround | None:
    known, land = constants(case), case.landscape
    if known is None or (land is None and case.setup.scores.kind == "loss"):
        return None  # losses do not tell the variance of a step
    smoothness, strong_convexity, initial, assumption = known
    return BoundGround(
        smoothness=smoothness,
        strong_convexity=strong_convexity,
        initial=initial,
        target=case.setup.bound.target * initial,
        assumption=assumption,
        ends=() if assumption == AT_THE_START else _ends(case),
        client_smoothness=None if land is None else land.client_smoothness,
    )


def _ends(case: Case) -> tuple[GradientEnd, ...]:
    land, fleet = case.landscape, case.fleet
    assert land is not None
    return tuple(
        GradientEnd(
            norms=simulate.Updates(
                directions=gradients, client=fleet.client, weights=fleet.weights
            ).norms,
            losses=np.where(fleet.available, losses, 0.0),
        )
        for gradients, losses in (
            (land.gradients_start, land.losses_start),
            (land.gradients_optimum, land.losses_optimum),
        )
    )


def groupings(
    fleet: Fleet, problem: Problem, *, names: Sequence[Sequence[str]] = (), sized: bool = True
) -> tuple[Grouping, ...]:
    """Those that tell clients of the fleet apart; the problem's own groups come first.

    ``names`` are those of its groups by label, level by level; ``sized`` whether numbers of
    samples are known.
    """
    return tuple(one for one in _all(fleet, problem, names, sized) if 2 <= len(one.labels) <= _MOST)


def _all(
    fleet: Fleet, problem: Problem, names: Sequence[Sequence[str]], sized: bool
) -> Iterator[Grouping]:
    first = np.flatnonzero(np.diff(fleet.client, prepend=-1))
    levels = [(name, label[first]) for name, label, _ in problem.levels if name != "client"]
    for depth, (name, of) in enumerate(levels):
        called = names[depth] if names else ()
        yield _named(name, of, lambda k, called=called: called[k] if called else f"group {k}")
    yield _models(fleet)
    yield _named("processors", fleet.processors, lambda k: f"{k} {plural(k, 'processor')}")
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
        return _named("models", fleet.available.sum(axis=1), lambda k: f"{k} {plural(k, 'model')}")
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
