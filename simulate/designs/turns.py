"""Turns: one model a round takes its turn, and every processor draws for that one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self, get_args

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import Guarantees, exact_error_moments
from roundlot.simulate.designs.grid import checked_probabilities
from roundlot.simulate.designs.phases import Order, Phases, phase_tables
from roundlot.simulate.updates import Updates
from roundlot.theory.arrays import FloatArray
from roundlot.theory.kinds import as_annotated
from roundlot.theory.moments import (
    turns_expected_uploads,
    turns_model_variance,
    turns_participation_variance,
)
from roundlot.theory.moments.fourth_moment import SquaredErrorMoments
from roundlot.theory.names import require_choice
from roundlot.theory.positions import by_position, fields_by_position


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Turns(Phases):
    """A common turn ``s``, then independent draws with ``q = S p``: processors are not independent.

    Attributes:
        probabilities, gates, edges, block, order: see `Phases`; everybody is in block 0, and a
            phase is the model whose turn it is.
    """

    name: ClassVar[str] = "turns"
    guarantees: ClassVar[Guarantees] = Guarantees(
        fixed_total=False,
        fixed_models=False,
        negative_association="no: processors share a turn, so draws of one model come together",
        joint_inclusion="S p p' within a model, 0 across models",
        joint_known=True,
    )

    @classmethod
    @by_position()
    def of(cls, probabilities: Any, order: Order = "random") -> Self:
        """The design with these inclusion probabilities ``(V, S)``, each at most ``1/S``.

        Raises:
            InfeasibleError: a probability above ``1/S``.
            InvalidProblemError: an unknown order; see ``design``.
        """
        require_choice(order, "order", get_args(Order))
        table = checked_probabilities(probabilities)
        together = np.zeros(len(table), dtype=np.int64)
        return cls(**phase_tables(table, together), order=order)

    @as_annotated
    def model_variance(self, updates: Updates) -> FloatArray:
        """``(S,)``, ``Σ_v a² (1/p − S) + (S − 1) ‖Σ_v u‖²``; infinite where ``p = 0 < a``."""
        return turns_model_variance(updates.scores, self.probabilities, updates.step_norms)

    @as_annotated
    def squared_error_moments(self, updates: Updates) -> SquaredErrorMoments:
        """Exact ``E Y`` and ``Var Y / (E Y)²``; see `roundlot.theory.moments.fourth_moment`."""
        return exact_error_moments(self, updates)

    @by_position()
    def aggregate_weight_variance(self, weights: npt.ArrayLike) -> FloatArray:
        """``(S,)``, ``Σ_v w² (1/p − S) + (S − 1) (Σ_v w)²``."""
        return turns_participation_variance(weights, self.probabilities)

    @by_position()
    def expected_uploads(self, client: npt.ArrayLike) -> float:
        """Distinct (client, model) messages expected in a round; ``client`` is ``(V,)``."""
        return turns_expected_uploads(self.probabilities, client)
