"""What is true: the problem, the estimator's moments, theorems with their proofs.

Names load on first use: ``import roundlot.theory`` loads neither NumPy nor SymPy, and a proof is
judged without either.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "AssumptionError": "theory.errors",
    "ConvergenceError": "theory.errors",
    "DrawError": "theory.errors",
    "InfeasibleError": "theory.errors",
    "InvalidProblemError": "theory.errors",
    "RoundlotWarning": "theory.errors",
    "Limit": "theory.problem",
    "Problem": "theory.problem",
    "RoundsBound": "theory.rates.rounds",
    "Schedule": "theory.rates.rounds",
    "rounds_by_method": "theory.rates.rounds",
    "rounds_to_target": "theory.rates.rounds",
    "column_drift": "theory.rates.spectral",
    "mean_spectral_gap": "theory.rates.spectral",
    "spectral_gap": "theory.rates.spectral",
    "ProofCheck": "theory.proofs.theorem",
    "ProofError": "theory.proofs.theorem",
    "Theorem": "theory.proofs.theorem",
    "CATALOGUE": "theory.theorems",
    "PURCHASES": "theory.rates.decision",
    "best_step": "theory.rates.rounds",
    "least_round": "theory.rates.rounds",
    "duration": "theory.text",
    "rocq": "theory.rocq",
    "rounded_down": "theory.text",
    "rounded_up": "theory.text",
    "Quantity": "theory.proofs.domain",
}

__all__ = [
    "CATALOGUE",
    "AssumptionError",
    "ConvergenceError",
    "DrawError",
    "InfeasibleError",
    "InvalidProblemError",
    "Limit",
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
    from roundlot.theory import rocq as rocq
    from roundlot.theory.errors import (
        AssumptionError,
        ConvergenceError,
        DrawError,
        InfeasibleError,
        InvalidProblemError,
        RoundlotWarning,
    )
    from roundlot.theory.problem import Limit, Problem
    from roundlot.theory.proofs.domain import Quantity
    from roundlot.theory.proofs.theorem import ProofCheck, ProofError, Theorem
    from roundlot.theory.rates.decision import PURCHASES as PURCHASES
    from roundlot.theory.rates.rounds import (
        RoundsBound,
        Schedule,
        rounds_by_method,
        rounds_to_target,
    )
    from roundlot.theory.rates.rounds import best_step as best_step
    from roundlot.theory.rates.rounds import least_round as least_round
    from roundlot.theory.rates.spectral import column_drift, mean_spectral_gap, spectral_gap
    from roundlot.theory.text import duration as duration
    from roundlot.theory.text import rounded_down as rounded_down
    from roundlot.theory.text import rounded_up as rounded_up
    from roundlot.theory.theorems import CATALOGUE
