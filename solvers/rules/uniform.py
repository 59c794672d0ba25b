"""Uniform rules, which need nothing but who is available: over pairs, or over processors.

``Uniform`` gives one ``p_vs`` to all available pairs, clipped by caps and ceilings, with the rest
of the budget shared evenly: the usual uniform client sampling of federated averaging, for several
models. ``RandomModel`` draws processors uniformly, each uniform over its available models. They
differ where processors hold different numbers of models: with the second every processor that
holds anything is drawn equally often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.solvers.rules.filling import fill
from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.limits import limits
from roundlot.solvers.rules.rule import Rule
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Uniform(Rule):
    """Uniform over available pairs.

    Source: McMahan et al. (AISTATS 2017); the baseline of Chen, Horváth, Richtárik (TMLR 2022).
    """

    name: str = "uniform"
    needs: str = "nothing"
    source: str = "McMahan et al., AISTATS 2017"
    formula: ClassVar[str] = r"p_{vs} = q \text{ wherever } (v, s) \text{ is available}"

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``: one number wherever a pair is available, as limits allow."""
        return fill(problem.available.astype(np.float64), limits(problem))


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomModel(Rule):
    """Uniform processors, then a uniform model among those available.

    Source: the random baseline of Zhang et al. (arXiv 2504.05138), with availability respected.
    """

    name: str = "random model"
    needs: str = "nothing"
    source: str = "Zhang et al., arXiv 2504.05138 (baseline)"
    formula: ClassVar[str] = r"p_{vs} = \frac{q}{S_v}, \qquad S_v = \text{models available to } v"

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``: ``q / (models available to v)``, one ``q`` for all, as limits allow."""
        held = problem.available.sum(axis=1, keepdims=True)
        return fill(problem.available / np.maximum(held, 1.0), limits(problem))
