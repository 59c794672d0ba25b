"""The parts of a run's result: fleet, solution, simulations, bound, what exploring it needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot import theory
from roundlot.theory.tabular import Plain
from roundlot.theory.text import short_repr

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class FleetSummary:
    """A fleet in a few numbers, whatever its size.

    ``processors`` maps a number of processors ``B`` to the number of clients that have it.
    ``availability`` is ``(S,)``, the share of clients that can train each model; ``samples`` is
    ``(S,)``, each model's samples over all clients. ``speed`` (samples/s) and ``link`` (Mbit/s)
    are ``(least, median, greatest)``, empty when the fleet does not say.
    """

    n_clients: int
    n_processors: int
    models: tuple[str, ...]
    availability: FloatArray
    samples: IntArray
    processors: Mapping[str, int]
    speed: tuple[float, ...] = ()
    link: tuple[float, ...] = ()

    __repr__ = short_repr

    @property
    def n_models(self) -> int:
        """``S``, the number of models."""
        return len(self.models)


@dataclass(frozen=True, kw_only=True, eq=False)
class SolutionSummary:
    """What the solver found; ``rigorous`` if the judge of certificates proves bound and gap.

    ``objective`` is ``Σ λ a²/p``, ``variance`` is ``Σ λ a² (1/p − 1)``, ``model_variance`` its part
    per model, ``(S,)``. ``gap`` is relative, ``price`` the multiplier of the budget (what one more
    expected draw would save), ``level`` the ``t`` of ``q_v = min(c_v, t M_v)`` where the problem
    has that form, else None.
    """

    method: str
    budget: float
    objective: float
    variance: float
    model_variance: FloatArray
    lower_bound: float
    gap: float
    rigorous: bool
    seconds: float
    price: float | None = None
    level: float | None = None
    notes: tuple[str, ...] = ()

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class ReferenceSummary:
    """The same problem given to an independent solver. ``difference`` is of the objectives."""

    method: str
    objective: float
    difference: float
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class SimulationRecord:
    """One method's prediction beside what was realised.

    ``low`` and ``high`` are the ends of the confidence interval of ``realised``, the mean of
    ``Σ_s ‖Δ_s − Σu‖²``. The aggregate weights are ``(S,)``: mean of ``H_s`` (1 when unbiased), its
    predicted and its realised variance.
    """

    method: str
    design: str
    predicted: float
    realised: float
    low: float
    high: float
    confidence: float
    rounds: int
    seconds: float
    device: str
    weight_mean: FloatArray
    weight_predicted: FloatArray
    weight_realised: FloatArray
    draws: float | None = None
    uploads: float | None = None

    __repr__ = short_repr

    @property
    def ratio(self) -> float:
        """Realised over predicted; 1 when both are 0."""
        if self.predicted == 0.0:
            return 1.0 if self.realised == 0.0 else float("inf")
        return self.realised / self.predicted

    @property
    def rounds_per_second(self) -> float:
        """Rounds simulated in a second."""
        return self.rounds / self.seconds if self.seconds > 0 else float("inf")


@dataclass(frozen=True, kw_only=True, eq=False)
class TheoremRecord:
    """A theorem that a bound rests on: its name, claim in LaTeX, conditions, source."""

    name: str
    latex: str
    conditions: tuple[str, ...]
    source: str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class MethodBound:
    """One method's bound: the rounds that reach the target (inf if none), and the curve.

    ``rounds`` and ``error`` are ``(n,)``: the bound on the error after so many rounds. ``schedule``
    says how the step sizes go, ``model`` which model it is about, if not all of them.
    ``rounds_at_least`` are what no step sizes fixed in advance undercut on a function with the same
    constants; ``refusal`` is why no theorem covers the method, where none does.
    """

    method: str
    rounds_to_target: float
    rounds: FloatArray
    error: FloatArray
    constants: Mapping[str, float] = field(default_factory=dict)
    model: str = ""
    schedule: str = ""
    rounds_at_least: float = 0.0
    refusal: str = ""

    @property
    def gap(self) -> float:
        """``rounds_to_target`` over ``rounds_at_least``; infinite where either says nothing."""
        if not self.rounds_at_least or math.isinf(self.rounds_at_least):
            return math.inf
        return self.rounds_to_target / self.rounds_at_least

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class BoundSummary(Plain):
    """Bounds of all methods on one quantity, with the theorems and constants they rest on.

    ``attained_by`` is the function on which no step sizes fixed in advance undercut
    ``rounds_at_least``.
    """

    quantity: str
    target: float
    constants: Mapping[str, float]
    theorems: tuple[TheoremRecord, ...]
    methods: tuple[MethodBound, ...]
    attained_by: str = ""

    def least(self, method: MethodBound) -> FloatArray:
        """``(n,)``, the errors on ``attained_by`` after its rounds that no step sizes fixed in
        advance get below.

        NaN where the constants are not known.
        """
        known = {**self.constants, **method.constants}
        noise = known.get("noise", known.get("variance"))
        mu, initial = known.get("strong_convexity"), known.get("initial")
        if not self.attained_by or mu is None or initial is None or noise is None:
            return np.full(len(method.rounds), np.nan)
        slope = known.get("expected_smoothness", 0.0)
        return theory.least_curve(method.rounds, mu=mu, noise=noise, slope=slope, initial=initial)


@dataclass(frozen=True, kw_only=True, eq=False)
class Grouping:
    """A name, the labels of the groups, and ``(N,)``, the group of every client."""

    name: str
    labels: tuple[str, ...]
    of: IntArray


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
