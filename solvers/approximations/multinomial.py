"""MD sampling: draws by data size *with replacement*.

Needs data sizes. A round makes ``n = ⌈Σ p⌉`` draws, each of pair ``(v, s)`` with chance ``p / n``
and of nobody with what is left; a pair that is drawn twice counts twice. ``p`` is the expected
number of draws of a pair, proportional to ``d / B`` up to the limits (as in "data size"), and an
update enters with ``1 / p`` per draw: plain averaging, as in the paper, where no limit binds.

The variance is ``Σ a²/p − ‖U‖²/n`` per model (the "multinomial" design), against
``Σ a²/p − Σ a²`` for independent draws with the same ``p``: even a pair with ``p = 1`` is missed in
some rounds and drawn twice in others. Caps hold on average only: a processor may be asked for two
models in one round, and would have to train both.

Source: Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith (MLSys 2020); Li, Huang, Yang, Wang, Zhang
(ICLR 2020), scheme I.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from roundlot.solvers.approximations.approximation import (
    Approximation,
    DesignName,
    FloatArray,
    known,
)
from roundlot.solvers.approximations.filling import fill
from roundlot.solvers.approximations.information import Information
from roundlot.solvers.approximations.limits import limits
from roundlot.theory import Problem


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
