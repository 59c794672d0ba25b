"""What a sampler returned, read as flat pairs, their weights, or the aggregate."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from roundlot.verify.draw_guess import guess, ragged
from roundlot.verify.draw_layout import (
    Draw,
    FloatArray,
    IntArray,
    Layout,
    SamplerFault,
    check_range,
    short,
)

_LARGEST = 1e140


def read(returned: Any, layout: Layout) -> Draw:
    """What a sampler returned, as a draw.

    Raises:
        SamplerFault: out of range, repeated, not numbers, not the expected shape.
    """
    form = layout.form
    if form == "auto":
        form = guess(returned, layout)
    try:
        draw = _READERS[form](returned, layout)
    except SamplerFault:
        raise
    except Exception as error:  # what was returned is somebody's object: it may raise anything
        raise SamplerFault(f"returned {short(returned)}, not {form}: {error}") from error
    check_range(draw.pairs, layout.n_pairs, "index")
    return draw


def _indices(returned: Any, layout: Layout) -> Draw:
    if layout.n_models > 1:
        raise ValueError("there are several models: return (processor, model) pairs")
    return Draw(pairs=_integers(returned, 1))


def _mask(returned: Any, layout: Layout) -> Draw:
    table = np.asarray(returned)
    if table.shape not in _table_shapes(layout):
        raise ValueError(f"shape {table.shape} is not {_table_shapes(layout)[0]}")
    if table.dtype != np.bool_ and not np.all((table == 0) | (table == 1)):
        raise ValueError("a mask holds 0 and 1 only")
    return Draw(pairs=np.flatnonzero(table).astype(np.int64))


def _pairs(returned: Any, layout: Layout) -> Draw:
    table = _integers(returned, 2)
    if table.size == 0:
        return Draw(pairs=np.empty(0, dtype=np.int64))
    if table.shape[1] != 2:
        raise ValueError(f"shape {table.shape} is not (k, 2)")
    limits = (layout.n_processors, layout.n_models)
    for column, limit in enumerate(limits):
        check_range(table[:, column], limit, ("processor", "model")[column])
    return Draw(pairs=table[:, 0] * layout.n_models + table[:, 1])


def _choices(returned: Any, layout: Layout) -> Draw:
    model = _integers(returned, 1)
    if model.shape != (layout.n_processors,):
        raise ValueError(f"{model.size} choices for {layout.n_processors} processors")
    check_range(model + 1, layout.n_models + 1, "choice (plus 1)")
    busy = np.flatnonzero(model >= 0)
    return Draw(pairs=busy * layout.n_models + model[busy])


def _weighted(returned: Any, layout: Layout) -> Draw:
    drawn, weights = returned
    pairs = read_pairs(drawn, layout)
    given = np.array(weights, dtype=np.float64)  # a copy: buffers are used again
    if given.shape != pairs.shape:
        raise ValueError(f"{pairs.size} drawn, weights of shape {given.shape}")
    return Draw(pairs=pairs, weights=_finite(given, "weights"))


def read_pairs(drawn: Any, layout: Layout) -> IntArray:
    """Flat pairs of a draw without weights; repeats are kept.

    Raises:
        SamplerFault: as `read`.
    """
    form = guess(drawn, _without_steps(layout.n_processors, layout.n_models))
    if form not in ("indices", "mask", "pairs", "choices"):
        raise SamplerFault(f"returned {short(drawn)} with weights, which are no indices")
    return _READERS[form](drawn, layout).pairs


@lru_cache(maxsize=8)
def _without_steps(n_processors: int, n_models: int) -> Layout:
    return Layout(n_processors=n_processors, n_models=n_models)


def _coefficients(returned: Any, layout: Layout) -> Draw:
    table = np.asarray(returned, dtype=np.float64)
    if table.shape not in _table_shapes(layout):
        raise ValueError(f"shape {table.shape} is not {_table_shapes(layout)[0]}")
    flat = _finite(table.reshape(-1), "coefficients")
    pairs = np.flatnonzero(flat).astype(np.int64)
    return Draw(pairs=pairs, weights=flat[pairs])


def _aggregate(returned: Any, layout: Layout) -> Draw:
    if layout.dims is None:
        raise ValueError("an aggregate is judged against updates: give them")
    single = layout.n_models == 1 and not ragged(returned) and np.ndim(returned) == 1
    steps = [returned] if single else list(returned)
    arrays = tuple(_finite(np.array(step, dtype=np.float64), "the aggregate") for step in steps)
    shapes = [step.shape for step in arrays]
    if shapes != [(dim,) for dim in layout.dims]:
        raise ValueError(f"shapes {shapes} are not {[(dim,) for dim in layout.dims]}")
    return Draw(pairs=np.empty(0, dtype=np.int64), aggregate=arrays)


_READERS: dict[str, Callable[[Any, Layout], Draw]] = {
    "indices": _indices,
    "mask": _mask,
    "pairs": _pairs,
    "choices": _choices,
    "weighted": _weighted,
    "coefficients": _coefficients,
    "aggregate": _aggregate,
}


def _integers(values: Any, ndim: int) -> IntArray:
    if isinstance(values, np.ma.MaskedArray):
        raise ValueError("a masked array hides entries; return what is not masked")
    array = np.asarray(values)
    if array.size == 0:
        return np.empty((0,) * ndim, dtype=np.int64)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{array.dtype} is not an integer type")
    if array.ndim != ndim:
        raise ValueError(f"shape {array.shape}; expected {ndim} dimension(s)")
    if array.dtype == np.uint64 and array.max() > np.iinfo(np.int64).max:
        raise SamplerFault(f"returned index {array.max()}, out of range")
    return array.astype(np.int64)


def _finite(array: FloatArray, name: str) -> FloatArray:
    # One pass: a NaN is below nothing.
    largest = np.abs(array).max(initial=0.0)
    if not largest <= _LARGEST:
        fault = "too large to square" if np.isfinite(largest) else "a NaN or an infinity"
        raise SamplerFault(f"returned {name} with {largest:.3g}: {fault}")
    return array


def _table_shapes(layout: Layout) -> tuple[tuple[int, ...], ...]:
    full = (layout.n_processors, layout.n_models)
    return ((layout.n_processors,), full) if layout.n_models == 1 else (full,)
