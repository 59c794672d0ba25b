"""Rounds of one gradient step for fleets of any size: expected smoothness, checked in fractions.

Every ``f_i`` is convex and L_i-smooth, ``F = Σ w_i f_i`` is μ-strongly convex with minimiser
``x*``; client ``i`` takes part with ``p_i``, independently, afresh in every round; ``x⁺ = x −
γ Σ_drawn (w_i/p_i) g_i`` with an unbiased gradient ``g_i`` of variance at most ``σ_i²``. With
``w_i L_i (1/p_i − 1) <= M`` theorem expected_smoothness bounds the variance of a step by
``2(1 + θ)M (F(x) − F*) + (1 + 1/θ) V + B``: ``V = Σ w_i² (1/p_i − 1) ‖∇f_i(x*)‖²`` and ``B = Σ
w_i² σ_i² / p_i``, as mini-batches add to it. With ``S = (1 + θ)M`` theorem growing_step, or
steep_step, gives ``a⁺ <= ((1 − γμ)² + γ²μS) a + γ² ((1 + 1/θ) V + B)``, and a constant step does
the rest. Sums are rounded to the safe side, to some 100 bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from roundlot.theory.certified_rounds.decimals import above, assumed
from roundlot.theory.text import plural

_BITS = 100  # of every rounded number
MOST_ROUNDS = 10**12
_TINY = Fraction(1, 2**3000)  # a power is not followed below it
_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, kw_only=True)
class Participant:
    """What is known of a client, or of ``count`` of them that nothing tells apart.

    Attributes:
        count: how many.
        weight, smoothness, strong_convexity, variance: ``w``, ``L``, ``μ`` and ``σ²`` of each.
        at_optimum: ``‖∇f_i(x*)‖²`` of each, at most; not read where only the sum is known.
        probability: ``p``, of taking part.
    """

    count: int
    weight: Fraction
    smoothness: Fraction
    strong_convexity: Fraction
    variance: Fraction
    at_optimum: Fraction
    probability: Fraction

    @property
    def odds(self) -> Fraction:
        """``1/p − 1``."""
        return 1 / self.probability - 1

    def complaint(self) -> str:
        """What is out of range; empty if nothing is."""
        if self.count < 1 or self.weight <= 0:
            return "a client has no weight above 0"
        if not 0 <= self.strong_convexity <= self.smoothness or self.smoothness <= 0:
            return "0 <= μ <= L fails for a client"
        if min(self.variance, self.at_optimum) < 0:
            return "a variance or a squared gradient is negative"
        return "" if 0 < self.probability <= 1 else "a probability is not in (0, 1]"


@dataclass(frozen=True, kw_only=True, eq=False)
class StepsClaim:
    """``E‖x_T − x*‖² <= bound`` after ``rounds`` rounds.

    Attributes:
        clients: all of them.
        heterogeneity: ``Σ w_i ‖∇f_i(x*)‖²`` at most; None where ``at_optimum`` of each is used.
        slope, share: ``M`` and ``θ``.
        step: ``γ``.
        initial: ``‖x_0 − x*‖²`` at most.
        rounds: how many.
        bound: what is claimed.
    """

    clients: tuple[Participant, ...]
    heterogeneity: Fraction | None
    slope: Fraction
    share: Fraction
    step: Fraction
    initial: Fraction
    rounds: int
    bound: Fraction

    @property
    def n_clients(self) -> int:
        """Of all kinds."""
        return sum(one.count for one in self.clients)

    @cached_property
    def failures(self) -> tuple[str, ...]:
        """Why the bound is not proved; empty if it is."""
        if wrong := self._out_of_range():
            return (wrong,)
        for one in self.clients:
            if one.weight * one.smoothness * one.odds > self.slope:
                return ("a client is drawn too rarely for the slope that is claimed",)
        if self.step > self.longest:
            return ("the step is longer than the theorem admits",)
        if self.contraction >= 1:
            return ("the distance does not fall",)
        if self.bound < self.least:
            return ("the bound is below what the rounds prove",)
        return ()

    def _out_of_range(self) -> str:
        if not self.clients:
            return "there are no clients"
        if wrong := next(filter(None, (one.complaint() for one in self.clients)), ""):
            return wrong
        if self.heterogeneity is not None and self.heterogeneity < 0:
            return "the heterogeneity is negative"
        if min(self.share, self.step, self.initial) <= 0 or self.slope < 0:
            return "share, step and initial value must be above 0, and the slope at least 0"
        if not 1 <= self.rounds <= MOST_ROUNDS:
            return f"there must be 1 to {MOST_ROUNDS:,} rounds"
        return "" if self.strong_convexity > 0 else "F is not strongly convex"

    @cached_property
    def smoothness(self) -> Fraction:
        """``L`` of ``F``, rounded up."""
        return _sum((o.count * o.weight * o.smoothness for o in self.clients), up=True)

    @cached_property
    def strong_convexity(self) -> Fraction:
        """``μ`` of ``F``, rounded down."""
        return _sum((o.count * o.weight * o.strong_convexity for o in self.clients), up=False)

    @cached_property
    def at_optimum(self) -> Fraction:
        """``V``, rounded up."""
        if self.heterogeneity is not None:
            return self.heterogeneity * max(o.weight * o.odds for o in self.clients)
        return _sum((o.count * o.weight**2 * o.odds * o.at_optimum for o in self.clients), up=True)

    @cached_property
    def batches(self) -> Fraction:
        """``B``, rounded up."""
        noisy = (o.count * o.weight**2 * o.variance / o.probability for o in self.clients)
        return _sum(noisy, up=True)

    @property
    def growth(self) -> Fraction:
        """``S``."""
        return (1 + self.share) * self.slope

    @property
    def noise(self) -> Fraction:
        """What of the variance of a step does not grow."""
        return (1 + 1 / self.share) * self.at_optimum + self.batches

    @property
    def longest(self) -> Fraction:
        """The longest step that the theorem for this growth admits."""
        L, mu, S = self.smoothness, self.strong_convexity, self.growth
        return 2 / (L + mu + S) if L - mu >= S else 1 / (mu + S)

    @property
    def theorems(self) -> tuple[str, ...]:
        """By name, in the order of their use."""
        slight = self.growth <= self.smoothness - self.strong_convexity
        return ("expected_smoothness", "growing_step" if slight else "steep_step")

    @cached_property
    def contraction(self) -> Fraction:
        """``(1 − γμ)² + γ²μS``, rounded up."""
        step, mu = self.step, self.strong_convexity
        return rounded((1 - step * mu) ** 2 + step**2 * mu * self.growth, up=True)

    def after(self, rounds: int) -> StepsClaim:
        """The same after other rounds, with the bound that they prove."""
        other = replace(self, rounds=rounds)
        return replace(other, bound=other.least)

    def rounds_to(self, target: Fraction) -> int | None:
        """The fewest rounds that prove at most ``target``; None if none do."""
        if self._out_of_range() or self.step > self.longest or self.contraction >= 1:
            return None
        low, high = 0, 1
        while replace(self, rounds=high).least > target:
            low, high = high, 2 * high
            if high > MOST_ROUNDS:
                return None
        while high - low > 1:
            middle = (low + high) // 2
            reached = replace(self, rounds=middle).least <= target
            low, high = (low, middle) if reached else (middle, high)
        return high

    @cached_property
    def least(self) -> Fraction:
        """The bound that the rounds prove."""
        rate, added = self.contraction, self.step**2 * self.noise
        floor = rounded(added / (1 - rate), up=True)
        if self.initial <= floor:
            return floor
        return floor + _power(rate, self.rounds) * (self.initial - floor)

    def __str__(self) -> str:
        rounds, n = self.rounds, self.n_clients
        large = max(one.smoothness for one in self.clients)
        small = min(one.strong_convexity for one in self.clients)
        noise = max(one.variance for one in self.clients)
        noisy = f", variance up to {assumed(noise)}" if noise else ""
        spread = (
            f"‖∇f(x*)‖² up to {assumed(max(one.at_optimum for one in self.clients))}"
            if self.heterogeneity is None
            else f"heterogeneity {assumed(self.heterogeneity)}"
        )
        return (
            f"E‖x − x*‖² <= {above(self.bound)} after {rounds} {plural(rounds, 'round')} of one "
            f"step with {n} {plural(n, 'client')} drawn independently, L up to {assumed(large)}, "
            f"μ from {assumed(small, up=True)}{noisy}, initial {assumed(self.initial)}, {spread}"
        )


def rounded(value: Fraction, *, up: bool) -> Fraction:
    """``value``, at least 0, to some 100 bits."""
    if not value:
        return value
    shift = _BITS - value.numerator.bit_length() + value.denominator.bit_length()
    scaled = value * Fraction(2) ** shift
    return Fraction(math.ceil(scaled) if up else math.floor(scaled)) / Fraction(2) ** shift


def _sum(values: Iterable[Fraction], *, up: bool) -> Fraction:
    found = _ZERO
    for value in values:
        found = rounded(found + rounded(value, up=up), up=up)
    return found


def _power(base: Fraction, exponent: int) -> Fraction:
    """``base^exponent`` or a little more, by squaring; never less than ``_TINY``."""
    found, square = _ONE, rounded(base, up=True)
    while exponent:
        if exponent % 2:
            found = max(rounded(found * square, up=True), _TINY)
        square = max(rounded(square * square, up=True), _TINY)
        exponent //= 2
    return found
