"""Local training of every client at once: the updates, losses and gradients that scores need."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.simulate.devices import chosen_device, single_thread
from roundlot.simulate.local.client_samples import ClientSamples, share_weights
from roundlot.simulate.local.softmax import (
    BlockedSamples,
    ClientBlock,
    client_losses,
    client_losses_and_gradients,
    gradients_only,
    losses_only,
)
from roundlot.theory import ConvergenceError
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.names import entries_of, require_choice
from roundlot.theory.positions import by_position
from roundlot.theory.random_streams import SHUFFLE
from roundlot.theory.text import rounded_down, short_repr

UpdateArray = npt.NDArray[np.floating[Any]]

# A mean loss this many times that of zero weights is a divergence, though still finite.
_DIVERGED = 100.0


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """Local gradient descent on softmax regression, and the rounds that lead up to it.

    Attributes:
        learning_rate: step size of the local gradient descent, above 0.
        epochs: passes over a client's data in a round, at least 1.
        batch_size: samples of a step, or None for all that the client holds. Batches are drawn
            without replacement afresh in every epoch; the last one of a client may be smaller.
        l2: strength of the ridge term, above 0: the strong convexity of every objective.
        warmup_rounds: rounds of full participation from zero weights that lead to the starting
            point, so that losses and norms are those of training under way.
        precision: "float64" or "float32", of the arithmetic and of the updates.

    Raises:
        InvalidProblemError: a value out of its range.
    """

    learning_rate: float = 0.2
    epochs: int = 5
    batch_size: int | None = None
    l2: float = 0.01
    warmup_rounds: int = 5
    precision: Literal["float64", "float32"] = "float64"

    def __post_init__(self) -> None:
        check_positive(self.learning_rate, "learning_rate")
        check_positive(self.l2, "l2")
        check_count(self.epochs, "epochs", 1)
        check_count(self.warmup_rounds, "warmup_rounds", 0)
        if self.batch_size is not None:
            check_count(self.batch_size, "batch_size", 1)
        require_choice(self.precision, "precision", ("float64", "float32"))


@dataclass(frozen=True, kw_only=True, eq=False)
class LocalTraining:
    """What a round of full participation yields at the starting point, per client and model.

    Attributes:
        updates: per model ``(N, dim_s)``, ``G_is = w_before − w_after``; rows of clients without
            data are 0, here and below. ``dim_s = F C_s``, weights ``(F, C_s)`` row by row.
        gradients: per model ``(N, dim_s)``, gradients of the local objectives at the start.
        start: per model ``(dim_s,)`` float64, the weights at which the round starts.
        losses: ``(N, S)``, local objectives at the start, ridge term included.
        losses_after: ``(N, S)``, local objectives after local training.
        data_weights: ``(N, S)``, the clients' weights ``d`` in each model's objective.
        warmup_losses: ``(warmup_rounds + 1, S)``, global objectives from zero weights on.
        plan: how the clients trained.
        seed: of the mini-batches.
        device: where.
        seconds: wall time of everything.
    """

    updates: tuple[UpdateArray, ...]
    gradients: tuple[UpdateArray, ...]
    start: tuple[FloatArray, ...]
    losses: FloatArray
    losses_after: FloatArray
    data_weights: FloatArray
    warmup_losses: FloatArray
    plan: TrainingPlan
    seed: int
    device: str
    seconds: float

    __repr__ = short_repr

    @property
    def update_norms(self) -> FloatArray:
        """``(N, S)``, ``‖G_is‖``: times the weights, the scores of gradient-norm sampling."""
        return _norms(self.updates)

    @property
    def gradient_norms(self) -> FloatArray:
        """``(N, S)``, norms of the local gradients at the start."""
        return _norms(self.gradients)


@by_position()
def train_locally(
    samples: Sequence[ClientSamples],
    plan: TrainingPlan | None = None,
    *,
    data_weights: npt.ArrayLike | None = None,
    seed: int = 0,
    device: str = "auto",
    chunk: int | None = None,
) -> LocalTraining:
    """Every client's local update of every model, for scores and for simulating aggregates.

    Warms up with rounds of full participation, ``w <- w − Σ_i d_i G_i`` from zero, then trains
    all clients once more from there. Same bits for same seed, device and chunk.

    Args:
        samples: one ``ClientSamples`` per model, over the same clients.
        plan: ``TrainingPlan()`` by default.
        data_weights: ``(N, S)``, columns summing to 1; shares of the samples by default.
        seed: of the mini-batches.
        device: "auto", "cpu", "cuda" or "cuda:1".
        chunk: most numbers in a padded block of clients; by default fitted to the device.

    Raises:
        InvalidProblemError: malformed samples, weights, seed or device.
        ConvergenceError: training diverges; the message names the round and a safe step size.

    Source: McMahan et al. (AISTATS 2017), federated averaging.
    """
    begin = time.perf_counter()
    fleet = tuple(entries_of(samples, "give samples, one ClientSamples per model"))
    plan = plan or TrainingPlan()
    shares = share_weights(fleet, data_weights)
    place = torch.device(chosen_device(device))
    check_count(seed, "seed", 0)
    rounds = [
        _ModelRounds(fleet[model], shares[:, model], plan, model, seed, place, chunk)
        for model in range(len(fleet))
    ]
    with single_thread():
        results = [model.run() for model in rounds]
    return _record(results, shares, plan, seed, place, begin)


@dataclass(frozen=True, kw_only=True, eq=False)
class _ModelResult:
    updates: UpdateArray
    gradients: UpdateArray
    start: FloatArray
    losses: FloatArray
    losses_after: FloatArray
    warmup_losses: list[float]


class _ModelRounds:
    """The rounds of one model."""

    def __init__(
        self,
        samples: ClientSamples,
        shares: FloatArray,
        plan: TrainingPlan,
        model: int,
        seed: int,
        device: torch.device,
        chunk: int | None,
    ) -> None:
        dtype = torch.float64 if plan.precision == "float64" else torch.float32
        self.samples, self.shares, self.plan = samples, shares, plan
        self.model, self.seed = model, seed
        self.blocks = BlockedSamples(samples, dtype=dtype, device=device, entries=chunk)
        self.d = torch.tensor(shares, dtype=dtype, device=device)

    def run(self) -> _ModelResult:
        weights = torch.zeros(
            (self.samples.n_features, self.samples.n_labels),
            dtype=self.blocks.dtype,
            device=self.blocks.device,
        )
        curve = []
        for round_ in range(self.plan.warmup_rounds):
            curve.append(
                self._checked_loss(client_losses(weights, self.blocks, self.plan.l2), round_)
            )
            weights = self._averaged_round(weights, round_)
        losses, gradients = client_losses_and_gradients(weights, self.blocks, self.plan.l2)
        curve.append(self._checked_loss(losses, self.plan.warmup_rounds))
        updates, losses_after = self._local_round(weights)
        self._checked_loss(losses_after, self.plan.warmup_rounds + 1)
        return _ModelResult(
            updates=updates.numpy(),
            gradients=gradients.numpy(),
            start=weights.flatten().double().cpu().numpy(),
            losses=losses,
            losses_after=losses_after,
            warmup_losses=curve,
        )

    def _averaged_round(self, weights: Tensor, round_: int) -> Tensor:
        """The weights after a round of full participation, averaged with ``d``."""
        keys = self._keys(round_)
        mean = torch.zeros_like(weights)
        for block in self.blocks:
            trained = descend(weights, block, self.plan, keys)
            mean += torch.tensordot(self.d[block.clients], trained, dims=1)
        return mean

    def _local_round(self, weights: Tensor) -> tuple[Tensor, FloatArray]:
        """Updates ``(N, dim)`` and losses after them ``(N,)``, from shared weights."""
        keys = self._keys(self.plan.warmup_rounds)
        updates = torch.zeros((self.samples.n_clients, self.samples.dimension), dtype=weights.dtype)
        losses = np.zeros(self.samples.n_clients)
        for block in self.blocks:
            trained = descend(weights, block, self.plan, keys)
            members = block.clients.cpu()
            updates[members] = (weights - trained).flatten(1).cpu()
            after = losses_only(trained, block.features, block.target, block.weight, self.plan.l2)
            losses[members.numpy()] = after.cpu().numpy()
        return updates, losses

    def _keys(self, round_: int) -> Tensor | None:
        keys = shuffle_keys(
            len(self.samples.label), self.plan, seed=self.seed, model=self.model, round_=round_
        )
        return None if keys is None else torch.tensor(keys, device=self.blocks.device)

    def _checked_loss(self, losses: FloatArray, rounds: int) -> float:
        """The global loss after so many rounds; ConvergenceError if it has run away."""
        loss = float(self.shares @ losses)
        if np.isfinite(loss) and loss <= _DIVERGED * np.log(self.samples.n_labels):
            return loss
        safe = 1.0 / (0.5 * np.max(np.sum(self.samples.features**2, axis=1)) + self.plan.l2)
        raise ConvergenceError(
            f"training of model {self.model} diverges in round {rounds} (mean loss {loss:.3g} "
            f"after it): lower learning_rate from {self.plan.learning_rate:g} to "
            f"{rounded_down(safe, 3):g}, or scale the features down"
        )


def _record(
    results: list[_ModelResult],
    shares: FloatArray,
    plan: TrainingPlan,
    seed: int,
    device: torch.device,
    begin: float,
) -> LocalTraining:
    return LocalTraining(
        updates=tuple(read_only(result.updates) for result in results),
        gradients=tuple(read_only(result.gradients) for result in results),
        start=tuple(read_only(result.start) for result in results),
        losses=read_only(np.stack([result.losses for result in results], axis=1)),
        losses_after=read_only(np.stack([result.losses_after for result in results], axis=1)),
        data_weights=read_only(shares),
        warmup_losses=read_only(np.array([result.warmup_losses for result in results]).T),
        plan=plan,
        seed=seed,
        device=str(device),
        seconds=time.perf_counter() - begin,
    )


def _norms(tables: tuple[UpdateArray, ...]) -> FloatArray:
    return np.stack([np.linalg.norm(table.astype(np.float64), axis=1) for table in tables], axis=1)


def descend(start: Tensor, block: ClientBlock, plan: TrainingPlan, keys: Tensor | None) -> Tensor:
    """Weights ``(b, F, C)`` of a block's clients after a round from shared weights ``(F, C)``.

    ``keys`` ``(epochs, n)`` from `shuffle_keys` order the samples when the plan has mini-batches.
    """
    weights = start.expand(len(block.clients), *start.shape).clone()
    if keys is None:
        for _ in range(plan.epochs):
            _step(weights, block.features, block.target, block.weight, plan)
        return weights
    for epoch in range(plan.epochs):
        _batched_epoch(weights, block, keys[epoch][block.rows], plan)
    return weights


def shuffle_keys(
    n_samples: int, plan: TrainingPlan, *, seed: int, model: int, round_: int
) -> npt.NDArray[np.float64] | None:
    """``(epochs, n)`` sort keys that shuffle the samples; None without mini-batches.

    They belong to the flat samples, so the batches do not depend on how clients are blocked.
    """
    if plan.batch_size is None:
        return None
    return SHUFFLE.generator(seed, model, round_).random((plan.epochs, n_samples))


def _batched_epoch(weights: Tensor, block: ClientBlock, keys: Tensor, plan: TrainingPlan) -> None:
    assert plan.batch_size is not None
    held = block.weight > 0.0
    order = torch.argsort(torch.where(held, keys, torch.inf), dim=1, stable=True)
    for start in range(0, order.shape[1], plan.batch_size):
        _batch_step(weights, block, order[:, start : start + plan.batch_size], held, plan)


def _batch_step(
    weights: Tensor, block: ClientBlock, chosen: Tensor, held: Tensor, plan: TrainingPlan
) -> None:
    """One step on the chosen samples ``(b, k)``; clients that have run out stay where they are."""
    present = torch.gather(held, 1, chosen)
    active = present.any(1)
    weight = present / present.sum(1, keepdim=True).clamp(min=1)
    row = torch.arange(len(chosen), device=chosen.device)[:, None]
    features, target = block.features[row, chosen], block.target[row, chosen]
    gradients = gradients_only(weights, features, target, weight.to(weights), plan.l2)
    weights -= plan.learning_rate * gradients * active[:, None, None]


def _step(
    weights: Tensor, features: Tensor, target: Tensor, weight: Tensor, plan: TrainingPlan
) -> None:
    gradients = gradients_only(weights, features, target, weight, plan.l2)
    weights.sub_(gradients, alpha=plan.learning_rate)
