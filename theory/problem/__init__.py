"""The sampling problem and its limits."""

from roundlot.theory.problem.limits import Limit, Structure
from roundlot.theory.problem.problem import Problem

__all__ = ["Limit", "Problem", "Structure"]
