"""Blocks: blocks of processors go round the models, each block draws for its model of the round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self, get_args

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import Guarantees, exact_error_moments
from roundlot.simulate.designs.grid import checked_probabilities
from roundlot.simulate.designs.phases import Order, Phases, phase_tables
from roundlot.simulate.updates import Updates, row_norms
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.kinds import as_annotated
from roundlot.theory.moments import blocks_model_variance, turns_expected_uploads
from roundlot.theory.moments.blocks import blocks_of
from roundlot.theory.moments.estimator import client_numbers
from roundlot.theory.moments.fourth_moment import SquaredErrorMoments
from roundlot.theory.names import require_choice
from roundlot.theory.positions import by_position, fields_by_position


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BlocksInTurn(Phases):
    """Round-robin of blocks: in phase ``φ`` block ``b`` draws model ``(b + φ) mod S`` with ``S p``.

    Over the ``S`` phases a block has every model once, without replacement; every model moves in
    every round, by the processors of one block. With everybody in block 0 it is ``Turns``.

    Attributes:
        probabilities, gates, edges, block, order: see `Phases`; a phase is the model of block 0.
    """

    name: ClassVar[str] = "blocks"
    guarantees: ClassVar[Guarantees] = Guarantees(
        fixed_total=False,
        fixed_models=False,
        negative_association="no: processors of a block share their model of a round",
        joint_inclusion="S p p' where two blocks have their models in the same phase, else 0",
        joint_known=True,
    )

    @classmethod
    @by_position()
    def of(
        cls, probabilities: Any, block: npt.ArrayLike | None = None, order: Order = "random"
    ) -> Self:
        """The design with these inclusion probabilities ``(V, S)``, each at most ``1/S``.

        Args:
            probabilities: ``p``.
            block: ``(V,)``, of each processor, from 0, below ``S``; by default the rows in order,
                ``b`` from row ``⌊b V/S⌋`` on, as round-robin has clients.
            order: "random" or "cyclic".

        Raises:
            InfeasibleError: a probability above ``1/S``.
            InvalidProblemError: an unknown order; blocks of another shape or out of range; see
                ``design``.
        """
        require_choice(order, "order", get_args(Order))
        table = checked_probabilities(probabilities)
        return cls(**phase_tables(table, _checked_blocks(block, table)), order=order)

    @as_annotated
    def model_variance(self, updates: Updates) -> FloatArray:
        """``(S,)``, ``S Σ_b ‖U_b‖² − ‖U‖² + Σ_v a² (1/p − S)``; infinite where ``p = 0 < a``.

        ``U_b`` is the sum over a block; see `roundlot.theory.moments.blocks`.
        """
        norms = [row_norms(self._sums(updates.processor_updates(s))) for s in range(self.n_models)]
        sums = np.column_stack(norms)
        return blocks_model_variance(updates.scores, self.probabilities, sums, updates.step_norms)

    @as_annotated
    def squared_error_moments(self, updates: Updates) -> SquaredErrorMoments:
        """Exact ``E Y`` and ``Var Y / (E Y)²``; see `roundlot.theory.moments.fourth_moment`."""
        return exact_error_moments(self, updates, block=self.block)

    @by_position()
    def aggregate_weight_variance(self, weights: npt.ArrayLike) -> FloatArray:
        """``(S,)``, ``S Σ_b (Σ_b w)² − (Σ_v w)² + Σ_v w² (1/p − S)``."""
        table = real_numbers(weights, "weights")
        sums = self._sums(table)
        return blocks_model_variance(table, self.probabilities, sums, table.sum(axis=0))

    @by_position()
    def expected_uploads(self, client: npt.ArrayLike) -> float:
        """Distinct (client, model) messages expected in a round; ``client`` is ``(V,)``.

        Processors of a client in different blocks have different models, so they never send one
        message together.
        """
        return turns_expected_uploads(self.probabilities, self.cells(client))

    @by_position()
    def cells(self, client: npt.ArrayLike) -> IntArray:
        """``(V,)``: numbers of the pairs of a client ``(V,)`` and a block that there are, from 0.

        Raises:
            InvalidProblemError: a list of clients of another length.
        """
        owner = client_numbers(client).reshape(-1)
        if owner.size != self.n_processors:
            raise InvalidProblemError(f"{owner.size} clients; give one per processor")
        pairs = owner * self.n_models + self.block
        return np.asarray(np.unique(pairs, return_inverse=True)[1].reshape(-1), dtype=np.int64)

    def _sums(self, rows: FloatArray) -> FloatArray:
        """``(S, k)``: rows ``(V, k)`` summed over each block."""
        sums = np.zeros((self.n_models, rows.shape[1]))
        np.add.at(sums, self.block, rows)
        return sums


def _checked_blocks(block: npt.ArrayLike | None, table: FloatArray) -> IntArray:
    n_processors, n_models = table.shape
    if block is None:
        return blocks_of(n_processors, n_models)
    given = np.asarray(block)
    if given.shape != (n_processors,) or given.dtype.kind not in "iu":
        raise InvalidProblemError(
            f"block has shape {given.shape} and type {given.dtype}; give one integer per processor,"
            f" {n_processors}"
        )
    groups = given.astype(np.int64)
    if groups.min() < 0 or groups.max() >= n_models:
        raise InvalidProblemError(
            f"blocks go from {groups.min()} to {groups.max()}; for {n_models} models number them "
            f"from 0 to {n_models - 1}"
        )
    return groups
