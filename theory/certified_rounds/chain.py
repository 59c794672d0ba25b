"""From proofs of single rounds to what holds after all of them, checked in fractions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from roundlot.theory.certified_rounds.decimals import above, assumed
from roundlot.theory.certified_rounds.proof import GOALS, RoundProof
from roundlot.theory.certified_rounds.setting import Coupling, Kind, Row, Setting
from roundlot.theory.certified_rounds.work import TooMuchWorkError, limited, spend
from roundlot.theory.text import plural


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundsClaim:
    """A bound after a number of rounds, with everything that proves it.

    By the goal: ``E‖x_T − x*‖²`` (distance); ``E F(x̄) − F*`` at the weighted mean ``x̄`` of ``x_0 …
    x_{T−1}`` (gap); the least ``E‖∇F(x_t)‖²`` (gradient).

    Attributes:
        goal: one of ``GOALS``.
        setting: the fleet; the steps of its kinds are those of a round with factors 1.
        schedule: ``(rounds,)``, each with one factor for each local step.
        initial: ``‖x_0 − x*‖²``, or ``F(x_0) − inf F`` where the gradient is bounded; at most.
        heterogeneity: ``ζ²``, at most: ``Σ w_i ‖∇f_i(x*)‖²``, or, where the gradient is bounded,
            ``Σ w_i ‖∇f_i(x) − ∇F(x)‖²`` at every ``x``.
        proofs: of rounds.
        uses: ``(rounds,)``, which proof a round uses.
        weights: ``(rounds,)``, above 0: how much a round counts in the mean; 1 for the distance.
        chain: ``(rounds + 1,)``, from ``initial``: bounds on the distance after each round; for the
            other goals the initial value and all that the rounds can have added, as weighted.
        bound: what is claimed.
    """

    goal: str
    setting: Setting
    schedule: tuple[Row, ...]
    initial: Fraction
    heterogeneity: Fraction
    proofs: tuple[RoundProof, ...]
    uses: tuple[int, ...]
    weights: Row
    chain: Row
    bound: Fraction

    @property
    def alike(self) -> bool:
        """Whether every client is minimised at ``x*``, so that ``∇f_i(x*) = 0``."""
        alone = self.setting.n_clients == 1
        return self.goal != "gradient" and (alone or self.heterogeneity == 0)

    @cached_property
    def failures(self) -> tuple[str, ...]:
        """Why the bound is not proved; empty if it is."""
        try:
            with limited():
                return tuple(
                    self._misshapen()
                    or self.setting.complaints(convex=self.goal != "gradient")
                    or self._unproved()
                    or self._unchained()
                )
        except TooMuchWorkError as error:
            return (str(error),)

    def _misshapen(self) -> list[str]:
        if self.goal not in GOALS:
            return [f"the goal {self.goal!r:.40} is none of {', '.join(GOALS)}"]
        rounds = len(self.schedule)
        lengths = (len(self.uses), len(self.weights), len(self.chain) - 1)
        if not rounds or lengths != (rounds, rounds, rounds):
            return ["there must be one round at least, a proof for each, and a chain of one more"]
        if min(self.initial, self.heterogeneity) < 0:
            return ["the initial value and the heterogeneity must be at least 0"]
        if self.goal == "distance" and any(weight != 1 for weight in self.weights):
            return ["rounds have weights where the distance is bounded"]
        if any(not 0 <= use < len(self.proofs) for use in self.uses):
            return ["a round uses a proof that is not there"]
        if any(factor <= 0 for row in self.schedule for factor in row):
            return ["a factor of the schedule is not above 0"]
        local = {len(row) for row in self.schedule} | {len(k.steps) for k in self.setting.kinds}
        return ["the schedule does not fit the local steps"] if len(local) != 1 else []

    def _unproved(self) -> list[str]:
        """Each proof, at the steps of every round that uses it."""
        found: list[str] = []
        couplings: dict[Coupling, tuple[str, ...]] = {}
        pairs = dict.fromkeys(zip(self.uses, self.schedule, strict=True))
        spend(len(pairs) * least_work(self.setting))  # before the first: it may be refused at once
        for use, factors in pairs:
            wrong = self.proofs[use].complaints(
                at(self.setting, factors), self.goal, alike=self.alike, couplings=couplings
            )
            found += [f"proof {use}: {text}" for text in wrong]
        return found

    def _unchained(self) -> list[str]:
        if self.chain[0] != self.initial:
            return ["the chain does not begin at the initial value"]
        added: dict[tuple[int, Row], Fraction] = {}
        room = Fraction(1)  # what the weight of the next round may take of what is left before it
        for t, use in enumerate(self.uses):
            proof, weight = self.proofs[use], self.weights[t]
            if self.goal == "distance":
                kept = proof.before * self.chain[t]
            else:
                kept = self.chain[t]
                if not 0 < weight * proof.before <= room:
                    return [f"the weight of round {t + 1} is not covered by the round before it"]
                room = weight * proof.after
            key = (use, self.schedule[t])
            if key not in added:
                setting = at(self.setting, self.schedule[t])
                added[key] = proof.added(self.heterogeneity, setting, self.goal)
            if self.chain[t + 1] < kept + weight * added[key]:
                return [f"the chain is broken after round {t + 1}"]
        return ["the bound is below what the chain proves"] if self.bound < self.least() else []

    def least(self) -> Fraction:
        """The bound that the chain proves."""
        if self.goal == "distance":
            return self.chain[-1]
        weights = Fraction(0)
        for weight in self.weights:
            weights += weight
            spend(1, weights.denominator.bit_length())
        return self.chain[-1] / weights

    def __str__(self) -> str:
        rounds, steps, clients = len(self.uses), len(self.schedule[0]), self.setting.n_clients
        return (
            f"{_BOUNDED[self.goal]} <= {above(self.bound)} after {rounds} "
            f"{plural(rounds, 'round')} of {steps} local {plural(steps, 'step')} with {clients} "
            f"{plural(clients, 'client')}, {self._constants()}, initial {assumed(self.initial)}, "
            f"heterogeneity {assumed(self.heterogeneity)}"
        )

    def _constants(self) -> str:
        """Of all clients; the file has those of each."""
        kinds = self.setting.kinds
        large, small = max(k.smoothness for k in kinds), min(k.strong_convexity for k in kinds)
        noise = max(k.variance for k in kinds)
        convex = f", μ from {assumed(small, up=True)}" if self.goal != "gradient" else ""
        noisy = f", variance up to {assumed(noise)}" if noise else ""
        return f"L up to {assumed(large)}{convex}{noisy}"


_BOUNDED = {
    "distance": "E‖x − x*‖²",
    "gap": "E F(mean of x) − F*",
    "gradient": "least E‖∇F(x)‖²",
}


def least_work(setting: Setting) -> int:
    """Of a round, whatever its proof is."""
    return 4000 + 2000 * len(setting.kinds)


def at(setting: Setting, factors: Sequence[Fraction]) -> Setting:
    """The setting with the steps of a round that has these factors."""
    kinds = tuple(
        Kind(
            count=kind.count,
            weight=kind.weight,
            second_moment=kind.second_moment,
            smoothness=kind.smoothness,
            strong_convexity=kind.strong_convexity,
            steps=tuple(s * f for s, f in zip(kind.steps, factors, strict=True)),
            variance=kind.variance,
        )
        for kind in setting.kinds
    )
    return Setting(kinds=kinds, cross_moments=setting.cross_moments)
