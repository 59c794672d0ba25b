"""Every number that theorems take, by its name: what it is, and its unit.

One name is one kind of number. Where a theorem gives a name to vectors of the caller's own unit,
its parameter says so (``Parameter.unit``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from roundlot.theory.proofs.units import WORDS


@dataclass(frozen=True, kw_only=True)
class NamedNumber:
    """What a name means in any theorem; ``counts`` says of what, where it is a count."""

    unit: str
    meaning: str
    counts: str = ""

    @property
    def words(self) -> str:
        """The unit in words; of a count, what is counted."""
        return self.counts or WORDS[self.unit]


NAMED_NUMBERS: Mapping[str, NamedNumber] = MappingProxyType(
    {
        "smoothness": NamedNumber(
            unit="F/x²", meaning="how fast the gradient of F changes at most, L"
        ),
        "client_smoothness": NamedNumber(
            unit="F/x²", meaning="the largest smoothness of the clients' f_i"
        ),
        "strong_convexity": NamedNumber(
            unit="F/x²", meaning="how fast the gradient changes at least, μ"
        ),
        "step": NamedNumber(
            unit="x²/F", meaning="length of a step, per unit of the gradient: yours to choose"
        ),
        "local_step": NamedNumber(unit="x²/F", meaning="length of a local step: yours to choose"),
        "scale": NamedNumber(unit="x²/F", meaning="of steps scale/(t + offset): yours to choose"),
        "variance": NamedNumber(unit="F²/x²", meaning="variance of a step, or of one gradient"),
        "squared_gradient": NamedNumber(unit="F²/x²", meaning="squared norm of the gradient of F"),
        "dissimilarity": NamedNumber(
            unit="F²/x²", meaning="how unlike the clients' gradients are: mean ‖∇f_i − ∇F‖² at most"
        ),
        "batch_noise": NamedNumber(
            unit="F²/x²", meaning="what mini-batches add to the variance of a step"
        ),
        "local_noise": NamedNumber(
            unit="F²/x²", meaning="variance of one local gradient, mean over clients"
        ),
        "noise": NamedNumber(
            unit="F²/x²", meaning="variance of a step that is left at the optimum"
        ),
        "memory_noise": NamedNumber(unit="F²/x²", meaning="batch noise of the gradients in memory"),
        "staleness": NamedNumber(
            unit="F²/x²",
            meaning="how far remembered gradients are from today's: Σ d_i ‖h_i − ∇f_i‖²",
        ),
        "round_bias": NamedNumber(
            unit="F²/x²", meaning="squared bias of one round, mean over a window"
        ),
        "window_bias": NamedNumber(unit="F²/x²", meaning="squared bias of the mean over a window"),
        "squared_step": NamedNumber(unit="F²/x²", meaning="squared norm of a step, as a gradient"),
        "gradient_squares": NamedNumber(unit="F²/x²", meaning="sum of squared norms of gradients"),
        "second_moment": NamedNumber(
            unit="F²/x²", meaning="bound on the mean squared norm of a gradient, G²"
        ),
        "squared_distance": NamedNumber(unit="x²", meaning="squared distance to the optimum"),
        "initial": NamedNumber(
            unit="x²",
            meaning="squared distance to the optimum at the start; or give initial_distance",
        ),
        "highest": NamedNumber(unit="x²", meaning="upper end of the squared distances"),
        "spread": NamedNumber(
            unit="x²", meaning="how far workers are apart: mean, or sum, of ‖x_i − x̄‖²"
        ),
        "drift": NamedNumber(unit="x²", meaning="how far clients are apart: Σ d_k ‖w_k − w̄‖²"),
        "constant": NamedNumber(unit="x²", meaning="of a bound constant/(t + offset)"),
        "value": NamedNumber(unit="F", meaning="F(x) above the optimum, or above a lower bound"),
        "heterogeneity": NamedNumber(
            unit="F", meaning="F* less the mean of the clients' own least values, Γ"
        ),
        "divergence": NamedNumber(unit="F", meaning="of F between a point and the optimum"),
        "covariance": NamedNumber(unit="F", meaning="bound on √(Var H · Var R)"),
        "surrogate_variance": NamedNumber(unit="F²", meaning="variance of the sampled excess R"),
        "expected_smoothness": NamedNumber(
            unit="F/x²", meaning="growth of a step's variance with F(x) − F*"
        ),
        "slope": NamedNumber(unit="F/x²", meaning="the largest c_i L_i / d_i"),
        "contraction": NamedNumber(
            unit="1", meaning="r >= √ρ, ρ = ‖E WᵀW − J‖; or rho, spectral_gap"
        ),
        "column_drift": NamedNumber(
            unit="1", meaning="squared distance of the column means of P from 1/n"
        ),
        "mean_drift": NamedNumber(unit="1", meaning="workers times column drift, in every round"),
        "leader_weight": NamedNumber(unit="1", meaning="weight of the nearest leader"),
        "other_leader_weight": NamedNumber(unit="1", meaning="weight of the other leader"),
        "leader_drift": NamedNumber(unit="1", meaning="column drift of the nearest leader"),
        "other_leader_drift": NamedNumber(unit="1", meaning="column drift of the other leader"),
        "participation_variance": NamedNumber(unit="1", meaning="variance of the aggregate weight"),
        "weight_variance": NamedNumber(
            unit="1",
            meaning="κ of the draw's weights: for independent clients the greatest d_i (1/p_i − 1)",
        ),
        "memory_root": NamedNumber(unit="1", meaning="root of the largest d_i (1/p_i − 1)"),
        "probability": NamedNumber(unit="1", meaning="inclusion probability"),
        "other_probability": NamedNumber(unit="1", meaning="inclusion probability of the other"),
        "joint_probability": NamedNumber(unit="1", meaning="probability that both are drawn"),
        "largest_weight": NamedNumber(unit="1", meaning="the largest weight of a client"),
        "idle_odds": NamedNumber(unit="1", meaning="odds 1/q − 1 that a client is idle"),
        "other_models": NamedNumber(unit="1", meaning="models but one", counts="models"),
        "loss_ratio": NamedNumber(
            unit="1", meaning="bound on the ratio of two models' losses to the power α − 1"
        ),
        "step_smoothness": NamedNumber(
            unit="F/x²", meaning="smoothness of F between the models of one step"
        ),
        "squared_error": NamedNumber(
            unit="F²/x²", meaning="squared error of a step against the gradient of F"
        ),
        "floor": NamedNumber(unit="1", meaning="least probability"),
        "weight": NamedNumber(unit="1", meaning="aggregation weight"),
        "share": NamedNumber(unit="1", meaning="a share between 0 and 1, or θ > 0 of a split"),
        "load": NamedNumber(unit="1", meaning="weight of a client in the variance"),
        "common": NamedNumber(unit="1", meaning="weight of ‖∇F‖² in the variance"),
        "multiple": NamedNumber(unit="1", meaning="multiple of the remembered update"),
        "new_multiple": NamedNumber(
            unit="1", meaning="multiple of the remembered update, refreshed"
        ),
        "variation": NamedNumber(
            unit="1", meaning="squared coefficient of variation of the scores"
        ),
        "skew": NamedNumber(unit="1", meaning="how much those chosen exceed the mean, at most"),
        "least_skew": NamedNumber(
            unit="1", meaning="how much those chosen exceed the mean, at least"
        ),
        "next_odds": NamedNumber(unit="1", meaning="1/p − 1 of the next processor"),
        "cap": NamedNumber(unit="1", meaning="most draws of the processor"),
        "caps": NamedNumber(unit="1", meaning="draws of the processors that are at their caps"),
        "budget": NamedNumber(unit="1", meaning="draws of a round", counts="draws"),
        "clients": NamedNumber(unit="1", meaning="how many clients", counts="clients"),
        "workers": NamedNumber(unit="1", meaning="how many workers", counts="workers"),
        "updates": NamedNumber(unit="1", meaning="how many updates", counts="updates"),
        "samples": NamedNumber(unit="1", meaning="how many samples", counts="samples"),
        "planned": NamedNumber(unit="1", meaning="samples planned", counts="samples"),
        "expected_samples": NamedNumber(unit="1", meaning="samples expected", counts="samples"),
        "samples_variance": NamedNumber(
            unit="1", meaning="variance of the number of samples", counts="samples squared"
        ),
        "mean_inverse": NamedNumber(
            unit="1", meaning="mean of 1/N for N samples", counts="per sample"
        ),
        "touching": NamedNumber(unit="1", meaning="where the tangent is", counts="samples"),
        "round": NamedNumber(unit="1", meaning="which round: yours to choose", counts="rounds"),
        "rounds": NamedNumber(
            unit="1", meaning="how many rounds: yours to choose", counts="rounds"
        ),
        "since": NamedNumber(unit="1", meaning="the first round", counts="rounds"),
        "done": NamedNumber(unit="1", meaning="rounds, or steps, since then", counts="rounds"),
        "offset": NamedNumber(unit="1", meaning="of steps scale/(t + offset)", counts="rounds"),
        "local_steps": NamedNumber(
            unit="1", meaning="local steps of a round, K: yours to choose", counts="local steps"
        ),
        "window": NamedNumber(unit="1", meaning="rounds of a window", counts="rounds"),
        "windows": NamedNumber(unit="1", meaning="how many windows", counts="windows"),
        "inner_product": NamedNumber(unit="u²", meaning="inner product of two vectors"),
        "stale_inner_product": NamedNumber(
            unit="u²", meaning="inner product with the remembered update"
        ),
        "squared_norm": NamedNumber(unit="u²", meaning="squared norm of an update"),
        "other_squared_norm": NamedNumber(unit="u²", meaning="squared norm of the other update"),
        "stale_squared_norm": NamedNumber(
            unit="u²", meaning="squared norm of the remembered update"
        ),
        "root_moment": NamedNumber(unit="u", meaning="bound on √E‖x‖²"),
        "other_root_moment": NamedNumber(unit="u", meaning="bound on √E‖y‖²"),
        "drawn_squares": NamedNumber(unit="u²", meaning="sum of squared norms over probabilities"),
        "squares": NamedNumber(unit="u²", meaning="sum of squared norms"),
        "joint_products": NamedNumber(
            unit="u²", meaning="sum of inner products, weighted by joint probabilities"
        ),
        "pair_differences": NamedNumber(unit="u²", meaning="sum over pairs of squared differences"),
        "least_variance": NamedNumber(unit="u²", meaning="variance with the best multiples"),
        "excess": NamedNumber(unit="u²", meaning="variance that other multiples add"),
        "share_bias": NamedNumber(
            unit="u²", meaning="what unequal shares move the mean by, along a vector"
        ),
        "score": NamedNumber(unit="u", meaning="norm of an update times its weight"),
        "free_score": NamedNumber(unit="u", meaning="scores of those below their caps, summed"),
        "mean_score": NamedNumber(unit="u", meaning="mean score"),
        "least_score": NamedNumber(unit="u", meaning="least score"),
        "greatest_score": NamedNumber(unit="u", meaning="greatest score"),
        "price": NamedNumber(unit="u", meaning="the level r: a score over its probability"),
        "capped_cost": NamedNumber(unit="u²", meaning="Σ M²/c of those at their caps"),
        "least_cost": NamedNumber(unit="u²", meaning="Σ a²/p at the optimum"),
        "cost": NamedNumber(unit="u²", meaning="Σ a²/p of other probabilities"),
    }
)
UNITS: Mapping[str, str] = MappingProxyType({n: one.unit for n, one in NAMED_NUMBERS.items()})
