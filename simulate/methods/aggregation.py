"""How the server adds up what it heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Step
from roundlot.simulate.training.round import Round
from roundlot.theory.arrays import FloatArray, IntArray

Heard = Callable[[int, IntArray, Tensor], None]

#: Clients whose updates are held at a time.
_CLIENTS_AT_A_TIME = 256


def blocks(clients: IntArray) -> Iterator[IntArray]:
    """The clients, a few hundred at a time."""
    for start in range(0, clients.size, _CLIENTS_AT_A_TIME):
        yield clients[start : start + _CLIENTS_AT_A_TIME]


def weighted_sum(
    round_: Round, model: int, weights: FloatArray, heard: Heard | None = None
) -> Tensor | None:
    """``(P_s,)``, ``Σ_i weight_i G_i`` over clients of non-zero weight; None if there are none.

    Args:
        round_: trains them.
        model: which one.
        weights: ``(N,)``.
        heard: called as (model, clients, updates ``(k, P_s)``) on what arrives, block by block.
    """
    clients = np.flatnonzero(weights)
    if not clients.size:
        return None
    start = round_.parameters[model]
    total = torch.zeros_like(start, dtype=torch.float64)
    for some in blocks(clients):
        updates = round_.updates(model, some)
        total += combined(weights[some], updates)
        if heard is not None:
            heard(model, some, updates)
    return total.to(start.dtype)


def combined(weights: FloatArray, rows: Tensor) -> Tensor:
    """``(P,)`` float64, ``Σ_i weight_i row_i``."""
    return torch.as_tensor(weights, device=rows.device) @ rows.double()


def unbiased_step(round_: Round, lot: Lot) -> Step:
    """Those drawn are heard and weigh ``d / (B p)``: Horvitz-Thompson, ``E Δ_s = Σ_i d_i G_i``."""
    return step_of(
        round_,
        picks=lot.picks,
        fresh=tuple(lot.weights(s, round_.weights[:, s]) for s in range(len(round_.parameters))),
        probabilities=lot.probabilities,
    )


def step_of(
    round_: Round,
    *,
    picks: IntArray,
    fresh: tuple[FloatArray, ...],
    probabilities: FloatArray | None = None,
) -> Step:
    """The step that gives clients these weights, ``S`` rows ``(N,)``."""
    return Step(
        directions=tuple(weighted_sum(round_, s, weights) for s, weights in enumerate(fresh)),
        picks=picks,
        fresh_weights=fresh,
        probabilities=probabilities,
    )
