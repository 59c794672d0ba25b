"""A random model per processor: uniform processors, each uniform over its available models.

Needs nothing but who is available. It differs from uniform over pairs where processors hold
different numbers of models: here every processor that holds anything is drawn equally often.

Source: the random baseline of Zhang et al. (arXiv 2504.05138), with availability respected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.solvers.approximations.approximation import Approximation, FloatArray
from roundlot.solvers.approximations.filling import fill
from roundlot.solvers.approximations.information import Information
from roundlot.solvers.approximations.limits import limits
from roundlot.theory import Problem


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomModel(Approximation):
    """Uniform processors, then a uniform model among those available."""

    name: str = "random model"
    needs: str = "nothing"
    source: str = "Zhang et al., arXiv 2504.05138 (baseline)"
    formula: ClassVar[str] = r"p_{vs} = \frac{q}{S_v}, \qquad S_v = \text{models available to } v"

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``: ``q / (models available to v)``, one ``q`` for all, as limits allow."""
        held = problem.available.sum(axis=1, keepdims=True)
        return fill(problem.available / np.maximum(held, 1.0), limits(problem))
