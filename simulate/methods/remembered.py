"""The last update of every client and model, and the step that corrects it by those drawn.

``Δ_s = Σ_i d_i β_i h_i + Σ_{v drew s} (d/(B p)) (G_i − β_i h_i)``, the first sum over everybody who
is there, also when nobody drew the model. Unbiased for every ``β`` that is fixed before the draw.
Those who are not there are in neither sum, nor in the full step that this estimates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.methods.aggregation import blocks, combined, weighted_sum
from roundlot.simulate.methods.renewal import Renewal
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.theory.arrays import FloatArray, IntArray

Anchor = Callable[[int, IntArray], Tensor]


def nothing_remembered(federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
    """``updates s``: ``(N, P_s)`` of zeros, the ``h`` of every model ``s``."""
    return {
        _key(model): flat.new_zeros((federation.n_clients, flat.numel()))
        for model, flat in enumerate(parameters)
    }


def updates_of(memory: Memory, model: int) -> Tensor:
    """``(N, P_s)``, the ``h`` of a model."""
    table = memory[_key(model)]
    assert isinstance(table, Tensor)
    return table


@dataclass(frozen=True, kw_only=True, eq=False)
class Correction:
    """A round's step, its new memory, and what those drawn turned out to be.

    Attributes:
        memory: the same tables, with the updates of those drawn written into them.
        step: the unbiased step.
        fitted: ``(N, S)``, ``⟨G, h⟩/‖h‖²`` of those drawn with the old ``h``, NaN elsewhere.
        residual: ``(N, S)``, ``‖G − β h‖`` of those drawn with the ``β`` used, NaN elsewhere.
    """

    memory: Memory
    step: Step
    fitted: FloatArray
    residual: FloatArray


def corrected_step(round_: Round, memory: Memory, beta: FloatArray, lot: Lot) -> Correction:
    """The step above, with ``beta`` ``(N, S)``; the memory is renewed if all goes well."""
    models = range(len(round_.parameters))
    renewal = Renewal([updates_of(memory, model) for model in models])
    fitted, residual = (np.full(beta.shape, np.nan) for _ in range(2))

    def anchor(model: int, clients: IntArray) -> Tensor:
        old = renewal.before(model, clients)
        return (
            old * torch.as_tensor(beta[clients, [model]], device=old.device).to(old.dtype)[:, None]
        )

    def heard(model: int, clients: IntArray, updates: Tensor) -> None:
        old = renewal.before(model, clients)
        fitted[clients, model] = best_factor(updates, old)
        left = torch.linalg.vector_norm(updates - anchor(model, clients), dim=1)
        residual[clients, model] = left.double().cpu()
        renewal.add(model, clients, updates)

    directions, fresh = [], []
    for model in models:
        weights = lot.weights(model, round_.weights[:, model])
        total = weighted_sum(round_, model, weights, heard)
        kept = round_.data_weights[:, model] - weights
        directions.append(_with_anchor(round_, model, total, kept, anchor))
        fresh.append(weights)
    step = Step(
        directions=tuple(directions),
        picks=lot.picks,
        fresh_weights=tuple(fresh),
        probabilities=lot.probabilities,
        anchor=anchor,
        figures={"beta": _mean_factor(round_, memory, beta)},
    )
    renewal.write()
    return Correction(memory=memory, step=step, fitted=fitted, residual=residual)


def best_factor(updates: Tensor, old: Tensor) -> FloatArray:
    """``(k,)``, ``β* = ⟨G, h⟩/‖h‖²`` of every row; 0 where ``h = 0``."""
    products = (updates.double() * old.double()).sum(dim=1)
    squares = (old.double() ** 2).sum(dim=1)
    return np.asarray(torch.where(squares > 0, products / squares.clamp_min(1e-300), 0.0).cpu())


def _with_anchor(
    round_: Round, model: int, total: Tensor | None, kept: FloatArray, anchor: Anchor
) -> Tensor | None:
    """``Σ weight G + Σ (d − weight) β h``; None if nobody is there."""
    if not round_.present[:, model].any():
        return None
    start = round_.parameters[model]
    out = torch.zeros_like(start, dtype=torch.float64) if total is None else total.double()
    for some in blocks(np.flatnonzero(kept)):
        out = out + combined(kept[some], anchor(model, some))
    return out.to(start.dtype)


def _mean_factor(round_: Round, memory: Memory, beta: FloatArray) -> FloatArray:
    """``(S,)``, the mean ``β`` over those present who are remembered; NaN if nobody is."""
    out = np.full(beta.shape[1], np.nan)
    for model in range(beta.shape[1]):
        largest = torch.linalg.vector_norm(updates_of(memory, model), ord=torch.inf, dim=1)
        known = largest.cpu().numpy() > 0.0
        rows = known & round_.present[:, model]
        if rows.any():
            out[model] = beta[rows, model].mean()
    return out


def _key(model: int) -> str:
    return f"updates {model}"
