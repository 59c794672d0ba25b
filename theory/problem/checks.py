"""What a problem is given, checked: tables, scalars, caps, a tree of groups, costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only
from roundlot.theory.cells import Numbers, array_of, diverged, is_missing, numbers_of
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.kinds import real_number

Level = tuple[IntArray, FloatArray]
#: The names along each axis of an array, None where there are none.
Axes = tuple[tuple[str, ...] | None, ...]
# More names along an axis than these are not listed in an error.
_NAMED = 3


def numbers(values: Any, name: str) -> FloatArray:
    """A copy of them in float64.

    Raises:
        InvalidProblemError: what is no number.
    """
    found, missing = numbers_of(values, name)
    if missing.any():
        where = place(name, np.argwhere(missing)[0])
        raise InvalidProblemError(f"{where} has no value; give a number, 0 for none")
    return found


def score_table(scores: Any, name: str) -> Numbers:
    """``(V, S)`` numbers, at least one of each, and where there is none: not available.

    Raises:
        InvalidProblemError: another shape, or no numbers.
    """
    table, missing = numbers_of(scores, name)
    if table.ndim != 2 or 0 in table.shape:
        raise InvalidProblemError(
            f"{name} has shape {table.shape}; give a table of processors x models (V, S), "
            "with at least one of each"
        )
    return Numbers(table, missing)


def availability(available: npt.ArrayLike | None, shape: tuple[int, ...]) -> BoolArray:
    """``(V, S)``, which pairs may be drawn; all by default.

    Raises:
        InvalidProblemError: another shape, or what is neither true nor false.
    """
    if available is None:
        return np.ones(shape, dtype=np.bool_)
    mask = array_of(available, "available")
    if mask.dtype.kind == "c":
        raise InvalidProblemError("available is complex; give true or false, or 0 or 1")
    if mask.shape != shape:
        raise InvalidProblemError(f"available has shape {mask.shape}; scores have {shape}")
    plain = mask.dtype.kind in "biuf" or not any(map(is_missing, mask.flat))
    if not plain or (mask.dtype != np.bool_ and not np.all((mask == 0) | (mask == 1))):
        raise InvalidProblemError("available must be true or false, or 0 or 1, in every entry")
    return np.asarray(mask, dtype=np.bool_)


def require_reachable(available: BoolArray, models: tuple[str, ...] | None) -> None:
    """Refuses a model for which no pair is available; ``models`` are their names, for errors.

    Raises:
        InvalidProblemError: naming the first.
    """
    orphans = np.flatnonzero(~available.any(axis=0))
    if orphans.size:
        first = orphans[0] if models is None else repr(models[orphans[0]])
        more = f" (and {orphans.size - 1} more)" if orphans.size > 1 else ""
        raise InvalidProblemError(
            f"nobody can train model {first}{more}: no pair of it is available; leave it out, or "
            "say allow_unreachable=True"
        )


def positive_budget(budget: float) -> float:
    """The budget as a float.

    Raises:
        InvalidProblemError: no number, not finite, or not above 0.
    """
    value = real_number(budget, "budget")
    if not np.isfinite(value) or value <= 0.0:
        raise InvalidProblemError(f"budget is {value:g}; it must be finite and above 0")
    return value


def broadcast_limit(
    values: npt.ArrayLike,
    name: str,
    shape: tuple[int, ...],
    *,
    low: float = 0.0,
    high: float = np.inf,
    open_: bool = False,
    axes: Axes = (),
    what: Sequence[str] = (),
) -> FloatArray:
    """A scalar or an array as an array of that shape; of a scalar a view that holds one number.

    ``axes`` are the names along each axis, and ``what`` says of what, for errors.

    Raises:
        InvalidProblemError: another shape, or a value out of range.
    """
    array = numbers(values, name)
    if array.shape not in ((), shape):
        raise InvalidProblemError(
            f"{name} has shape {array.shape}; give a scalar or {shape}{_each(axes, what)}"
        )
    require_range(array, name, low=low, high=high, open_=open_, axes=axes)
    return np.broadcast_to(array, shape)


def _each(axes: Axes, what: Sequence[str]) -> str:
    """Along named axes what an entry is for: ", one for each client, 'ann', 'bob'"."""
    parts = [
        f"{kind} ({', '.join(map(repr, names[:_NAMED]))}{', ...' if len(names) > _NAMED else ''})"
        for kind, names in zip(what, axes, strict=False)
        if names is not None
    ]
    return f", one for each {' and '.join(parts)}" if parts else ""


def require_range(
    array: FloatArray,
    name: str,
    *,
    low: float,
    high: float = np.inf,
    open_: bool = False,
    axes: Axes = (),
    kind: str = "array",
) -> None:
    """Refuses an array with a value below ``low``, at ``low`` if ``open_``, or above ``high``.

    ``axes`` are the names along each axis, and ``kind`` is what held them, for errors.

    Raises:
        InvalidProblemError: naming the first.
    """
    below = array <= low if open_ else array < low
    bad = ~np.isfinite(array) | below | (array > high)
    if not bad.any():
        return
    where = tuple(int(index) for index in np.argwhere(bad)[0])
    where_ = place(name, where, axes)
    if name == "scores" and np.isnan(array[where]):
        raise diverged(where_, kind)
    least = f"above {low:g}" if open_ else f"at least {low:g}"
    most = f" and at most {high:g}" if np.isfinite(high) else ""
    raise InvalidProblemError(f"{where_} is {array[where]:g}; it must be finite, {least}{most}")


def place(name: str, where: Iterable[int], axes: Axes = ()) -> str:
    """An entry as its user would ask for it: ``scores['ann', 'digits']``, or ``scores[0, 1]``."""
    indices = [int(index) for index in where]
    named = zip_longest(indices, axes[: len(indices)])
    inside = ", ".join(str(i) if names is None else repr(names[i]) for i, names in named)
    return f"{name}[{inside}]" if inside else name


def labels(values: Any, name: str, size: int) -> IntArray:
    """``(V,)`` integer labels from 0, read-only.

    Raises:
        InvalidProblemError: another shape, a fraction, a negative label.
    """
    array = array_of(values, name)
    if array.shape != (size,):
        raise InvalidProblemError(
            f"{name} has shape {array.shape}; give one label a row, ({size},)"
        )
    if array.dtype.kind not in "iu" and not (
        array.dtype.kind == "f" and np.all(np.isfinite(array) & (array == np.floor(array)))
    ):
        raise InvalidProblemError(f"{name} must be whole numbers from 0, got {array.dtype}")
    if array.min() < 0:
        v = int(np.argmin(array))
        raise InvalidProblemError(f"{name}[{v}] is {array[v]}; labels are whole numbers from 0")
    return read_only(array.astype(np.int64))


def caps(
    values: Any,
    name: str,
    size: int,
    *,
    positive: bool = True,
    names: tuple[str, ...] | None = None,
    what: Sequence[str] = (),
) -> FloatArray:
    """``(size,)`` finite limits, from a scalar or an array, read-only.

    ``names`` and ``what``, that of which they are, are for errors.

    Raises:
        InvalidProblemError: another shape, a NaN, an infinity, a negative value, a 0 if
            ``positive``.
    """
    array = numbers(values, name)
    if array.shape not in ((), (size,)):
        raise InvalidProblemError(
            f"{name} has shape {array.shape}; give a scalar or ({size},){_each((names,), what)}"
        )
    array = np.array(np.broadcast_to(array, (size,)))
    bad = ~np.isfinite(array) | (array < 0.0) | (positive & (array == 0.0))
    if bad.any():
        at = int(np.argmax(bad))
        least = "above 0" if positive else "at least 0"
        raise InvalidProblemError(
            f"{place(name, (at,), (names,))} is {array[at]:g}; it must be finite and {least}"
            + ("; leave a limit out by giving one that is large enough" if array[at] > 0 else "")
        )
    return read_only(array)


def model_budgets(
    values: Any, models: int, names: tuple[str, ...] | None = None
) -> FloatArray | None:
    """``(S,)``, or None where not given; ``names`` of the models are for errors.

    Raises:
        InvalidProblemError: as :func:`caps`, but for a 0.
    """
    if values is None:
        return None
    return caps(values, "model_budgets", models, positive=False, names=names, what=("model",))


def variance_ceilings(
    values: Any, models: int, names: tuple[str, ...] | None = None
) -> FloatArray | None:
    """``(S,)``, above 0, infinite for none; None where no model has one.

    Raises:
        InvalidProblemError: another shape, a NaN, a value that is not above 0.
    """
    array = numbers(values, "model_variance_ceilings")
    if array.shape not in ((), (models,)):
        raise InvalidProblemError(
            f"model_variance_ceilings has shape {array.shape}; give a scalar or ({models},)"
            f"{_each((names,), ('model',))}"
        )
    array = np.array(np.broadcast_to(array, (models,)))
    bad = ~(array > 0.0)
    if bad.any():
        at = int(np.argmax(bad))
        raise InvalidProblemError(
            f"{place('model_variance_ceilings', (at,), (names,))} is {array[at]:g}; it must be "
            "above 0; leave a ceiling out by giving infinity"
        )
    return read_only(array) if np.isfinite(array).any() else None


def client_level(
    client: Any, client_cap: Any, size: int, names: tuple[str, ...] | None = None
) -> tuple[IntArray | None, Any]:
    """The client of every processor and the cap of every client, or None where not given.

    ``names`` of the clients are for errors.

    Raises:
        InvalidProblemError: a cap without clients, or a malformed array.
    """
    if client is None:
        if client_cap is not None:
            raise InvalidProblemError("client_cap needs client, the (V,) client of every processor")
        return None, None
    owner = labels(client, "client", size)
    if client_cap is None:
        return owner, None
    return owner, level_caps(owner, client_cap, "client_cap", names, "client")


def check_nested(
    levels: Sequence[tuple[str, IntArray]], title: Callable[[str, int, int], str]
) -> None:
    """Refuses levels, finest first, of which one cuts through the next.

    ``title(level, depth, label)`` says a group in words, and of depth -1 a processor.

    Raises:
        InvalidProblemError: naming two processors that are together below and apart above.
    """
    for depth, ((name, fine), (coarse_name, coarse)) in enumerate(pairwise(levels)):
        first = np.full(int(fine.max()) + 1, -1)
        first[fine[::-1]] = np.arange(fine.size)[::-1]
        apart = coarse != coarse[first[fine]]
        if apart.any():
            v = int(np.argmax(apart))
            raise InvalidProblemError(
                f"{title('', -1, int(first[fine[v]]))} and {title('', -1, v)} share "
                f"{title(name, depth, int(fine[v]))} but not {coarse_name}; give levels from the "
                "finest to the coarsest, each inside the next"
            )


def cost_rows(
    costs: Any,
    cost_budgets: Any,
    shape: tuple[int, ...],
    names: tuple[str, ...] | None = None,
    axes: Axes = (),
) -> tuple[FloatArray | None, FloatArray | None]:
    """``(K, V, S)`` costs and their ``(K,)`` budgets; one row may be given as ``(V, S)``.

    ``names`` of the cost rows and those along ``axes`` are for errors.

    Raises:
        InvalidProblemError: one without the other, a wrong shape, a NaN, a negative cost.
    """
    if costs is None and cost_budgets is None:
        return None, None
    if costs is None or cost_budgets is None:
        raise InvalidProblemError("give costs and cost_budgets together")
    table = numbers(costs, "costs")
    table = table[None] if table.shape == shape else table
    if table.ndim != 3 or table.shape[1:] != shape or table.shape[0] == 0:
        raise InvalidProblemError(
            f"costs have shape {table.shape}; give (K, {shape[0]}, {shape[1]})"
        )
    if not (np.isfinite(table.sum()) and table.min() >= 0.0):
        bad = ~np.isfinite(table) | (table < 0.0)
        if bad.any():
            where = tuple(int(i) for i in np.argwhere(bad)[0])
            raise InvalidProblemError(
                f"{place('costs', where, (names, *axes))} is {table[where]:g}; "
                "it must be finite and at least 0"
            )
    return read_only(table), caps(
        cost_budgets, "cost_budgets", table.shape[0], positive=False, names=names
    )


def level_caps(
    label: IntArray,
    limit: Any,
    name: str,
    names: tuple[str, ...] | None = None,
    what: str = "group",
) -> FloatArray:
    """``(G,)``, the caps of all groups that have a name, or else a label or a cap.

    Raises:
        InvalidProblemError: as :func:`caps`.
    """
    count = len(names) if names else int(label.max()) + 1
    if names is None and np.ndim(limit) == 1:  # of groups that are numbered some may be empty
        count = max(count, len(limit))
    return caps(limit, name, count, names=names, what=(what,))


def level_floors(
    floors: Any,
    name: str,
    reached: BoolArray,
    names: tuple[str, ...] | None = None,
    what: str = "group",
) -> FloatArray:
    """``(G,)``, the least sums of clients, groups or models; one number is of those reached.

    ``names`` are for errors.

    Raises:
        InvalidProblemError: as :func:`caps`, but for a 0.
    """
    floors, count = numbers(floors, name), reached.size
    if np.ndim(floors) == 1 and len(floors) > count and what == "group":
        count = len(floors)
    named = names if names and len(names) == count else None
    if np.isposinf(floors).any():
        raise InvalidProblemError(f"{name} is infinite; a floor must be finite and at least 0")
    values = caps(floors, name, count, positive=False, names=named, what=(what,))
    if np.ndim(floors) == 0:
        values = read_only(np.where(reached, values, 0.0))
    return values


def size(shape: tuple[int, ...]) -> str:
    """A table's shape in words: "4 rows and 2 columns"."""
    if len(shape) == 2:
        return f"{shape[0]} rows and {shape[1]} columns"
    return f"shape {shape}"
