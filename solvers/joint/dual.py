"""The joint dual: for prices of sums, of ceilings and weights of a norm, probabilities and slopes.

    g(y, ν, θ) = Σ min_{l <= p <= u} (M/p + κ p) − yᵀ b − Σ_j ν_j (c_j + A_j) − Σ_n θ_n A_n,
    M = Σ_r (fixed + Σ_j ν_j w_j + Σ_n θ_n w_n)_rs a_rs²,   κ = cost + Aᵀ y + η,

``η`` of processors' caps and of the tree eliminated. It is concave; its gradient is by how much
each limit is missed, ``A p − b``, ``Σ w Var − c`` and ``Σ w Var``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from roundlot.solvers import kernels
from roundlot.theory.arrays import FloatArray, IndexArray, read_only_view

if TYPE_CHECKING:
    from roundlot.solvers.joint.program import JointProgram


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """The dual at some prices, a coordinate for every active sum and then for every row.

    Attributes:
        z: ``(D,)``, prices, ``> 0``.
        excess: ``(D,)``, ``A (p − l)`` less the room of sums, ``Σ w Var − c`` of rows with
            ceilings, ``Σ w Var`` of rows of the norm.
        size: ``(D,)``, what is added up in each, for its rounding.
        hessian: ``(D, D)``, ``−∇²``; None where it was not asked for.
        cost: ``Σ cost p``.
        moments: ``(R, S)``, ``Σ a²/p``.
    """

    z: FloatArray
    excess: FloatArray
    size: FloatArray
    hessian: FloatArray
    cost: float
    moments: FloatArray


@dataclass(kw_only=True, eq=False)
class JointDual:
    """The dual of a program at the last prices asked for; warm starts of the inner problems."""

    program: JointProgram
    paid: kernels.Paid = field(init=False)
    out: kernels.Pass = field(init=False)
    work: FloatArray = field(init=False)
    variances: FloatArray = field(init=False)
    sums: IndexArray = field(init=False)
    squares: FloatArray = field(init=False)
    floors: float = 0.0
    passes: int = 0

    def __post_init__(self) -> None:
        ready = self.program.ready
        rows, nodes = ready.n_processors, ready.tables.node_rooms.size
        self.paid = kernels.Paid(
            own=np.zeros(rows),
            nodes=np.zeros(nodes),
            rows=np.zeros(rows),
            governor=np.zeros(rows, dtype=np.int64),
        )
        self.work = np.zeros((rows, ready.n_models))
        layers = self.program.roots.shape[0]
        self.variances = np.zeros((layers, ready.n_models))
        self.squares = self.program.squares
        self.sums = np.flatnonzero(ready.active)
        tables = ready.tables
        self.floors = self.program.cost * float(tables.floor.sum())
        if self.program.has_costs:
            self.floors += float((tables.costs[-1] * tables.floor).sum())
        self.out = self._pass(rows if nodes else 0)

    @property
    def n_sums(self) -> int:
        """How many coordinates are prices of sums."""
        return int(self.sums.size)

    @property
    def n_rows(self) -> int:
        """How many are prices of rows of variances."""
        return len(self.program.weights)

    def _pass(self, rows: int) -> kernels.Pass:
        ready = self.program.ready
        table, size = (rows, ready.n_models), ready.limits.size
        whole = size + self.variances.size
        return kernels.Pass(
            prices=np.empty(table),
            probabilities=np.empty(table),
            sums=np.zeros(size),
            hessian=np.zeros((whole, whole)),
        )

    def multipliers(self, z: FloatArray) -> FloatArray:
        """``(R, S)``, what a unit of each variance costs."""
        rows = z[self.n_sums :]
        return np.asarray(self.program.fixed + np.tensordot(rows, self.program.weights, axes=1))

    def evaluate(self, z: FloatArray, *, curved: bool = True) -> Point:
        """The dual at prices ``z``."""
        self._run(z, curved)
        return self._point(z)

    def write(self, z: FloatArray) -> FloatArray:
        """``(V, S)``, the probabilities at ``z``, in the order of the program."""
        ready = self.program.ready
        if len(self.out.probabilities) < ready.n_processors:
            table = np.empty((ready.n_processors, ready.n_models))
            self.out = self.out._replace(probabilities=table)
        self._run(z, False)
        return self.out.probabilities

    def prices(self, z: FloatArray) -> FloatArray:
        """``(1 + S + K,)``, prices of the budget, the models and the cost rows."""
        y = np.zeros(self.program.ready.limits.size)
        y[self.sums] = z[: self.n_sums]
        return y

    def _run(self, z: FloatArray, curved: bool) -> None:
        program, models = self.program, self.program.ready.n_models
        y = self.prices(z)
        rates = y[1 + models :].copy()
        if program.has_costs:
            rates[-1] = 1.0
        kernels.weigh(program.roots, self.multipliers(z), self.work)
        tables = program.ready.tables._replace(scores=read_only_view(self.work))
        base = y[0] + program.cost + y[1 : 1 + models]
        layers = kernels.Layers(program.roots, self.variances)
        kernels.evaluate(tables, base, rates, self.paid, self.out, curved, layers)
        self.passes += 1

    def _point(self, z: FloatArray) -> Point:
        program, sums = self.program, self.out.sums
        limits = program.ready.limits[self.sums]
        moments = self.variances + self.squares
        rows = np.einsum("jrs,rs->j", program.weights, self.variances)
        held = np.where(program.is_norm, 0.0, program.ceilings)
        return Point(
            z=z,
            excess=np.concatenate((sums[self.sums] - limits, rows - held)),
            size=np.concatenate((limits, np.einsum("jrs,rs->j", program.weights, moments))),
            hessian=self._hessian(),
            cost=self.floors
            + float(program.cost * sums[0] + (sums[-1] if program.has_costs else 0.0)),
            moments=moments,
        )

    def _hessian(self) -> FloatArray:
        """From the coordinates of the loops to prices of active sums and of rows."""
        first = self.program.ready.limits.size
        whole, weights = (
            self.out.hessian,
            self.program.weights.reshape(self.n_rows, self.variances.size),
        )
        cross = whole[self.sums, first:] @ weights.T
        return np.block(
            [
                [whole[np.ix_(self.sums, self.sums)], cross],
                [cross.T, weights @ whole[first:, first:] @ weights.T],
            ]
        )
