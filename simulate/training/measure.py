"""What a round's step should have been, and how far off theory says it may be.

Everybody present trains once more at the parameters where the round started, outside the round: the
method does not see it, and batches are a function of (seed, model, round, client), so that training
goes the same way with measurements and without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.designs import Design
from roundlot.simulate.engines.engine import Engine
from roundlot.simulate.training.bias import measure_bias
from roundlot.simulate.training.method import Anchor, Memory, Method, Step
from roundlot.simulate.training.round import Round
from roundlot.simulate.updates import Updates
from roundlot.theory import AssumptionError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.moments.estimator import model_variance

#: Updates of a round and what is left of them are held together only below this many bytes; beyond,
#: they pass in chunks, and what needs them together (other designs' variances, second moments,
#: bias) is NaN. Second moments copy them in float64, a bias copies the method's memory: some 600
#: MB of libraries, data and all that stay below 2 GB.
MOST_BYTES = 1 << 28
_EXACT = ("independent", "turns", "blocks")


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """Of one round: see `roundlot.simulate.training.history.History` for what the names mean."""

    squared_error: FloatArray
    predicted_variance: FloatArray
    step_norm: FloatArray
    bias: FloatArray
    second_moment_ratio: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Everybody:
    """One model's updates of all who are present.

    Attributes:
        full_step: ``(P,)`` float64, ``Σ d G``; those who are away by what stands for them, if they
            are in the step.
        residual_norms: ``(N,)``, ``‖G_i − anchor_i‖``, 0 for the absent.
        updates: ``(k, P)`` of those present, or None if they are too many to hold.
        residuals: ``(k, P)``, updates less anchors, or None likewise.
        clients: ``(k,)``.
    """

    full_step: FloatArray
    residual_norms: FloatArray
    updates: Tensor | None
    residuals: Tensor | None
    clients: IntArray


def is_biased(method: Method) -> bool:
    """Whether rounds are played again to measure a bias, from the memory before them."""
    return method.label.startswith("biased")


def not_measured(n_models: int) -> Measured:
    """NaN throughout."""
    nan = np.full(n_models, np.nan)
    return Measured(
        squared_error=nan,
        predicted_variance=nan,
        step_norm=nan,
        bias=nan,
        second_moment_ratio=float("nan"),
    )


def measure_round(
    round_: Round,
    step: Step,
    engines: Sequence[Engine],
    *,
    method: Method,
    memory: Memory,
    chunk: int,
) -> Measured:
    """Realised and predicted error of a round's step.

    Methods that send corrections are not measured, whoever was drawn: what clients would have
    learnt without being heard is not defined. Nor are models that nobody could be drawn for: it was
    not their turn.

    Args:
        round_: the round, over.
        step: what the method did in it.
        engines: one a model.
        method: and
        memory: what it remembered before the round; played again to measure a bias.
        chunk: clients trained at a time.
    """
    n_models = round_.federation.n_models
    hold = is_held(round_)
    everybody = [_train(round_, step, engines[s], s, chunk, hold) for s in range(n_models)]
    left_out = np.full(n_models, step.corrected) | round_.corrected.any(axis=0) | _out_of_turn(step)
    missing = bool((left_out & round_.going).any())
    error = np.array(
        [_error(step.directions[s], all_.full_step) for s, all_ in enumerate(everybody)]
    )
    norms = np.array([float(np.linalg.norm(all_.full_step)) for all_ in everybody])
    predicted, ratio = _predict(round_, step, method, everybody)
    bias = np.full(n_models, np.nan)
    if is_biased(method) and hold and not missing:
        rows = [all_.updates for all_ in everybody if all_.updates is not None]
        bias = measure_bias(
            round_, engines, method, memory, rows, [all_.full_step for all_ in everybody]
        )
    error[left_out] = predicted[left_out] = norms[left_out] = np.nan
    return Measured(
        squared_error=error,
        predicted_variance=predicted,
        step_norm=norms,
        bias=bias,
        second_moment_ratio=float("nan") if missing else ratio,
    )


def weight_variance(round_: Round, step: Step, method: Method) -> FloatArray:
    """``(S,)``: the variance of the aggregate weights by theory, NaN where it is not known."""
    rule = drawn_by(round_, step, method)
    if rule is None:
        return np.full(round_.federation.n_models, np.nan)
    weights = _weights(round_, step)
    drawable = _drawable(rule, weights)
    try:
        variance = rule.aggregate_weight_variance(np.where(drawable, weights, 0.0))
    except AssumptionError:
        return np.full(round_.federation.n_models, np.nan)
    return np.where(drawable, variance, np.inf)


def drawn_by(round_: Round, step: Step, method: Method) -> Design | None:
    """The design of the probabilities, if the step is unbiased and was drawn by the round."""
    rule, table = round_.rule, step.probabilities
    if rule is None or table is None or not method.label.startswith("unbiased"):
        return None
    same = table.shape == rule.probabilities.shape and np.allclose(table, rule.probabilities)
    return rule if same else None


def _weights(round_: Round, step: Step) -> FloatArray:
    """``(V, S)``: the mean weight of each processor's update of those present."""
    if step.shares is None:
        return round_.weights
    return round_.for_processors(_mean_weights(round_, step))


def _mean_weights(round_: Round, step: Step) -> FloatArray:
    """``(N, S)``: how much each client's update of this round weighs on average over the draw."""
    weights = step.shares if step.mean_weights is None else step.mean_weights
    return round_.data_weights if weights is None else np.where(round_.present, weights, 0.0)


def _drawable(rule: Design, scores: FloatArray) -> BoolArray:
    """``(S,)``: models all of whose scores ``(V, S)`` above 0 can be drawn."""
    return np.asarray(~((rule.probabilities == 0.0) & (scores > 0.0)).any(axis=0))


def _out_of_turn(step: Step) -> BoolArray:
    """``(S,)``: which models had no probability at all."""
    if step.probabilities is None:
        return np.zeros(len(step.directions), dtype=bool)
    return np.asarray(~step.probabilities.any(axis=0))


def is_held(round_: Round) -> bool:
    """Whether the updates of all who are present are few enough to be held together."""
    sizes = [row.numel() * row.element_size() for row in round_.parameters]
    return 2.0 * float(round_.present.sum(axis=0) @ np.array(sizes)) <= MOST_BYTES


def _train(
    round_: Round, step: Step, engine: Engine, model: int, chunk: int, hold: bool
) -> Everybody:
    clients = np.flatnonzero(round_.present[:, model])
    start = round_.parameters[model]
    full = torch.zeros(start.shape, dtype=torch.float64, device=start.device)
    norms = np.zeros(round_.federation.n_clients)
    weights = _mean_weights(round_, step)
    size = clients.size if hold else 0
    held = start.new_empty((size, len(start)))
    left = held if step.anchor is None else start.new_empty((size, len(start)))
    for first in range(0, clients.size, chunk):
        some = clients[first : first + chunk]
        rows = engine.updates(start, some, round_.index)
        shares = torch.as_tensor(weights[some, model], device=start.device)
        full += shares @ rows.double()
        residual = rows if step.anchor is None else rows - step.anchor(model, some).to(rows)
        norms[some] = torch.linalg.vector_norm(residual, dim=1, dtype=torch.float64).cpu().numpy()
        if hold:
            held[first : first + chunk] = rows
            left[first : first + chunk] = residual
    if step.shares is not None and step.anchor is not None:
        kept = step.shares[:, model] - weights[:, model]
        full += _remembered(kept, step.anchor, model, start, chunk)
    return Everybody(
        full_step=full.cpu().numpy(),
        residual_norms=norms,
        updates=held if hold else None,
        residuals=left if hold else None,
        clients=clients,
    )


def _remembered(
    weights: FloatArray, anchor: Anchor, model: int, start: Tensor, chunk: int
) -> Tensor:
    """``(P,)`` float64: what the step keeps on average of what is remembered, ``Σ weight β h``."""
    clients = np.flatnonzero(weights)
    total = torch.zeros_like(start, dtype=torch.float64)
    for first in range(0, clients.size, chunk):
        some = clients[first : first + chunk]
        part = torch.as_tensor(weights[some], device=total.device)
        total += part @ anchor(model, some).double()
    return total


def _error(direction: Tensor | None, full_step: FloatArray) -> float:
    went = 0.0 if direction is None else direction.double().cpu().numpy()
    gap = went - full_step
    return float(gap @ gap)


def _predict(
    round_: Round, step: Step, method: Method, everybody: list[Everybody]
) -> tuple[FloatArray, float]:
    """``(S,)`` variances and the ratio ``E Y²/(E Y)²`` of their sum."""
    nothing = np.full(len(everybody), np.nan)
    rule = drawn_by(round_, step, method)
    if rule is None:
        return nothing, float("nan")
    norms = np.stack([all_.residual_norms for all_ in everybody], axis=1)
    weights = _weights(round_, step)
    scores = weights * norms[round_.federation.client]
    drawable = _drawable(rule, scores)
    updates = _residual_updates(round_, everybody, drawable, weights)
    if updates is None:
        if rule.name != "independent":
            return nothing, float("nan")
        return model_variance(scores, rule.probabilities), float("nan")
    try:
        variance = np.where(drawable, rule.model_variance(updates), np.inf)
    except AssumptionError:
        return nothing, float("nan")
    if rule.name not in _EXACT or not np.all(np.isfinite(variance)):
        return variance, float("nan")
    return variance, rule.squared_error_moments(updates).second_moment_ratio


def _residual_updates(
    round_: Round, everybody: list[Everybody], drawable: BoolArray, weights: FloatArray
) -> Updates | None:
    """What is left of everybody's updates; zeros for a model that has no finite variance."""
    tables = []
    for all_, finite in zip(everybody, drawable, strict=True):
        if all_.residuals is None:
            return None
        rows = all_.residuals.cpu().numpy()
        table = np.zeros((round_.federation.n_clients, len(all_.full_step)), dtype=rows.dtype)
        if finite:
            table[all_.clients] = rows
        tables.append(table)
    return Updates(directions=tables, client=round_.federation.client, weights=weights)
