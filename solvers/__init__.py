"""Which design is best, and which cheap one is nearly so; every answer with a certificate.

Numba, cvxpy and the comparison load on first use.
"""

from typing import TYPE_CHECKING

from roundlot.later import on_first_use
from roundlot.solvers.certificate import Certificate, certify
from roundlot.solvers.dispatch import METHODS, OBJECTIVES, solve
from roundlot.solvers.multipliers import Multipliers
from roundlot.solvers.prices import Prices
from roundlot.solvers.solution import Solution
from roundlot.solvers.waterfill import Waterline, waterfill

__all__ = [
    "METHODS",
    "OBJECTIVES",
    "BudgetPath",
    "Certificate",
    "Comparison",
    "ComparisonRow",
    "Deadline",
    "FastestWorker",
    "FullWait",
    "Graph",
    "IntegerAllocation",
    "LeastBudget",
    "LeastCost",
    "LinkDesign",
    "Multipliers",
    "Partition",
    "PartitionQuality",
    "PartitionRow",
    "Prices",
    "RationalEnclosure",
    "RationalOptimum",
    "Solution",
    "Stragglers",
    "StreamedLevel",
    "Target",
    "TensorWaterline",
    "TimePlan",
    "Waterline",
    "allocate",
    "apportion",
    "best_deadline",
    "best_split",
    "certify",
    "compare",
    "compare_partition",
    "estimator_moments",
    "expected_round_length",
    "least_budget",
    "least_cost",
    "make_partition",
    "optimal_path",
    "optimise_links",
    "pair_seconds",
    "partition_quality",
    "rational_enclosure",
    "rational_optimum",
    "round_law",
    "seconds_to_target",
    "solve",
    "stragglers_from_speed",
    "streamed_level",
    "waterfill",
]

_HOME = {
    "stragglers_from_speed": "solvers.stragglers.times",
    "round_law": "solvers.stragglers.round_laws",
    "estimator_moments": "solvers.stragglers.estimators",
    "best_split": "solvers.stragglers.split",
    "best_deadline": "solvers.stragglers.deadline",
    "Stragglers": "solvers.stragglers.times",
    "FullWait": "solvers.stragglers.rules",
    "FastestWorker": "solvers.stragglers.rules",
    "Deadline": "solvers.stragglers.rules",
    "BudgetPath": "solvers.path",
    "Comparison": "solvers.comparison",
    "ComparisonRow": "solvers.comparison",
    "Graph": "solvers.graphs.graph",
    "IntegerAllocation": "solvers.integer",
    "LeastBudget": "solvers.inverse",
    "LeastCost": "solvers.cheapest",
    "Partition": "solvers.partition.record",
    "PartitionQuality": "solvers.partition.quality",
    "LinkDesign": "solvers.graphs.design",
    "PartitionRow": "solvers.partition.beside",
    "RationalEnclosure": "solvers.rational_family",
    "RationalOptimum": "solvers.rational",
    "StreamedLevel": "solvers.streaming",
    "Target": "solvers.time_to_target",
    "TensorWaterline": "solvers.tensors",
    "TimePlan": "solvers.time_to_target",
    "allocate": "solvers.integer",
    "apportion": "solvers.partition.capacities",
    "compare": "solvers.compare_methods",
    "compare_partition": "solvers.partition.beside",
    "expected_round_length": "solvers.round_length",
    "least_budget": "solvers.inverse",
    "least_cost": "solvers.cheapest",
    "make_partition": "solvers.partition.make",
    "optimal_path": "solvers.path",
    "optimise_links": "solvers.graphs.optimising",
    "pair_seconds": "solvers.round_length",
    "partition_quality": "solvers.partition.quality",
    "rational_enclosure": "solvers.rational_family",
    "rational_optimum": "solvers.rational",
    "seconds_to_target": "solvers.time_to_target",
    "streamed_level": "solvers.streaming",
}

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.solvers.cheapest import LeastCost, least_cost
    from roundlot.solvers.compare_methods import compare
    from roundlot.solvers.comparison import Comparison, ComparisonRow
    from roundlot.solvers.graphs import Graph, LinkDesign, optimise_links
    from roundlot.solvers.integer import IntegerAllocation, allocate
    from roundlot.solvers.inverse import LeastBudget, least_budget
    from roundlot.solvers.partition import (
        Partition,
        PartitionQuality,
        PartitionRow,
        apportion,
        compare_partition,
        make_partition,
        partition_quality,
    )
    from roundlot.solvers.path import BudgetPath, optimal_path
    from roundlot.solvers.rational import RationalOptimum, rational_optimum
    from roundlot.solvers.rational_family import RationalEnclosure, rational_enclosure
    from roundlot.solvers.round_length import expected_round_length, pair_seconds
    from roundlot.solvers.stragglers import (
        Deadline,
        FastestWorker,
        FullWait,
        Stragglers,
        best_deadline,
        best_split,
        estimator_moments,
        round_law,
        stragglers_from_speed,
    )
    from roundlot.solvers.streaming import StreamedLevel, streamed_level
    from roundlot.solvers.tensors import TensorWaterline
    from roundlot.solvers.time_to_target import Target, TimePlan, seconds_to_target
