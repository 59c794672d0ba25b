"""Mixing matrices: what is asked of one, and how parameters are mixed by it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import read_only
from roundlot.theory import AssumptionError, InvalidProblemError

FloatArray = npt.NDArray[np.float64]
TOLERANCE = 1e-9


def checked_mixing(mixing: npt.ArrayLike, n_workers: int | None = None) -> FloatArray:
    """``(n, n)``: the matrix, if it is symmetric with rows that sum to 1.

    Entries below 0 are let through: the mixing weight of MATCHA gives some, and its theorem asks
    for none of the signs.

    Raises:
        InvalidProblemError: not square, not finite, or of another number of workers.
        AssumptionError: not symmetric, or rows that do not sum to 1; names the entry.
    """
    W = np.array(mixing, dtype=np.float64)
    if W.ndim != 2 or W.shape[0] != W.shape[1] or not W.size:
        raise InvalidProblemError(f"mixing matrix has shape {W.shape}; it must be square")
    if n_workers is not None and len(W) != n_workers:
        raise InvalidProblemError(f"mixing matrix is for {len(W)} workers; there are {n_workers}")
    if not np.isfinite(W).all():
        raise InvalidProblemError("mixing matrix has entries that are not finite")
    i, j = np.unravel_index(int(np.argmax(np.abs(W - W.T))), W.shape)
    if abs(W[i, j] - W[j, i]) > TOLERANCE:
        raise AssumptionError(
            f"mixing matrix is not symmetric: W[{i}, {j}] = {W[i, j]:g}, W[{j}, {i}] = {W[j, i]:g};"
            " both ends of a link must weigh each other alike"
        )
    sums = W.sum(axis=1)
    worst = int(np.argmax(np.abs(sums - 1.0)))
    if abs(sums[worst] - 1.0) > TOLERANCE:
        raise AssumptionError(
            f"mixing matrix is not doubly stochastic: row {worst} sums to {sums[worst]:g}, not 1"
        )
    return read_only(W)


def mixed(matrix: FloatArray, parameters: Tensor) -> Tensor:
    """``(n, P)``: ``Σ_j W_ij x_j`` of every worker.

    Sums in float64 on the CPU and in float32 on a GPU, worker after worker: the mean of the
    parameters must not drift by rounding.
    """
    kind = torch.float64 if parameters.device.type == "cpu" else parameters.dtype
    weights = torch.tensor(matrix, dtype=kind, device=parameters.device)
    return (weights @ parameters.to(kind)).to(parameters.dtype)


def consensus_distance(parameters: Tensor) -> float:
    """``(1/n) Σ ‖x_i − x̄‖²``."""
    wide = parameters.double()
    return float((wide - wide.mean(dim=0)).square().sum() / len(wide))
