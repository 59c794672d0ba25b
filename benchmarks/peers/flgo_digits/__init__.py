"""The fleet as a benchmark of FLGo: partition and network."""

import fleet
import numpy as np
from flgo.benchmark.toolkits.partition import BasicPartitioner


class Owners(BasicPartitioner):
    """The clients as they are."""

    def __init__(self):
        self.num_clients = fleet.CLIENTS

    def __call__(self, data):
        owners = fleet.digits("network")[2]
        return [np.flatnonzero(owners == i).tolist() for i in range(fleet.CLIENTS)]


default_partitioner = Owners
default_partition_para = {}


def visualize(*given):
    """Nothing."""
