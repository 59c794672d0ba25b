"""Stochastic gradient push: links that go one way, columns that sum to 1, and weights that undo it.

A worker that sends a share of what it holds, without hearing from the receiver, can make columns of
the mixing sum to 1, not rows: after some rounds parameters are of different sizes. Push-sum mixes a
number ``w_i`` beside them, 1 at first, and what worker ``i`` believes is ``z_i = x_i / w_i``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.method import (
    IF_ALIKE,
    ROUNDING,
    Exchange,
    Move,
    WorkerRound,
    drift_fault,
    label_of_faults,
    mixed,
    weight_fault,
)
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.solvers.graphs.finite_time import one_peer_exponential
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.text import plural, short_repr

WEIGHT_BYTES = 4  # of the number that goes with the parameters, a float32

_ROWS = "workers hear unequal shares: the mean that takes the mean step is that of x, not of x/w"


@dataclass(frozen=True, kw_only=True, eq=False)
class PushSum:
    """``X ← P_k (X − η G(Z))``, ``w ← P_k w``, ``Z = X / w``; ``P_k`` in turn, columns sum to 1.

    Attributes:
        matrices: ``(T, n, n)`` or one ``(n, n)``: column ``j`` has the shares that worker ``j``
            sends, to itself among others; round ``k`` uses ``k mod T``. Read-only.

    Raises:
        InvalidProblemError: other shapes, entries that are not finite.
        AssumptionError: an entry below 0, a column that does not sum to 1, a worker that keeps
            nothing of its own, or links by which a worker never reaches another.

    Source: Assran, Loizou, Ballas, Rabbat, Stochastic Gradient Push (ICML 2019).
    """

    matrices: npt.ArrayLike = field(repr=False)
    name: str = "push-sum"
    source: str = "Assran et al., ICML 2019"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        stack = np.array(self.matrices, dtype=np.float64)
        stack = stack[None] if stack.ndim == 2 else stack
        object.__setattr__(self, "matrices", read_only(_checked(stack)))

    @classmethod
    def over(cls, arcs: Iterable[Any], n_workers: int, **more: Any) -> PushSum:
        """Every worker splits what it holds evenly among itself and those that it sends to.

        Args:
            arcs: pairs (sender, receiver) of numbers of workers, from 0.
            n_workers: ``n``.
            more: further fields.

        Raises:
            InvalidProblemError: a worker that is not there, an arc to itself or twice.
        """
        return cls(matrices=even_shares(arcs, n_workers), **more)

    @classmethod
    def one_peer(cls, n_workers: int, **more: Any) -> PushSum:
        """One receiver a round, at distances 1, 2, 4, … in turn, who gets half."""
        return cls(matrices=one_peer_exponential(n_workers), **more)

    @property
    def stack(self) -> FloatArray:
        """``(T, n, n)``."""
        return np.asarray(self.matrices)

    @property
    def label(self) -> str:
        """Told without the workers and their plan; see `label_for`."""
        return IF_ALIKE if self.is_even else label_of_faults(_ROWS)

    @property
    def is_even(self) -> bool:
        """Whether rows sum to 1, too, so that all weights stay 1."""
        return bool(np.abs(self.stack.sum(axis=2) - 1.0).max() <= ROUNDING)

    def label_for(self, workers: Workers, plan: StepPlan) -> str:
        """Of these workers: rows of the mixing, the objective's weights, local steps."""
        n = workers.n_workers
        return label_of_faults(
            None if self.is_even else _ROWS,
            weight_fault(np.full(n, 1.0 / n), workers),
            drift_fault(plan.steps, workers),
        )

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """All hold their own parameters with weight 1.

        Raises:
            InvalidProblemError: matrices of another number of workers.
        """
        n = self.stack.shape[1]
        if workers.n_workers != n:
            raise InvalidProblemError(
                f"the matrices are of {n} {plural(n, 'worker')}; there are {workers.n_workers}"
            )
        weights = torch.ones(n, 1, dtype=torch.float64, device=parameters.device)
        return {"pushed": parameters.clone(), "weights": weights}

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Local steps from ``z``, the same steps of ``x``, and what is pushed."""
        matrix = self.stack[round_.number % len(self.stack)]
        stepped, losses = round_.stepped
        own = torch.as_tensor(memory["pushed"]) + (stepped - round_.parameters)
        pushed = mixed(matrix, own)
        weights = mixed(matrix, torch.as_tensor(memory["weights"]))
        move = Move(
            parameters=pushed / weights.to(pushed.dtype),
            samples=round_.samples,
            computing=round_.computing,
            exchange=Exchange(arcs=arcs_of(matrix), extra_bytes=WEIGHT_BYTES),
            losses=losses,
            matrix=matrix,
            figures={"least_weight": float(weights.min()), "largest_weight": float(weights.max())},
        )
        return {"pushed": pushed, "weights": weights}, move


def even_shares(arcs: Iterable[Any], n_workers: int) -> FloatArray:
    """``(n, n)``, column ``j`` even over worker ``j`` and those it sends to.

    Raises:
        InvalidProblemError: a worker that is not there, an arc to itself or twice.
    """
    table = np.array(list(arcs), dtype=np.int64).reshape(-1, 2)
    if table.size and not 0 <= table.min() <= table.max() < n_workers:
        bad = int(table.min() if table.min() < 0 else table.max())
        raise InvalidProblemError(f"an arc names worker {bad}; there are {n_workers}, from 0")
    matrix = np.eye(n_workers)
    for a, b in table.tolist():
        if a == b:
            raise InvalidProblemError(f"worker {a} sends to itself; it keeps a share anyway")
        if matrix[b, a]:
            raise InvalidProblemError(f"the arc from {a} to {b} is there twice; give it once")
        matrix[b, a] = 1.0
    shares: FloatArray = matrix / matrix.sum(axis=0)
    return shares


def arcs_of(matrix: FloatArray) -> IntArray:
    """``(k, 2)``, (sender, receiver) of every message of a mixing, sender after sender."""
    receivers, senders = np.nonzero(matrix - np.diag(np.diag(matrix)))
    order = np.lexsort((receivers, senders))
    return np.column_stack([senders[order], receivers[order]]).astype(np.int64)


def _checked(stack: FloatArray) -> FloatArray:
    from scipy.sparse.csgraph import connected_components

    if stack.ndim != 3 or stack.shape[1] != stack.shape[2] or not stack.size:
        raise InvalidProblemError(f"matrices have shape {stack.shape}; give (T, n, n) or (n, n)")
    if not np.isfinite(stack).all():
        raise InvalidProblemError("matrices have entries that are not finite")
    for k, matrix in enumerate(stack):
        if matrix.min() < 0.0:
            i, j = (int(at) for at in np.unravel_index(np.argmin(matrix), matrix.shape))
            raise AssumptionError(f"matrix {k} has P[{i}, {j}] = {matrix[i, j]:g}, below 0")
        off = np.abs(matrix.sum(axis=0) - 1.0)
        worst = int(off.argmax())
        if off[worst] > ROUNDING:
            raise AssumptionError(
                f"column {worst} of matrix {k} sums to {matrix[:, worst].sum():g}, not 1: a worker "
                "sends shares of what it holds"
            )
        least = int(np.diag(matrix).argmin())
        if matrix[least, least] <= 0.0:
            raise AssumptionError(f"worker {least} keeps nothing of its own in matrix {k}")
    groups, which = connected_components(stack.sum(axis=0) > 0.0, connection="strong")
    if groups > 1:
        other = int(np.flatnonzero(which != which[0])[0])
        raise AssumptionError(
            f"workers 0 and {other} do not reach each other both ways; add arcs, so that every "
            "worker reaches every other"
        )
    return stack
