"""An answer with a value, a bound that no other goes below, and a claim that proves both."""

from __future__ import annotations

import math
import os
import sys
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.solvers.proof.bound import gap_above
from roundlot.solvers.proof.saving import save_claim
from roundlot.solvers.proof.scales import same_in_range
from roundlot.solvers.solution import probability_columns
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates import Claim
from roundlot.theory.certificates.plans import Plan, findings_of
from roundlot.theory.tabular import Tabular
from roundlot.theory.text import short_repr


class Proved(Tabular):
    """A record with ``lower_bound``, whose claim says what it has proved."""

    _method: ClassVar[str]
    """What found it, as its file says."""

    __repr__ = short_repr

    if TYPE_CHECKING:

        @property
        def lower_bound(self) -> float:
            """No other answer has a lower value."""

    @property
    @abstractmethod
    def _value(self) -> float:
        """What ``lower_bound`` is a bound of."""

    @abstractmethod
    def claim(self) -> Claim | Plan:
        """What is said to be proved, as its judge reads it."""

    @property
    def gap(self) -> float:
        """The value over ``lower_bound``, minus 1, rounded up; 0 when both are 0."""
        return gap_above(self._value, self.lower_bound)

    def verify(self) -> bool:
        """Whether every limit is kept and value and bound are proved, computed afresh."""
        return not self.complaints()

    def complaints(self) -> tuple[str, ...]:
        """What is wrong, in words, by the judge of `roundlot.theory.certificates`."""
        found = findings_of(self.claim())
        return (*found.complaints, *found.undecided)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write what is proved as JSON, which ``roundlot check`` judges; see `Solution`.

        Raises:
            FileExistsError: ``path`` is a folder.
            OSError: the folder cannot be written.
        """
        return save_claim(path, self.claim(), method=self._method)


class ProvedDesign(Proved):
    """With ``probabilities (V, S)`` of one ``problem``, as a table of clients and models."""

    _index: ClassVar[str | None] = "client"

    if TYPE_CHECKING:

        @property
        def problem(self) -> Problem:
            """What was asked."""

        @property
        def probabilities(self) -> FloatArray:
            """``(V, S)``."""

    def _columns(self) -> Mapping[str, Any]:
        return probability_columns(self.problem, self.probabilities)

    def _library(self) -> str | None:
        return self.problem.names.library

    def _design(self) -> dict[str, Any]:
        """Names and probabilities, as every record ends."""
        return {
            "clients": self.problem.names.plain_rows(self.problem.n_processors),
            "models": self.problem.names.plain_models(self.problem.n_models),
            "probabilities": self.probabilities,
        }


Found = TypeVar("Found", bound=Proved)


def closely_proved(found: Found, value: float, *, greatest: float, budget: float) -> Found:
    """The answer, of that ``value``, if float64 holds it and its gap is at most ``ACCEPTED``.

    Args:
        found: the answer.
        value: what its lower bound is a bound of.
        greatest: the largest score.
        budget: about how many are drawn.

    Raises:
        ConvergenceError: neither.
    """
    if not value < math.inf or (greatest > 0.0 and value < sys.float_info.min):
        raise ConvergenceError(
            "the objective is outside the range of float64; "
            f"{same_in_range(greatest, math.sqrt(min(budget, 1e300)))}"
        )
    if not found.gap <= ACCEPTED:
        raise ConvergenceError(
            f"the proved gap is {found.gap:.2g}, above {ACCEPTED:g}; leave out clients or models "
            "whose scores or chances are many orders below the others"
        )
    return found
