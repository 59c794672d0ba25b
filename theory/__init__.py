"""What is true: the problem, the estimator's moments, theorems with their proofs.

Names load on first use: ``import roundlot.theory`` loads neither NumPy nor SymPy, and a proof is
judged without either.
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(
    __name__,
    inner=(
        "PURCHASES",
        "best_step",
        "duration",
        "has_lower_bound",
        "least_curve",
        "least_round",
        "no_lower_bound",
        "rocq",
        "rounded_down",
        "rounded_up",
    ),
)
