"""Where training would end: the optimum of the federated objective and the constants of bounds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.simulate.devices import chosen_device, single_thread
from roundlot.simulate.local.client_samples import ClientSamples, share_weights
from roundlot.simulate.local.minima import WeightedObjective, bracket_minima, minimise
from roundlot.simulate.local.softmax import (
    BlockedSamples,
    client_losses_and_gradients,
    client_smoothness,
    smoothness_of,
)
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.cells import real_numbers
from roundlot.theory.names import entries_of
from roundlot.theory.positions import by_position
from roundlot.theory.text import plural, short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class Landscape:
    """The federated objectives ``F_s(w) = Σ_i d_is f_is(w)`` as bounds on training need them.

    Attributes:
        start: per model ``(dim_s,)``, the weights ``w0`` at which training starts.
        optimum: per model ``(dim_s,)``, the minimiser ``w*``.
        gradients_start, gradients_optimum: per model ``(N, dim_s)``, local gradients ``∇f_is``;
            rows of clients without data are 0.
        losses_start, losses_optimum: ``(N, S)``, local objectives ``f_is``.
        local_minima: ``(N, S)``, proved lower bounds on ``min f_is``, nearly reached.
        data_weights: ``(N, S)``, ``d``.
        model_smoothness: ``(S,)``, proved upper bounds on the smoothness of ``F_s``.
        client_smoothness: ``(N, S)``, the same of every ``f_is``; 0 for clients without data.
        strong_convexity: of every ``F_s`` and ``f_is``, the ridge term ``l2``.
        gradient_norm: ``(S,)``, ``‖∇F_s‖`` at the computed optimum, which therefore lies within
            ``gradient_norm / strong_convexity`` of the true one.
        iterations: ``(S,)``, Newton steps taken.
        seconds: wall time of everything.
    """

    start: tuple[FloatArray, ...]
    optimum: tuple[FloatArray, ...]
    gradients_start: tuple[FloatArray, ...]
    gradients_optimum: tuple[FloatArray, ...]
    losses_start: FloatArray
    losses_optimum: FloatArray
    local_minima: FloatArray
    data_weights: FloatArray
    model_smoothness: FloatArray
    client_smoothness: FloatArray
    strong_convexity: float
    gradient_norm: FloatArray
    iterations: npt.NDArray[np.int64]
    seconds: float

    __repr__ = short_repr

    @property
    def model_squared_distance(self) -> FloatArray:
        """``(S,)``, ``‖w0_s − w*_s‖²``."""
        pairs = zip(self.start, self.optimum, strict=True)
        return np.array([float(np.sum((start - best) ** 2)) for start, best in pairs])

    @property
    def squared_distance(self) -> float:
        """``Σ_s ‖w0_s − w*_s‖²``, all models joined in one vector."""
        return float(self.model_squared_distance.sum())

    @property
    def smoothness(self) -> float:
        """The smoothness of ``Σ_s F_s``: models share no weight, so the largest of theirs."""
        return float(self.model_smoothness.max())

    @property
    def objective_start(self) -> FloatArray:
        """``(S,)``, ``F_s(w0)``."""
        return _weighted_sum(self.data_weights, self.losses_start)

    @property
    def objective_optimum(self) -> FloatArray:
        """``(S,)``, ``F_s(w*)``."""
        return _weighted_sum(self.data_weights, self.losses_optimum)

    @property
    def suboptimality(self) -> FloatArray:
        """``(S,)``, ``F_s(w0) − F_s(w*)``."""
        return np.maximum(self.objective_start - self.objective_optimum, 0.0)

    @property
    def heterogeneity(self) -> FloatArray:
        """``(S,)``, proved upper bounds on ``Γ_s = Σ_i d_is (f_is(w*) − min f_is)``.

        Tight to the local steps taken: 50 gave the default fleet's to 1 in 1,000.
        """
        return _weighted_sum(self.data_weights, self.losses_optimum - self.local_minima)


@by_position()
def landscape(
    samples: Sequence[ClientSamples],
    *,
    l2: float,
    start: Sequence[npt.ArrayLike] | None = None,
    data_weights: npt.ArrayLike | None = None,
    tolerance: float = 1e-10,
    iterations: int = 50,
    local_steps: int = 50,
    device: str = "auto",
) -> Landscape:
    """The optimum and the constants of every model's objective, for bounds on rounds to a target.

    Args:
        samples: one ``ClientSamples`` per model, over the same clients.
        l2: strength of the ridge term, as in training.
        start: per model ``(dim_s,)``, such as ``LocalTraining.start``; zeros by default.
        data_weights: ``(N, S)``, columns summing to 1; shares of the samples by default.
        tolerance: ``‖∇F_s(w*)‖`` is at most this.
        iterations: most Newton steps for a model.
        local_steps: gradient steps of every client towards its own minimum.
        device: "auto", "cpu", "cuda" or "cuda:1".

    Raises:
        InvalidProblemError: malformed samples, weights, start, tolerance or device.
        ConvergenceError: the tolerance is not reached.
    """
    begin = time.perf_counter()
    fleet = tuple(entries_of(samples, "give samples, one ClientSamples per model"))
    shares = share_weights(fleet, data_weights)
    check_positive(l2, "l2")
    check_positive(tolerance, "tolerance")
    check_count(iterations, "iterations", 0)
    check_count(local_steps, "local_steps", 0)
    starts = _starts(fleet, start)
    place = torch.device(chosen_device(device))
    with single_thread():
        models = [
            _explore(
                BlockedSamples(fleet[s], dtype=torch.float64, device=place),
                shares[:, s],
                starts[s],
                _Search(l2=l2, tolerance=tolerance, iterations=iterations, local_steps=local_steps),
                s,
            )
            for s in range(len(fleet))
        ]
    return _joined(models, starts, shares, l2, begin)


@dataclass(frozen=True, kw_only=True)
class _Search:
    l2: float
    tolerance: float
    iterations: int
    local_steps: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _ModelLandscape:
    optimum: FloatArray
    gradients: tuple[FloatArray, FloatArray]
    losses: tuple[FloatArray, FloatArray]
    local_minima: FloatArray
    smoothness: float
    client_smoothness: FloatArray
    gradient_norm: float
    iterations: int


def _explore(
    blocks: BlockedSamples, shares: FloatArray, start: FloatArray, search: _Search, model: int
) -> _ModelLandscape:
    samples, l2 = blocks.samples, search.l2
    objective = WeightedObjective(blocks, shares, l2)
    first = torch.tensor(start, device=blocks.device)
    first = first.reshape(samples.n_features, samples.n_labels)
    found = minimise(
        objective, first, tolerance=search.tolerance, iterations=search.iterations, model=model
    )
    losses_start, gradients_start = client_losses_and_gradients(first, blocks, l2)
    losses_optimum, gradients_optimum = client_losses_and_gradients(found.weights, blocks, l2)
    smoothness = client_smoothness(blocks, l2)
    minima = bracket_minima(blocks, found.weights, smoothness, l2, search.local_steps)
    return _ModelLandscape(
        optimum=found.weights.flatten().cpu().numpy(),
        gradients=(gradients_start.numpy(), gradients_optimum.numpy()),
        losses=(losses_start, losses_optimum),
        local_minima=minima.lower,
        smoothness=float(smoothness_of(objective.second_moment.cpu().numpy(), l2)),
        client_smoothness=smoothness,
        gradient_norm=found.gradient_norm,
        iterations=found.iterations,
    )


def _joined(
    models: list[_ModelLandscape],
    starts: tuple[FloatArray, ...],
    shares: FloatArray,
    l2: float,
    begin: float,
) -> Landscape:
    return Landscape(
        start=starts,
        optimum=tuple(read_only(model.optimum) for model in models),
        gradients_start=tuple(read_only(model.gradients[0]) for model in models),
        gradients_optimum=tuple(read_only(model.gradients[1]) for model in models),
        losses_start=read_only(np.stack([model.losses[0] for model in models], axis=1)),
        losses_optimum=read_only(np.stack([model.losses[1] for model in models], axis=1)),
        data_weights=read_only(shares),
        model_smoothness=read_only(np.array([model.smoothness for model in models])),
        local_minima=read_only(np.stack([model.local_minima for model in models], axis=1)),
        client_smoothness=read_only(
            np.stack([model.client_smoothness for model in models], axis=1)
        ),
        strong_convexity=float(l2),
        gradient_norm=read_only(np.array([model.gradient_norm for model in models])),
        iterations=read_only(np.array([model.iterations for model in models], dtype=np.int64)),
        seconds=time.perf_counter() - begin,
    )


def _starts(
    samples: tuple[ClientSamples, ...], start: Sequence[npt.ArrayLike] | None
) -> tuple[FloatArray, ...]:
    if start is None:
        return tuple(read_only(np.zeros(model.dimension)) for model in samples)
    given = entries_of(start, "give start, a row of weights per model")
    if len(given) != len(samples):
        raise InvalidProblemError(
            f"start has {len(given)} {plural(len(given), 'model')}; samples have {len(samples)}"
        )
    arrays = tuple(
        np.array(real_numbers(weights, f"start[{number}]")) for number, weights in enumerate(given)
    )
    for number, (array, model) in enumerate(zip(arrays, samples, strict=True)):
        if array.shape != (model.dimension,) or not np.all(np.isfinite(array)):
            raise InvalidProblemError(
                f"start[{number}] has shape {array.shape}; "
                f"give {model.dimension} finite weights in one row"
            )
    return tuple(read_only(array) for array in arrays)


def _weighted_sum(weights: FloatArray, table: FloatArray) -> FloatArray:
    total: FloatArray = np.einsum("is,is->s", weights, table)
    return total
