"""Proportional to data size: ``p ∝ d / B``, up to caps.

Needs the clients' data sizes. Processors are still drawn independently and reweighted by ``1/p``.
That is not MD sampling (Li et al. 2020), which draws clients ``m`` times *with replacement* by
data size and averages plainly: another design, with another variance, that may hold one client
several times where here it is capped at once.

A pair of zero weight adds nothing to the full step, so its probability of 0 biases nothing.

Source: Li et al. (MLSys 2020) for the sizes; survey sampling's inclusion probabilities
proportional to size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from roundlot.solvers.rules.filling import fill
from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.limits import limits
from roundlot.solvers.rules.rule import (
    Approximation,
    DesignName,
    FloatArray,
    known,
)
from roundlot.theory import Problem


@dataclass(frozen=True, kw_only=True, eq=False)
class DataSize(Approximation):
    """Proportional to the aggregation weights."""

    name: str = "data size"
    needs: str = "data sizes"
    source: str = "sizes as in Li et al., MLSys 2020, without replacement"
    requires: tuple[str, ...] = ("weights",)
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \Big(\frac{d_{vs}}{B_v}\Big)^2 \frac{1}{p_{vs}}"
    )

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``: the optimum's rule with ``d / B`` in place of the scores."""
        return fill(known(information.weights, "weights"), limits(problem))


@dataclass(frozen=True, kw_only=True, eq=False)
class Multinomial(Approximation):
    """Data size, drawn with replacement."""

    name: str = "MD"
    needs: str = "data sizes"
    source: str = "Li et al., MLSys 2020; Li et al., ICLR 2020, scheme I"
    design: DesignName = "multinomial"
    requires: tuple[str, ...] = ("weights",)
    formula: ClassVar[str] = (
        r"p_{vs} \propto \frac{d_{vs}}{B_v}, \qquad \mathrm{Var} = \sum_v "
        r"\frac{a_{vs}^2}{p_{vs}} - \frac{\|U_s\|^2}{n}"
    )

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, expected draws of each pair."""
        return fill(known(information.weights, "weights"), limits(problem))


def trials(probabilities: FloatArray) -> int:
    """``n``, how many draws with replacement a round makes for these expected draws ``(V, S)``."""
    return max(1, math.ceil(math.fsum(probabilities.ravel().tolist())))
