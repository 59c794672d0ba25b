"""What is known when probabilities have to be chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError, Problem

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Information:
    """What a server knows before the draw; None is what it does not know.

    Attributes:
        scores: ``(V, S)``, norms of the weighted updates, model weights included.
        weights: ``(V, S)``, aggregation weights ``d / B``.
        losses: ``(V, S)``, loss of each model on each processor's client, before training.
        step_norms: ``(S,)``, norms of the full steps ``‖Σ_v u‖``.
        client: ``(V,)``, the label of the client that each processor belongs to.
    """

    scores: FloatArray | None = None
    weights: FloatArray | None = None
    losses: FloatArray | None = None
    step_norms: FloatArray | None = None
    client: npt.NDArray[np.int64] | None = None


def gather(
    problem: Problem,
    *,
    losses: npt.ArrayLike | None = None,
    step_norms: npt.ArrayLike | None = None,
    client: npt.ArrayLike | None = None,
) -> Information:
    """Everything that a problem and these tables tell, checked.

    Args:
        problem: gives the scores and, where it has them, the weights.
        losses: ``(V, S)``, finite and ``>= 0`` where a pair is available; ignored elsewhere.
        step_norms: ``(S,)``, finite and ``>= 0``.
        client: ``(V,)``, a label for each processor.

    Raises:
        InvalidProblemError: a wrong shape, a NaN, an infinity, a negative value.
    """
    shape = problem.scores.shape
    if losses is not None:
        losses = np.where(problem.available, _shaped(losses, "losses", shape), 0.0)
    return Information(
        scores=problem.weighted_scores,
        weights=problem.weights,
        losses=None if losses is None else _sizes(losses, "losses"),
        step_norms=None
        if step_norms is None
        else _sizes(_shaped(step_norms, "step_norms", shape[1:]), "step_norms"),
        client=None if client is None else _labels(client, shape[0]),
    )


def _shaped(values: npt.ArrayLike, name: str, shape: tuple[int, ...]) -> FloatArray:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidProblemError(f"{name} must be numbers, got {values!r:.80}") from error
    if array.shape != shape:
        raise InvalidProblemError(f"{name} has shape {array.shape}; give {shape}")
    return array


def _sizes(array: FloatArray, name: str) -> FloatArray:
    bad = ~np.isfinite(array) | (array < 0.0)
    if bad.any():
        where = tuple(int(index) for index in np.argwhere(bad)[0])
        raise InvalidProblemError(
            f"{name}[{', '.join(map(str, where))}] is {array[where]:g}; it must be finite and >= 0"
        )
    array.flags.writeable = False
    return array


def _labels(client: npt.ArrayLike, rows: int) -> npt.NDArray[np.int64]:
    labels = np.array(client)
    if labels.shape != (rows,):
        raise InvalidProblemError(f"client has shape {labels.shape}; give ({rows},)")
    index = np.unique(labels, return_inverse=True)[1].reshape(-1).astype(np.int64)
    index.flags.writeable = False
    return index
