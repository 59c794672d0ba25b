"""Which design is best, and which cheap one is nearly so; every answer with a certificate.

Numba, cvxpy and the comparison load on first use.
"""

from typing import TYPE_CHECKING, Any

from roundlot.solvers.certificate import Certificate, certify
from roundlot.solvers.dispatch import METHODS, OBJECTIVES, solve
from roundlot.solvers.multipliers import Multipliers
from roundlot.solvers.prices import Prices
from roundlot.solvers.solution import Solution
from roundlot.solvers.waterfill import Waterline, waterfill

__all__ = [
    "METHODS",
    "OBJECTIVES",
    "Certificate",
    "Comparison",
    "ComparisonRow",
    "Multipliers",
    "Prices",
    "RationalEnclosure",
    "RationalOptimum",
    "Solution",
    "StreamedLevel",
    "TensorWaterline",
    "Waterline",
    "certify",
    "compare",
    "rational_enclosure",
    "rational_optimum",
    "solve",
    "streamed_level",
    "waterfill",
]

_HOME = {
    "Comparison": "roundlot.solvers.comparison",
    "ComparisonRow": "roundlot.solvers.comparison",
    "RationalEnclosure": "roundlot.solvers.rational_family",
    "RationalOptimum": "roundlot.solvers.rational",
    "StreamedLevel": "roundlot.solvers.streaming",
    "TensorWaterline": "roundlot.solvers.tensors",
    "compare": "roundlot.solvers.compare_methods",
    "rational_enclosure": "roundlot.solvers.rational_family",
    "rational_optimum": "roundlot.solvers.rational",
    "streamed_level": "roundlot.solvers.streaming",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'roundlot.solvers' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


if TYPE_CHECKING:
    from roundlot.solvers.compare_methods import compare
    from roundlot.solvers.comparison import Comparison, ComparisonRow
    from roundlot.solvers.rational import RationalOptimum, rational_optimum
    from roundlot.solvers.rational_family import RationalEnclosure, rational_enclosure
    from roundlot.solvers.streaming import StreamedLevel, streamed_level
    from roundlot.solvers.tensors import TensorWaterline
