"""Planted faults, each with the rounds within which an audit must refuse it, stated beforehand.

    python examples/planted_faults.py [--audits 2000]

prints the table of faults and then how often right samplers are refused. The stated rounds come
from the size of the fault and the library's own power functions, for the check that is to see it,
at a false-alarm rate of 1e-9 and a miss rate of 1e-3; the sampler is not looked at.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from roundlot.simulate.stale_updates import stale
from roundlot.simulate.updates import Updates
from roundlot.theory import InvalidProblemError
from roundlot.verify import (
    audit,
    clopper_pearson,
    predict_squared_error,
    rounds_needed,
    rounds_needed_sequential,
    rounds_needed_zero_mean,
)

RATE, MISS = 1e-9, 1e-3
SHARE = RATE / 2.0  # of one check; the other half is for rounds that are all the same
P = np.array([0.15, 0.25, 0.3, 0.4, 0.5, 0.6])
W = np.array([0.1, 0.2, 0.15, 0.15, 0.2, 0.2])


@dataclass(frozen=True, kw_only=True, eq=False)
class Fault:
    """A wrong sampler, the right one, and what an audit is asked of both."""

    name: str
    check: str
    stated: int
    wrong: Callable[..., Any]
    right: Callable[..., Any]
    claims: dict[str, Any]
    right_claims: dict[str, Any] | None = None

    def refused(self, seed: int = 0) -> Any:
        """The audit of the wrong sampler: it has the stated rounds and no more."""
        options = {"rounds": self.stated, "false_alarm": RATE, "miss": MISS, "seed": seed}
        return audit(self.wrong, checks=(self.check,), **self.claims, **options)

    def granted(self, seed: int = 0) -> Any:
        """The audit of the right one, with the rounds that a support takes."""
        claims = self.claims if self.right_claims is None else self.right_claims
        options = {"false_alarm": RATE, "miss": MISS, "seed": seed}
        return audit(self.right, checks=(self.check,), **claims, **options)


def drawing(p: np.ndarray, factor: np.ndarray | None = None) -> Callable[..., Any]:
    """Independent draws, with aggregation weights if given."""

    def draw(rng: np.random.Generator) -> Any:
        drawn = np.flatnonzero(rng.random(p.size) < p)
        return drawn if factor is None else (drawn, factor[drawn])

    return draw


def probability_off() -> Fault:
    """One client is drawn 5 % more often than claimed."""
    wrong = P * np.where(np.arange(6) == 3, 1.05, 1.0)
    return Fault(
        name="a probability off by 5 %",
        check="inclusion",
        stated=rounds_needed_sequential(0.05, P, false_alarm=SHARE, miss=MISS),
        wrong=drawing(wrong),
        right=drawing(P),
        claims={"claimed": P, "discrepancy": 0.05},
    )


def weights_fault(name: str, p: np.ndarray, w: np.ndarray, factor: np.ndarray) -> Fault:
    """Wrong aggregation weights; the client whose mean falls furthest short gives the rounds.

    By what is claimed no weight is above ``w/p`` (the check allows 1 % for rounding).
    """
    bias = p * factor - w
    scale, most = np.maximum(w, w.mean()), 1.01 * w / p
    worst = int(np.argmax(np.where(factor <= most, -bias / scale, 0.0)))
    shift = float(-bias[worst])
    means = np.clip([w[worst], w[worst] + shift, w[worst] - shift], 0.0, most[worst])
    variance = float((means * (most[worst] - means)).max())
    rates = {"false_alarm": SHARE / (2 * w.size), "miss": MISS}
    return Fault(
        name=name,
        check="weights",
        stated=int(rounds_needed_zero_mean(shift, variance, **rates)),
        wrong=drawing(p, factor),
        right=drawing(p, w / p),
        claims={"claimed": p, "weights": w, "discrepancy": float(shift / scale[worst])},
    )


def saturation_off() -> Fault:
    """Optimal client sampling that lets one client too many share: a probability above 1."""
    norms, w = np.array([1.0, 1.0, 1.0, 10.0]), np.full(4, 0.25)
    wrong, right = (off_by_one(norms, 2, wrong=bad) for bad in (True, False))
    try:
        audit(drawing(right), claimed=wrong)
    except InvalidProblemError as refusal:
        name = f"saturation index one too far (refused by name: {str(refusal).split(';')[0]})"
    fault = weights_fault(name, np.minimum(wrong, 1.0), w, w / wrong)
    fixed = {**fault.claims, "claimed": right}
    return Fault(**{**vars(fault), "right": drawing(right, w / right), "right_claims": fixed})


def off_by_one(norms: np.ndarray, drawn: int, *, wrong: bool) -> np.ndarray:
    """Probabilities of optimal client sampling, with the saturation index one too far if wrong."""
    order = np.argsort(norms)
    total = np.cumsum(norms[order])
    n = norms.size
    free = max(k for k in range(1, n + 1) if drawn + k - n <= total[k - 1] / norms[order][k - 1])
    share = (drawn + free - n) * norms / total[free - 1]
    saturated = np.ones(n, dtype=bool)
    saturated[order[: free + wrong]] = False
    return np.where(saturated, 1.0, share)


class StaleServer:
    """Steps with stale updates whose optimal β is 1; β = 0.3 is left over from earlier rounds.

    ``when="before"`` refreshes the β of those who are drawn and uses it in the same round, which
    biases the step; ``when="after"`` keeps it for the next round only: unbiased, but not the
    variance of the optimal β; ``when="all"`` is right.
    """

    def __init__(self, when: str) -> None:
        rng = np.random.default_rng(4)
        memory = rng.normal(size=(6, 12)) + 0.5
        noise = 0.5 * rng.normal(size=(6, 12))
        noise -= memory * ((noise * memory).sum(axis=1) / (memory**2).sum(axis=1))[:, None]
        self.when, self.h, self.fresh = when, memory, memory + noise
        updates = Updates(directions=[self.fresh], client=np.arange(6), weights=W[:, None])
        self.best = stale(updates, [self.h], beta="optimal")
        self.beta = self.outdated = np.full(6, 0.3)

    @property
    def residual(self) -> np.ndarray:
        """``(6, 12)``, weighted: what the optimal β leaves to be sampled."""
        return W[:, None] * self.best.residual.directions[0]

    def step(self, rng: np.random.Generator) -> np.ndarray:
        """One round's step, less what the optimal β remembers: its mean is the residual's sum."""
        drawn = rng.random(6) < P
        optimal = self.best.beta[:, 0]
        refreshed = np.where(drawn, optimal, self.outdated)
        beta = {"before": refreshed, "after": self.beta, "all": optimal}[self.when]
        self.beta = refreshed
        kept = beta[:, None] * self.h
        base = W @ kept - self.best.remembered[0]
        return base + (drawn * W / P) @ (self.fresh - kept)


def stale_before() -> Fault:
    """β refreshed for active clients only, and used at once: the step is biased."""
    server = StaleServer("before")
    full = server.residual.sum(axis=0)
    # What it adds to be drawn: the refreshed part of the memory, and the corrected update.
    gap = (1.0 - 0.3) * W[:, None] * server.h
    added = gap + server.residual / P[:, None]
    mean = (P - 1.0) @ gap
    bias = float(abs(mean @ full) / np.linalg.norm(full))
    bound = float((P * (1.0 - P)) @ (added**2).sum(axis=1))
    size = float(bias / np.linalg.norm(full))
    rounds = rounds_needed_zero_mean(bias, (1.0 + size) * bound, false_alarm=SHARE / 2.0, miss=MISS)
    return Fault(
        name="β refreshed for active clients only, used at once",
        check="aggregate",
        stated=int(rounds),
        wrong=server.step,
        right=StaleServer("all").step,
        claims={"updates": server.residual, "discrepancy": size, "variance_bound": bound},
    )


def stale_after() -> Fault:
    """β refreshed for active clients only, for the next round: the variance is not the claimed."""
    server = StaleServer("after")
    odds = W**2 * (1.0 / P - 1.0)
    best = odds * (server.best.residual.directions[0] ** 2).sum(axis=1)
    old = odds * ((server.fresh - 0.3 * server.h) ** 2).sum(axis=1)
    excess = float((P * best + (1.0 - P) * old).sum() / best.sum() - 1.0)
    ratio = predict_squared_error([server.residual], P[:, None]).second_moment_ratio
    return Fault(
        name="β refreshed for active clients only, used in the next round",
        check="variance",
        stated=int(rounds_needed(excess, ratio, false_alarm=SHARE, miss=MISS)),
        wrong=server.step,
        right=StaleServer("all").step,
        claims={
            "updates": server.residual,
            "claimed": P,
            "discrepancy": excess,
            "design": "independent",
        },
    )


def faults() -> Iterator[Fault]:
    """All of them."""
    yield probability_off()
    yield weights_fault("weights of the wrong client", P, W, np.roll(W / P, 1))
    yield weights_fault("a lost 1/p", P, W, W)
    yield stale_before()
    yield stale_after()
    yield saturation_off()


def false_alarms(audits: int, rate: float) -> tuple[int, float]:
    """Right samplers refused, all checks at once, and the upper end of a 99.9 % interval."""
    alarms = 0
    for seed in range(audits):
        claims = {"claimed": P, "weights": W, "budget": 2.2, "design": "independent"}
        claims["false_alarm"] = rate
        alarms += bool(audit(drawing(P, W / P), rounds=1000, seed=seed, **claims).refuted)
    return alarms, float(clopper_pearson([alarms], audits, miss=1e-3)[0, 1])


def main() -> None:
    """Print the table, then the false alarms."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--audits", type=int, default=0)
    options, _ = parser.parse_known_args()
    print("| fault | check | stated rounds | refused after | the right one |")
    print("|---|---|---|---|---|")
    for fault in faults():
        wrong, right = fault.refused(), fault.granted()
        rounds = wrong.facts.rounds if wrong.refuted else math.inf
        print(
            f"| {fault.name} | `{fault.check}` | {fault.stated:,} | {rounds:,} | {right.outcome} |"
        )
    if options.audits:
        alarms, most = false_alarms(options.audits, 0.01)
        print(f"{alarms} of {options.audits} right samplers refused at 0.01: at most {most:.2g}")


if __name__ == "__main__":
    main()
