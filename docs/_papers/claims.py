"""The claims of docs/papers.md, and the paired differences that decide them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from roundlot.simulate.training import Bench

OVER_ROUNDS = "worst accuracy, mean over rounds"


class Claim(NamedTuple):
    """``method`` does better than ``other`` in ``measure``; what was published, if anything."""

    words: str
    published: str
    method: str
    other: str
    measure: str = "accuracy"
    margin: float = 0.0  # where the two are to be equal: within it


def above_cheap(words: str, method: str, *, without: str = "") -> tuple[Claim, ...]:
    """Above each baseline that needs no losses and no training by those who are not drawn."""
    cheap = {"data-size": "data size", "fedavg": "FedAvg", "round-robin": "round-robin"}
    return tuple(
        Claim(f"{words} above {told}", "", method, other)
        for other, told in cheap.items()
        if other != without
    )


def worst_model(
    words: str, published: str, method: str, other: str, *, over_rounds: bool = False
) -> Claim:
    """Of the worst model at the end, or on average over rounds."""
    what, measure = (
        ("", "worst_accuracy") if not over_rounds else ("mean over rounds, ", OVER_ROUNDS)
    )
    return Claim(f"worst model, {what}{words}", published, method, other, measure)


FRESH = (
    Claim("GVR above random", "yes", "gvr", "random"),
    Claim("LVR above random", "yes", "lvr", "random"),
    Claim("data size above random", "", "data-size", "random"),
    *above_cheap("GVR", "gvr"),
)
STALE = (
    Claim("StaleVRE above random", "yes", "stale-vre", "random"),
    Claim("StaleVRE above LVR (stale against fresh)", "yes", "stale-vre", "lvr"),
)

DEVICES = (
    Claim("the best above random", "up to 19.1 %", "stale-vr", "random"),
    Claim("LVR above random", "yes", "lvr", "random"),
    Claim("GVR above random", "yes", "gvr", "random"),
    Claim("StaleVR above GVR (stale against fresh)", "yes", "stale-vr", "gvr"),
    *above_cheap("GVR", "gvr"),
    *above_cheap("StaleVR", "stale-vr"),
    Claim("LVR above data size", "", "lvr", "data-size"),
    Claim("StaleVRE above LVR (stale against fresh)", "yes", "stale-vre", "lvr"),
    Claim("StaleVRE with the last fit above StaleVRE", "", "stale-vre-fitted", "stale-vre"),
    Claim("StaleVR above FedVARP", "yes", "stale-vr", "fedvarp"),
    Claim("StaleVR above MIFA", "yes", "stale-vr", "mifa"),
    Claim("StaleVR above SCAFFOLD", "yes", "stale-vr", "scaffold"),
    Claim("full above StaleVR", "by 5.4 %", "full", "stale-vr"),
)

CLAIMS: Mapping[str, tuple[Claim, ...]] = {
    "poster": (
        Claim("GVR above random", "0.535 against 0.385", "gvr", "random"),
        Claim("GVR above round-robin", "0.535 against 0.41", "gvr", "round-robin"),
        Claim("round-robin above random", "0.41 against 0.385", "round-robin", "random"),
        *above_cheap("GVR", "gvr", without="round-robin"),
    ),
    "devices": DEVICES,
    "fair": (
        worst_model("α = 3 draw above uniform draw", "yes", "alpha-fair draw", "uniform draw"),
        worst_model("α = 3 budgets above equal budgets", "", "alpha-fair budgets", "equal budgets"),
        worst_model("α = 3 budgets above uniform draw", "", "alpha-fair budgets", "uniform draw"),
        worst_model("past shares above uniform draw", "", "past shares", "uniform draw"),
        worst_model(
            "α = 3 draw, averaged, above round-robin", "yes", "alpha-fair mean", "round-robin"
        ),
        worst_model("α = 3 draw above round-robin", "", "alpha-fair draw", "round-robin"),
        worst_model("α = 3 draw above data size", "", "alpha-fair draw", "data-size"),
        worst_model("α = 3 draw above FedAvg", "", "alpha-fair draw", "fedavg"),
        worst_model("α = 3 draw above turns", "", "alpha-fair draw", "turns"),
        worst_model(
            "α = 3 draw by error rate above by loss", "", "alpha-fair draw", "alpha-fair by loss"
        ),
        worst_model(
            "α = 3 draw above uniform draw",
            "faster",
            "alpha-fair draw",
            "uniform draw",
            over_rounds=True,
        ),
        worst_model(
            "α = 3 budgets above equal budgets",
            "",
            "alpha-fair budgets",
            "equal budgets",
            over_rounds=True,
        ),
        Claim(
            "mean over models, α = 3 draw as uniform draw, within 0.02",
            "equal",
            "alpha-fair draw",
            "uniform draw",
            margin=0.02,
        ),
    ),
    "groups": (
        Claim("group sampling above random", "up to 15 %", "group-sampling", "random"),
        Claim("group sampling above round-robin", "yes", "group-sampling", "round-robin"),
        *above_cheap("group sampling", "group-sampling", without="round-robin"),
        *above_cheap("GVR", "gvr"),
        Claim("groups by loss above random groups", "", "group-sampling", "random groups"),
        Claim("unbiased above the plain mean", "", "unbiased groups", "group-sampling"),
    ),
    "digits": (
        Claim("GVR above random", "", "gvr", "random"),
        Claim("LVR above random", "", "lvr", "random"),
        Claim("GVR above LVR", "", "gvr", "lvr"),
        Claim("StaleVR above GVR (stale against fresh)", "", "stale-vr", "gvr"),
        Claim("StaleVRE above LVR (stale against fresh)", "", "stale-vre", "lvr"),
        Claim("StaleVRE with the last fit above LVR", "", "stale-vre-fitted", "lvr"),
        Claim("StaleVRE with the last fit above StaleVRE", "", "stale-vre-fitted", "stale-vre"),
        Claim("StaleVR above StaleVRE", "", "stale-vr", "stale-vre"),
        Claim("full above StaleVR", "", "full", "stale-vr"),
        Claim("FedVARP (β = 1) above random", "", "fedvarp", "random"),
        Claim("FedStale (β = ½) above random", "", "fedstale", "random"),
        Claim("MIFA above random", "", "mifa", "random"),
        Claim("FedAvg, biased, above random", "", "fedavg", "random"),
        Claim("data size above random", "", "data-size", "random"),
        *above_cheap("GVR", "gvr"),
        *above_cheap("StaleVR", "stale-vr"),
    ),
    # Those of devices without StaleVR, which is not among its runs.
    "mnist-perceptron": (
        *FRESH,
        Claim("LVR above data size", "", "lvr", "data-size"),
        Claim("StaleVRE above LVR (stale against fresh)", "yes", "stale-vre", "lvr"),
        Claim("StaleVRE with the last fit above StaleVRE", "", "stale-vre-fitted", "stale-vre"),
    ),
    "mnist": (*FRESH, *STALE),
}


def values(bench: Bench, method: str, measure: str) -> npt.NDArray[np.float64]:
    """``(seeds,)``, a measure at the end, or the worst model's accuracy all along."""
    if measure != OVER_ROUNDS:
        return bench.values(method, measure)
    return np.array([run.worst_accuracy[1:].mean() for run in bench.histories[method]])
