"""Larger tables whose sums leave little to choose: every limit is made from a point that keeps it.

Probabilities are multiples of 2^-10, so that sums of thousands are exact, and many limits are the
sums of one point to the last bit: caps that are full, floors of sums that are just met, or both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.hostile.instances import (
    GRAIN,
    OBJECTIVES,
    Array,
    Instance,
    ceilings_beside,
    scores_of,
)

VALUES = ("plain", "1e-300 to 1e300", "six decades", "ties", "zeros")
# How many of the sums of a family are tight.
SHARES = (0.0, 0.1, 0.5, 1.0)
PAIRS = (60, 3000)


def draw(seed: int) -> Instance:
    """The instance of a seed; what is known keeps all limits exactly."""
    rng = np.random.default_rng([18, seed])
    objective, values = str(rng.choice(OBJECTIVES)), str(rng.choice(VALUES))
    models = int(rng.integers(1, 6))
    pairs = 10.0 ** rng.uniform(*np.log10(PAIRS))
    shape = (max(2, round(pairs / models)), models)
    p = rng.integers(1, max(2, int(1.0 / GRAIN) // models), shape) * GRAIN
    given: dict[str, Any] = {"scores": scores_of(rng, values, shape)}
    if rng.random() < 0.3:
        given["available"] = rng.random(shape) < 0.8
        given["available"][0] = True  # somebody trains every model
        p = p * given["available"]
    _boxes(rng, given, p)
    _sums(rng, given, p)
    options: dict[str, Any] = {}
    if objective == "fair":
        options["alpha"] = float(rng.choice([1.0, 1.5, 2.0, 7.0]))
    if objective == "participation":
        given["weights"] = rng.uniform(0.0, 1.0, shape) * rng.integers(0, 2, shape)
        top = float(given["scores"].max())
        options["participation_weight"] = float(rng.choice([0.0, 1.0])) * min(top, 1e100) ** 2
    made = Instance(
        seed=seed,
        limits="floors of sums",
        objective=objective,
        values=values,
        given=given,
        options=options,
        known=p,
    )
    if objective in ("least_cost", "least_budget"):
        options["ceilings"] = ceilings_beside(rng, made, p)
        if objective == "least_cost":
            options["cost"] = rng.lognormal(0.0, 1.0, shape) * (rng.random(shape) < 0.9)
    return made


def _boxes(rng: np.random.Generator, given: dict[str, Any], p: Array) -> None:
    if rng.random() < 0.5:
        given["floor"] = p * rng.choice([0.0, 0.5, 1.0], p.shape, p=[0.7, 0.2, 0.1])
    if rng.random() < 0.5:
        most = np.maximum(p, rng.uniform(0.05, 1.0, p.shape))
        given["ceiling"] = np.where(rng.random(p.shape) < 0.1, np.maximum(p, GRAIN), most)


def _sums(rng: np.random.Generator, given: dict[str, Any], p: Array) -> None:
    rows, total = p.sum(axis=1), float(p.sum())
    given["budget"] = total if rng.random() < 0.5 else total * rng.uniform(1.001, 1.5)
    if rng.random() < 0.3:
        given["processor_cap"] = _above(rng, rows)
    client = np.arange(len(p)) // int(rng.integers(1, 5))
    if rng.random() < 0.7:
        used = np.bincount(client, weights=rows)
        given["client"], given["client_cap"] = client, _above(rng, used)
        given["client_floor"] = _below(rng, used)
    if rng.random() < 0.7:
        first = client // int(rng.integers(2, 6))
        levels = [first, first // int(rng.integers(2, 6))][: int(rng.integers(1, 3))]
        used_up = [np.bincount(label, weights=rows) for label in levels]
        given["groups"] = levels
        given["group_caps"] = [_above(rng, used) for used in used_up]
        given["group_floors"] = [_below(rng, used) for used in used_up]
    if rng.random() < 0.7:
        given["model_budgets"] = _above(rng, p.sum(axis=0))
        given["model_floors"] = _below(rng, p.sum(axis=0))
    if rng.random() < 0.2:
        costs = rng.integers(0, 9, (int(rng.integers(1, 4)), *p.shape)) / 8.0
        spent = (costs * p).sum(axis=(1, 2))
        given["costs"], given["cost_budgets"] = costs, _above(rng, spent) + GRAIN


def _above(rng: np.random.Generator, used: Array) -> Array:
    tight = rng.random(used.shape) < rng.choice(SHARES)
    return np.maximum(np.where(tight, used, used * rng.uniform(1.0, 2.0, used.shape)), GRAIN)


def _below(rng: np.random.Generator, used: Array) -> Array:
    tight = rng.random(used.shape) < rng.choice(SHARES)
    return np.where(tight, used, used * rng.choice([0.0, 0.3, 0.9], used.shape))
