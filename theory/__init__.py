"""What is true: the problem, the estimator's moments, theorems with their proofs.

The theorems load on first use, so that ``import roundlot.theory`` does not load SymPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from roundlot.theory.errors import (
    AssumptionError,
    ConvergenceError,
    InfeasibleError,
    InvalidProblemError,
    RoundlotWarning,
)
from roundlot.theory.problem import Problem
from roundlot.theory.rounds import RoundsBound, Schedule, rounds_by_method, rounds_to_target
from roundlot.theory.spectral import column_drift, mean_spectral_gap, spectral_gap
from roundlot.theory.units import Quantity

_LATER = {
    "CATALOGUE": "roundlot.theory.theorems",
    "ProofCheck": "roundlot.theory.theorem",
    "ProofError": "roundlot.theory.theorem",
    "Theorem": "roundlot.theory.theorem",
}

__all__ = [
    "CATALOGUE",
    "AssumptionError",
    "ConvergenceError",
    "InfeasibleError",
    "InvalidProblemError",
    "Problem",
    "ProofCheck",
    "ProofError",
    "Quantity",
    "RoundlotWarning",
    "RoundsBound",
    "Schedule",
    "Theorem",
    "column_drift",
    "mean_spectral_gap",
    "rounds_by_method",
    "rounds_to_target",
    "spectral_gap",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'roundlot.theory' has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from roundlot.theory.theorem import ProofCheck, ProofError, Theorem
    from roundlot.theory.theorems import CATALOGUE
