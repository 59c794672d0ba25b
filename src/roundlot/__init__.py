"""roundlot: the lot drawn every round. Who trains what, with which probability, and how well.

The names below load on first use, so that ``import roundlot`` pulls in neither torch nor cvxpy.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use
from roundlot.former import keep_former_paths

__version__ = "0.1.0"

_HOME = {
    "Problem": "theory",
    "InfeasibleError": "theory",
    "InvalidProblemError": "theory",
    "solve": "solvers",
    "compare": "solvers",
    "Solution": "solvers",
    "Certificate": "solvers",
    "design": "simulate",
    "Fleet": "fleet",
    "theory": "theory",
    "solvers": "solvers",
    "simulate": "simulate",
    "verify": "verify",
}
__all__ = [
    "Certificate",
    "Fleet",
    "InfeasibleError",
    "InvalidProblemError",
    "Problem",
    "Solution",
    "__version__",
    "compare",
    "design",
    "simulate",
    "solve",
    "solvers",
    "theory",
    "verify",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)
keep_former_paths()

if TYPE_CHECKING:
    from roundlot import simulate, solvers, theory, verify
    from roundlot.fleet import Fleet
    from roundlot.simulate import design
    from roundlot.solvers import Certificate, Solution, compare, solve
    from roundlot.theory import InfeasibleError, InvalidProblemError, Problem
