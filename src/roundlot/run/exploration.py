"""What a run keeps so that its problem can be solved again for other budgets and fewer clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from roundlot.fleet.limits import group_names
from roundlot.run.grouping import Grouping, groupings
from roundlot.run.parts import FloatArray, IntArray
from roundlot.run.rounds_bound import AT_THE_START, constants

if TYPE_CHECKING:
    from roundlot.run.case import Case


@dataclass(frozen=True, kw_only=True, eq=False)
class SharedCap:
    """A cap on the draws of every client or group: labels ``(V,)``, caps ``(G,)``."""

    name: str
    label: IntArray
    caps: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class GradientEnd:
    """Gradients where training starts or ends: norms ``‖∇f_is‖`` and losses, both ``(N, S)``."""

    norms: FloatArray
    losses: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class BoundGround:
    """Constants of the bound on rounds: ``Σ_s E‖w_s − w_s*‖²`` from ``initial`` to ``target``.

    ``ends`` are the start, for whose gradients the probabilities are, and the optimum; empty where
    the variance for the scores of the run is taken for that of every round. ``client_smoothness``
    is ``(N, S)``, of every ``f_is``, where there are ends.
    """

    smoothness: float
    strong_convexity: float
    initial: float
    target: float
    assumption: str
    ends: tuple[GradientEnd, ...] = ()
    client_smoothness: FloatArray | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Exploring:
    """Limits, data and groups of ``N`` clients beside the scores of a run.

    Attributes:
        floor, ceiling: of every available pair.
        model_weights: ``(S,)``, ``λ``.
        samples: ``(N, S)``, from which the data weights follow.
        weighted: whether scores carry the data weights, which are shared anew when clients go.
        losses: ``(N, S)``, unweighted; None if not known.
        groupings: ways to put clients into groups.
        shared_caps: of clients and groups, finest first.
        unsupported: limits for which there is no exact path over the budget; empty if none.
        ground: of the bound on rounds, if there is one.
    """

    floor: float
    ceiling: float
    model_weights: FloatArray
    samples: IntArray
    weighted: bool
    losses: FloatArray | None = None
    groupings: tuple[Grouping, ...] = ()
    shared_caps: tuple[SharedCap, ...] = ()
    unsupported: str = ""
    ground: BoundGround | None = None


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
            names=group_names(fleet, case.setup.limits, case.setup.folder),
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
    from roundlot.simulate import Updates

    land, fleet = case.landscape, case.fleet
    assert land is not None
    return tuple(
        GradientEnd(
            norms=Updates(directions=gradients, client=fleet.client, weights=fleet.weights).norms,
            losses=np.where(fleet.available, losses, 0.0),
        )
        for gradients, losses in (
            (land.gradients_start, land.losses_start),
            (land.gradients_optimum, land.losses_optimum),
        )
    )
