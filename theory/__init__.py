"""What is true: the problem, the estimator's moments, theorems with their proofs.

The theorems load on first use, so that ``import roundlot.theory`` does not load SymPy.
"""

from typing import TYPE_CHECKING

from roundlot.later import on_first_use
from roundlot.theory.errors import (
    AssumptionError,
    ConvergenceError,
    DrawError,
    InfeasibleError,
    InvalidProblemError,
    RoundlotWarning,
)
from roundlot.theory.problem import Problem
from roundlot.theory.rounds import RoundsBound, Schedule, rounds_by_method, rounds_to_target
from roundlot.theory.spectral import column_drift, mean_spectral_gap, spectral_gap
from roundlot.theory.units import Quantity

_HOME = {
    "CATALOGUE": "theory.theorems",
    "ProofCheck": "theory.theorem",
    "ProofError": "theory.theorem",
    "Theorem": "theory.theorem",
}

__all__ = [
    "CATALOGUE",
    "AssumptionError",
    "ConvergenceError",
    "DrawError",
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

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.theory.theorem import ProofCheck, ProofError, Theorem
    from roundlot.theory.theorems import CATALOGUE
