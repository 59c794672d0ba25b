"""The forms of draws: told from several rounds, or asked for; then each round read in that form.

* Booleans are a mask. Integers are indices if any round has another length than there are clients,
  or another number than 0 and 1. If none has, they are a mask as soon as a number comes twice
  (indices would not) or, where repeats are meant, if there are more than two clients. Rounds that
  leave both open are not judged: the audit asks for ``form=``.
* Numbers that are no integers, one for everybody, are aggregation weights (``coefficients``); if
  all rounds hold 0 and 1 only they are a mask. With ``updates=`` a row as long as a step is the
  aggregate.
* An empty round says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.verify.audits.draws import (
    Array,
    Draw,
    Given,
    Layout,
    SamplerFault,
    UnreadableDrawError,
    check_range,
)

# A square of more would be near the end of float64.
_LARGEST = 1e140


def form_of(rounds: Sequence[Given], layout: Layout) -> str | None:
    """The form of these rounds; None if all are empty.

    Raises:
        UnreadableDrawError: a round that fits none, or rounds that leave two open.
    """
    left: frozenset[str] | None = None
    for turn, given in enumerate(rounds):
        if given.empty:
            continue
        could = candidates(given, layout)
        if not could:
            raise UnreadableDrawError(f"round {turn} returned {given.told}: {_why(given, layout)}")
        both = could if left is None else left & could
        if not both:
            raise UnreadableDrawError(
                f"round {turn} returned {given.told}, {_either(could)}; rounds before it were "
                f"{_either(left or could)}: return the same form in every round"
            )
        left = both
    if left is None:
        return None
    if left == {"mask", "coefficients"}:
        return "mask"
    if len(left) > 1:
        left = _by_signs(left, rounds, layout)
    if len(left) > 1:
        raise UnreadableDrawError(
            f"every round could be {_either(left)}, such as {rounds[0].told}: say which with form="
        )
    return next(iter(left))


def candidates(given: Given, layout: Layout) -> frozenset[str]:
    """The forms that this round could have."""
    if given.steps is not None:
        return frozenset({"aggregate"})
    assert given.drawn is not None
    array = given.drawn
    if array.dtype == np.bool_:
        found = {"mask"} if array.shape in layout.table_shapes else set()
    elif array.dtype.kind == "f":
        found = _of_numbers(array, layout)
    else:
        found = _of_integers(array, layout)
    if given.weights is None:
        return frozenset(found)
    return frozenset(form for form in found if form != "coefficients")


def _of_numbers(array: Array, layout: Layout) -> set[str]:
    if array.shape not in layout.table_shapes:
        return set()
    return {"mask", "coefficients"} if _zero_one(array) else {"coefficients"}


def _of_integers(array: Array, layout: Layout) -> set[str]:
    found = set()
    if array.shape in layout.table_shapes and _zero_one(array):
        rows = array.reshape(layout.n_processors, layout.n_models).sum(axis=1)
        if rows.max() <= 1:
            found.add("mask")
    found.add(_listed_form(array, layout))
    return found - {""}


def _by_signs(left: frozenset[str], rounds: Sequence[Given], layout: Layout) -> frozenset[str]:
    """A mask or a list, both possible in every round: what speaks for one of them only.

    A mask is never of length 0, and a list of who was drawn does not hold somebody twice.
    """
    if "choices" in left:
        return left
    lists = any(one.empty for one in rounds)
    some = [one.drawn for one in rounds if one.drawn is not None and not one.empty]
    twice = any(map(_repeats, some))
    masks = layout.n_processors > 2 if layout.replacement else twice
    if lists == masks:
        return left
    return left - {"mask"} if lists else frozenset({"mask"})


def _listed_form(array: Array, layout: Layout) -> str:
    if array.ndim == 1:
        if layout.n_models == 1:
            return "indices"
        return "choices" if array.size == layout.n_processors else ""
    return "pairs" if array.ndim == 2 and array.shape[1] == 2 and layout.n_models > 1 else ""


def _zero_one(array: Array) -> bool:
    return bool(np.all((array == 0) | (array == 1)))


def _repeats(array: Array) -> bool:
    return len(np.unique(array, axis=0)) < len(array)


def _either(forms: frozenset[str]) -> str:
    return " or ".join(sorted(forms))


def _why(given: Given, layout: Layout) -> str:
    assert given.drawn is not None
    array = given.drawn
    if array.dtype.kind == "f":
        return (
            f"indices are integers, weights of all clients have shape {layout.table_shapes[0]}; "
            "if this is an aggregate give updates of its length"
        )
    return (
        f"{'a mask' if array.dtype == np.bool_ else 'integers'} of shape {array.shape} for "
        f"{layout.n_processors} clients and {layout.n_models} models; say what it is with form="
    )


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
