"""Mean and second moment of the realised squared error ``Y = Σ_s ‖Δ_s − Σ_v u_vs‖²`` of one round.

A test of ``E Y`` needs to know how much one round scatters. For the designs below the second
moment is exact. With ``X_v`` the stacked vector over models of ``(1{v drew s}/p_vs − 1) u_vs``,
``K_v = Cov X_v`` and ``K = Σ_v K_v``, independent processors give

    ``E Y = tr K``,   ``Var Y = Σ_v Var‖X_v‖² + 2 (tr K² − Σ_v tr K_v²)``,

because ``Y = Σ_v ‖X_v‖² + Σ_{v≠w} ⟨X_v, X_w⟩`` (ordered pairs), the two sums are uncorrelated and
``E⟨X_v, X_w⟩² = tr K_v K_w``. The blocks of ``K`` are ``K_ss = Σ_v u u' (1/p − 1)`` and
``K_st = −Σ_v u_vs u_vt'``: the rows of a client are colinear, so one term per client is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.names import require_choice

_ROWS_PER_BLOCK = 512


@dataclass(frozen=True, kw_only=True, eq=False)
class SquaredErrorMoments:
    """Moments of ``Y``, one round's squared error summed over models.

    Attributes:
        mean: ``E Y``, in squared units of the updates (``inf`` beyond the float64 range).
        spread: ``Var Y / (E Y)²``; 0 if ``E Y = 0`` (everybody is drawn with certainty).
        cycle_spread: ``Var / (E Y)²`` of the mean of ``Y`` over ``cycle`` consecutive rounds.
        cycle: rounds after which the design repeats: 1 if rounds are independent, ``S`` for turns
            and blocks.
    """

    mean: float
    spread: float
    cycle_spread: float
    cycle: int

    @property
    def second_moment_ratio(self) -> float:
        """``κ = E Y² / (E Y)²`` of a single round."""
        return 1.0 + self.spread

    @property
    def cycle_second_moment_ratio(self) -> float:
        """``κ`` of the mean over one cycle."""
        return 1.0 + self.cycle_spread


def squared_error_moments(
    updates: Sequence[npt.ArrayLike],
    probabilities: npt.ArrayLike,
    *,
    client: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    design: str = "independent",
    block: npt.ArrayLike | None = None,
) -> SquaredErrorMoments:
    """Exact mean and relative variance of ``Y`` for a design, from the updates themselves.

    Exact up to float64 rounding: about ``1e-14`` of ``κ``. Scores from 1e-300 to 1e300 are fine.

    Args:
        updates: ``S`` arrays; ``(V, dim_s)`` weighted updates ``u_vs``, or, with ``client`` and
            ``weights``, ``(N, dim_s)`` directions ``G_is``.
        probabilities: ``(V, S)``, ``p``, rows summing to at most 1.
        client: ``(V,)``, the client of every row.
        weights: ``(V, S)``, so that ``u_vs = weights_vs G_client(v),s``.
        design: ``"independent"`` processors, or ``"turns"``: a round belongs to one model,
            uniformly at random, and on its turn model ``s`` draws processors independently with
            probability ``S p_vs``; or ``"blocks"``: in a phase ``φ``, uniformly at random, model
            ``(b + φ) mod S`` so draws the processors of block ``b``. If the turns or phases go
            round in a cycle instead, use the moments of a cycle: each then comes once in ``S``
            rounds.
        block: ``(V,)``, the block of each row, from 0, below ``S``; for "blocks", and only there.

    Raises:
        InvalidProblemError: shapes that do not agree, probabilities outside their range (turns and
            blocks need ``p <= 1/S``), a probability of 0 where the update is not 0 (infinite
            variance), blocks that are missing, out of range or for another design.
    """
    rays, table = _rays(updates, client, weights)
    p = _checked(probabilities, table.sizes, design)
    groups = _block(block, p, design)
    scale = float(np.max(table.sizes / np.where(p > 0.0, p, 1.0), initial=0.0))
    if scale == 0.0 or not np.isfinite(scale):
        return _degenerate(scale, design, p.shape[1])
    shrunk = _Table(sizes=table.sizes / scale, client=table.client)
    if groups is not None:
        return _phases(rays, shrunk, p, groups, scale)
    mean, variance = _independent(rays, shrunk, p)
    spread = variance / mean / mean if mean > 0.0 else 0.0
    return SquaredErrorMoments(
        mean=_units(mean, scale), spread=spread, cycle_spread=spread, cycle=1
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Table:
    """Norms ``a`` (V, S) of the rows, and the client (V,) whose unit vector each row follows."""

    sizes: FloatArray
    client: IntArray


def _units(mean: float, scale: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.float64(mean) * scale * scale)


def _degenerate(scale: float, design: str, n_models: int) -> SquaredErrorMoments:
    if scale != 0.0:
        raise InvalidProblemError("norm / probability overflows float64; rescale the updates")
    cycle = 1 if design == "independent" else n_models
    return SquaredErrorMoments(mean=0.0, spread=0.0, cycle_spread=0.0, cycle=cycle)


def _rays(
    updates: Sequence[npt.ArrayLike], client: npt.ArrayLike | None, weights: npt.ArrayLike | None
) -> tuple[list[FloatArray], _Table]:
    arrays = [np.asarray(array, dtype=np.float64) for array in updates]
    if not arrays or any(array.ndim != 2 for array in arrays):
        raise InvalidProblemError("updates must be one (rows, dim) array per model")
    if len({array.shape[0] for array in arrays}) != 1:
        raise InvalidProblemError("updates of different models must have the same number of rows")
    if not all(np.isfinite(array).all() for array in arrays):
        raise InvalidProblemError("updates must be finite; one holds a NaN or an infinity")
    rows = arrays[0].shape[0]
    index = np.arange(rows) if client is None else np.asarray(client, dtype=np.int64)
    if index.size and (index.min() < 0 or index.max() >= rows):
        raise InvalidProblemError(f"client must lie in 0..{rows - 1}, the rows of the updates")
    shape = (index.size, len(arrays))
    share = np.ones(shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if share.shape != shape:
        raise InvalidProblemError(f"weights has shape {share.shape}; give {shape}")
    if not (np.isfinite(share) & (share >= 0.0)).all():
        raise InvalidProblemError("weights must be finite and at least 0")
    pairs = [_unit_rows(array) for array in arrays]
    norms = np.stack([norm for _, norm in pairs], axis=1)
    with np.errstate(over="ignore"):
        sizes = share * norms[index]
    return [unit for unit, _ in pairs], _Table(sizes=sizes, client=index)


def _unit_rows(array: FloatArray) -> tuple[FloatArray, FloatArray]:
    largest = np.max(np.abs(array), axis=1, initial=0.0)
    unit = array / np.where(largest > 0.0, largest, 1.0)[:, None]
    norm = np.sqrt(np.einsum("ij,ij->i", unit, unit))
    unit /= np.where(norm > 0.0, norm, 1.0)[:, None]
    return unit, largest * norm


def _checked(probabilities: npt.ArrayLike, sizes: FloatArray, design: str) -> FloatArray:
    p = numbers_or_nan(probabilities, "probabilities")
    require_choice(design, "design", ("independent", "turns", "blocks"))
    if p.shape != sizes.shape:
        raise InvalidProblemError(f"probabilities has shape {p.shape}; give {sizes.shape}")
    if not ((p >= 0.0) & (p <= 1.0)).all() or (p.sum(axis=1) > 1.0 + 1e-9).any():
        raise InvalidProblemError("probabilities must lie in 0..1 and sum to at most 1 in each row")
    if design != "independent" and p.size and p.max() * p.shape[1] > 1.0 + 1e-9:
        raise InvalidProblemError(
            f"the largest probability is {p.max():g}; turns of {p.shape[1]} models allow at most "
            f"{1.0 / p.shape[1]:g}"
        )
    if ((p == 0.0) & (sizes > 0.0)).any():
        raise InvalidProblemError(
            "a probability is 0 where the update is not: the variance is infinite; set a floor"
        )
    return p


def _independent(rays: list[FloatArray], table: _Table, p: FloatArray) -> tuple[float, float]:
    """``(E Y, Var Y)`` of independent processors; sizes already divided by ``max a/p``."""
    a = table.sizes
    z = a / np.where(p > 0.0, p, 1.0)
    diagonal = a * z * (1.0 - p)
    n_models = a.shape[1]
    pairs = [(s, t) for s in range(n_models) for t in range(s, n_models)]
    rows = np.stack([diagonal[:, s] if s == t else a[:, s] * a[:, t] for s, t in pairs])
    twice = np.array([1.0 if s == t else 2.0 for s, t in pairs])
    together = _trace_of_square(rays, pairs, twice, _per_client(rows, table.client, len(rays[0])))
    alone = float(np.sum(twice[:, None] * rows * rows))
    own = float(np.sum(_variance_of_own_norm(a, z, p)))
    return float(diagonal.sum()), max(own + 2.0 * (together - alone), 0.0)


def _per_client(rows: FloatArray, client: IntArray, n_clients: int) -> FloatArray:
    return np.stack([np.bincount(client, weights=row, minlength=n_clients) for row in rows])


def _variance_of_own_norm(a: FloatArray, z: FloatArray, p: FloatArray) -> FloatArray:
    """``Var ‖X_v‖²``, (V,): drawing ``s`` changes ``‖X_v‖²`` from idle by ``z(z − 2a)``."""
    change = z * (z - 2.0 * a)
    mean = np.sum(p * change, axis=1)
    idle = np.clip(1.0 - p.sum(axis=1), 0.0, 1.0)
    scattered: FloatArray = np.sum(p * (change - mean[:, None]) ** 2, axis=1) + idle * mean * mean
    return scattered


def _trace_of_square(
    rays: list[FloatArray], pairs: list[tuple[int, int]], twice: FloatArray, rows: FloatArray
) -> float:
    """``Σ_pairs twice ‖Σ_i c_i g_is g_it'‖²`` over clients ``i``: ``tr K²`` from its blocks.

    Either by the blocks themselves or, when updates are longer than the clients are many, by
    Gram matrices: the cheaper of the two.
    """
    n_clients = len(rays[0])
    widths = [ray.shape[1] for ray in rays]
    by_blocks = n_clients * sum(widths[s] * widths[t] for s, t in pairs)
    by_grams = n_clients**2 * (sum(widths) + 10 * len(pairs))
    if by_blocks <= by_grams:
        blocks = ((rays[s] * c[:, None]).T @ rays[t] for (s, t), c in zip(pairs, rows, strict=True))
        return float(sum(k * np.vdot(m, m) for k, m in zip(twice, blocks, strict=True)))
    return _trace_by_grams(rays, pairs, twice, rows)


def _trace_by_grams(
    rays: list[FloatArray], pairs: list[tuple[int, int]], twice: FloatArray, rows: FloatArray
) -> float:
    total = 0.0
    for part in _blocks(len(rays[0])):
        grams = [ray[part] @ ray.T for ray in rays]
        for (s, t), factor, c in zip(pairs, twice, rows, strict=True):
            total += float(factor * (c[part] @ ((grams[s] * grams[t]) @ c)))
    return total


def _blocks(rows: int) -> Iterator[slice]:
    for start in range(0, rows, _ROWS_PER_BLOCK):
        yield slice(start, min(start + _ROWS_PER_BLOCK, rows))


def _block(block: npt.ArrayLike | None, p: FloatArray, design: str) -> IntArray | None:
    """``(V,)``, the block of each row, everybody's 0 for turns; None if rows are independent."""
    if (block is not None) != (design == "blocks"):
        told = "give the block of each row" if block is None else "leave block out"
        raise InvalidProblemError(f"design is {design!r}: {told}")
    if block is None:
        return None if design == "independent" else np.zeros(len(p), dtype=np.int64)
    groups = np.asarray(block, dtype=np.int64)
    if groups.shape != p.shape[:1]:
        raise InvalidProblemError(f"block has shape {groups.shape}; give {p.shape[:1]}")
    if groups.size and (groups.min() < 0 or groups.max() >= p.shape[1]):
        raise InvalidProblemError(
            f"blocks go from {groups.min()} to {groups.max()}; number them from 0 to "
            f"{p.shape[1] - 1}"
        )
    return groups


def _phases(
    rays: list[FloatArray], table: _Table, p: FloatArray, block: IntArray, scale: float
) -> SquaredErrorMoments:
    """In phase ``φ`` model ``s`` has block ``b = s − φ``, and ``Δ_s − μ_s = S e + c``.

    ``e = Σ_{v in b} ξ_v u_vs`` with ``ξ = 1{drawn}/q − 1`` and ``q = S p``; ``c = S μ_bs − μ_s``,
    with ``μ_bs`` the sum over the block. No processor has two models in a phase, so that models
    are independent given the phase. With everybody in block 0 these are turns.
    """
    n_models = p.shape[1]
    means, within = np.zeros(n_models), np.zeros(n_models)
    for s, ray in enumerate(rays):
        whole = _sum(ray, table, s, np.arange(len(p)))
        for b in range(n_models):
            mean, variance = _one_block(ray, table, p, s, np.flatnonzero(block == b), whole)
            means[(s - b) % n_models] += mean
            within[(s - b) % n_models] += variance
    inside, mean = max(float(within.mean()), 0.0), float(means.mean())
    if mean == 0.0:
        return _degenerate(0.0, "blocks", n_models)
    return SquaredErrorMoments(
        mean=_units(mean, scale),
        spread=(inside / mean + float(means.var()) / mean) / mean,
        cycle_spread=inside / mean / mean / n_models,
        cycle=n_models,
    )


def _sum(ray: FloatArray, table: _Table, model: int, rows: IntArray) -> FloatArray:
    """``(dim,)``, the sum of these rows' updates."""
    sizes = table.sizes[rows, model]
    return np.asarray(np.bincount(table.client[rows], weights=sizes, minlength=len(ray)) @ ray)


def _one_block(
    ray: FloatArray,
    table: _Table,
    p: FloatArray,
    model: int,
    rows: IntArray,
    whole: FloatArray,
) -> tuple[float, float]:
    """``E ‖Δ − μ‖²`` and ``Var ‖Δ − μ‖²`` of a model in the phase in which it has these rows."""
    s = p.shape[1]
    off = s * _sum(ray, table, model, rows) - whole
    if not rows.size:
        return float(off @ off), 0.0
    clients, client = np.unique(table.client[rows], return_inverse=True)
    own, a = ray[clients], table.sizes[rows, model]
    q = np.minimum(s * p[rows, model], 1.0)
    z = a / np.where(q > 0.0, q, 1.0)
    along = (own @ off)[client]
    spread = a * z * (1.0 - q)
    only = _Table(sizes=a[:, None], client=client.astype(np.int64))
    mean, square = _independent([own], only, q[:, None])
    slope = float(np.sum(spread * along * along))
    skew = float(np.sum(a * z * z * (1.0 - q) * (1.0 - 2.0 * q) * along))
    variance = s**4 * square + 4 * s**2 * slope + 4 * s**3 * skew
    return s * s * mean + float(off @ off), variance
