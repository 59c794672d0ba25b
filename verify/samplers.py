"""Any callable that draws, read as rounds of (pair, weight): the forms an audit understands.

A sampler is called once a round, with nothing, with a ``numpy.random.Generator``, or with an
integer if its parameter is named ``seed`` or ``round_seed``. What it returns is one of `FORMS`:

* ``indices``: ``(k,)`` integers, the processors drawn (one model only);
* ``mask``: ``(V,)`` or ``(V, S)``, true or 1 where drawn;
* ``pairs``: ``(k, 2)`` integers, (processor, model);
* ``choices``: ``(V,)`` integers, the model of every processor, −1 idle;
* ``weighted``: a tuple (any of the above, ``(k,)`` aggregation weights in the same order);
* ``coefficients``: ``(V,)`` or ``(V, S)``, aggregation weights, 0 where not drawn;
* ``aggregate``: the aggregated step, ``(dim,)`` or one vector per model.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
FORMS = (
    "auto",
    "indices",
    "mask",
    "pairs",
    "choices",
    "weighted",
    "coefficients",
    "aggregate",
)
_SEED_NAMES = ("seed", "round_seed")


class SamplerFault(Exception):  # noqa: N818 - a finding about somebody's code, not our failure
    """What is wrong with a draw, in one line; the audit turns it into a verdict."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Draw:
    """One round: flat pairs ``v S + s``, their weights if given, or the aggregate."""

    pairs: IntArray
    weights: FloatArray | None = None
    aggregate: tuple[FloatArray, ...] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """How many processors and models there are, and how to read a draw."""

    n_processors: int
    n_models: int
    form: str = "auto"
    dims: tuple[int, ...] | None = None

    @property
    def n_pairs(self) -> int:
        """``V S``."""
        return self.n_processors * self.n_models

    def name(self, pair: int) -> str:
        """The pair in words."""
        v, s = divmod(int(pair), self.n_models)
        return f"client {v}" if self.n_models == 1 else f"processor {v}, model {s}"


def call_style(sampler: Callable[..., Any]) -> str:
    """How to call it: "nothing", "seed" or "generator".

    Raises:
        InvalidProblemError: not callable, or it needs more than one argument.
    """
    if not callable(sampler):
        raise InvalidProblemError(f"sampler is {type(sampler).__name__}; give a callable")
    try:
        parameters = inspect.signature(sampler).parameters.values()
    except (TypeError, ValueError):
        return "generator"
    required = [
        p
        for p in parameters
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if len(required) > 1 or any(p.kind is p.KEYWORD_ONLY for p in required):
        names = ", ".join(p.name for p in required)
        raise InvalidProblemError(
            f"sampler needs ({names}); wrap it so that it takes a generator, a seed or nothing"
        )
    if not required:
        return "nothing"
    return "seed" if required[0].name in _SEED_NAMES else "generator"


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
    except (TypeError, ValueError, IndexError) as error:
        raise SamplerFault(f"returned {_short(returned)}, not {form}: {error}") from error
    _check_pairs(draw.pairs, layout)
    return draw


def guess(returned: Any, layout: Layout) -> str:
    """The form of what was returned.

    Raises:
        SamplerFault: it could be several things, or none.
    """
    if isinstance(returned, tuple) and len(returned) == 2 and all(map(_is_row, returned)):
        return "aggregate" if layout.dims and _is_step(returned, layout) else "weighted"
    if layout.dims and _is_step(returned, layout):
        return "aggregate"
    try:
        array = np.asarray(returned)
    except ValueError as error:
        raise SamplerFault(f"returned {_short(returned)}, which is no table: {error}") from error
    if array.dtype == np.bool_:
        return "mask"
    if array.size == 0:
        return "indices" if layout.n_models == 1 else "pairs"
    if np.issubdtype(array.dtype, np.integer):
        return _guess_integers(array, layout)
    raise SamplerFault(
        f"returned {_short(returned)}: say what it is with form='coefficients', or give updates "
        "for an aggregate"
    )


def _guess_integers(array: npt.NDArray[Any], layout: Layout) -> str:
    if array.ndim == 2 and array.shape[1] == 2 and layout.n_models > 1:
        return "pairs"
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
    return value[0] if np.ndim(value) == 1 and len(value) and not _ragged(value) else value


def _ragged(value: Any) -> bool:
    return isinstance(value, list | tuple) and np.ndim(value[0]) > 0


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
        _in_range(table[:, column], limit, ("processor", "model")[column])
    return Draw(pairs=table[:, 0] * layout.n_models + table[:, 1])


def _choices(returned: Any, layout: Layout) -> Draw:
    model = _integers(returned, 1)
    if model.shape != (layout.n_processors,):
        raise ValueError(f"{model.size} choices for {layout.n_processors} processors")
    _in_range(model + 1, layout.n_models + 1, "choice (plus 1)")
    busy = np.flatnonzero(model >= 0)
    return Draw(pairs=busy * layout.n_models + model[busy])


def _weighted(returned: Any, layout: Layout) -> Draw:
    drawn, weights = returned
    inner = Layout(n_processors=layout.n_processors, n_models=layout.n_models)
    pairs = read_pairs(drawn, inner)
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != pairs.shape:
        raise ValueError(f"{pairs.size} drawn, weights of shape {given.shape}")
    return Draw(pairs=pairs, weights=_finite(given, "weights"))


def read_pairs(drawn: Any, layout: Layout) -> IntArray:
    """Flat pairs of a draw without weights; repeats are kept.

    Raises:
        SamplerFault: as `read`.
    """
    form = guess(drawn, layout)
    if form not in ("indices", "mask", "pairs", "choices"):
        raise SamplerFault(f"returned {_short(drawn)} with weights, which are no indices")
    return _READERS[form](drawn, layout).pairs


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
    single = layout.n_models == 1 and not _ragged(returned) and np.ndim(returned) == 1
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
    array = np.asarray(values)
    if array.size == 0:
        return np.empty((0,) * ndim, dtype=np.int64)
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{array.dtype} is not an integer type")
    if array.ndim != ndim:
        raise ValueError(f"shape {array.shape}; expected {ndim} dimension(s)")
    return array.astype(np.int64)


def _finite(array: FloatArray, name: str) -> FloatArray:
    if not np.isfinite(array).all():
        raise SamplerFault(f"returned {name} with a NaN or an infinity")
    return array


def _in_range(values: IntArray, limit: int, name: str) -> None:
    bad = values[(values < 0) | (values >= limit)]
    if bad.size:
        raise SamplerFault(f"returned {name} {bad[0]}, out of range: 0..{limit - 1} exist")


def _check_pairs(pairs: IntArray, layout: Layout) -> None:
    _in_range(pairs, layout.n_pairs, "index")


def _table_shapes(layout: Layout) -> tuple[tuple[int, ...], ...]:
    full = (layout.n_processors, layout.n_models)
    return ((layout.n_processors,), full) if layout.n_models == 1 else (full,)


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
