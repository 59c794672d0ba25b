"""Which form draws have that nobody has named: told from several rounds, or asked for.

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

from collections.abc import Sequence

import numpy as np

from roundlot.verify.draw_layout import Layout, UnreadableDrawError
from roundlot.verify.draw_plain import Array, Given


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
            f"indices are integers, weights of everybody have shape {layout.table_shapes[0]}; "
            "if this is an aggregate give updates of its length"
        )
    return (
        f"{'a mask' if array.dtype == np.bool_ else 'integers'} of shape {array.shape} for "
        f"{layout.n_processors} clients and {layout.n_models} models; say what it is with form="
    )
