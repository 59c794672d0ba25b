"""A theorem about one step of one sampling scheme: numbers, multipliers, and an exact check.

Behind it is a semidefinite program whose data are fractions. Over the Gram matrix of
``e = x − x*``, ``g_i = ∇f_i(x)`` and ``h_i = ∇f_i(x*)``, with ``Σ w_i h_i = 0`` used to drop the
last ``h``, the claim

    ``E‖x⁺ − x*‖² <= ρ‖e‖² + ν Σ w_i ‖h_i‖²``,   ``x⁺ = x − γ Σ c_i g_i``

follows when ``ρ‖e‖² + ν Σ w_i‖h_i‖² − E‖x⁺ − x*‖² − Σ λ_i C_i`` is a sum of squares for some
``λ >= 0``, where ``C_i = (L_i+μ_i)⟨g_i−h_i, e⟩ − ‖g_i−h_i‖² − μ_i L_i‖e‖² >= 0`` is what smoothness
and strong convexity say of two points. Nothing else is known of the clients at two points, so the
best ``ρ`` and ``ν`` are the worst case over all clients.

Source: Taylor, Hendrickx, Glineur (Math. Program. 2017); Taylor and Bach (COLT 2019).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from roundlot.solvers.schemes.scheme import Row, SamplingScheme
from roundlot.theory.arrays import AnyArray, FloatArray
from roundlot.theory.certified_rounds.algebra import is_positive_semidefinite
from roundlot.theory.errors import InfeasibleError, InvalidProblemError
from roundlot.theory.proofs.theorem import ProofCheck

Exact = AnyArray  # of Fraction


@dataclass(frozen=True, kw_only=True, eq=False)
class SchemeCertificate:
    """``E‖x⁺ − x*‖² <= rate ‖x − x*‖² + noise Σ w_i ‖∇f_i(x*)‖²``, proved for every clients' ``f``.

    One step ``x⁺ = x − step Σ c_i ∇f_i(x)`` on ``F = Σ w_i f_i`` with minimiser ``x*``, each
    ``f_i`` ``L_i``-smooth and ``μ_i``-strongly convex, ``c`` drawn by the scheme. Every number is a
    fraction, so ``check()`` decides.

    Attributes:
        scheme: moments of ``c``.
        step: ``γ > 0``.
        smoothness, strong_convexity: ``(n,)``, ``L > μ >= 0``.
        rate, noise: ``ρ`` and ``ν``, at least 0.
        multipliers: ``(n,)``, of the clients' interpolation inequalities, at least 0.
        alike: the theorem is for clients with ``∇f_i(x*) = 0`` only; ``noise`` is then 0.
    """

    scheme: SamplingScheme
    step: Fraction
    smoothness: Row
    strong_convexity: Row
    rate: Fraction
    noise: Fraction
    multipliers: Row
    alike: bool = False

    def check(self) -> ProofCheck:
        """Prove the claim again in rational arithmetic; a changed number is refused."""
        return ProofCheck(theorem=f"one step, {self.scheme.name}", failures=tuple(self._failures()))

    def _failures(self) -> list[str]:
        n = self.scheme.n_clients
        lengths = {len(self.smoothness), len(self.strong_convexity), len(self.multipliers)}
        if lengths != {n}:
            return [f"constants and multipliers must be {n} each"]
        found = []
        if self.step <= 0 or self.rate < 0 or self.noise < 0:
            found.append("step must be above 0, rate and noise at least 0")
        if min(self.multipliers) < 0:
            found.append("a multiplier is negative")
        pairs = zip(self.strong_convexity, self.smoothness, strict=True)
        if any(not 0 <= mu < L for mu, L in pairs):
            found.append("0 <= μ < L fails")
        program = step_program(
            self.scheme,
            step=self.step,
            smoothness=self.smoothness,
            strong_convexity=self.strong_convexity,
            alike=self.alike,
        )
        slack = program.slack(self.rate, self.noise, self.multipliers)
        if not is_positive_semidefinite(slack):
            found.append("what remains is not a sum of squares")
        return found

    def bound(
        self,
        squared_distance: npt.ArrayLike,
        *,
        dissimilarity: float = 0.0,
        gradient_variances: npt.ArrayLike = 0.0,
    ) -> FloatArray:
        """Upper bounds on ``E‖x⁺ − x*‖²``.

        Args:
            squared_distance: ``‖x − x*‖²``, any shape.
            dissimilarity: ``ζ² = Σ w_i ‖∇f_i(x*)‖²``.
            gradient_variances: ``(n,)`` or one number, ``σ_i²`` of each client's mini-batch
                gradient, independent between clients; adds ``γ² Σ M_ii σ_i²``, exactly.

        Raises:
            InvalidProblemError: a negative number, or dissimilar clients against ``alike``.
        """
        distance = np.asarray(squared_distance, dtype=np.float64)
        floor = self._per_step(dissimilarity, gradient_variances)
        if not np.all(distance >= 0):
            raise InvalidProblemError("squared_distance must be at least 0")
        return np.asarray(float(self.rate) * distance + floor)

    def rounds(
        self,
        *,
        initial: float,
        target: float,
        dissimilarity: float = 0.0,
        gradient_variances: npt.ArrayLike = 0.0,
    ) -> int:
        """Rounds of this constant step that provably bring ``E‖x − x*‖²`` from initial to target.

        Raises:
            InfeasibleError: the target lies at or below the floor ``noise ζ² / (1 − rate)``.
            InvalidProblemError: a number that is negative, or a target that is not above 0.
        """
        add, rate = self._per_step(dissimilarity, gradient_variances), float(self.rate)
        if not (math.isfinite(initial) and initial >= 0 and target > 0):
            raise InvalidProblemError("initial must be finite and at least 0, target above 0")
        if initial <= target:
            return 0
        floor = add / (1 - rate) if rate < 1 else math.inf
        if floor >= target:
            raise InfeasibleError(
                f"step {float(self.step):g} stalls at {floor:g}, above the target {target:g}; "
                "take a smaller step or a larger budget"
            )
        if rate == 0:
            return 1
        return math.ceil(math.log((initial - floor) / (target - floor)) / -math.log(rate))

    def _per_step(self, dissimilarity: float, gradient_variances: npt.ArrayLike) -> float:
        noise = np.broadcast_to(np.asarray(gradient_variances, float), (self.scheme.n_clients,))
        if not dissimilarity >= 0 or not np.all(noise >= 0):
            raise InvalidProblemError("dissimilarity and gradient_variances must be at least 0")
        if self.alike and dissimilarity > 0:
            raise InvalidProblemError(
                "this certificate assumes clients with a common minimiser; certify with "
                "dissimilarity above 0"
            )
        second = np.array([row[i] for i, row in enumerate(self.scheme.second_moment)], float)
        return float(self.noise) * dissimilarity + float(self.step) ** 2 * float(second @ noise)

    def __str__(self) -> str:
        return (
            f"{self.scheme.name}, γ = {float(self.step):.4g}: E‖x⁺ − x*‖² <= "
            f"{float(self.rate):.6g} ‖x − x*‖² + {float(self.noise):.6g} Σ w‖∇f_i(x*)‖²"
        )


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
