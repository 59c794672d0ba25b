"""How a draw is laid out: processors, models, pairs; and what is wrong with one that is not."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
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
