"""What a theorem requires and speaks of, in a form by which programs join numbers to it.

A number joins a theorem by its role, never by its name alone: the smoothness of ``F`` is not that
of every client, the variance of a server's step is not the noise of a worker's gradient.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from roundlot.theory.errors import AssumptionError
from roundlot.theory.proofs.units import powers


class Subject(StrEnum):
    """What a theorem is about; only a server's rounds take numbers of a fleet and its methods."""

    SERVER = "rounds of a server with a sampling method"
    DRAW = "one draw of one or two processors"
    DRAWS = "one draw of any number of clients or processors"
    ALLOCATION = "the probabilities of one round"
    METHOD = "rounds of a server with one method, that of its setting"
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
    WINDOW = "windows of P rounds"


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
    GRADIENT_SUM = "sum over rounds of the squared norm of the gradient"
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


_DISTANCE = Left(quantity=Quantity.SQUARED_DISTANCE, unit="x²")
_EXCESS = Left(quantity=Quantity.EXCESS_VALUE, unit="F")
_VALUE = Left(quantity=Quantity.VALUE, unit="F")
_GRADIENT = Left(quantity=Quantity.SQUARED_GRADIENT, unit="F²/x²")
_NOISE = Left(quantity=Quantity.VARIANCE, unit="F²/x²")
_VARIANCE = Left(quantity=Quantity.VARIANCE)
_MEAN = Left(quantity=Quantity.MEAN)

#: One gradient step of a server on ``F``: its number of the draw is the variance of the step.
_STEP = Requirements(
    subject=Subject.SERVER,
    left=_DISTANCE,
    smooth=Smooth.MEAN,
    sampling=Sampling.UNBIASED,
    fixed=Fixed.BATCH,
    roles={
        "smoothness": Role.SMOOTHNESS,
        "strong_convexity": Role.CONVEXITY,
        "variance": Role.STEP_VARIANCE,
        "squared_distance": Role.DISTANCE,
        "initial": Role.DISTANCE,
        "value": Role.EXCESS,
        "squared_gradient": Role.SQUARED_GRADIENT,
    },
)
_GROWING = replace(
    _STEP,
    roles={
        "smoothness": Role.SMOOTHNESS,
        "strong_convexity": Role.CONVEXITY,
        "squared_distance": Role.DISTANCE,
        "expected_smoothness": Role.GROWTH,
        "noise": Role.NOISE_AT_OPTIMUM,
    },
)
_STEPS = replace(_STEP, index=Index.ROUND, held=frozenset({"variance"}))
#: One gradient step with whoever was drawn, seen from the clients.
_PARTICIPATION = Requirements(
    subject=Subject.SERVER,
    left=_DISTANCE,
    smooth=Smooth.CLIENTS,
    sampling=Sampling.UNBIASED,
    fixed=Fixed.BATCH,
    roles={
        "client_smoothness": Role.CLIENT_SMOOTHNESS,
        "strong_convexity": Role.CONVEXITY,
        "squared_distance": Role.DISTANCE,
        "initial": Role.DISTANCE,
        "value": Role.EXCESS,
        "heterogeneity": Role.HETEROGENEITY,
        "participation_variance": Role.PARTICIPATION,
        "surrogate_variance": Role.SURROGATE,
        "covariance": Role.COVARIANCE,
        "batch_noise": Role.STEP_BATCH_NOISE,
    },
)
_LOCAL_STEPS = Requirements(
    subject=Subject.SERVER,
    left=_DISTANCE,
    smooth=Smooth.CLIENTS,
    sampling=Sampling.INDEPENDENT,
    fixed=Fixed.UPDATES,
    index=Index.LOCAL_STEP,
    roles={
        "client_smoothness": Role.CLIENT_SMOOTHNESS,
        "strong_convexity": Role.CLIENT_CONVEXITY,
        "initial": Role.DISTANCE,
        "batch_noise": Role.MEAN_BATCH_NOISE,
        "heterogeneity": Role.HETEROGENEITY,
        "second_moment": Role.SECOND_MOMENT,
        "participation_variance": Role.PARTICIPATION,
    },
    held=frozenset({"batch_noise", "second_moment", "participation_variance"}),
)
_LOCAL = Requirements(
    subject=Subject.LOCAL,
    left=_DISTANCE,
    smooth=Smooth.CLIENTS,
    roles={
        "client_smoothness": Role.CLIENT_SMOOTHNESS,
        "strong_convexity": Role.CLIENT_CONVEXITY,
        "squared_distance": Role.DISTANCE,
        "batch_noise": Role.MEAN_BATCH_NOISE,
        "heterogeneity": Role.HETEROGENEITY,
        "second_moment": Role.SECOND_MOMENT,
    },
)
_PATH = replace(
    _LOCAL,
    left=Left(quantity=Quantity.SPREAD, unit="x²"),
    roles={"client_smoothness": Role.CLIENT_SMOOTHNESS, "squared_gradient": Role.SQUARED_GRADIENT},
)
_APART = replace(_LOCAL, left=Left(quantity=Quantity.SPREAD, unit="x²"))
_ROUNDS = Requirements(
    subject=Subject.SERVER,
    left=_GRADIENT,
    smooth=Smooth.CLIENTS,
    sampling=Sampling.UNBIASED,
    fixed=Fixed.BATCH,
    index=Index.ROUND,
    roles={
        "client_smoothness": Role.CLIENT_SMOOTHNESS,
        "value": Role.EXCESS,
        "squared_gradient": Role.SQUARED_GRADIENT,
        "batch_noise": Role.STEP_BATCH_NOISE,
    },
    held=frozenset(
        {
            *("batch_noise", "probability", "memory_root", "memory_noise"),
            *("weight_variance", "window_bias", "round_bias"),
        }
    ),
)
#: Rounds of local steps, without convexity: the draw is independent of the steps. What the draw
#: adds to them no fleet tells, neither once nor in every round: no number of a fleet joins.
_FEDAVG = replace(
    _ROUNDS,
    subject=Subject.METHOD,
    fixed=Fixed.UPDATES,
    roles={**_ROUNDS.roles, "batch_noise": Role.MEAN_BATCH_NOISE},
    held=frozenset({"dissimilarity", "local_noise", "batch_noise", "variance", "weight_variance"}),
)
#: Rounds of one method by name, whose memory or bias no sampling method of a fleet has.
_METHOD = replace(_ROUNDS, subject=Subject.METHOD, sampling=Sampling.ANY)
_METHOD_ROUND = replace(_METHOD, index=Index.NONE, held=frozenset())
_CHOSEN = replace(
    _METHOD_ROUND,
    left=_DISTANCE,
    roles={
        "client_smoothness": Role.CLIENT_SMOOTHNESS,
        "strong_convexity": Role.CLIENT_CONVEXITY,
        "squared_distance": Role.DISTANCE,
        "initial": Role.DISTANCE,
        "heterogeneity": Role.HETEROGENEITY,
    },
)
#: A run that was made: its errors are measured on it, and no fleet tells them before.
_MADE = Requirements(
    subject=Subject.METHOD,
    left=_GRADIENT,
    index=Index.ROUND,
    roles={"value": Role.EXCESS, "squared_gradient": Role.SQUARED_GRADIENT},
    held=frozenset({"step_smoothness", "squared_error"}),
)
_MADE_STEP = replace(_MADE, left=_VALUE, index=Index.NONE, held=frozenset())
_MADE_SUM = replace(_MADE, left=Left(quantity=Quantity.POTENTIAL, unit="F"))
_FEDAVG_SUM = replace(_FEDAVG, left=Left(quantity=Quantity.POTENTIAL, unit="F"))
_METHOD_SUM = replace(_METHOD, left=Left(quantity=Quantity.POTENTIAL, unit="F"))
_DRAW = Requirements(subject=Subject.DRAW, left=_VARIANCE, sampling=Sampling.UNBIASED)
_DRAWS = replace(_DRAW, subject=Subject.DRAWS, sampling=Sampling.INDEPENDENT, fixed=Fixed.UPDATES)
_DEPENDENT_DRAWS = replace(_DRAW, subject=Subject.DRAWS)
_WEIGHTS = replace(_DRAWS, left=Left(quantity=Quantity.WEIGHT, unit="1"))
_ALLOCATION = Requirements(subject=Subject.ALLOCATION, left=Left(quantity=Quantity.COST))
_BATCH = Requirements(
    subject=Subject.BATCH, left=_NOISE, roles={"variance": Role.SAMPLE_NOISE}, index=Index.SAMPLE
)
_WORKERS = Requirements(
    subject=Subject.WORKERS,
    left=_GRADIENT,
    smooth=Smooth.WORKERS,
    roles={
        "smoothness": Role.WORKER_SMOOTHNESS,
        "variance": Role.WORKER_NOISE,
        "value": Role.EXCESS,
        "squared_gradient": Role.SQUARED_GRADIENT,
    },
    index=Index.ROUND,
    held=frozenset({"variance", "dissimilarity", "contraction", "mean_drift"}),
)
_WORKER_STEP = replace(_WORKERS, index=Index.NONE, held=frozenset())
_SPREAD = replace(_WORKER_STEP, left=Left(quantity=Quantity.SPREAD, unit="x²"))
_POTENTIAL = replace(_WORKERS, left=Left(quantity=Quantity.POTENTIAL, unit="F"))
_LINKS = Requirements(subject=Subject.WORKERS, left=Left(quantity=Quantity.SPREAD))
_INEQUALITY = Requirements(
    subject=Subject.INEQUALITY, left=Left(quantity=Quantity.INEQUALITY), smooth=Smooth.MEAN
)

_MOMENTS = Requirements(subject=Subject.INEQUALITY, left=Left(quantity=Quantity.SECOND_MOMENT))
_RECURSION = replace(_INEQUALITY, left=_DISTANCE, smooth=Smooth.NONE, index=Index.ROUND)

REQUIREMENTS: Mapping[str, Requirements] = MappingProxyType(
    {
        "unbiased": replace(_DRAW, left=_MEAN),
        "variance": _DRAW,
        "covariance": _DRAW,
        "additive_mean": replace(_DRAWS, left=_MEAN),
        "additive_variance": _DRAWS,
        "participation_variance": _WEIGHTS,
        "repeated_draws": _WEIGHTS,
        "floored_variance": _DRAW,
        "sampled_average": _DRAWS,
        "joint_covariance": _DRAW,
        "joint_variance": _DEPENDENT_DRAWS,
        "pair_difference": _DRAW,
        "yates_grundy": _DEPENDENT_DRAWS,
        "stale_update": _DRAW,
        "stale_clients": _DRAWS,
        "stale_unbiased": replace(_DRAW, left=_MEAN),
        "stale_best": _DRAW,
        "stale_saving": _DRAW,
        "stale_helps": _DRAW,
        "stale_refresh_bias": replace(_DRAW, left=_MEAN, sampling=Sampling.ANY),
        "stale_at_most": _DRAW,
        "water_filling_free": _ALLOCATION,
        "water_filling_capped": _ALLOCATION,
        "water_filling_priced": _ALLOCATION,
        "water_filling": _ALLOCATION,
        "uniform_cost": _ALLOCATION,
        "saving_at_most": _ALLOCATION,
        "greatest_gain": replace(_ALLOCATION, left=Left(quantity=Quantity.WEIGHT, unit="1")),
        "cocoercivity": _INEQUALITY,
        "bounded_gradient": replace(_INEQUALITY, left=_GRADIENT),
        "centred": _MOMENTS,
        "mean_over_clients": _MOMENTS,
        "cauchy_schwarz": replace(_MOMENTS, left=_MEAN),
        "mixing": _LINKS,
        "one_over_t": _RECURSION,
        "mean_of_updates": replace(_MOMENTS, index=Index.UPDATE),
        "halved_steps": replace(
            _INEQUALITY,
            left=Left(quantity=Quantity.STEP_SIZE, unit="x²/F"),
            smooth=Smooth.NONE,
            index=Index.LOCAL_STEP,
        ),
        "one_step": _STEP,
        "best_steps": _STEP,
        "constant_step": _STEPS,
        "decreasing_steps": _STEPS,
        "convex_step": _STEP,
        "nonconvex_descent": replace(_STEP, left=_VALUE),
        "gradient_dominated": replace(_STEP, left=_EXCESS),
        "gradient_gap": replace(_INEQUALITY, smooth=Smooth.CLIENTS),
        "expected_smoothness": replace(_INEQUALITY, left=_NOISE, smooth=Smooth.CLIENTS),
        "growing_step": _GROWING,
        "steep_step": _GROWING,
        "growing_constant_step": _RECURSION,
        "growing_best_steps": replace(_RECURSION, index=Index.NONE),
        "growing_decreasing_steps": _RECURSION,
        "quadratic_step": replace(_INEQUALITY, left=_DISTANCE),
        "lower_rounds": replace(_INEQUALITY, left=_DISTANCE, index=Index.ROUND),
        "nonconvex_rate_sum": replace(
            _INEQUALITY, left=Left(quantity=Quantity.POTENTIAL, unit="F"), index=Index.ROUND
        ),
        "nonconvex_rate": replace(_STEPS, left=_GRADIENT),
        "path_step": _MADE_STEP,
        "path_rate_sum": _MADE_SUM,
        "path_rate": _MADE,
        "lower_value": replace(_INEQUALITY, left=_EXCESS, index=Index.ROUND),
        "lower_gradient": replace(
            _INEQUALITY,
            left=Left(quantity=Quantity.GRADIENT_SUM, unit="F²/x²"),
            index=Index.ROUND,
        ),
        "partial_participation": _PARTICIPATION,
        "participation_floor": replace(
            _PARTICIPATION, index=Index.ROUND, held=frozenset({"covariance", "batch_noise"})
        ),
        "participation_rate": replace(
            _PARTICIPATION, index=Index.ROUND, held=frozenset({"covariance", "batch_noise"})
        ),
        "skewed_step": _CHOSEN,
        "selection_bias": replace(
            _CHOSEN, index=Index.ROUND, held=frozenset({"least_skew", "skew"})
        ),
        "drift_since_averaging": _APART,
        "local_drift": _APART,
        "local_step": _LOCAL,
        "local_steps": _LOCAL_STEPS,
        "local_steps_value": replace(_LOCAL_STEPS, left=_EXCESS),
        "squared_sum": replace(_MOMENTS, index=Index.UPDATE),
        "local_path": replace(_PATH, index=Index.LOCAL_STEP),
        "exact_path": replace(_PATH, index=Index.LOCAL_STEP),
        "local_deviation": _PATH,
        "fedavg_round": replace(_FEDAVG, left=_VALUE, index=Index.NONE, held=frozenset()),
        "fedavg_sum": _FEDAVG_SUM,
        "fedavg": _FEDAVG,
        "fedavg_weights_round": replace(_FEDAVG, left=_VALUE, index=Index.NONE, held=frozenset()),
        "fedavg_weights_sum": _FEDAVG_SUM,
        "fedavg_weights": _FEDAVG,
        "fair_draw": replace(_WEIGHTS, fixed=Fixed.UPDATES),
        "fair_rounds": replace(
            _FEDAVG,
            held=frozenset(
                {"dissimilarity", "local_noise", "batch_noise", "loss_ratio", "idle_odds"}
            ),
        ),
        "window_deviation": replace(_METHOD_ROUND, left=Left(quantity=Quantity.SPREAD, unit="x²")),
        "window_descent": replace(_METHOD_ROUND, left=_VALUE),
        "windows_sum": replace(_METHOD_SUM, index=Index.WINDOW),
        "windows": replace(_METHOD, index=Index.WINDOW),
        "memory_round": replace(
            _METHOD_ROUND, left=Left(quantity=Quantity.SECOND_MOMENT, unit="F²/x²"), roles={}
        ),
        "latest_round": replace(_METHOD_ROUND, left=_VALUE),
        "latest_updates_sum": _METHOD_SUM,
        "latest_updates": _METHOD,
        "stale_updates_sum": replace(_METHOD_SUM, sampling=Sampling.UNBIASED),
        "stale_updates": replace(_METHOD, sampling=Sampling.UNBIASED),
        "corrected_deviation": replace(
            _METHOD_ROUND, left=Left(quantity=Quantity.SPREAD, unit="x²")
        ),
        "corrected_draw": replace(_METHOD_ROUND, left=_NOISE),
        "scaffold_round": replace(_METHOD_ROUND, left=_VALUE, sampling=Sampling.UNBIASED),
        "scaffold_sum": replace(_METHOD_SUM, sampling=Sampling.UNBIASED),
        "scaffold": replace(_METHOD, sampling=Sampling.UNBIASED),
        "batch_sum": _BATCH,
        "pooled_batch": _BATCH,
        "inverse_tangent": replace(_BATCH, left=Left(quantity=Quantity.WEIGHT, unit="1"), roles={}),
        "varying_batch": replace(_BATCH, left=Left(quantity=Quantity.WEIGHT, unit="1"), roles={}),
        "expected_batch": replace(_BATCH, left=_MEAN, roles={}),
        "expected_batch_variance": _BATCH,
        "planned_batch": replace(_BATCH, left=_MEAN, roles={}),
        "pooled_bias": replace(_BATCH, left=_MEAN, roles={}),
        "mean_descent": replace(_WORKER_STEP, left=_VALUE),
        "consensus": _SPREAD,
        "consensus_mix_first": _SPREAD,
        "consensus_potential": _POTENTIAL,
        "consensus_mix_first_potential": _POTENTIAL,
        "decentralised": _WORKERS,
        "decentralised_mix_first": _WORKERS,
        "decentralised_published": _WORKERS,
        "column_drift": _LINKS,
        "leader_spread": _SPREAD,
        "leader_descent": replace(_WORKER_STEP, left=_VALUE),
        "leaders_sum": _POTENTIAL,
        "leaders": _WORKERS,
        "leader_weights": replace(_LINKS, left=Left(quantity=Quantity.WEIGHT, unit="1")),
    }
)


def requirements_of(name: str, parameters: Collection[str]) -> Requirements:
    """The requirements of the theorem ``name``, for its ``parameters`` alone.

    Raises:
        AssumptionError: none are recorded.
    """
    if name not in REQUIREMENTS:
        raise AssumptionError(f"theorem {name} has no recorded requirements: no number joins it")
    found = REQUIREMENTS[name]
    return replace(
        found,
        roles={key: role for key, role in found.roles.items() if key in parameters},
        held=found.held & frozenset(parameters),
    )
