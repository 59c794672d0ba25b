"""The semidefinite program behind one step of a sampling scheme, with its data as fractions.

Over the Gram matrix of ``e = x − x*``, ``g_i = ∇f_i(x)`` and ``h_i = ∇f_i(x*)``, with
``Σ w_i h_i = 0`` used to drop the last ``h``, the claim

    ``E‖x⁺ − x*‖² <= ρ‖e‖² + ν Σ w_i ‖h_i‖²``,   ``x⁺ = x − γ Σ c_i g_i``

follows when ``ρ‖e‖² + ν Σ w_i‖h_i‖² − E‖x⁺ − x*‖² − Σ λ_i C_i`` is a sum of squares for some
``λ >= 0``, where ``C_i = (L_i+μ_i)⟨g_i−h_i, e⟩ − ‖g_i−h_i‖² − μ_i L_i‖e‖² >= 0`` is what smoothness
and strong convexity say of two points. Nothing else is known of the clients at two points, so the
best ``ρ`` and ``ν`` are the worst case over all clients.

Source: Taylor, Hendrickx, Glineur (Math. Program. 2017); Taylor and Bach (COLT 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.schemes.scheme import Row, SamplingScheme

Exact = npt.NDArray[Any]  # of Fraction


@dataclass(frozen=True, kw_only=True, eq=False)
class StepProgram:
    """Symmetric matrices of the quadratic forms above; rows and columns are ``e, g, h``."""

    distance: Exact
    dissimilarity: Exact
    after: Exact
    facts: tuple[Exact, ...]

    def slack(self, rate: Fraction, noise: Fraction, multipliers: Row) -> list[list[Fraction]]:
        """The matrix that a proof shows to be positive semidefinite."""
        total = rate * self.distance + noise * self.dissimilarity - self.after
        for multiplier, fact in zip(multipliers, self.facts, strict=True):
            total = total - multiplier * fact
        return [list(row) for row in total]


def step_program(
    scheme: SamplingScheme, *, step: Fraction, smoothness: Row, strong_convexity: Row, alike: bool
) -> StepProgram:
    """The program of one step; ``alike`` says that every client is minimised at ``x*``."""
    w, n = scheme.weights, scheme.n_clients
    e, *units = _units(1 + n + (0 if alike else n - 1))
    g = units[:n]
    h = _at_optimum(units[n:], w) if not alike else [e * 0] * n
    full = sum(c * v for c, v in zip(w, g, strict=True))
    after = _square(e) - 2 * step * _product(full, e)
    for i, row in enumerate(scheme.second_moment):
        for j, moment in enumerate(row):
            after = after + step**2 * moment * _product(g[i], g[j])
    facts = tuple(
        (L + mu) * _product(g[i] - h[i], e) - _square(g[i] - h[i]) - mu * L * _square(e)
        for i, (L, mu) in enumerate(zip(smoothness, strong_convexity, strict=True))
    )
    none = 0 * _square(e)
    return StepProgram(
        distance=_square(e),
        dissimilarity=sum((c * _square(v) for c, v in zip(w, h, strict=True)), start=none),
        after=after,
        facts=facts,
    )


def _units(size: int) -> list[Exact]:
    return [np.array([Fraction(int(i == j)) for j in range(size)]) for i in range(size)]


def _at_optimum(free: list[Exact], weights: Row) -> list[Exact]:
    """``h_1, ..., h_n`` with ``Σ w h = 0``; a single client has ``h = 0``."""
    if not free:
        return [np.array([Fraction(0)] * 2)]
    last = -sum(w * v for w, v in zip(weights, free, strict=False)) / weights[-1]
    return [*free, last]


def _product(left: Exact, right: Exact) -> Exact:
    """The symmetric matrix of ``⟨left, right⟩``."""
    outer = np.outer(left, right)
    return np.asarray((outer + outer.T) / 2)


def _square(vector: Exact) -> Exact:
    return np.asarray(np.outer(vector, vector))
