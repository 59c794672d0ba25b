"""Steps that remember: the last update of every client, corrected by those who are drawn.

``Δ_s = Σ_v (d/B) β h + Σ_{v drew s} (d/(B p)) (G − β h)`` has the mean ``Σ_v (d/B) G`` for every
``β`` that is fixed before the draw, and errs as plain sampling of ``G − β h`` does: everything that
holds of updates, exact or simulated, holds of the residual ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.simulate.updates import Updates
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.cells import real_numbers
from roundlot.theory.names import entries_of
from roundlot.theory.positions import by_position, fields_by_position
from roundlot.theory.text import short_repr


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False)
class StaleUpdates:
    """What is sampled, and what is added whoever is drawn.

    Attributes:
        residual: updates with the directions ``G − β h``: their scores are what to sample by, and
            their simulation gives the error of the step.
        beta: ``(N, S)``.
        remembered: ``S`` vectors ``(dim_s,)``, ``Σ_v (d/B) β h``, part of every step.
    """

    residual: Updates
    beta: FloatArray
    remembered: tuple[FloatArray, ...]

    __repr__ = short_repr

    @by_position()
    def step(self, model: int, picks: npt.ArrayLike, probabilities: npt.ArrayLike) -> FloatArray:
        """``(dim_s,)``, the step of one model when ``picks`` ``(V,)`` were drawn with ``p``."""
        p = np.asarray(probabilities, dtype=np.float64)[:, model]
        drawn = np.flatnonzero(np.asarray(picks) == model)
        rows = self.residual.directions[model][self.residual.client[drawn]]
        shares = self.residual.weights[drawn, model] / p[drawn]
        return np.asarray(self.remembered[model] + shares @ rows.astype(np.float64))


@by_position()
def stale(
    updates: Updates, memory: Sequence[npt.ArrayLike], beta: npt.ArrayLike | str = "optimal"
) -> StaleUpdates:
    """Updates less what is remembered of them.

    Args:
        updates: this round's ``G``.
        memory: ``S`` tables ``(N, dim_s)``, ``h``, zero rows where nothing is remembered.
        beta: "optimal", ``⟨G, h⟩ / ‖h‖²``; or a number (0 is plain sampling, 1 keeps ``h`` whole);
            or a table ``(N, S)``. It must not depend on who is drawn.

    Raises:
        InvalidProblemError: shapes that do not fit, a NaN or an infinity, an unknown word.

    Source: Zhang et al. (arXiv 2504.05138), StaleVR; Jhunjhunwala et al. (FedVARP, 2022), β = 1.
    """
    tables = _memory(updates, memory)
    shape = (updates.n_clients, updates.n_models)
    if isinstance(beta, str):
        if beta != "optimal":
            raise InvalidProblemError(f"beta is {beta!r}; give 'optimal', a number or a table")
        factors = optimal_beta(updates, tables)
    else:
        factors = _factors(beta, shape)
    kept = [factors[:, [s]] * table for s, table in enumerate(tables)]
    residual = Updates(
        directions=[
            table.astype(np.float64) - old
            for table, old in zip(updates.directions, kept, strict=True)
        ],
        client=updates.client,
        weights=updates.weights,
    )
    shares = updates.client_weights
    return StaleUpdates(
        residual=residual,
        beta=read_only(factors),
        remembered=tuple(read_only(shares[:, s] @ old) for s, old in enumerate(kept)),
    )


@by_position()
def optimal_beta(updates: Updates, memory: Sequence[npt.ArrayLike]) -> FloatArray:
    """``(N, S)``, ``⟨G, h⟩ / ‖h‖²``, the ``β`` of the shortest residual; 0 where ``h = 0``.

    Args:
        memory: ``S`` tables ``(N, dim_s)``, the ``h`` of every model.

    Raises:
        InvalidProblemError: as `stale`.
    """
    columns = []
    for table, old in zip(updates.directions, _memory(updates, memory), strict=True):
        # Scaled by the largest entry, so that no square overflows or vanishes.
        size = np.abs(old).max(axis=1)
        unit = np.divide(old, size[:, None], out=np.zeros_like(old), where=size[:, None] > 0.0)
        products = np.einsum("ij,ij->i", table.astype(np.float64), unit)
        squares = np.einsum("ij,ij->i", unit, unit) * size
        columns.append(
            np.divide(products, squares, out=np.zeros_like(products), where=squares > 0.0)
        )
    return np.stack(columns, axis=1)


def _memory(updates: Updates, memory: Sequence[npt.ArrayLike]) -> list[FloatArray]:
    given = entries_of(memory, "give memory, one table (N, dim) per model")
    tables = [real_numbers(table, f"memory[{model}]") for model, table in enumerate(given)]
    shapes = [table.shape for table in updates.directions]
    if [table.shape for table in tables] != shapes:
        raise InvalidProblemError(
            f"memory has shapes {[table.shape for table in tables]}; the updates have {shapes}"
        )
    for model, table in enumerate(tables):
        if not np.isfinite(table).all():
            raise InvalidProblemError(f"memory[{model}] holds a NaN or an infinity; use 0 for none")
    return tables


def _factors(beta: npt.ArrayLike, shape: tuple[int, int]) -> FloatArray:
    table = real_numbers(beta, "beta")
    if table.shape not in ((), shape) or not np.isfinite(table).all():
        raise InvalidProblemError(
            f"beta has shape {table.shape}; give one finite number, or a table {shape}"
        )
    return np.array(np.broadcast_to(table, shape))
