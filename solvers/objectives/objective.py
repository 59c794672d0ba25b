"""What an objective is: a number for a design, and a solver that makes it least."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from roundlot.solvers.proof.certificate import Certificate
from roundlot.solvers.solution import Solution
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray


class Objective(Protocol):
    """A convex objective of the probabilities, in squared units of the scores."""

    @property
    def name(self) -> str:
        """As `solve` takes it."""

    def value(self, problem: Problem, probabilities: FloatArray) -> float:
        """What a design ``(V, S)`` costs; infinite where a positive score is never drawn."""

    def solve(self, problem: Problem, *, method: str = "auto") -> Solution:
        """The design of least value, feasible exactly, with its certificate."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ObjectiveSolution(Solution):
    """A feasible design for an objective other than the sum.

    ``objective`` is the value of the objective named by ``goal``, and ``certificate`` bounds that;
    ``variance`` and ``model_variance`` are what they always are.

    Attributes:
        goal: the objective, with its parameters.
        proof: the certificate; computed by the solver, which stops on it.
    """

    goal: Objective
    proof: Certificate = field(repr=False)

    @property
    def is_priced(self) -> bool:
        """False: prices are of the sum."""
        return False

    @cached_property
    def objective(self) -> float:
        """The value of the objective; infinite only above the range of float64."""
        return self.goal.value(self.problem, self.probabilities)

    @cached_property
    def certificate(self) -> Certificate:
        """The proved distance from the least value."""
        return self.proof

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, objective {self.goal.name!r} {self.objective:.6g})"
