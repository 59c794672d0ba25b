"""Samplers that learn from what they draw: ``init``, ``update``, ``probabilities``.

All see the norms of what was drawn and nothing else (bandit feedback).
"""

from roundlot.solvers.online.drift import FAST, JUMPS, SLOW, Drift
from roundlot.solvers.online.kvib import KVib
from roundlot.solvers.online.last_norm import LastNorm
from roundlot.solvers.online.osmd import OSMD
from roundlot.solvers.online.posterior import Posterior
from roundlot.solvers.online.regrets import Regret, regret
from roundlot.solvers.online.rehearsal import rehearse
from roundlot.solvers.online.sampler import OnlineSampler, State
from roundlot.solvers.online.stay import Stay
from roundlot.solvers.online.vrb import Vrb

#: Every online sampler there is, with its default settings.
SAMPLERS: tuple[OnlineSampler, ...] = (Vrb(), KVib(), OSMD(), Posterior(), LastNorm())

__all__ = [
    "FAST",
    "JUMPS",
    "OSMD",
    "SAMPLERS",
    "SLOW",
    "Drift",
    "KVib",
    "LastNorm",
    "OnlineSampler",
    "Posterior",
    "Regret",
    "State",
    "Stay",
    "Vrb",
    "regret",
    "rehearse",
]
