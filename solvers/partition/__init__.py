"""Data dealt out to workers of different speed, so that every shard is like the whole.

Capacities are exact, values are whole numbers inside, and bounds say what no partition exceeds.
"""

from roundlot.solvers.partition.functions import (
    FUNCTIONS,
    facility_location,
    graph_cut,
    shard_values,
)
from roundlot.solvers.partition.make import PARTITION_METHODS, make_partition
from roundlot.solvers.partition.quality import (
    PartitionQuality,
    PartitionRow,
    compare_partition,
    partition_quality,
)
from roundlot.solvers.partition.record import Partition
from roundlot.solvers.partition.shards import (
    apportion,
    dirichlet_shards,
    equal_shards,
    proportional_shards,
    stratified_shards,
)
from roundlot.solvers.partition.similarity import Similarity, gaussian_similarity

__all__ = [
    "FUNCTIONS",
    "PARTITION_METHODS",
    "Partition",
    "PartitionQuality",
    "PartitionRow",
    "Similarity",
    "apportion",
    "compare_partition",
    "dirichlet_shards",
    "equal_shards",
    "facility_location",
    "gaussian_similarity",
    "graph_cut",
    "make_partition",
    "partition_quality",
    "proportional_shards",
    "shard_values",
    "stratified_shards",
]
