"""Which form a draw has that nobody has named."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.verify.draw_layout import Layout, SamplerFault, short


def guess(returned: Any, layout: Layout) -> str:
    """The form of what was returned.

    Raises:
        SamplerFault: it could be several things, or none.
    """
    try:
        return _guess(returned, layout)
    except SamplerFault:
        raise
    except Exception as error:  # somebody's object: it may raise anything when it is looked at
        raise SamplerFault(f"returned {short(returned)}, which cannot be read: {error}") from error


def _guess(returned: Any, layout: Layout) -> str:
    if isinstance(returned, tuple) and len(returned) == 2 and all(map(_is_row, returned)):
        return "aggregate" if layout.dims and _is_step(returned, layout) else "weighted"
    if layout.dims and _is_step(returned, layout):
        return "aggregate"
    array = _array(returned)
    if array.dtype == np.bool_:
        return "mask"
    if array.size == 0:
        return "indices" if layout.n_models == 1 else "pairs"
    if array.dtype.kind in "iu":
        return _guess_integers(array, layout)
    if array.dtype.kind != "f":
        raise SamplerFault(f"returned {short(returned)}: {_no_numbers(returned)}")
    raise SamplerFault(
        f"returned {short(returned)}: indices are integers; if these are aggregation weights of "
        "all clients say form='coefficients', if it is an aggregate give updates"
    )


def _array(returned: Any) -> npt.NDArray[Any]:
    try:
        return np.asarray(returned)
    except Exception as error:
        raise SamplerFault(f"returned {short(returned)}, which is no table: {error}") from error


def _no_numbers(returned: Any) -> str:
    """Why something that NumPy takes for objects or text is no draw."""
    if isinstance(returned, int) or (
        isinstance(returned, list | tuple) and all(isinstance(x, int) for x in returned)
    ):
        return "an index beyond 64 bits"
    if isinstance(returned, str | bytes) or np.asarray(returned).dtype.kind in "US":
        return "text; return integers"
    if np.ndim(returned) == 0:
        return f"a {type(returned).__name__}; return a list or an array"
    return "neither integers nor numbers"


def _guess_integers(array: npt.NDArray[Any], layout: Layout) -> str:
    if array.ndim == 2 and array.shape[1] == 2 and layout.n_models > 1:
        return "pairs"
    if array.ndim == 0:
        raise SamplerFault(f"returned the number {array}; return a list, [{array}]")
    if array.ndim == 1:
        return "indices" if layout.n_models == 1 else "choices"
    raise SamplerFault(f"returned integers of shape {array.shape}; say what they are with form=")


def _is_row(value: Any) -> bool:
    return np.ndim(value) >= 1 if not isinstance(value, list | tuple) else True


def _is_step(returned: Any, layout: Layout) -> bool:
    steps = [returned] if layout.n_models == 1 and np.ndim(_first(returned)) == 0 else returned
    try:
        shapes = [np.shape(step) for step in steps]
    except (TypeError, ValueError):
        return False
    floats = all(np.issubdtype(np.asarray(step).dtype, np.floating) for step in steps)
    return floats and shapes == [(dim,) for dim in layout.dims or ()]


def _first(value: Any) -> Any:
    return value[0] if np.ndim(value) == 1 and len(value) and not ragged(value) else value


def ragged(value: Any) -> bool:
    """Whether it is a sequence of rows, of any lengths."""
    return isinstance(value, list | tuple) and len(value) > 0 and np.ndim(value[0]) > 0
