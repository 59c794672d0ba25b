"""Cheap designs that need less than every client's norm, all feasible, all labelled."""

from roundlot.solvers.rules.clustered import Clustered
from roundlot.solvers.rules.data_size import DataSize, Multinomial
from roundlot.solvers.rules.information import Information, Observed, gather
from roundlot.solvers.rules.last_norms import LastSeen
from roundlot.solvers.rules.least_variance import Loss
from roundlot.solvers.rules.power_of_choice import PowerOfChoice
from roundlot.solvers.rules.round_robin import RoundRobin
from roundlot.solvers.rules.rule import Approximation
from roundlot.solvers.rules.secure_sums import Clipped, aocs
from roundlot.solvers.rules.uniform import RandomModel, Uniform

#: Every approximation there is; a new one is a new file and one entry here.
APPROXIMATIONS: tuple[Approximation, ...] = (
    Uniform(),
    RandomModel(),
    RoundRobin(),
    DataSize(),
    Multinomial(),
    Clustered(),
    Loss(),
    PowerOfChoice(),
    LastSeen(),
    Clipped(),
    aocs(1),
    aocs(2),
    aocs(3),
    aocs(4),
)

__all__ = ["APPROXIMATIONS", "Approximation", "Information", "Observed", "gather"]
