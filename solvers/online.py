"""The former place of samplers that learn, which stand in `roundlot.solvers.rules`."""

import warnings

from roundlot.solvers.rules import (
    FAST,
    JUMPS,
    OSMD,
    SAMPLERS,
    SLOW,
    Drift,
    KVib,
    LastNorm,
    OnlineSampler,
    Posterior,
    Regret,
    State,
    Stay,
    Vrb,
    regret,
    rehearse,
)

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

warnings.warn(f"{__name__} is now roundlot.solvers.rules", DeprecationWarning, stacklevel=2)
