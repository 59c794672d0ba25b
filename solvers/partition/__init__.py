"""Data dealt out to workers of different speed, so that every shard is like the whole.

Capacities are exact, values are whole numbers inside, and bounds say what no partition exceeds.
Everything loads on first use.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "FUNCTIONS": "solvers.partition.functions",
    "PARTITION_METHODS": "solvers.partition.make",
    "Partition": "solvers.partition.record",
    "PartitionQuality": "solvers.partition.quality",
    "PartitionRow": "solvers.partition.quality",
    "Similarity": "solvers.partition.similarity",
    "apportion": "solvers.partition.shards",
    "compare_partition": "solvers.partition.quality",
    "dirichlet_shards": "solvers.partition.shards",
    "equal_shards": "solvers.partition.shards",
    "facility_location": "solvers.partition.functions",
    "gaussian_similarity": "solvers.partition.similarity",
    "graph_cut": "solvers.partition.functions",
    "make_partition": "solvers.partition.make",
    "partition_quality": "solvers.partition.quality",
    "proportional_shards": "solvers.partition.shards",
    "shard_values": "solvers.partition.functions",
    "stratified_shards": "solvers.partition.shards",
}
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

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
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
