"""The mean gradient from batches that the end of a round cut: four ways, and their bias."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: What each does, and what is said of its bias.
ESTIMATORS = {
    "per sample": "biased: fast workers weigh more, where shards differ",
    "unbiased": "unbiased",
    "planned": "biased: shrunk by every sample that is cut",
    "worker means": "biased: leaves out workers that finished nothing",
}


def check_estimator(name: str) -> None:
    """Refuse an unknown estimator.

    Raises:
        InvalidProblemError: names it.
    """
    if name not in ESTIMATORS:
        raise InvalidProblemError(
            f"estimator is {name!r}; choose one of {', '.join(map(repr, ESTIMATORS))}"
        )


def sum_weights(
    estimator: str,
    counts: IntArray,
    *,
    planned: IntArray,
    expected: FloatArray,
    shard_weights: FloatArray,
) -> FloatArray:
    """``(n,)``: what each worker's sum of gradients is multiplied by.

    - "per sample": ``1/Σ N_i`` each;
    - "unbiased": ``w_i/E N_i``, Horvitz-Thompson, unbiased for ``Σ w_i ∇F_i`` where the counts do
      not depend on the gradients;
    - "planned": ``w_i/b_i``;
    - "worker means": ``w_i/N_i``, scaled so that the weights of those who finished something sum
      to 1.

    Args:
        estimator: a name in ``ESTIMATORS``.
        counts: ``(n,)``, ``N_i``.
        planned: ``(n,)``, ``b_i``.
        expected: ``(n,)``, ``E N_i``.
        shard_weights: ``(n,)``, ``w_i``.

    Raises:
        InvalidProblemError: an unknown estimator; "unbiased" with a worker that never finishes.
    """
    check_estimator(estimator)
    weights = np.zeros(counts.size)
    some = counts > 0
    if estimator == "per sample":
        weights[some] = 1.0 / counts.sum() if some.any() else 0.0
    elif estimator == "planned":
        weights[some] = shard_weights[some] / planned[some]
    elif estimator == "worker means":
        weights[some] = shard_weights[some] / counts[some]
        weights /= shard_weights[some].sum() if some.any() else 1.0
    else:
        never = np.flatnonzero((expected <= 0.0) & (shard_weights > 0.0))
        if never.size:
            raise InvalidProblemError(
                f"worker {never[0]} never finishes a sample: no estimator is unbiased; lengthen "
                "the deadline or leave the worker out"
            )
        weights[some] = shard_weights[some] / expected[some]
    return weights


def estimate(sums: Tensor, weights: FloatArray) -> Tensor:
    """``(P,)``: ``Σ weights_i S_i`` of sums of gradients ``(n, P)``."""
    column = torch.as_tensor(weights, dtype=torch.float64, device=sums.device)
    return (column @ sums.double()).to(sums.dtype)
