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
    "IntegerAllocation",
    "LeastBudget",
    "LeastCost",
    "Multipliers",
    "Prices",
    "RationalEnclosure",
    "RationalOptimum",
    "Solution",
    "StreamedLevel",
    "Target",
    "TensorWaterline",
    "TimePlan",
    "Waterline",
    "allocate",
    "certify",
    "compare",
    "expected_round_length",
    "least_budget",
    "least_cost",
    "pair_seconds",
    "rational_enclosure",
    "rational_optimum",
    "seconds_to_target",
    "solve",
    "streamed_level",
    "waterfill",
]

_HOME = {
    "Comparison": "roundlot.solvers.comparison",
    "ComparisonRow": "roundlot.solvers.comparison",
    "IntegerAllocation": "roundlot.solvers.integer",
    "LeastBudget": "roundlot.solvers.inverse",
    "LeastCost": "roundlot.solvers.cheapest",
    "RationalEnclosure": "roundlot.solvers.rational_family",
    "RationalOptimum": "roundlot.solvers.rational",
    "StreamedLevel": "roundlot.solvers.streaming",
    "Target": "roundlot.solvers.time_to_target",
    "TensorWaterline": "roundlot.solvers.tensors",
    "TimePlan": "roundlot.solvers.time_to_target",
    "allocate": "roundlot.solvers.integer",
    "compare": "roundlot.solvers.compare_methods",
    "expected_round_length": "roundlot.solvers.round_length",
    "least_budget": "roundlot.solvers.inverse",
    "least_cost": "roundlot.solvers.cheapest",
    "pair_seconds": "roundlot.solvers.round_length",
    "rational_enclosure": "roundlot.solvers.rational_family",
    "rational_optimum": "roundlot.solvers.rational",
    "seconds_to_target": "roundlot.solvers.time_to_target",
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
    from roundlot.solvers.cheapest import LeastCost, least_cost
    from roundlot.solvers.compare_methods import compare
    from roundlot.solvers.comparison import Comparison, ComparisonRow
    from roundlot.solvers.integer import IntegerAllocation, allocate
    from roundlot.solvers.inverse import LeastBudget, least_budget
    from roundlot.solvers.rational import RationalOptimum, rational_optimum
    from roundlot.solvers.rational_family import RationalEnclosure, rational_enclosure
    from roundlot.solvers.round_length import expected_round_length, pair_seconds
    from roundlot.solvers.streaming import StreamedLevel, streamed_level
    from roundlot.solvers.tensors import TensorWaterline
    from roundlot.solvers.time_to_target import Target, TimePlan, seconds_to_target
