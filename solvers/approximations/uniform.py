"""Uniform over available pairs: the same probability for everything that can be trained.

Needs nothing but who is available. ``p_vs`` is one number on all available pairs, clipped by caps
and ceilings, with the rest of the budget shared evenly. The usual uniform client sampling of
federated averaging, for several models.

Source: McMahan et al. (AISTATS 2017); the baseline of Chen, Horváth, Richtárik (TMLR 2022).
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
class Uniform(Approximation):
    """Uniform over available pairs."""

    name: str = "uniform"
    needs: str = "nothing"
    source: str = "McMahan et al., AISTATS 2017"
    formula: ClassVar[str] = r"p_{vs} = q \text{ wherever } (v, s) \text{ is available}"

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``: one number wherever a pair is available, as limits allow."""
        return fill(problem.available.astype(np.float64), limits(problem))
