"""Samplers with one planted fault each, of a stated size."""

# ruff: noqa: E501 - a table with a row on each line

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.honest_samplers import HALF, TABLE, P, U, W, coins, fixed, groups, shared, step

Draw = Callable[..., Any]
HT = W / P
INDEPENDENT = {"claimed": P, "design": "independent"}
WEIGHTED = {"claimed": P, "weights": W}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault: its name and size, the claim that is to be refuted, and what makes the sampler."""

    name: str
    claim: str
    make: Callable[[], Draw]
    claims: dict[str, Any]
    rounds: int = 4000


def changed(values: np.ndarray, place: int, factor: float) -> np.ndarray:
    """One entry times a factor."""
    out = values.copy()
    out[place] *= factor
    return out


def every(count: int, draw: Draw, other: Draw) -> Draw:
    """Another draw once in so many rounds."""
    calls = itertools.count(1)
    return lambda rng: (other if next(calls) % count == 0 else draw)(rng)


def same_seed(workers: int) -> Draw:
    """Workers with one seed take rounds in turn."""
    calls = itertools.count()
    return lambda: coins(P, HT)(np.random.default_rng([1, next(calls) // workers]))


def looped(period: int) -> Draw:
    """A recording that starts again."""
    calls = itertools.count()
    return lambda: coins(P, HT)(np.random.default_rng([2, next(calls) % period]))


def sticky(share: float) -> Draw:
    """Each client does as in the round before with this chance."""
    state = [np.random.default_rng(3).random(6) < P]

    def draw(rng: np.random.Generator) -> np.ndarray:
        state[0] = np.where(rng.random(6) < share, state[0], rng.random(6) < P)
        return np.flatnonzero(state[0])

    return draw


def resting(rng_free: int) -> Draw:
    """Whoever was drawn rests for a round: four of twenty, drawn from the others."""
    last = [np.zeros(20, dtype=bool)]

    def draw(rng: np.random.Generator) -> np.ndarray:
        mask = np.zeros(20, dtype=bool)
        mask[rng.choice(np.flatnonzero(~last[0]), rng_free, replace=False)] = True
        last[0] = mask
        return mask

    return draw


def circle() -> Draw:
    """One client after the other."""
    turn = itertools.count()
    return lambda rng: [next(turn) % 6]


def normalised(rng: np.random.Generator) -> Any:
    """Weights divided by their sum."""
    drawn = np.flatnonzero(rng.random(6) < P)
    return drawn, W[drawn] / max(W[drawn].sum(), 1e-9)


def coupled(rng: np.random.Generator) -> np.ndarray:
    """Clients 2 and 4 look at one uniform number."""
    u = rng.random(6)
    u[4] = u[2]
    return u < P


def opposed(rng: np.random.Generator) -> np.ndarray:
    """Clients 2 and 4 look at a number and its complement."""
    u = rng.random(6)
    u[4] = 1.0 - u[2]
    return u < P


def crossed(rng: np.random.Generator) -> np.ndarray:
    """Pairs that come together, and pairs of which one comes: the count scatters as it must."""
    a, b = rng.random(2) < 0.5
    return np.array([a, a, b, not b, *(rng.random(2) < 0.5)])


def together(draw: Callable[[np.random.Generator], np.ndarray]) -> Draw:
    """A mask as indices and weights."""
    return lambda rng: (lambda i: (i, HT[i]))(np.flatnonzero(draw(rng)))


def stepped(factor: float, without: int | None = None) -> Draw:
    """The aggregate times a factor, one client left out."""
    kept = np.where(np.arange(6) == (-1 if without is None else without), 0.0, factor)

    def draw(rng: np.random.Generator) -> np.ndarray:
        drawn = np.flatnonzero(rng.random(6) < P)
        return (kept[drawn] / P[drawn]) @ U[drawn]

    return draw


def faults() -> list[Fault]:
    """All of them."""
    third = np.full(6, 1 / 3)
    steps = {"updates": U, "claimed": P}
    shuffled = np.array([1, 0, 2, 3, 4, 5])
    rows: list[tuple[str, str, Draw | Callable[[], Draw], dict[str, Any], int]] = [
        ("one probability +20 %", "inclusion", coins(changed(P, 3, 1.2)), {"claimed": P}, 4000),
        ("one probability −20 %", "inclusion", coins(changed(P, 3, 0.8)), {"claimed": P}, 4000),
        ("all probabilities +10 %", "inclusion", coins(1.1 * P), {"claimed": P}, 8000),
        ("two clients swapped", "inclusion", coins(P[shuffled]), {"claimed": P}, 4000),
        ("a client never drawn", "inclusion", coins(changed(P, 0, 0.0)), {"claimed": P}, 1000),
        ("indices off by one", "inclusion", coins(np.roll(P, 1)), {"claimed": P}, 2000),
        ("uniform instead of by size", "inclusion", coins(np.full(6, P.mean())), {"claimed": P}, 2000),
        ("two drawn instead of three", "inclusion", lambda rng: rng.choice(6, 2, replace=False), {"claimed": HALF}, 2000),
        ("a lost 1/p", "unbiased", coins(P, W), WEIGHTED, 2000),
        ("weights of the wrong client", "unbiased", coins(P, np.roll(HT, 1)), WEIGHTED, 4000),
        ("self-normalised weights", "unbiased", normalised, {"weights": W}, 4000),
        ("one weight +30 %", "unbiased", coins(P, changed(HT, 3, 1.3)), WEIGHTED, 4000),
        ("one weight −30 %", "unbiased", coins(P, changed(HT, 3, 0.7)), WEIGHTED, 4000),
        ("all weights +20 %", "unbiased", coins(P, 1.2 * HT), {"weights": W}, 4000),
        ("a lost client, bound stated", "unbiased", coins(changed(P, 0, 0.0), HT), {"weights": W, "rarest": 0.1}, 4000),
        ("weight on a client without data", "unbiased", coins(P, HT), {"weights": changed(W, 2, 0.0)}, 500),
        ("step times 1.3", "unbiased", stepped(1.3), {"updates": U, "variance_bound": 4.0}, 4000),
        ("step times 0.7", "unbiased", stepped(0.7), steps, 4000),
        ("a client left out of the step", "unbiased", stepped(1.0, 4), steps, 4000),
        ("step times 1.2, variance", "variance", stepped(1.2), {**steps, "design": "independent"}, 4000),
        ("a fixed number, called independent", "independently", fixed, {"claimed": HALF, "design": "independent"}, 1000),
        ("one shared uniform, called independent", "independently", shared, INDEPENDENT, 1000),
        ("groups together, called independent", "independently", groups, {"claimed": np.repeat([0.3, 0.6], 3), "design": "independent"}, 1000),
        ("two clients together", "independently", together(coupled), INDEPENDENT, 4000),
        ("two clients opposed", "independently", together(opposed), INDEPENDENT, 4000),
        ("pairs together and opposed", "independently", crossed, {"claimed": HALF, "design": "independent"}, 2000),
        ("a fixed number, by its variance", "variance", fixed, {"claimed": HALF, "weights": np.full(6, 1 / 6), "updates": np.ones((6, 1)) / 6, "design": "independent"}, 2000),
        ("two workers of one seed", "each other", lambda: same_seed(2), WEIGHTED, 1024),
        ("five workers of one seed", "each other", lambda: same_seed(5), WEIGHTED, 1024),
        ("a recording of 500 that loops", "each other", lambda: looped(500), WEIGHTED, 2048),
        ("a state kept with chance 0.3", "each other", lambda: sticky(0.3), {"claimed": P}, 4096),
        ("whoever was drawn rests", "each other", lambda: resting(4), {"claimed": np.full(20, 0.2)}, 8192),
        ("clients in a circle", "each other", lambda: circle(), {"claimed": np.full(6, 1 / 6)}, 1024),
        ("50 % above the budget", "budget", coins(P), {"n_clients": 6, "budget": float(P.sum() / 1.5)}, 1000),
        ("10 % above the budget", "budget", coins(P), {"n_clients": 6, "budget": float(P.sum() / 1.1)}, 4000),
        ("one draw too many in 50 rounds", "budget", lambda: every(50, lambda rng: [0, 1], lambda rng: [0, 1, 2]), {"n_clients": 6, "budget": 2, "budget_rule": "every draw"}, 1000),
        ("an index out of range in 100 rounds", "well formed", lambda: every(100, coins(P), lambda rng: [6]), {"claimed": P}, 1000),
        ("a client twice in 100 rounds", "well formed", lambda: every(100, coins(P), lambda rng: [5, 5]), {"claimed": P}, 1000),
        ("a NaN in 100 rounds", "well formed", lambda: every(100, coins(P, HT), lambda rng: ([1], [np.nan])), WEIGHTED, 1000),
        ("an exception in 100 rounds", "runs", lambda: every(100, coins(P), lambda rng: 1 / 0), {"claimed": P}, 1000),
        ("always the same", "vary", lambda rng: [1, 4], {"claimed": P}, 1000),
        ("one of two models +30 %", "inclusion", models(1.3), {"claimed": TABLE}, 8000),
        ("one of each stratum, called by size", "inclusion", lambda rng: [rng.integers(3), 3 + rng.integers(3)], {"claimed": changed(third, 0, 0.5)}, 2000),
        ("step without 1/p", "unbiased", lambda rng: step(rng) * 0.4, steps, 2000),
    ]  # fmt: skip
    fresh = {"each other", "well formed", "runs"} | {"budget"}
    return [
        Fault(
            name=name,
            claim=claim,
            make=draw if _makes(draw, claim, fresh) else (lambda draw=draw: draw),
            claims=claims,
            rounds=rounds,
        )
        for name, claim, draw, claims, rounds in rows
    ]


def models(factor: float) -> Draw:
    """Two models, one probability times a factor."""
    table = TABLE.copy()
    table[1, 0] *= factor

    def draw(rng: np.random.Generator) -> np.ndarray:
        model = (rng.random((4, 1)) >= np.cumsum(table, axis=1)).sum(axis=1)
        return np.where(model == 2, -1, model)

    return draw


def _makes(draw: Any, claim: str, fresh: set[str]) -> bool:
    """Whether it makes a sampler with a state of its own, instead of being one."""
    return claim in fresh and draw.__code__.co_argcount == 0
