"""Rules for the probabilities of a round: cheap ones, and samplers that learn from what they draw.

Cheap rules need less than every client's norm; all are feasible, all are labelled. A sampler that
learns (`OnlineSampler`) is a rule, too: it proposes after the rounds in a history.
"""

from roundlot.solvers.rules.clustered import Clustered
from roundlot.solvers.rules.data_size import DataSize, Multinomial
from roundlot.solvers.rules.information import Information, Observed, gather
from roundlot.solvers.rules.leaders import OSMD, KVib, Vrb
from roundlot.solvers.rules.least_variance import LeastVariance, Loss, Optimum
from roundlot.solvers.rules.posterior import LastNorm, LastSeen, Posterior
from roundlot.solvers.rules.power_of_choice import PowerOfChoice
from roundlot.solvers.rules.regrets import FAST, JUMPS, SLOW, Drift, Regret, Stay, regret, rehearse
from roundlot.solvers.rules.rule import Rule
from roundlot.solvers.rules.sampler import OnlineSampler, State
from roundlot.solvers.rules.secure_sums import Clipped, aocs
from roundlot.solvers.rules.turns import RoundRobin, WholeTurns
from roundlot.solvers.rules.uniform import RandomModel, Uniform
from roundlot.solvers.rules.worst_draws import WorstDraws

#: What every cheap rule is compared with.
OPTIMUM = Optimum()
#: Every cheap approximation of the optimum; a new one is a new class and one entry here.
APPROXIMATIONS: tuple[Rule, ...] = (
    Uniform(),
    RandomModel(),
    RoundRobin(),
    WholeTurns(),
    DataSize(),
    Multinomial(),
    Clustered(),
    Loss(),
    PowerOfChoice(),
    WorstDraws(),
    LastSeen(),
    Clipped(),
    aocs(1),
    aocs(2),
    aocs(3),
    aocs(4),
)
#: Every online sampler there is, with its default settings.
SAMPLERS: tuple[OnlineSampler, ...] = (Vrb(), KVib(), OSMD(), Posterior(), LastNorm())
#: All that `roundlot.compare` puts beside the optimum.
RULES: tuple[Rule, ...] = (*APPROXIMATIONS, *SAMPLERS)

__all__ = [
    "APPROXIMATIONS",
    "FAST",
    "JUMPS",
    "OPTIMUM",
    "OSMD",
    "RULES",
    "SAMPLERS",
    "SLOW",
    "Clipped",
    "Clustered",
    "DataSize",
    "Drift",
    "Information",
    "KVib",
    "LastNorm",
    "LastSeen",
    "LeastVariance",
    "Loss",
    "Multinomial",
    "Observed",
    "OnlineSampler",
    "Optimum",
    "Posterior",
    "PowerOfChoice",
    "RandomModel",
    "Regret",
    "RoundRobin",
    "Rule",
    "State",
    "Stay",
    "Uniform",
    "Vrb",
    "WholeTurns",
    "WorstDraws",
    "aocs",
    "gather",
    "regret",
    "rehearse",
]
