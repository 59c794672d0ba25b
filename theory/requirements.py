"""What a theorem requires and speaks of, in a form by which programs join numbers to it.

A number joins a theorem by its role, never by its name alone: the smoothness of ``F`` is not that
of every client, the variance of a server's step is not the noise of a worker's gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from roundlot.theory.units import powers


class Subject(StrEnum):
    """What a theorem is about; only a server's rounds take numbers of a fleet and its methods."""

    SERVER = "rounds of a server with a sampling method"
    DRAW = "one draw of one or two processors"
    ALLOCATION = "the probabilities of one round"
    LOCAL = "local steps of clients, without a draw"
    BATCH = "the samples of one batch"
    WORKERS = "workers that mix over links, without a server"
    INEQUALITY = "an inequality or an instance that other theorems use"


class Smooth(StrEnum):
    """Which objects have the smoothness that a theorem is given."""

    NONE = "nothing"
    MEAN = "F"
    CLIENTS = "every client's f_i"
    WORKERS = "every worker's F_i"


class Sampling(StrEnum):
    """What a theorem asks of the draw."""

    ANY = "no draw, or any"
    UNBIASED = "unbiased"
    INDEPENDENT = "unbiased, by independent processors"


class Fixed(StrEnum):
    """What a draw must not depend on: its probabilities are fixed before it."""

    NOTHING = "nothing"
    BATCH = "the mini-batches of the round"
    UPDATES = "the local updates of the round"


class Index(StrEnum):
    """What a theorem's counter counts."""

    NONE = "nothing"
    ROUND = "rounds"
    LOCAL_STEP = "local steps"
    SAMPLE = "samples"
    UPDATE = "updates"


class Role(StrEnum):
    """What a number measures, and of whom."""

    SMOOTHNESS = "smoothness of F"
    CLIENT_SMOOTHNESS = "smoothness of every client's f_i"
    WORKER_SMOOTHNESS = "smoothness of every worker's F_i"
    CONVEXITY = "strong convexity of F"
    CLIENT_CONVEXITY = "strong convexity of every client's f_i"
    DISTANCE = "squared distance of the model to the optimum"
    EXCESS = "excess value F − F*"
    SQUARED_GRADIENT = "squared norm of ∇F"
    HETEROGENEITY = "F* less the mean of the clients' least values"
    STEP_VARIANCE = "variance of a server's gradient step"
    PARTICIPATION = "variance of the total aggregation weight H"
    SURROGATE = "variance of the sampled excess R"
    COVARIANCE = "bound on the covariance of H and R"
    GROWTH = "growth of a step's variance with the excess value"
    NOISE_AT_OPTIMUM = "variance of a step that is left at the optimum"
    STEP_BATCH_NOISE = "mini-batch noise of a server's step"
    MEAN_BATCH_NOISE = "mini-batch noise of the mean of all clients"
    SECOND_MOMENT = "second moment of the clients' gradients"
    WORKER_NOISE = "gradient noise of one worker"
    SAMPLE_NOISE = "gradient noise of one sample"


class Quantity(StrEnum):
    """What a theorem's left side measures."""

    SQUARED_DISTANCE = "squared distance to the optimum"
    EXCESS_VALUE = "excess value"
    VALUE = "value above a lower bound"
    SQUARED_GRADIENT = "mean squared norm of the gradient"
    VARIANCE = "variance"
    MEAN = "mean"
    SECOND_MOMENT = "second moment"
    SPREAD = "spread of the models"
    STEP_SIZE = "step size"
    COST = "cost of a design"
    WEIGHT = "weights alone"
    POTENTIAL = "sum of gradients, value and spread"
    INEQUALITY = "expressions compared"


@dataclass(frozen=True, kw_only=True)
class Left:
    """What the left side measures, and its unit in ``F`` and ``x``; none where inputs set it."""

    quantity: Quantity
    unit: str = ""

    def __post_init__(self) -> None:
        powers(self.unit)

    @property
    def relative(self) -> bool:
        """Whether a target may be a share of the initial squared distance."""
        return self.quantity is Quantity.SQUARED_DISTANCE


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """What a theorem requires, beside the conditions on its numbers.

    Attributes:
        subject: what it is about.
        left: what its left side measures.
        smooth: which objects are smooth.
        sampling: the class of the draw.
        fixed: what the probabilities are fixed before.
        index: what its counter counts.
        roles: of its parameters, by their names; a parameter without one is told by nobody but the
            caller.
        held: parameters that must hold in every round, not only today.
    """

    subject: Subject
    left: Left
    smooth: Smooth = Smooth.NONE
    sampling: Sampling = Sampling.ANY
    fixed: Fixed = Fixed.NOTHING
    index: Index = Index.NONE
    roles: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    held: frozenset[str] = frozenset()
