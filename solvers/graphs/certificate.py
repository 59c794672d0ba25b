"""How close a design of links is to the most connected one its budget allows, proved."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

from roundlot.solvers.graphs.algebraic import connectivity
from roundlot.solvers.graphs.embedding import Embedding
from roundlot.solvers.graphs.graph import FloatArray
from roundlot.solvers.graphs.matchings import Decomposition


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkCertificate:
    """``lower <= λ₂ of the design`` and ``every λ₂ within the budget <= upper``.

    Attributes:
        decomposition, budget, probabilities: what is certified.
        lower: a verified Cholesky factorisation stands behind it.
        upper: what the embedding proves.
        embedding: points for the nodes; anybody can recompute the bound from them.
        gap: the optimum is at most ``1 + gap`` times this design's ``λ₂``, rounded up.
        rigorous: whether every rounding error is accounted for.
    """

    decomposition: Decomposition = field(repr=False)
    budget: float
    probabilities: FloatArray = field(repr=False)
    lower: float
    upper: float
    embedding: Embedding = field(repr=False)
    gap: float
    rigorous: bool = True

    def verify(self) -> bool:
        """Whether everything holds when computed again."""
        return not self.complaints()

    def complaints(self) -> tuple[str, ...]:
        """What is wrong, in words; empty when all holds."""
        p = [Fraction(value) for value in self.probabilities.tolist()]
        found = []
        if len(p) != self.decomposition.n_matchings:
            return (f"there are {len(p)} probabilities for {self.decomposition.n_matchings}",)
        if min(p) < 0 or max(p) > 1:
            found.append("a probability is outside [0, 1]")
        if sum(p) > Fraction(self.budget) * len(p):
            found.append(f"probabilities sum to {float(sum(p)):.17g}, above the budget")
        if not found and connectivity(self.decomposition, self.probabilities).upper < self.lower:
            found.append(f"λ₂ is below the lower bound {self.lower:.17g}")
        if self.embedding.bound(self.decomposition, self.budget) > self.upper:
            found.append(f"the points do not prove the upper bound {self.upper:.17g}")
        if relative_gap(self.lower, self.upper) > self.gap:
            found.append(f"the gap is above {self.gap:.3g}")
        return tuple(found)


def certify_links(
    decomposition: Decomposition,
    budget: float,
    probabilities: FloatArray,
    embedding: Embedding,
) -> LinkCertificate:
    """The certificate of any probabilities ``(M,)`` within the budget, by any embedding."""
    lower = connectivity(decomposition, probabilities).lower
    upper = embedding.bound(decomposition, budget)
    return LinkCertificate(
        decomposition=decomposition,
        budget=budget,
        probabilities=probabilities,
        lower=lower,
        upper=upper,
        embedding=embedding,
        gap=relative_gap(lower, upper),
    )


def relative_gap(lower: float, upper: float) -> float:
    """``upper / lower − 1``, rounded up, at least 0."""
    if lower <= 0.0:
        return math.inf
    return max(0.0, math.nextafter((upper - lower) / lower, math.inf))
