"""Moments where blocks of clients go round the models.

A phase ``φ`` is drawn uniformly among the ``S`` models, block ``b`` trains model ``(b + φ) mod S``,
and its processors join independently with ``q_vs = S p_vs``. Given the phase the mean step of model
``s`` is ``S U_bs``, ``U_bs`` the sum over the one block that has it, so that
``Var(Δ_s) = S Σ_b ‖U_bs‖² − ‖U_s‖² + S Σ_v a² (1/q − 1)``. With everybody in one block this is the
*turns* design of `roundlot.theory.moments.estimator`; each model meets each block once in ``S``
phases, so that its joint law over rounds is that of the papers' round-robin with a random start.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.moments.estimator import given_turn, model_variance


def blocks_of(clients: int, models: int) -> IntArray:
    """``(N,)``: the block of each client, from 0; empty blocks if there are more models."""
    ends = np.arange(1, models + 1) * clients // models
    return np.asarray(np.searchsorted(ends, np.arange(clients), side="right"), dtype=np.int64)


def blocks_model_variance(
    scores: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    block_norms: npt.ArrayLike,
    step_norms: npt.ArrayLike,
) -> FloatArray:
    """``(S,)``, ``Var(Δ_s)`` of one round whose phase is uniform.

    Args:
        scores: ``(V, S)``, ``a >= 0``.
        probabilities: ``(V, S)``, ``p = q / S`` in ``[0, 1/S]``, ``q`` in the block's turn.
        block_norms: ``(K, S)``, ``‖U_bs‖ >= 0``, norms of the blocks' sums, ``K <= S``.
        step_norms: ``(S,)``, ``‖U_s‖ >= 0``, norms of the full steps. All of both 0 gives a lower
            bound for any updates with these scores.

    Raises:
        InvalidProblemError: as `model_variance`; a probability above ``1 / S``; norms of another
            shape, or below 0.
    """
    own = model_variance(scores, given_turn(probabilities))
    n_models = own.size
    blocks, full = np.asarray(block_norms, np.float64), np.asarray(step_norms, np.float64)
    if blocks.ndim != 2 or blocks.shape[1] != n_models or not np.all(blocks >= 0.0):
        raise InvalidProblemError(
            f"block_norms have shape {blocks.shape}; give numbers >= 0, {n_models} for each block"
        )
    if full.shape != (n_models,) or not np.all(full >= 0.0):
        raise InvalidProblemError(f"step_norms must be {n_models} numbers >= 0, got {full!r:.80}")
    with np.errstate(over="ignore", under="ignore"):
        apart = n_models * np.square(blocks).sum(axis=0) - np.square(full)
        # Cauchy-Schwarz over at most S blocks: what is below 0 is rounding.
        return np.asarray(np.maximum(apart, 0.0) + n_models * own)
