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

from roundlot.solvers.rules.filling import fill
from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.limits import limits
from roundlot.solvers.rules.rule import Approximation, FloatArray
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
