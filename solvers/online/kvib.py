"""K-Vib: Vrb for several independent draws, the leader found exactly under the caps.

``p = argmin Σ (Σ past a²/p + γ)/p`` subject to the limits, solved by water-filling: what a capped
pair leaves goes to the others. The scores of that program are the square *roots*
``√(Σ past a²/p + γ)``; the code published with the paper fills with the sums themselves, which is
proportional to squared norms and over-draws the large.

The paper solves under ``p <= 1`` and mixes with uniform after; here the uniform share is a floor
of the program, so the result is optimal among the designs that keep it.

Source: Zeng, Xu, Pan, Luo, Wang, Tang (arXiv 2310.02698), Algorithm 2 and equation 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from roundlot.solvers.online.sampler import FloatArray, State, proportional
from roundlot.solvers.online.second_moments import FollowTheRegularised


@dataclass(frozen=True, kw_only=True, eq=False)
class KVib(FollowTheRegularised):
    """The regularised leader under all limits."""

    name: str = "K-Vib"
    source: str = "Zeng et al., arXiv 2310.02698, with the square root"
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \frac{1}{p_{vs}} \Big( \sum_{\tau < t} "
        r"\frac{1\{\text{drawn}\}\, a_{vs\tau}^2}{p_{vs\tau}} + \gamma \Big)"
    )

    def probabilities(self, state: State) -> FloatArray:
        """``(V, S)``, for the next round."""
        return proportional(state, self.leader(state))
