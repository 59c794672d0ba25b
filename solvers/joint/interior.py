"""The maximum of the joint dual by Newton's method along its central path.

Where a price ``z`` and the room ``s`` of its limit have ``z s = ε`` for every limit, probabilities
are feasible with room to spare and the gap is ``ε`` times the number of limits. Newton's method is
applied to that, in the few prices alone, and ``ε`` falls to some ulps of the objective. No set of
active limits has to be guessed, and what does not matter stays in the middle of what is optimal.

Prices are multiplied by what they price and residuals divided by it, so a coordinate is a share of
the objective, in its unit, and a residual is relative. With ``t_n = N θ_n^(1/(α−1))`` the rows of a
norm have ``y_n + s_n = t_n`` and ``‖θ‖_β = 1``, ``1/α + 1/β = 1``; ``t_n = N`` for the worst.

Source: the barrier strategy of Wächter and Biegler (2006), for a monotone complementarity problem.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray

if TYPE_CHECKING:
    from roundlot.solvers.joint.dual import JointDual, Point

SWEEPS = 8
STEPS = 150
CUTS = 30
NOISE = 2.0**-52  # of what a limit adds up, for rounding
LEAST = 4e-15  # of the objective: the ε at the end, for each limit
BOUNDARY = 0.995
GROWTH = 100.0
NEAR = 10.0  # ε falls when complementarity is off by that many of it
PATIENCE = 8
JITTER = 1e-15
STIFFEST = 1e290  # of a room over its price: a limit that is worth nothing has a price near 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """Where the search is.

    Attributes:
        point: the dual there.
        targets: ``(D,)``, ``t / N`` of the rows of a norm, 0 elsewhere: near ``α = 1`` they are not
            to be told from their prices ``θ = (t/N)^(α−1)``.
        level: ``N``, the norm; 1 where there is none.
        epsilon: ``ε``, of the objective.
    """

    point: Point
    targets: FloatArray
    level: float
    epsilon: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """The best prices that were met.

    Attributes:
        z: ``(D,)``.
        level: ``N``.
        error: by how much complementarity is missed, of the objective.
        converged: whether the path was followed to its end.
    """

    z: FloatArray
    level: float
    error: float
    converged: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Interior:
    """Newton's method on one dual."""

    dual: JointDual

    @property
    def norm(self) -> BoolArray:
        """``(D,)``, which coordinates are weights of a norm."""
        return np.concatenate(
            (np.zeros(self.dual.n_sums, dtype=np.bool_), self.dual.program.is_norm)
        )

    def maximise(self, start: FloatArray | None = None) -> Found:
        """Follow the path from sweeps, or from prices."""
        path = self._started(start)
        if path.point.z.size == 0:
            return Found(z=path.point.z, level=path.level, error=0.0, converged=True)
        best, least, stalled = path, math.inf, 0
        for _ in range(STEPS):
            unit = self._objective(path)
            floor = self._floor(path)
            error = self._error(path)
            while error <= NEAR * path.epsilon and path.epsilon > floor:
                share = path.epsilon / unit if unit > 0.0 else 0.0
                path = replace(path, epsilon=max(floor, min(0.1, math.sqrt(share)) * path.epsilon))
                error = self._error(path)
                stalled, least = 0, math.inf
            at_end = path.epsilon <= floor * 1.5
            stalled = 0 if error < 0.5 * least else stalled + 1
            if error < least:
                best, least = path, error
            if at_end and (
                error <= max(0.5 * path.epsilon, self._noise(path)) or stalled > PATIENCE
            ):
                break
            if stalled > 5 * PATIENCE:
                break
            moved = self._step(path)
            if moved is None:
                break
            path = moved
        unit = self._objective(best)
        error = self._error(best) / unit if unit > 0.0 else self._error(best)
        done = best.epsilon <= 1.5 * self._floor(best) and error * unit <= 30.0 * max(
            best.epsilon, self._noise(best)
        )
        return Found(z=best.point.z, level=best.level, error=error, converged=bool(done))

    # Scales and residuals.

    def _scale(self, path: Path) -> FloatArray:
        norm = self.norm
        held = np.where(norm, path.level, path.point.size - path.point.excess)
        # ceiling + Σ a² for rows, b for sums
        first = self.dual.n_sums
        limits = self.dual.program.ready.limits[self.dual.sums]
        return np.concatenate((limits, held[first:]))

    def _residual(self, path: Path) -> FloatArray:
        """``(D,)``, by how much each limit is missed, relative."""
        return np.asarray(path.point.excess / self._scale(path) - path.targets)

    def _error(self, path: Path) -> float:
        """By how much complementarity is missed, or a limit, as a share of the objective."""
        zeta, r = path.point.z * self._scale(path), self._residual(path)
        missed = self._objective(path) * float(r.max())
        return max(missed, float(np.abs(zeta * r + path.epsilon).max()))

    def _objective(self, path: Path) -> float:
        """About what is made small, to measure ``ε``."""
        program = self.dual.program
        if program.is_norm.any():
            return path.level
        if program.fixed.any():
            return float((program.fixed * path.point.moments).sum())
        shares = path.point.z * self._scale(path)
        return max(path.point.cost, 1e-3 * float(shares.max(initial=0.0)), 1e-250)

    def _floor(self, path: Path) -> float:
        """The least ``ε``: rooms of limits are to be above what rounding makes of them."""
        noise = np.where(self.norm, 0.0, path.point.z * path.point.size)
        return max(LEAST * self._objective(path), NOISE * float(noise.max(initial=0.0)))

    def _noise(self, path: Path) -> float:
        """What rounding makes of complementarity."""
        return NOISE * float((path.point.z * path.point.size).max(initial=0.0))

    # One step.

    def _step(self, path: Path) -> Path | None:
        point, scale, norm = path.point, self._scale(path), self.norm
        zeta, r = point.z * scale, self._residual(path)
        with np.errstate(over="ignore", invalid="ignore"):  # a price may be next to 0
            asked = path.epsilon / zeta
            diagonal = np.maximum(-r, asked) / zeta
            if norm.any():  # 0 for the worst
                diagonal = diagonal + self._power * path.targets / zeta
            diagonal = np.minimum(diagonal, STIFFEST)
            hessian = point.hessian / scale / scale[:, None]
        pull = r + asked
        step, change = _solved(hessian, diagonal, pull, path.targets)
        if not np.isfinite(step).all():
            return None
        slope = float(pull @ step)
        if not slope > 0.0:
            return None
        share = min(_longest(zeta, step, change), self._reach(zeta, step, change))
        for _ in range(CUTS):
            z, targets = self._moved(path, zeta, share * step, share * change)
            trial = self.dual.evaluate(z)
            moved = replace(path, point=trial, targets=targets)  # the slope at the old N
            after = float((self._residual(moved) + path.epsilon / (z * scale)) @ step)
            if after >= -0.25 * slope:
                break
            share *= min(0.5, max(0.1, slope / (slope - after)))
        return replace(moved, level=path.level * (1.0 + share * change))

    @property
    def _power(self) -> float:
        """``1 / (α − 1)``."""
        order = self.dual.program.order
        return 0.0 if order == math.inf else 1.0 / (order - 1.0)

    def _moved(
        self, path: Path, zeta: FloatArray, step: FloatArray, change: float
    ) -> tuple[FloatArray, FloatArray]:
        """Prices and targets after a step; all prices are scaled so that ``‖θ‖_β = 1``."""
        norm = self.norm
        z = np.maximum(zeta + step, 1e-300) / self._scale(path)
        if not norm.any():
            return z, path.targets
        targets = path.targets
        if self._power > 1.0:  # θ follows t, to which it answers less
            growth = 1.0 + change + self._power * step[norm] / zeta[norm]
            t = targets[norm] * np.maximum(growth, 0.05)
            t = t / self._norm(t)
            targets = np.zeros(z.size)
            targets[norm] = t
            z[norm] = t ** (1.0 / self._power)
            return z, targets
        z = z / self._length(z)
        return z, self._targets(z)

    def _targets(self, z: FloatArray) -> FloatArray:
        """``(D,)``, ``θ^(1/(α−1))``."""
        targets = np.zeros(z.size)
        with np.errstate(under="ignore"):
            targets[self.norm] = z[self.norm] ** self._power
        return targets

    def _norm(self, t: FloatArray) -> float:
        """``‖t‖_α``."""
        order, top = self.dual.program.order, float(t.max())
        with np.errstate(under="ignore"):
            return top * math.pow(float(np.power(t / top, order).sum()), 1.0 / order)

    def _reach(self, zeta: FloatArray, step: FloatArray, change: float) -> float:
        """The part of a step that keeps targets within a factor of themselves."""
        if not (self.norm.any() and self._power > 1.0):
            return 1.0
        growth = self._power * step[self.norm] / zeta[self.norm] + change
        low, high = float(growth.min()), float(growth.max())
        return min(1.0, 0.9 / -low if low < 0.0 else 1.0, 10.0 / high if high > 0.0 else 1.0)

    def _length(self, z: FloatArray) -> float:
        """``‖θ‖_β``."""
        order = self.dual.program.order
        theta = z[self.norm]
        if order == math.inf:
            return float(theta.sum())
        beta, top = order / (order - 1.0), float(theta.max())
        with np.errstate(under="ignore"):
            return top * math.pow(float(np.power(theta / top, beta).sum()), 1.0 / beta)

    # The start.

    def _started(self, start: FloatArray | None) -> Path:
        z = self._guess() if start is None else start
        norm, first = self.norm, self.dual.n_sums
        program = self.dual.program
        limits = program.ready.limits[self.dual.sums]
        power = self._power
        point = None
        for turn in range(SWEEPS if start is None else 0):
            if norm.any():
                z = z / self._length(z)
            point = self.dual.evaluate(z, curved=False)
            with np.errstate(over="ignore", divide="ignore"):
                sums = (point.excess[:first] + limits) / limits
                held = np.where(norm[first:], 1.0, point.size[first:] - point.excess[first:])
                ratio = np.concatenate((sums, point.size[first:] / held))
            if norm.any():
                y = point.excess[norm]
                weights = z[norm] / z[norm].sum()
                level = float(weights @ y) or 1.0
                ratio[norm] = np.clip(y / level, 1e-3, 1e3)
            exponent = np.where(norm, 1.0 / (0.5 + power), 2.0)
            change = np.clip(ratio, 1e-4, 1e4) ** exponent
            z = z * np.clip(change, 1e-3, 1e3)
            if turn >= 2 and np.all((change < 4.0) & ((change > 0.25) | (ratio < 0.1))):
                break
        if norm.any():
            z = z / self._length(z)
        point = self.dual.evaluate(z)
        level, targets = 1.0, np.zeros(z.size)
        if norm.any():
            targets = self._targets(z)
            y, t = point.excess[norm], targets[norm]
            if power > 1.0:  # θ may be too near 1 to tell t
                t = np.maximum(y, 1e-12 * max(float(y.max()), 1e-280))
                t = t / self._norm(t)
                targets[norm] = t
                z = z.copy()
                z[norm] = t ** (1.0 / power)
                point = self.dual.evaluate(z)
                y = point.excess[norm]
            # variances may all vanish here, where prices are still too low
            least = max(1e-4 * float(z[norm] @ point.size[norm]), 1e-280)
            level = max(float((z[norm] * t) @ y / max(float((z[norm] * t) @ t), 1e-300)), least)
        path = Path(point=point, targets=targets, level=level, epsilon=0.0)
        unit = self._objective(path)
        error = float(np.abs(z * self._scale(path) * self._residual(path)).max(initial=0.0))
        return replace(path, epsilon=min(max(0.1 * error, 1e-8 * unit), 0.1 * unit))

    def _guess(self) -> FloatArray:
        """Rows as if their own costs were all, then sums as if each were alone."""
        dual, program = self.dual, self.dual.program
        tables, first = program.ready.tables, self.dual.n_sums
        squares, norm = dual.squares, program.is_norm
        C = np.where(norm, 1.0, program.ceilings) + np.einsum(
            "jrs,rs->j", program.weights, np.where(norm[:, None, None].any(), squares, squares)
        )
        z = np.zeros(first + dual.n_rows)
        cost = np.full(tables.scores.shape, program.cost)
        if program.has_costs:
            cost = tables.costs[-1]
        if norm.any():
            z[first:][norm] = 1.0
            total = float(np.einsum("jrs,rs->j", program.weights, squares)[norm].sum())
            z[first:][~norm] = 0.1 * total / C[~norm] / max(1, int((~norm).sum()))
        elif program.fixed.any():
            total = float((program.fixed * squares).sum())
            z[first:] = 0.1 * total / C
        else:
            near = np.sqrt(cost + 1e-3 * max(float(cost.mean()), 1e-12))
            roots = np.einsum("rvs,vs->rs", program.roots, near)
            z[first:] = [
                (np.sqrt(w) * roots).sum() ** 2 / c**2
                for w, c in zip(program.weights, C, strict=True)
            ]
        z[first:] = np.clip(z[first:], 1e-200, 1e200)
        if first:
            M = dual.multipliers(z)
            a = np.sqrt(np.einsum("rs,rvs->vs", M, np.square(program.roots)))
            tops = [a.sum(), *a.sum(axis=0), *((a * np.sqrt(c)).sum() for c in tables.costs)]
            top = np.array(tops)[dual.sums] ** 2
            b = program.ready.limits[dual.sums]
            share = 1.0 / first if norm.any() or program.fixed.any() else 0.01 / first
            z[:first] = np.clip(top / b / b * share, 1e-250, 1e250)
        return z


def _longest(zeta: FloatArray, step: FloatArray, change: float) -> float:
    """The part of a step that keeps prices and the norm above 0, and their growth bounded."""
    share = 1.0
    down = step < 0.0
    if down.any():
        share = min(share, float((-BOUNDARY * zeta[down] / step[down]).min()))
    most = GROWTH * np.maximum(zeta, 1e-4 * zeta.max())
    up = step > most
    if up.any():
        share = min(share, float((most[up] / step[up]).min()))
    if change < 0.0:
        share = min(share, -0.9 / change)
    if change > GROWTH:
        share = min(share, GROWTH / change)
    return share


def _solved(
    H: FloatArray, diagonal: FloatArray, pull: FloatArray, border: FloatArray
) -> tuple[FloatArray, float]:
    """The step in prices, and the relative change of the norm, whose weights keep their length."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        unit = 1.0 / np.sqrt(np.diag(H) + diagonal)
        matrix = H * unit * unit[:, None]
    matrix[np.diag_indices_from(matrix)] = 1.0 + JITTER
    right = np.column_stack((pull, border)) * unit[:, None]
    if not (np.isfinite(matrix).all() and np.isfinite(right).all()):
        return np.full_like(pull, np.nan), 0.0
    try:
        found = np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        found = np.linalg.lstsq(matrix, right, rcond=None)[0]
    found = found * unit[:, None]
    if not border.any():
        return found[:, 0], 0.0
    curvature = float(border @ found[:, 1])
    if not curvature > 0.0:
        return np.full_like(pull, np.nan), 0.0
    change = float(border @ found[:, 0]) / curvature
    return found[:, 0] - change * found[:, 1], change
