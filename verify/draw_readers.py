"""What a sampler returned, read as flat pairs, their weights, or the aggregate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from roundlot.verify.draw_layout import (
    Draw,
    FloatArray,
    IntArray,
    Layout,
    SamplerFault,
    UnreadableDrawError,
    check_range,
)
from roundlot.verify.draw_plain import Array, Given

_LARGEST = 1e140


def read(given: Given, layout: Layout, form: str) -> Draw:
    """One round in a form that is known.

    Raises:
        SamplerFault: out of range, not finite.
        UnreadableDrawError: not of this form.
    """
    if form == "aggregate" or given.steps is not None:
        return _aggregate(given, layout, form)
    assert given.drawn is not None
    if given.empty and form != "coefficients":
        return Draw(pairs=np.empty(0, dtype=np.int64), weights=_weights(given, 0))
    try:
        if form == "coefficients":
            return _coefficients(given.drawn, layout)
        pairs = _READERS[form](given.drawn, layout)
        check_range(pairs, layout.n_pairs, "index")
        weights = _weights(given, pairs.size)
        if weights is not None and weights.size != pairs.size:  # one for everybody
            weights = weights[pairs]
    except UnreadableDrawError:
        raise
    except ValueError as error:
        raise UnreadableDrawError(f"returned {given.told}, not {form}: {error}") from error
    return Draw(pairs=pairs, weights=weights)


def _indices(drawn: Array, layout: Layout) -> IntArray:
    if layout.n_models > 1:
        raise ValueError("there are several models: return (processor, model) pairs")
    return _integers(drawn, 1)


def _mask(drawn: Array, layout: Layout) -> IntArray:
    if drawn.shape not in layout.table_shapes:
        raise ValueError(f"shape {drawn.shape} is not {layout.table_shapes[0]}")
    if drawn.dtype != np.bool_ and not np.all((drawn == 0) | (drawn == 1)):
        raise ValueError("a mask holds 0 and 1 only")
    return np.flatnonzero(drawn).astype(np.int64)


def _pairs(drawn: Array, layout: Layout) -> IntArray:
    table = _integers(drawn, 2)
    if table.shape[1] != 2:
        raise ValueError(f"shape {table.shape} is not (k, 2)")
    for column, limit in enumerate((layout.n_processors, layout.n_models)):
        check_range(np.ascontiguousarray(table[:, column]), limit, ("processor", "model")[column])
    return np.asarray(table[:, 0] * layout.n_models + table[:, 1])


def _choices(drawn: Array, layout: Layout) -> IntArray:
    model = _integers(drawn, 1)
    if model.shape != (layout.n_processors,):
        raise ValueError(f"{model.size} choices for {layout.n_processors} processors")
    check_range(model + 1, layout.n_models + 1, "choice (plus 1)")
    busy = np.flatnonzero(model >= 0)
    return np.asarray(busy * layout.n_models + model[busy])


def _weights(given: Given, drawn: int) -> FloatArray | None:
    """One weight for each of those drawn, or for everybody."""
    if given.weights is None:
        return None
    everybody = given.drawn is not None and given.weights.size == given.drawn.size
    if given.weights.size != drawn and not everybody:
        raise UnreadableDrawError(
            f"returned {given.told}: {drawn} drawn, weights of shape {given.weights.shape}"
        )
    return _finite(given.weights.reshape(-1), "weights")


def _coefficients(drawn: Array, layout: Layout) -> Draw:
    if drawn.shape not in layout.table_shapes:
        raise ValueError(f"shape {drawn.shape} is not {layout.table_shapes[0]}")
    flat = _finite(drawn.astype(np.float64).reshape(-1), "coefficients")
    pairs = np.flatnonzero(flat).astype(np.int64)
    return Draw(pairs=pairs, weights=flat[pairs])


def _aggregate(given: Given, layout: Layout, form: str) -> Draw:
    if layout.dims is None:
        raise UnreadableDrawError("an aggregate is judged against updates: give them")
    if given.steps is None or form != "aggregate":
        raise UnreadableDrawError(
            f"returned {given.told}, not {form}; steps have shapes {[(d,) for d in layout.dims]}"
        )
    steps = tuple(_finite(step, "the aggregate") for step in given.steps)
    return Draw(pairs=np.empty(0, dtype=np.int64), aggregate=steps)


_READERS: dict[str, Callable[[Array, Layout], IntArray]] = {
    "indices": _indices,
    "mask": _mask,
    "pairs": _pairs,
    "choices": _choices,
}


def _integers(array: Array, ndim: int) -> IntArray:
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
