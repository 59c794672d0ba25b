"""Clipped updates and noise on the server's step: DP-FedAvg of McMahan et al., ICLR 2018."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_positive
from roundlot.simulate.engines.engine import Engine, Evaluation
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.runs.checkpoints import named
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Method, Step
from roundlot.simulate.training.round import Round
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.random_streams import PRIVACY_NOISE

#: Methods whose draws depend on who is there and on data sizes alone, and that remember nothing.
PRIVATE = tuple(
    f"roundlot.simulate.methods.random.{name}" for name in ("DataSize", "Random", "Uniform")
)
RATE = "privacy_rate"  # the figure that holds a round's greatest chance to be drawn
_ROUNDING = 1.0 + 1e-6


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """How much of one client a model may show.

    Every update ``G`` is scaled to ``G min(1, clip/‖G‖)``. A model's step then gets normal noise of
    standard deviation ``noise · clip · max_i d_i/p_i`` in every entry, also in rounds in which
    nobody is drawn: the largest change that one client's update makes to it, times ``noise``. What
    is private is a client's update, of all models and rounds; data sizes and who is there count as
    known. The noise follows from the run's seed, so that who knows the seed can take it off.

    Attributes:
        clip: ``S``, greatest norm of an update, above 0.
        noise: ``z``, at least 0; 0 clips alone, and gives no privacy.
        delta: of the guarantee (ε, δ), in (0, 1).

    Raises:
        InvalidProblemError: a value out of its range.
    """

    clip: float
    noise: float = 0.0
    delta: float = 1e-5

    def __post_init__(self) -> None:
        check_positive(self.clip, "privacy's clip")
        if self.noise != 0.0:
            check_positive(self.noise, "privacy's noise")
        if not 0.0 < self.delta < 1.0:
            raise InvalidProblemError(f"privacy's delta is {self.delta:g}; give a number in (0, 1)")


@dataclass(frozen=True, kw_only=True, eq=False)
class ClippedEngine:
    """An engine whose updates have a norm of at most ``clip``; else it is the one that it wraps."""

    own: Engine
    clip: float

    @property
    def plan(self) -> LocalPlan:
        """The engine's."""
        return self.own.plan

    def updates(
        self,
        parameters: Tensor,
        clients: IntArray,
        round_: int,
        *,
        correction: Tensor | None = None,
    ) -> Tensor:
        """The engine's, each scaled down if it is too long."""
        rows = self.own.updates(parameters, clients, round_, correction=correction)
        norms = torch.linalg.vector_norm(rows, dim=1, keepdim=True, dtype=torch.float64)
        factors = (self.clip / norms).clamp(max=1.0).to(rows)
        return torch.mul(rows, factors)

    def losses(self, parameters: Tensor, clients: IntArray) -> FloatArray:
        """The engine's."""
        return self.own.losses(parameters, clients)

    def evaluate(self, parameters: Tensor) -> Evaluation:
        """The engine's."""
        return self.own.evaluate(parameters)


def check_private(
    privacy: Privacy, federation: Federation, method: Method, *, design: str, measure: bool
) -> None:
    """Refuse noise where its privacy could not be accounted for.

    Raises:
        InvalidProblemError: a method whose draws depend on the data or that remembers updates,
            draws that are not independent, clients with several processors, or measured steps.
    """
    if not privacy.noise:
        return
    faults = (
        (
            named(type(method)) not in PRIVATE,
            f"method {method.name!r} is not one whose draws are private; choose random, uniform or"
            " data-size",
        ),
        (design != "independent", f"design is {design!r}; choose independent"),
        (
            bool((np.asarray(federation.processors) > 1).any()),
            "some clients have several processors; give each one",
        ),
        (measure, "measure compares steps without noise; leave it out"),
    )
    for wrong, what in faults:
        if wrong:
            raise InvalidProblemError(f"privacy's noise is {privacy.noise:g}, but {what}")


def with_noise(privacy: Privacy, round_: Round, step: Step) -> Step:
    """The step of a private round, with noise, and with the chance to be drawn among its figures.

    Raises:
        InvalidProblemError: an update that weighs more than its chance to be drawn allows.
    """
    if not privacy.noise or step.probabilities is None:
        return step
    p = np.asarray(step.probabilities, dtype=np.float64)
    weights = np.divide(round_.weights, p, out=np.zeros_like(p), where=p > 0.0)
    largest = weights.max(axis=0)
    directions = list(step.directions)
    for model, weight in enumerate(largest):
        if step.fresh_weights[model].max(initial=0.0) > weight * _ROUNDING:
            raise InvalidProblemError(
                f"an update of {round_.federation.tasks[model].name!r} weighs more than d/p; its"
                " noise would be too small"
            )
        if weight > 0.0:
            row = round_.parameters[model]
            noise = _noise(round_, model, row) * (privacy.noise * privacy.clip * weight)
            old = directions[model]
            directions[model] = noise if old is None else old + noise
    rate = float(min(1.0, p.sum(axis=1).max(initial=0.0)))
    figures = dict(step.figures) | {RATE: rate}
    return replace(step, directions=tuple(directions), figures=figures)


def _noise(round_: Round, model: int, row: Tensor) -> Tensor:
    generator = PRIVACY_NOISE.generator(round_.seed, round_.index, model)
    return torch.from_numpy(generator.standard_normal(len(row))).to(row)
