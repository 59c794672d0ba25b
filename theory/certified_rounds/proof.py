"""The proof of one round: multipliers, and the exact check that what they leave is squares."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from roundlot.theory.certified_rounds.algebra import (
    Form,
    Matrix,
    is_positive_semidefinite,
    matrix,
    total,
)
from roundlot.theory.certified_rounds.forms import Goal, KindForms, kind_forms, shared_form, work_of
from roundlot.theory.certified_rounds.setting import Coupling, Kind, Row, Setting
from roundlot.theory.certified_rounds.work import spend

#: What is bounded: the distance from the optimum, the gap of a mean, or a gradient.
GOALS = ("distance", "gap", "gradient")


@dataclass(frozen=True, kw_only=True)
class KindProof:
    """Multipliers of one kind of clients.

    Attributes:
        facts: of ``I_ab``, at least 0, in the order of ``KindForms.pairs``.
        share: ``(S, S)``, what the block takes of the shared vectors.
        noises: of ``‖ξ_k‖² <= σ²``, at least 0.
        uncorrelated: of the products of noise whose mean is 0, of either sign.
    """

    facts: Row
    share: tuple[Row, ...]
    noises: Row = ()
    uncorrelated: Row = ()


@dataclass(frozen=True, kw_only=True)
class RoundProof:
    """One round, proved for every fleet of the setting.

    By the goal, with ``D = ‖x − x*‖²``, ``ζ²`` the dissimilarity and ``σ²`` the noise of batches:

    - distance: ``E D⁺ <= before D + dissimilarity ζ² + noise``, ``after = 1``;
    - gap: ``F(x) − F* <= before D − after E D⁺ + dissimilarity ζ² + noise``;
    - gradient: the same of ``‖∇F(x)‖²``, with ``D = F(x) − inf F`` and ``before = after``.

    Attributes:
        coupling: which combinations of clients are shared.
        before, after, dissimilarity: as above, at least 0.
        centre: ``(S,)``, multiplier of ``Σ w_i ∇f_i(x*) = 0``, or of ``Σ w_i ∇f_i(x) = ∇F(x)``;
            empty with a coupling that is spread.
        kinds: a proof for each kind.
    """

    coupling: Coupling
    before: Fraction
    after: Fraction
    dissimilarity: Fraction
    centre: Row
    kinds: tuple[KindProof, ...]

    def noise(self, setting: Setting, goal: Goal) -> Fraction:
        """What the noise of mini-batches adds, ``>= 0``."""
        scale = Fraction(1) if goal != "gradient" else setting.smoothness / 2
        found = Fraction(0)
        for kind, proof in zip(setting.kinds, self.kinds, strict=True):
            last = self.after * scale * kind.second_moment * kind.steps[-1] ** 2
            found += kind.count * kind.variance * (last + sum(proof.noises, Fraction(0)))
        return found

    def added(self, zeta: Fraction, setting: Setting, goal: Goal) -> Fraction:
        """What dissimilarity and the noise of mini-batches add."""
        return self.dissimilarity * zeta + self.noise(setting, goal)

    def complaints(
        self,
        setting: Setting,
        goal: Goal,
        *,
        alike: bool = False,
        couplings: dict[Coupling, tuple[str, ...]] | None = None,
    ) -> list[str]:
        """Why it proves nothing; empty if it stands. ``setting`` itself is judged elsewhere.

        ``couplings`` are those that were judged before, which is kept there.
        """
        if len(self.kinds) != len(setting.kinds):
            return ["there is not one proof for each kind"]
        size = self.coupling.shared
        if len(self.centre) != (0 if self.coupling.spread else size):
            return ["the centre has not one number for each shared vector"]
        if self.coupling.spread and (alike or goal == "gradient"):
            return ["there are no gradients at x* to share"]
        found = (
            self._signs(goal)
            or [
                wrong
                for kind, proof in zip(setting.kinds, self.kinds, strict=True)
                if (wrong := _misshapen(proof, kind, self.coupling, goal))
            ][:1]
        )
        judged = {} if couplings is None else couplings
        if not found and self.coupling not in judged:
            judged[self.coupling] = tuple(self.coupling.complaints(setting))
        if found := found or list(judged[self.coupling]):
            return found
        left = shared_form(
            setting,
            self.coupling,
            goal,
            before=self.before,
            after=self.after,
            centre=self.centre,
        )
        rest = matrix(left, size)
        for number, (kind, proof) in enumerate(zip(setting.kinds, self.kinds, strict=True)):
            spend(*work_of(setting, self.coupling, number, goal))
            forms = kind_forms(
                setting,
                self.coupling,
                number,
                goal,
                needed=lambda place, _, facts=proof.facts: facts[place] != 0,  # type: ignore[misc]
            )
            found += self._of_kind(kind, proof, forms, goal, alike)
            for i in range(size):
                for j in range(size):
                    rest[i][j] -= kind.count * proof.share[i][j]
        if not is_positive_semidefinite(rest):
            found.append("what is left of the shared vectors is not a sum of squares")
        return found

    def _signs(self, goal: Goal) -> list[str]:
        if min(self.before, self.after, self.dissimilarity) < 0:
            return ["a factor of the bound is negative"]
        if goal == "distance" and self.after != 1:
            return ["the distance after the round must have factor 1"]
        if goal != "distance" and self.before == 0:
            return ["what falls must have a factor above 0 before the round"]
        if goal == "gradient" and self.before != self.after:
            return ["the factors of F before and after the round differ"]
        return []

    def _of_kind(
        self, kind: Kind, proof: KindProof, forms: KindForms, goal: Goal, alike: bool
    ) -> list[str]:
        found = []
        if min((*proof.facts, *proof.noises), default=Fraction(0)) < 0:
            found.append("a multiplier of an inequality is negative")
        gap = kind.weight if goal == "gap" else Fraction(0)
        if balances(forms, proof.facts) != demands(forms, gap):
            found.append("values of the clients' functions do not cancel")
        if not is_positive_semidefinite(self.block(proof, forms, alike=alike)):
            found.append("what is left of a kind of clients is not a sum of squares")
        return found

    def block(self, proof: KindProof, forms: KindForms, *, alike: bool) -> Matrix:
        """The matrix of one client's block that must be a sum of squares."""
        left = matrix(block_form(self, proof, forms), forms.size)
        for i, row in enumerate(proof.share):
            for j, value in enumerate(row):
                left[i][j] += value
        if not alike:
            return left
        gone = forms.shared  # h = 0: its row and column say nothing
        keep = [i for i in range(forms.size) if i != gone]
        return [[left[i][j] for j in keep] for i in keep]


def block_form(proof: RoundProof, own: KindProof, forms: KindForms) -> Form:
    """A client's part without its share of what all have."""
    return total(
        (
            (proof.after, forms.after),
            (proof.dissimilarity, forms.dissimilarity),
            *zip(proof.centre, forms.centre, strict=True),
            *((-factor, fact) for factor, fact in zip(own.facts, forms.facts, strict=True)),
            *zip(own.noises, forms.noises, strict=True),
            *zip(own.uncorrelated, forms.uncorrelated, strict=True),
        )
    )


def balances(forms: KindForms, factors: Row) -> Row:
    """By point: how often ``f`` there is counted by ``Σ factor I_ab``."""
    found = [Fraction(0)] * forms.n_points
    for factor, (a, b) in zip(factors, forms.pairs, strict=True):
        found[a] += factor
        found[b] -= factor
    return tuple(found)


def demands(forms: KindForms, gap: Fraction) -> Row:
    """By point: how often it must be counted, so that ``−gap (f(x) − f(x*))`` is left."""
    found = [Fraction(0)] * forms.n_points
    if gap and forms.optimum is not None:
        found[forms.optimum] += gap
        found[forms.start] -= gap
    return tuple(found)


def _misshapen(proof: KindProof, kind: Kind, coupling: Coupling, goal: Goal) -> str:
    """Asked before any form is made: a short file must not cost a long time."""
    steps, convex = len(kind.steps), goal != "gradient"
    noisy = steps - 1 if kind.variance else 0
    points = steps + convex
    optima = convex if not coupling.spread else len(coupling.own) - 1
    before = 1 + optima + len(coupling.combinations)
    products = sum(before + k + (k + 1) for k in range(noisy))
    lengths = (len(proof.facts), len(proof.noises), len(proof.uncorrelated))
    wanted = (points * (points - 1), noisy, products)
    if lengths != wanted:
        return f"a kind has {lengths} multipliers of facts, noises and products; not {wanted}"
    share, size = proof.share, coupling.shared
    if len(share) != size or any(len(row) != size for row in share):
        return "the share of a kind is not a table of the shared vectors"
    if any(share[i][j] != share[j][i] for i in range(size) for j in range(i)):
        return "the share of a kind is not symmetric"
    return ""
