"""Vrb: variance reducer bandit, ``p ∝ √(Σ past a²/p + γ)``, mixed with uniform.

Made for one draw from a distribution over clients; with a budget ``m`` its probabilities are scaled
to ``m`` and what exceeds a cap is cut off, not redistributed (see "clipped"). K-Vib solves the
program with caps instead. A pair that is drawn is credited with ``a²/p``, nothing is forgotten: it
approaches the best *fixed* probabilities, and lags behind norms that move.

Source: Borsos, Krause, Levy (COLT 2018), Algorithm 1. Their mixing share falls with the horizon;
here it is constant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.solvers.approximations.clipped import clipped_totals
from roundlot.solvers.approximations.filling import split
from roundlot.solvers.online.sampler import FloatArray, State
from roundlot.solvers.online.second_moments import FollowTheRegularised


@dataclass(frozen=True, kw_only=True, eq=False)
class Vrb(FollowTheRegularised):
    """Proportional to the root of accumulated squares, clipped, above a share of uniform."""

    name: str = "Vrb"
    source: str = "Borsos, Krause, Levy, COLT 2018"
    formula: ClassVar[str] = (
        r"p_{vs} \propto \sqrt{\sum_{\tau < t} \frac{1\{\text{drawn}\}\, "
        r"a_{vs\tau}^2}{p_{vs\tau}} + \gamma}, \text{ clipped and mixed with uniform}"
    )

    def probabilities(self, state: State) -> FloatArray:
        """``(V, S)``, for the next round."""
        sizes = np.where(state.problem.available, self.leader(state), 0.0)
        return split(sizes, clipped_totals(sizes, state.limits)[0], state.limits)
