"""Records of arrays come back from JSON, however NumPy spells the type of an array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pytest
from typing_extensions import TypeAliasType

from roundlot.theory.json_text import decode

Scalar = TypeVar("Scalar", bound=np.generic)
# As NumPy 2.5 and later define it: get_origin() gives the alias, not numpy.ndarray.
LateArray = TypeAliasType(
    "LateArray", np.ndarray[tuple[Any, ...], np.dtype[Scalar]], type_params=(Scalar,)
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Late:
    """Arrays by an alias that is evaluated late."""

    scores: LateArray[np.float64]  # type: ignore[valid-type]
    picks: LateArray[np.int64] | None = None  # type: ignore[valid-type]


@dataclass(frozen=True, kw_only=True, eq=False)
class Early:
    """The same by the class itself."""

    scores: np.ndarray[Any, np.dtype[np.float64]]
    picks: np.ndarray[Any, np.dtype[np.int64]] | None = None


@pytest.mark.parametrize("kind", [Late, Early])
def test_arrays_come_back_as_arrays(kind: Any) -> None:
    record = decode(kind, {"scores": [[1, 0.5]], "picks": [0, -1]})
    assert isinstance(record.scores, np.ndarray)
    assert record.scores.dtype == np.float64
    assert record.scores.tolist() == [[1.0, 0.5]]
    assert record.picks.dtype == np.int64
    assert record.picks.tolist() == [0, -1]
    assert decode(kind, {"scores": [], "picks": None}).picks is None
