"""The worst round of local steps in floats, with its derivatives: for searches, not for proofs.

The program is that of `round_program`, for clients that take part independently, so that
``E‖x⁺ − x*‖² = ‖e − y‖² + Σ v_i ‖U_i‖²`` with ``e = x − x*``, ``U_i`` the walk of client ``i``,
``y = Σ w_i U_i`` and ``v_i = w_i² (1/p_i − 1)``. Its optimal multipliers are held fixed to
differentiate it (envelope theorem): by ``v_i`` it grows with ``‖U_i‖²`` at the worst fleet, and all
entries are quadratic in the step, so that a central difference of them is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import ConvergenceError

FEW = 4  # clients that share their gradients at x*, as in `kinds.coupling_of`
ALL_PAIRS = 2  # local steps; of more, facts about points far apart are left out: 5e-4 at most
_TOLERANCE = 1e-9  # of Clarabel
_NEARLY = 1e-6  # a gap at which a solution of reduced accuracy still serves a search
_SHIFT = 0.5  # of the step for the central difference, as a share: exact for any


@dataclass(frozen=True, kw_only=True, eq=False)
class KindsOfClients:
    """What is known of each kind, ``(kinds,)`` each; ``zeta`` is ``Σ w_i ‖∇f_i(x*)‖²`` at most."""

    counts: FloatArray
    weights: FloatArray
    smoothness: FloatArray
    strong_convexity: FloatArray
    variance: FloatArray
    zeta: float

    @property
    def alike(self) -> bool:
        """Whether every client is minimised at ``x*``."""
        return self.zeta == 0.0 or self.counts.sum() == 1

    @property
    def spread(self) -> bool:
        """Whether gradients at ``x*`` are shared, as in `kinds.coupling_of`."""
        return not self.alike and 1 < len(self.counts) <= FEW and bool(np.all(self.counts == 1))


@dataclass(frozen=True, kw_only=True, eq=False)
class WorstRound:
    """``E‖x⁺ − x*‖²`` at most, from one squared distance, and how it changes.

    Attributes:
        value: the most.
        by_moment: ``(kinds,)``, per unit of ``E c_i²`` of all clients of the kind; at least 0.
        by_step: per unit of the step size.
    """

    value: float
    by_moment: FloatArray
    by_step: float


def worst_rounds(
    fleet: KindsOfClients,
    probabilities: FloatArray,
    step: float,
    local_steps: int,
    squared_distances: Sequence[float],
    *,
    exact: bool = False,
) -> list[WorstRound]:
    """One for each squared distance before the round, each above 0.

    Args:
        fleet, probabilities: ``(kinds,)``.
        step, local_steps: of every client.
        squared_distances: before the round.
        exact: whether all pairs of points are compared; without, values are a trifle too large.

    Raises:
        ConvergenceError: the solver gives up, as at steps that are far too large.
    """
    program = _Program(fleet, probabilities, step, local_steps, exact=exact)
    return [program.solved(distance) for distance in squared_distances]


@dataclass(frozen=True, eq=False)
class _Block:
    """A matrix that must be semidefinite: ``constant + Σ column · unknown``."""

    constant: FloatArray  # (s, s)
    columns: FloatArray  # (m, s, s)
    at: Any  # (m,), which unknowns


class _Program:
    """Lengths are in units of the distance, gradients in units of the largest smoothness."""

    def __init__(
        self,
        fleet: KindsOfClients,
        probabilities: FloatArray,
        step: float,
        local_steps: int,
        *,
        exact: bool,
    ) -> None:
        self.fleet, self.local_steps, self.unit = fleet, local_steps, float(fleet.smoothness.max())
        self.step, w = step * self.unit, fleet.weights
        self.moments = w * w / probabilities
        self.extra = w * (1.0 / probabilities - 1.0)  # v / w
        self.shared = 2 + (len(w) - 1 if fleet.spread else 0)
        self.pairs = _pairs(local_steps, near=not exact and local_steps > ALL_PAIRS)
        self.free = 0 if fleet.alike or fleet.spread else self.shared
        self.width = 2 + self.free
        self.layout = []
        facts, triangle = len(self.pairs), self.shared * (self.shared + 1) // 2
        for noise in fleet.variance:
            more = local_steps - 1 if noise else 0
            products = sum(self._before + 2 * k + 1 for k in range(more))
            ends = np.cumsum([self.width, facts, triangle, more, products])
            self.layout.append([np.arange(a, b) for a, b in pairwise(ends)])
            self.width = int(ends[-1])
        self.blocks = self._blocks(self.step)
        self.system = self._system()

    @property
    def _before(self) -> int:
        """Vectors that noise does not know: the lead, gradients at ``x*``, ``y`` less a walk."""
        n = len(self.fleet.counts)
        return 2 + (0 if self.fleet.alike else n - 1 if self.fleet.spread else 1)

    def _blocks(self, step: float) -> list[_Block]:
        return [self._top(), *(self._kind(k, step) for k in range(len(self.fleet.counts)))]

    def _top(self) -> _Block:
        size = self.shared
        constant = np.zeros((size, size))
        constant[0, 0], constant[1, 1] = -1.0, 1.0
        columns, at = [_symmetric(np.eye(size)[0], np.eye(size)[0])], [0]
        for k, (_, share, *_rest) in enumerate(self.layout):
            columns += list(-self.fleet.counts[k] * self.fleet.weights[k] * _units(size))
            at += share.tolist()
        return _Block(constant, np.array(columns), np.array(at))

    def _kind(self, k: int, step: float) -> _Block:
        fleet, K, shared = self.fleet, self.local_steps, self.shared
        own = int(not fleet.alike and not fleet.spread)
        facts, share, noises, products = self.layout[k]
        noisy = len(noises)
        size = shared + own + K + noisy
        eye = np.eye(size)
        h = self._at_optimum(k, eye)
        g, xi = eye[shared + own : shared + own + K], eye[shared + own + K :]
        steps = step * g
        steps[:noisy] += step * xi
        walked = np.vstack([np.zeros(size), np.cumsum(steps, axis=0)])
        U = walked[-1]
        constant = 2.0 * _symmetric(eye[0] - eye[1], U) - self.extra[k] * np.outer(U, U)
        points = np.vstack([np.zeros(size), eye[0] - walked[:-1]])
        slopes = np.vstack([h, g])
        L, mu = fleet.smoothness[k] / self.unit, fleet.strong_convexity[k] / self.unit
        columns = [-_facts(points, slopes, self.pairs, L, mu)]
        at = [facts]
        if not fleet.alike:
            columns.append(np.outer(h, h)[None])
            at.append(np.array([1]))
        if self.free:
            columns.append(np.array([2.0 * _symmetric(eye[s], h) for s in range(shared)]))
            at.append(np.arange(2, 2 + shared))
        columns.append(np.pad(_units(shared), ((0, 0), (0, size - shared), (0, size - shared))))
        at.append(share)
        if noisy:
            columns.append(np.array([np.outer(v, v) for v in xi]))
            others = [eye[0], *([h] if own else eye[2:shared]), eye[1] - fleet.weights[k] * U]
            met = [
                _symmetric(one, other)
                for i, one in enumerate(xi)
                for other in (*others, *g[: i + 1], *xi[:i])
            ]
            columns.append(np.array(met))
            at += [noises, products]
        return _Block(constant, np.concatenate(columns), np.concatenate(at))

    def _at_optimum(self, k: int, eye: FloatArray) -> FloatArray:
        fleet = self.fleet
        if fleet.alike:
            return np.zeros(len(eye))
        if not fleet.spread:
            return np.asarray(eye[self.shared])
        w, last = fleet.weights, len(fleet.weights) - 1
        if k < last:
            return np.asarray(eye[2 + k])
        return np.asarray(-(w[:-1] / w[-1]) @ eye[2 : 2 + last])

    def _system(self) -> tuple[Any, FloatArray, list[Any]]:
        """``A``, ``b`` and cones: ``b − A x`` in the cones."""
        import clarabel
        from scipy import sparse

        points = 1 + self.local_steps
        balance = np.zeros((points, len(self.pairs)))
        at = np.arange(len(self.pairs))
        balance[self.pairs[:, 0], at] += 1.0
        balance[self.pairs[:, 1], at] -= 1.0
        rows: list[Any] = []
        for facts, *_ in self.layout:
            flow = sparse.lil_matrix((points - 1, self.width))
            flow[:, facts] = balance[1:]
            rows.append(flow)
        signed = np.concatenate([[0, 1], *(np.r_[f, n] for f, _, n, _ in self.layout)])
        rows.append(sparse.csr_matrix(-np.eye(self.width)[signed]))
        right = [np.zeros(len(self.layout) * (points - 1) + len(signed))]
        cones = [
            clarabel.ZeroConeT(len(self.layout) * (points - 1)),
            clarabel.NonnegativeConeT(len(signed)),
        ]
        for block in self.blocks:
            packed = _packed(block.columns)
            table = sparse.lil_matrix((packed.shape[1], self.width))
            table[:, block.at] = -packed.T
            rows.append(table)
            right.append(_packed(block.constant[None])[0])
            cones.append(clarabel.PSDTriangleConeT(len(block.constant)))
        return sparse.csc_matrix(sparse.vstack(rows)), np.concatenate(right), cones

    def solved(self, squared_distance: float) -> WorstRound:
        """The worst round from one squared distance."""
        import clarabel
        from scipy import sparse

        fleet, scale = self.fleet, squared_distance * self.unit**2
        noise = fleet.counts * fleet.variance / scale
        cost = np.zeros(self.width)
        cost[0] = 1.0
        cost[1] = 0.0 if fleet.alike else fleet.zeta / scale
        for (_, _, noises, _), one, w in zip(self.layout, noise, fleet.weights, strict=True):
            cost[noises] = one * w
        A, b, cones = self.system
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        if hasattr(settings, "max_threads"):  # Clarabel 0.9 has none
            settings.max_threads = 1
        for name in ("tol_gap_abs", "tol_gap_rel", "tol_feas"):
            setattr(settings, name, _TOLERANCE)
        most = float(np.abs(cost).max())
        empty = sparse.csc_matrix((self.width, self.width))
        found = clarabel.DefaultSolver(empty, cost / most, A, b, cones, settings).solve()
        gap = abs(found.obj_val - found.obj_val_dual)
        if not np.isfinite(gap) or gap > _NEARLY * max(1.0 / most, abs(found.obj_val)):
            raise ConvergenceError("no worst round was found; take smaller steps")
        x, z = np.array(found.x), np.array(found.z) * most
        return self._with_derivatives(float(cost @ x), x, z, noise, squared_distance)

    def _with_derivatives(
        self, value: float, x: FloatArray, z: FloatArray, noise: FloatArray, distance: float
    ) -> WorstRound:
        """From the multipliers ``x`` and the worst fleet ``z``."""
        last = float((noise * self.moments).sum()) * self.step**2
        by_moment, by_step = noise * self.step**2, 2.0 * last / self.step
        sizes = [len(block.constant) * (len(block.constant) + 1) // 2 for block in self.blocks]
        ends = np.cumsum([len(z) - sum(sizes), *sizes])
        shift = _SHIFT * self.step
        up, down = (self._blocks(self.step + s) for s in (shift, -shift))
        for k in range(1, len(self.blocks)):
            own = z[ends[k] : ends[k + 1]]
            difference = _slack(up[k], x) - _slack(down[k], x)
            by_step -= float(own @ difference) / (2.0 * shift)
            walk = self._walk(k - 1)
            squared = float(own @ _packed(np.outer(walk, walk)[None])[0])
            by_moment[k - 1] += squared / self.fleet.weights[k - 1]
        return WorstRound(
            value=(value + last) * distance,
            by_moment=np.maximum(by_moment, 0.0) * distance,
            by_step=by_step * self.unit * distance,
        )

    def _walk(self, k: int) -> FloatArray:
        """``U`` in the vectors of a block."""
        first = self.shared + int(not self.fleet.alike and not self.fleet.spread)
        noisy = len(self.layout[k][2])
        found = np.zeros(first + self.local_steps + noisy)
        found[first:] = self.step
        return found


def _pairs(local_steps: int, *, near: bool) -> Any:
    """``(F, 2)`` points whose values and gradients are compared; 0 is ``x*``."""
    n = local_steps + 1
    return np.array(
        [
            (a, b)
            for a in range(n)
            for b in range(n)
            if a != b and (not near or 0 in (a, b) or abs(a - b) == 1)
        ]
    )


def _facts(x: FloatArray, g: FloatArray, pairs: Any, L: float, mu: float) -> FloatArray:
    """``(F, s, s)``, ``I_ab`` of `theory.certified_rounds.forms` without values of ``f``."""
    a, b = pairs.T
    way, turn, slope = x[a] - x[b], g[a] - g[b], g[b]
    share = 0.5 / (1.0 - mu / L)

    def outer(left: FloatArray, right: FloatArray) -> FloatArray:
        product = left[:, :, None] * right[:, None, :]
        return np.asarray((product + product.transpose(0, 2, 1)) / 2.0)

    return np.asarray(
        -outer(slope, way)
        - share / L * outer(turn, turn)
        - share * mu * outer(way, way)
        + 2.0 * share * mu / L * outer(turn, way)
    )


def _symmetric(left: FloatArray, right: FloatArray) -> FloatArray:
    product = np.outer(left, right)
    return np.asarray((product + product.T) / 2.0)


def _units(size: int) -> FloatArray:
    """``(size (size + 1)/2, size, size)``: a symmetric matrix by its upper triangle, by columns."""
    places = [(i, j) for j in range(size) for i in range(j + 1)]
    found = np.zeros((len(places), size, size))
    for k, (i, j) in enumerate(places):
        found[k, i, j] = found[k, j, i] = 1.0
    return found


def _packed(matrices: FloatArray) -> FloatArray:
    """``(m, s(s+1)/2)``, the upper triangles by columns, entries off the diagonal times √2."""
    size = matrices.shape[-1]
    rows = np.concatenate([np.arange(j + 1) for j in range(size)])
    columns = np.repeat(np.arange(size), np.arange(1, size + 1))
    return np.asarray(matrices[:, rows, columns] * np.where(rows == columns, 1.0, np.sqrt(2.0)))


def _slack(block: _Block, x: FloatArray) -> FloatArray:
    left = block.constant + np.tensordot(x[block.at], block.columns, axes=1)
    return np.asarray(_packed(left[None])[0])
