"""Proportional to data size, ``p ∝ d / B`` up to caps: drawn independently, or with replacement.

Both need the clients' data sizes. ``DataSize`` draws processors independently; a pair of zero
weight adds nothing to the full step, so its probability of 0 biases nothing. ``Multinomial``, MD
sampling, makes ``n = ⌈Σ p⌉`` draws *with replacement*, each of pair ``(v, s)`` with chance
``p / n`` and of nobody with what is left. ``p`` is then the expected number of draws of a pair; a
pair that is drawn twice counts twice, and an update enters with ``1 / p`` per draw: plain
averaging, as in the paper, where no limit binds.

The variance of MD is ``Σ a²/p − ‖U‖²/n`` per model (the "multinomial" design), against
``Σ a²/p − Σ a²`` for independent draws with the same ``p``: even a pair with ``p = 1`` is missed in
some rounds and drawn twice in others. Caps hold on average only: a processor may be asked for two
models in one round, and would have to train both.

Source: Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith (MLSys 2020); Li, Huang, Yang, Wang, Zhang
(ICLR 2020), scheme I; survey sampling's inclusion probabilities proportional to size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from roundlot.solvers.rules.filling import fill
from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.limits import limits
from roundlot.solvers.rules.rule import DesignName, Rule, known
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class DataSize(Rule):
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
class Multinomial(DataSize):
    """Data size, drawn with replacement: ``p`` are the expected draws of each pair."""

    name: str = "MD"
    source: str = "Li et al., MLSys 2020; Li et al., ICLR 2020, scheme I"
    design: DesignName = "multinomial"
    formula: ClassVar[str] = (
        r"p_{vs} \propto \frac{d_{vs}}{B_v}, \qquad \mathrm{Var} = \sum_v "
        r"\frac{a_{vs}^2}{p_{vs}} - \frac{\|U_s\|^2}{n}"
    )


def trials(probabilities: FloatArray) -> int:
    """``n``, how many draws with replacement a round makes for these expected draws ``(V, S)``."""
    return max(1, math.ceil(math.fsum(probabilities.ravel().tolist())))
