"""Cheap designs that need less than every client's norm, all feasible, all labelled."""

from roundlot.solvers.approximations.aggregated import aocs
from roundlot.solvers.approximations.approximation import Approximation
from roundlot.solvers.approximations.clipped import Clipped
from roundlot.solvers.approximations.clustered import Clustered
from roundlot.solvers.approximations.data_size import DataSize
from roundlot.solvers.approximations.information import Information, Observed, gather
from roundlot.solvers.approximations.last_seen import LastSeen
from roundlot.solvers.approximations.loss import Loss
from roundlot.solvers.approximations.multinomial import Multinomial
from roundlot.solvers.approximations.power_of_choice import PowerOfChoice
from roundlot.solvers.approximations.random_model import RandomModel
from roundlot.solvers.approximations.round_robin import RoundRobin
from roundlot.solvers.approximations.uniform import Uniform

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
