"""Samplers that keep all that is claimed of them, of many kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from roundlot.simulate import Updates, design

Maker = Callable[[], tuple[Any, dict[str, Any]]]
P = np.array([0.15, 0.25, 0.3, 0.4, 0.5, 0.6])
W = np.array([0.1, 0.2, 0.15, 0.15, 0.2, 0.2])
U = W[:, None] * (1.0 + 0.5 * np.random.default_rng(0).standard_normal((6, 4)))
TABLE = np.array([[0.3, 0.2], [0.1, 0.5], [0.25, 0.25], [0.4, 0.1]])
HALF = np.full((6, 1), 0.5)
RARE = np.array([0.5, 0.4, 0.3, 0.002])


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of sampler: its name, and what makes one and its claims anew."""

    name: str
    make: Maker


def coins(p: np.ndarray, factor: np.ndarray | None = None) -> Callable[..., Any]:
    """Independent draws, with aggregation weights if given."""

    def draw(rng: np.random.Generator) -> Any:
        drawn = np.flatnonzero(rng.random(p.size) < p)
        return drawn if factor is None else (drawn, factor[drawn])

    return draw


def step(rng: np.random.Generator) -> np.ndarray:
    """The unbiased aggregate of independent draws."""
    drawn = np.flatnonzero(rng.random(6) < P)
    return (1.0 / P[drawn]) @ U[drawn]


def shared(rng: np.random.Generator) -> Any:
    """Everybody looks at one uniform number."""
    drawn = np.flatnonzero(rng.random() < P)
    return drawn, W[drawn] / P[drawn]


def fixed(rng: np.random.Generator) -> Any:
    """Three of six, without replacement."""
    return rng.choice(6, 3, replace=False), np.full(3, 1 / 3)


def strata(rng: np.random.Generator) -> np.ndarray:
    """One of each half."""
    return np.array([rng.integers(3), 3 + rng.integers(3)])


def groups(rng: np.random.Generator) -> np.ndarray:
    """Two groups of three that come together."""
    return np.repeat(rng.random(2) < [0.3, 0.6], 3)


def systematic(rng: np.random.Generator) -> np.ndarray:
    """One start, equal steps along the cumulated probabilities."""
    ends = np.concatenate([[0.0], np.cumsum(P / P.sum() * 2.0)])
    start = rng.random()
    return np.flatnonzero(np.floor(ends[1:] - start) > np.floor(ends[:-1] - start))


def repeated(rng: np.random.Generator) -> Any:
    """Four draws by size with replacement."""
    drawn = rng.choice(6, size=4, p=W)
    return drawn, np.full(4, 0.25)


def scattered(rng: np.random.Generator) -> Any:
    """Unbiased weights that are random themselves."""
    drawn = np.flatnonzero(rng.random(6) < P)
    return drawn, W[drawn] / P[drawn] * 2.0 * rng.integers(0, 2, drawn.size)


def picks(rng: np.random.Generator) -> np.ndarray:
    """One of two models or none, for every processor."""
    model = (rng.random((4, 1)) >= np.cumsum(TABLE, axis=1)).sum(axis=1)
    return np.where(model == 2, -1, model)


def rare_step(rng: np.random.Generator) -> np.ndarray:
    """An aggregate to which one client in 500 rounds adds as much as any other on average."""
    drawn = np.flatnonzero(rng.random(4) < RARE)
    return (0.25 / RARE[drawn]) @ np.eye(4)[drawn]


def of_design(name: str, table: np.ndarray) -> Maker:
    """A design of this library with updates."""
    sizes = 0.5 + np.random.default_rng(1).random((len(table), 3))
    updates = Updates(
        directions=[sizes] * table.shape[1],
        client=np.arange(len(table)),
        weights=np.full(table.shape, 1 / len(table)),
    )
    return lambda: (design(table, name), {"updates": updates})


def kinds() -> list[Kind]:
    """All of them, with everything that can be claimed of each."""
    ht, six = W / P, np.full(6, 1 / 6)
    twice = -np.expm1(4.0 * np.log1p(-W))
    rare = np.full(4, 0.25)
    table: dict[str, tuple[Any, dict[str, Any]]] = {
        "independent, indices": (coins(P), {"claimed": P, "design": "independent"}),
        "independent, weighted": (coins(P, ht), {"claimed": P, "weights": W}),
        "independent, all claims": (
            coins(P, ht),
            {"claimed": P, "weights": W, "updates": U, "budget": 2.2, "design": "independent"},
        ),
        "independent, mean at the budget": (coins(P), {"n_clients": 6, "budget": float(P.sum())}),
        "independent, weights that sum to 3": (
            coins(P, 3 * ht),
            {"claimed": P, "weights": 3 * W, "design": "independent"},
        ),
        "independent, two models": (picks, {"claimed": TABLE, "design": "independent"}),
        "one shared uniform": (shared, {"claimed": P, "weights": W, "updates": U}),
        "fixed number": (
            fixed,
            {"claimed": HALF, "weights": six, "updates": U / W[:, None] / 6, "budget": 3},
        ),
        "fixed number, every draw": (
            fixed,
            {"claimed": HALF, "budget": 3, "budget_rule": "every draw"},
        ),
        "one of each stratum": (strata, {"claimed": np.full(6, 1 / 3), "budget": 2}),
        "groups together": (groups, {"claimed": np.repeat([0.3, 0.6], 3)}),
        "systematic": (systematic, {"claimed": P / P.sum() * 2.0, "budget": 2}),
        "with replacement": (
            repeated,
            {
                "claimed": twice,
                "weights": W,
                "replacement": True,
                "budget": 4,
                "budget_rule": "every draw",
            },
        ),
        "random weights, bound stated": (scattered, {"weights": W, "rarest": 0.05}),
        "random weights, claimed": (scattered, {"claimed": P, "weights": W}),
        "rare client, nothing stated": (coins(RARE, rare / RARE), {"weights": rare}),
        "rare client, bound stated": (coins(RARE, rare / RARE), {"weights": rare, "rarest": 0.002}),
        "rare client, aggregate": (rare_step, {"updates": np.eye(4) / 4}),
        "rare client, aggregate, claimed": (rare_step, {"updates": np.eye(4) / 4, "claimed": RARE}),
        "aggregate, claimed": (step, {"updates": U, "claimed": P}),
        "aggregate, independent": (step, {"updates": U, "claimed": P, "design": "independent"}),
        "always everybody": (lambda rng: range(6), {"claimed": np.ones(6), "budget": 6}),
    }
    listed = [Kind(name=name, make=lambda pair=pair: pair) for name, pair in table.items()]
    designs = {"independent": TABLE, "turns": TABLE, "rounding": TABLE, "pivotal": HALF}
    designs |= dict.fromkeys(("sampford", "conditional poisson", "ordered systematic"), HALF)
    return [
        *listed,
        *(Kind(name=f"design {n}, updates", make=of_design(n, t)) for n, t in designs.items()),
    ]
