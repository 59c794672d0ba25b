"""Loss-based sampling (LVR): the optimum's rule with ``(d / B) f`` in place of the scores.

Needs one forward pass of every model on every client, and no training. A loss stands in for the
norm of an update; between models it has no common scale, so give losses in comparable units or
set the problem's model weights, which enter here as they do in the optimum (``√λ``).

A zero loss gives ``p = 0`` where the floor is 0. If the update there is not zero the step is
biased by that update: the comparison reports how much score is never drawn. A floor repairs it.

Source: Zhang et al. (arXiv 2504.05138), LVR.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.solvers.rules.filling import fill
from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.limits import limits
from roundlot.solvers.rules.rule import Approximation, FloatArray, known
from roundlot.theory import Problem


@dataclass(frozen=True, kw_only=True, eq=False)
class Loss(Approximation):
    """Proportional to weighted losses."""

    name: str = "loss"
    needs: str = "losses: one forward pass"
    source: str = "Zhang et al., arXiv 2504.05138 (LVR)"
    requires: tuple[str, ...] = ("weights", "losses")
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \Big(\frac{d_{vs}}{B_v} f_{vs}\Big)^2 \frac{1}{p_{vs}}"
    )

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, from losses and weights."""
        weights = known(information.weights, "weights")
        losses = known(information.losses, "losses")
        scale = max(float(losses.max()), np.finfo(np.float64).tiny)
        sizes = weights * (losses / scale) * np.sqrt(problem.model_weights)
        return fill(sizes, limits(problem))
