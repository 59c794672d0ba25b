"""What can be chosen by name, as types: a checker finds a typing error before the run does.

Each is equal to the table that is asked at run time, whose name stands beside it.
"""

from typing import Literal

#: How a problem is solved: ``roundlot.solvers.METHODS``, and "auto".
SolverName = Literal["auto", "exact", "conic"]

#: What is minimised: ``roundlot.solvers.OBJECTIVES``.
ObjectiveName = Literal["sum", "max", "fair", "participation"]

#: How a round is drawn: the names in ``roundlot.simulate.DESIGNS``.
SamplingDesign = Literal[
    "independent",
    "turns",
    "blocks",
    "systematic",
    "ordered systematic",
    "pivotal",
    "rounding",
    "sampford",
    "conditional poisson",
]

#: What `roundlot.compare` knows: "optimum", and the names in ``roundlot.solvers.rules.RULES``.
RuleName = Literal[
    "optimum",
    "uniform",
    "random model",
    "round-robin",
    "turns",
    "data size",
    "MD",
    "clustered",
    "loss",
    "power-of-choice",
    "worst draws",
    "last seen",
    "clipped",
    "AOCS 1",
    "AOCS 2",
    "AOCS 3",
    "AOCS 4",
    "Vrb",
    "K-Vib",
    "OSMD",
    "posterior",
    "last norm",
]

#: Methods of federated training: ``roundlot.simulate.METHODS``.
TrainingMethod = Literal[
    "full",
    "random",
    "uniform",
    "round-robin",
    "turns",
    "data-size",
    "md",
    "power-of-choice",
    "clustered",
    "gvr",
    "lvr",
    "stale-vr",
    "stale-vre",
    "stale-vre-fitted",
    "fedavg",
    "fedvarp",
    "fedvarp-present",
    "fedstale",
    "fedstale-present",
    "mifa",
    "mifa-present",
    "scaffold",
    "alpha-fair",
    "alpha-fair-draw",
    "q-fedavg",
    "q-tilted",
    "max-min",
    "group-sampling",
    "auction",
]

#: Where a simulation computes, and in what numbers: see `roundlot.simulate.simulate`.
EngineName = Literal["auto", "gather", "dense", "fused"]
Arithmetic = Literal["auto", "float64", "float32", "bf16 pieces"]

#: Libraries of frames.
FrameLibrary = Literal["pandas", "polars"]
