"""roundlot: the lot drawn every round. Who trains what, with which probability, and how well.

The names below load on first use, so that ``import roundlot`` pulls in neither torch nor cvxpy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Problem": "roundlot.theory",
    "InfeasibleError": "roundlot.theory",
    "InvalidProblemError": "roundlot.theory",
    "solve": "roundlot.solvers",
    "compare": "roundlot.solvers",
    "Solution": "roundlot.solvers",
    "Certificate": "roundlot.solvers",
    "design": "roundlot.simulate",
    "Fleet": "roundlot.fleet",
    "theory": "roundlot.theory",
    "solvers": "roundlot.solvers",
    "simulate": "roundlot.simulate",
    "verify": "roundlot.verify",
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


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'roundlot' has no attribute {name!r}")
    module = import_module(_HOME[name])
    value = module if _HOME[name] == f"roundlot.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from roundlot import simulate, solvers, theory, verify
    from roundlot.fleet import Fleet
    from roundlot.simulate import design
    from roundlot.solvers import Certificate, Solution, compare, solve
    from roundlot.theory import InfeasibleError, InvalidProblemError, Problem
