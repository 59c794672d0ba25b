"""What a sampler returned, as arrays of our own, and the layout of draws: processors, models.

Tensors of any type and device, with or without gradients, sets, mappings, iterators, names, single
clients: all of them become NumPy arrays here, copied, as buffers are used again.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray

Array = npt.NDArray[Any]
_TEXT = "text; return indices, or say who is called what with names="
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


class SamplerFault(Exception):  # noqa: N818 - a finding about somebody's code, not our failure
    """What is wrong with a draw, in one line; the audit turns it into a verdict."""


class UnreadableDrawError(InvalidProblemError):
    """What a sampler returned cannot be read, or could mean two things: nothing was judged."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Draw:
    """One round: flat pairs ``v S + s``, their weights if given, or the aggregate."""

    pairs: IntArray
    weights: FloatArray | None = None
    aggregate: tuple[FloatArray, ...] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """How many processors and models there are, and how to read a draw.

    Attributes:
        n_processors, n_models: ``V``, ``S``.
        form: one of ``FORMS``.
        dims: length of every model's step, if updates are known.
        index_of: the processor of every name, if processors have names.
        replacement: whether a draw may hold something twice.
    """

    n_processors: int
    n_models: int
    form: str = "auto"
    dims: tuple[int, ...] | None = None
    index_of: Mapping[Hashable, int] | None = None
    replacement: bool = False

    @property
    def n_pairs(self) -> int:
        """``V S``."""
        return self.n_processors * self.n_models

    @property
    def table_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of a table with an entry for everybody."""
        full = (self.n_processors, self.n_models)
        return ((self.n_processors,), full) if self.n_models == 1 else (full,)

    def name(self, pair: int) -> str:
        """The pair in words."""
        v, s = divmod(int(pair), self.n_models)
        return f"client {v}" if self.n_models == 1 else f"processor {v}, model {s}"


def short(value: Any) -> str:
    """What was returned, in at most 60 characters; its own `repr` may fail."""
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def check_range(values: IntArray, limit: int, name: str) -> None:
    """Refuse what is not in ``0..limit − 1``.

    Raises:
        SamplerFault: naming the first.
    """
    # Read as unsigned, a negative number is huge: one pass sees both ends.
    if values.size and int(values.view(np.uint64).max()) >= limit:
        bad = values[(values < 0) | (values >= limit)][0]
        raise SamplerFault(f"returned {name} {bad}, out of range: 0..{limit - 1} exist")


@dataclass(frozen=True, kw_only=True, eq=False)
class Given:
    """What was returned in one round, copied.

    Attributes:
        drawn: whoever was drawn, in a form that is yet to be told; None of an aggregate.
        weights: what came beside it, or None.
        steps: the aggregate of every model, or None.
        returned: as it was.
    """

    drawn: Array | None
    weights: Array | None = None
    steps: tuple[Array, ...] | None = None
    returned: Any = None

    @property
    def told(self) -> str:
        """What was returned, in words."""
        return short(self.returned)

    @property
    def empty(self) -> bool:
        """Whether nobody was drawn, which says nothing about the form."""
        return self.drawn is not None and self.drawn.size == 0


def plain(returned: Any, layout: Layout) -> Given:
    """What was returned, as arrays.

    Raises:
        UnreadableDrawError: it is nothing that names clients, weights or a step.
    """
    try:
        return _plain(returned, layout)
    except UnreadableDrawError:
        raise
    except Exception as error:  # somebody's object: it may raise anything when it is looked at
        raise UnreadableDrawError(
            f"returned {short(returned)}, which is no table: {error}"
        ) from error


def _plain(returned: Any, layout: Layout) -> Given:
    value = detached(returned)
    steps = _steps(value, layout)
    if steps is not None:
        return Given(drawn=None, steps=steps, returned=returned)
    drawn, weights = _parts(value, layout)
    if layout.index_of is not None:
        drawn = _named(drawn, layout)
    return Given(
        drawn=_array(drawn, returned),
        weights=None if weights is None else _numbers(weights, returned),
        returned=returned,
    )


def detached(value: Any) -> Any:
    """A tensor as an array; a sequence that holds tensors as a list of arrays; others as given."""
    if hasattr(value, "detach"):
        return _from_tensor(value)
    if isinstance(value, list | tuple) and any(hasattr(one, "detach") for one in value):
        return type(value)(detached(one) for one in value)
    return value


def _from_tensor(tensor: Any) -> Array:
    held = tensor.detach()
    held = held.to_dense() if getattr(held, "is_sparse", False) else held
    held = held.cpu()
    if held.dtype.is_floating_point:
        held = held.double()  # NumPy has no bfloat16
    return np.array(held.numpy())


def _parts(value: Any, layout: Layout) -> tuple[Any, Any]:
    """Who was drawn, and their weights or None."""
    if _is_row(value):  # the usual ones first: this is called in every round
        return value, None
    if type(value) is tuple and len(value) == 2 and _is_row(value[0]) and _is_row(value[1]):
        return value
    if isinstance(value, Mapping):
        return _of_mapping(value)
    if isinstance(value, str | bytes) and layout.index_of is not None:
        return [value], None
    if isinstance(value, AbstractSet | Iterator):
        return _listed(value), None
    if isinstance(value, tuple) and len(value) == 2 and not _both_integers(value):
        return _pair(value)
    if isinstance(value, list | tuple) and value and all(map(_is_weighted_entry, value)):
        return [one[0] for one in value], [float(one[1]) for one in value]
    if _is_integer(value):
        return [value], None
    return value, None


def _is_row(value: Any) -> bool:
    return type(value) is np.ndarray and value.ndim > 0


def _of_mapping(value: Mapping[Any, Any]) -> tuple[Any, Any]:
    keys, entries = list(value), [detached(one) for one in value.values()]
    if entries and all(isinstance(one, bool | np.bool_) for one in entries):
        return [key for key, drawn in zip(keys, entries, strict=True) if drawn], None
    return keys, [float(one) for one in entries]


def _pair(value: tuple[Any, Any]) -> tuple[Any, Any]:
    drawn, weights = value
    if isinstance(drawn, AbstractSet | Iterator):
        raise ValueError("a set has no order that weights could follow; return a dict")
    single = _is_integer(drawn) or isinstance(drawn, str)
    if single and np.ndim(weights) == 0:
        return [drawn], [weights]
    return drawn, weights


def _listed(value: Any) -> list[Any]:
    found = list(value)
    try:
        return sorted(found)
    except TypeError:
        return found


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool | np.bool_):
        return False
    scalar = isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iu"
    return isinstance(value, Integral) or scalar


def _both_integers(value: tuple[Any, Any]) -> bool:
    """Two clients in a tuple, not clients and weights."""
    return all(_is_integer(one) or isinstance(one, str) for one in value)


def _is_weighted_entry(value: Any) -> bool:
    if not (isinstance(value, tuple) and len(value) == 2):
        return False
    weight = value[1]
    return isinstance(weight, Real) and not isinstance(weight, Integral | bool | np.bool_)


def _named(drawn: Any, layout: Layout) -> Any:
    """Names as indices; integers stay what they are unless integers are names."""
    assert layout.index_of is not None
    entries = drawn.tolist() if isinstance(drawn, np.ndarray) else drawn
    if not isinstance(entries, Collection) or not len(entries):
        return drawn
    integers = all(isinstance(name, Integral) for name in layout.index_of)
    return [_index_of(one, layout, integers) for one in entries]


def _index_of(one: Any, layout: Layout, integers: bool) -> Any:
    assert layout.index_of is not None
    if isinstance(one, Sequence) and not isinstance(one, str):
        return [_index_of(one[0], layout, integers), *one[1:]]
    if not isinstance(one, str) and not (integers and _is_integer(one)):
        return one
    if one not in layout.index_of:
        raise UnreadableDrawError(
            f"returned {one!r}, which is nobody's name; names= lists all clients as they are called"
        )
    return layout.index_of[one]


def _array(drawn: Any, returned: Any) -> Array:
    if isinstance(drawn, np.ma.MaskedArray):
        raise ValueError("a masked array hides entries; return what is not masked")
    array = np.array(drawn)  # a copy
    if array.dtype.kind in "biuf" and array.ndim:
        return array
    if array.ndim and not array.size:
        return np.empty(0, dtype=np.int64)
    raise UnreadableDrawError(f"returned {short(returned)}: {_no_numbers(drawn, array)}")


def _no_numbers(drawn: Any, array: Array) -> str:
    """Why something that NumPy takes for objects or text is no draw."""
    if array.dtype == object and array.size and all(_is_integer(x) for x in array.reshape(-1)):
        return "an index beyond 64 bits"
    if array.dtype.kind in "US":
        return _TEXT
    if array.ndim == 0:
        return f"a {type(drawn).__name__}; return a list or an array"
    return "neither integers nor numbers"


def _numbers(weights: Any, returned: Any) -> Array:
    array = np.array(weights)
    if array.dtype.kind not in "biuf":
        raise UnreadableDrawError(
            f"returned {short(returned)}, not weighted: weights must be numbers"
        )
    return array.astype(np.float64)


def _steps(value: Any, layout: Layout) -> tuple[Array, ...] | None:
    """The aggregate, if updates are known and this has their shapes."""
    if layout.form not in ("auto", "aggregate") or layout.dims is None:
        return None
    if isinstance(value, Mapping | AbstractSet | Iterator | str | bytes):
        return None
    single = layout.n_models == 1 and not _ragged(value) and np.ndim(value) == 1
    steps = [value] if single else list(value) if np.ndim(value) or _ragged(value) else [value]
    try:
        arrays = [np.array(step) for step in steps]
    except (TypeError, ValueError):
        return None
    whole = layout.form == "aggregate"
    numbers = all(a.dtype.kind == "f" or (whole and a.dtype.kind in "iu") for a in arrays)
    if not numbers or [a.shape for a in arrays] != [(dim,) for dim in layout.dims]:
        return None
    return tuple(a.astype(np.float64) for a in arrays)


def _ragged(value: Any) -> bool:
    """Whether it is a sequence of rows, of any lengths."""
    return isinstance(value, list | tuple) and len(value) > 0 and np.ndim(value[0]) > 0
