"""Which probabilities are best, which cheap ones nearly so; every answer with a certificate.

Everything loads on first use: Numba, cvxpy and the comparison are slow to import.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

__all__ = [
    "APPROXIMATIONS",
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
    "LinkSchedule",
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
    "lowered",
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
    "APPROXIMATIONS": "solvers.rules",
    "METHODS": "solvers.dispatch",
    "OBJECTIVES": "solvers.dispatch",
    "solve": "solvers.dispatch",
    "Certificate": "solvers.proof.certificate",
    "certify": "solvers.proof.certificate",
    "Multipliers": "solvers.proof.prices",
    "Prices": "solvers.proof.prices",
    "Solution": "solvers.solution",
    "Waterline": "solvers.water.waterfill",
    "waterfill": "solvers.water.waterfill",
    "stragglers_from_speed": "solvers.stragglers.times",
    "round_law": "solvers.stragglers.round_laws",
    "estimator_moments": "solvers.stragglers.estimators",
    "best_split": "solvers.stragglers.split",
    "best_deadline": "solvers.stragglers.deadline",
    "Stragglers": "solvers.stragglers.times",
    "FullWait": "solvers.stragglers.round_ends",
    "FastestWorker": "solvers.stragglers.round_ends",
    "Deadline": "solvers.stragglers.round_ends",
    "BudgetPath": "solvers.water.path",
    "Comparison": "solvers.comparisons.table",
    "ComparisonRow": "solvers.comparisons.table",
    "Graph": "solvers.graphs.graph",
    "IntegerAllocation": "solvers.decisions.integer",
    "LeastBudget": "solvers.decisions.inverse",
    "LeastCost": "solvers.decisions.cheapest",
    "Partition": "solvers.partition.record",
    "PartitionQuality": "solvers.partition.quality",
    "LinkSchedule": "solvers.graphs.schedule",
    "PartitionRow": "solvers.partition.quality",
    "RationalEnclosure": "solvers.proof.rational",
    "RationalOptimum": "solvers.proof.rational",
    "StreamedLevel": "solvers.water.streaming",
    "Target": "solvers.decisions.time_to_target",
    "TensorWaterline": "solvers.water.tensors",
    "TimePlan": "solvers.decisions.time_to_target",
    "allocate": "solvers.decisions.integer",
    "apportion": "solvers.partition.shards",
    "compare": "solvers.comparisons.methods",
    "compare_partition": "solvers.partition.quality",
    "expected_round_length": "solvers.decisions.round_length",
    "least_budget": "solvers.decisions.inverse",
    "least_cost": "solvers.decisions.cheapest",
    "lowered": "solvers.proof.lowering",
    "make_partition": "solvers.partition.make",
    "optimal_path": "solvers.water.path",
    "optimise_links": "solvers.graphs.schedule",
    "pair_seconds": "solvers.decisions.round_length",
    "partition_quality": "solvers.partition.quality",
    "rational_enclosure": "solvers.proof.rational",
    "rational_optimum": "solvers.proof.rational",
    "seconds_to_target": "solvers.decisions.time_to_target",
    "streamed_level": "solvers.water.streaming",
}

#: Names of the release before.
_RENAMED = {"LinkDesign": "LinkSchedule"}

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__, _RENAMED)

if TYPE_CHECKING:
    from roundlot.solvers.comparisons.methods import compare
    from roundlot.solvers.comparisons.table import Comparison, ComparisonRow
    from roundlot.solvers.decisions.cheapest import LeastCost, least_cost
    from roundlot.solvers.decisions.integer import IntegerAllocation, allocate
    from roundlot.solvers.decisions.inverse import LeastBudget, least_budget
    from roundlot.solvers.decisions.round_length import expected_round_length, pair_seconds
    from roundlot.solvers.decisions.time_to_target import Target, TimePlan, seconds_to_target
    from roundlot.solvers.dispatch import METHODS, OBJECTIVES, solve
    from roundlot.solvers.graphs import Graph, LinkSchedule, optimise_links
    from roundlot.solvers.partition import (
        Partition,
        PartitionQuality,
        PartitionRow,
        apportion,
        compare_partition,
        make_partition,
        partition_quality,
    )
    from roundlot.solvers.proof.certificate import Certificate, certify
    from roundlot.solvers.proof.lowering import lowered
    from roundlot.solvers.proof.prices import Multipliers, Prices
    from roundlot.solvers.proof.rational import (
        RationalEnclosure,
        RationalOptimum,
        rational_enclosure,
        rational_optimum,
    )
    from roundlot.solvers.rules import APPROXIMATIONS
    from roundlot.solvers.solution import Solution
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
    from roundlot.solvers.water.path import BudgetPath, optimal_path
    from roundlot.solvers.water.streaming import StreamedLevel, streamed_level
    from roundlot.solvers.water.tensors import TensorWaterline
    from roundlot.solvers.water.waterfill import Waterline, waterfill
