"""Samplers that learn from what they draw: ``init``, ``update``, ``probabilities``.

All see the norms of what was drawn and nothing else (bandit feedback).
"""

from roundlot.solvers.rules.last_norms import LastNorm
from roundlot.solvers.rules.leaders import KVib, Vrb
from roundlot.solvers.rules.osmd import OSMD
from roundlot.solvers.rules.posterior import Posterior
from roundlot.solvers.rules.regrets import FAST, JUMPS, SLOW, Drift, Regret, Stay, regret, rehearse
from roundlot.solvers.rules.sampler import OnlineSampler, State

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
