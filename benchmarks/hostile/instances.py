"""Small problems on which solvers fail: every limit, objective and kind of value, by a seed.

What is drawn are the arguments of a problem, as a user would give them. The rows of ``A p <= b``
are written down here a second time, so that the truth does not rest on the problem's own list.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

LIMITS = (
    "none",
    "caps",
    "ceilings",
    "floors",
    "clients",
    "groups, 1 level",
    "groups, 2 levels",
    "model budgets",
    "cost rows",
    "floors of sums",
    "all",
)
OBJECTIVES = ("sum", "max", "fair", "participation", "least_cost", "least_budget")
VALUES = (
    "plain",
    "1e-300 to 1e300",
    "six decades",
    "ties",
    "zeros",
    "one entry",
    "room 0",
    "room of an ulp",
    "an ulp too little",
    "budget above reach",
    "p near 1",
    "tiny variance",
)
# Floors and room are multiples of this, so that their sums are exact.
GRAIN = 2.0**-10

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """``Σ coefficient p <= bound`` over pairs ``(v, s)``, or ``>=``."""

    name: str
    coefficients: dict[tuple[int, int], Fraction]
    bound: Fraction
    at_least: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """One instance.

    Attributes:
        seed: that draws it again.
        limits: of `LIMITS`.
        objective: of `OBJECTIVES`.
        values: of `VALUES`.
        given: arguments of the problem.
        options: of the objective: ``alpha``, ``participation_weight``, ``cost``, ``ceilings``.
        known: ``(V, S)`` probabilities that keep limits and ceilings, if some are known.
    """

    seed: int
    limits: str
    objective: str
    values: str
    given: dict[str, Any] = field(repr=False)
    options: dict[str, Any] = field(repr=False)
    known: Array | None = field(default=None, repr=False)

    @property
    def scores(self) -> Array:
        """``(V, S)``, 0 where nothing is available."""
        table = np.asarray(self.given["scores"], dtype=np.float64)
        return np.where(self.available, table, 0.0)

    @property
    def available(self) -> Any:
        """``(V, S)`` bool."""
        shape = np.shape(self.given["scores"])
        return np.broadcast_to(self.given.get("available", True), shape)

    @property
    def wanted(self) -> Any:
        """``(V, S)`` bool: without a probability above 0 here the objective is infinite."""
        positive = self.scores > 0.0
        if self.options.get("participation_weight", 0.0) > 0.0:
            positive = positive | ((self.given["weights"] > 0.0) & self.available)
        return positive

    @property
    def box(self) -> tuple[Array, Array]:
        """Floors and ceilings, 0 where nothing is available."""
        shape = np.shape(self.given["scores"])
        low = np.broadcast_to(self.given.get("floor", 0.0), shape) * self.available
        high = np.broadcast_to(self.given.get("ceiling", 1.0), shape) * self.available
        return low, high

    def rows(self) -> Iterator[Row]:
        """Every limit on a sum, written down from the arguments alone."""
        given, (V, S) = self.given, np.shape(self.given["scores"])
        every = [(v, s) for v in range(V) for s in range(S)]
        yield _row("budget", every, given["budget"])
        caps = np.broadcast_to(given.get("processor_cap", 1.0), (V,))
        for v in range(V):
            yield _row(f"cap {v}", [(v, s) for s in range(S)], caps[v])
        client: Any = given.get("client")
        labels: list[tuple[str, Any, Any, Any]] = [
            ("client", client, given.get("client_cap"), given.get("client_floor"))
        ]
        levels = given.get("groups", [])
        most = given.get("group_caps", [None] * len(levels))
        least = given.get("group_floors", [None] * len(levels))
        labels += [("group", *level) for level in zip(levels, most, least, strict=True)]
        for name, label, high, low in labels:
            for bounds, at_least in ((high, False), (low, True)):
                for g, bound in enumerate([] if bounds is None else list(bounds)):
                    members = [(v, s) for v, s in every if label[v] == g]
                    yield _row(f"{name} {g}", members, bound, at_least=at_least)
        for bounds, at_least in (("model_budgets", False), ("model_floors", True)):
            for s, bound in enumerate(given.get(bounds, [])):
                yield _row(f"model {s}", [(v, s) for v in range(V)], bound, at_least=at_least)
        for k, bound in enumerate(given.get("cost_budgets", [])):
            costs = {(v, s): Fraction(float(given["costs"][k][v, s])) for v, s in every}
            costs = {pair: cost for pair, cost in costs.items() if cost > 0}
            yield Row(name=f"cost {k}", coefficients=costs, bound=Fraction(float(bound)))


def _row(name: str, pairs: list[tuple[int, int]], bound: float, *, at_least: bool = False) -> Row:
    ones = dict.fromkeys(pairs, Fraction(1))
    return Row(name=name, coefficients=ones, bound=Fraction(float(bound)), at_least=at_least)


def draw(seed: int) -> Instance:
    """The instance of a seed."""
    rng = np.random.default_rng([17, seed])
    limits, objective = str(rng.choice(LIMITS)), str(rng.choice(OBJECTIVES))
    values = str(rng.choice(VALUES))
    V, S = int(rng.integers(1, 9)), int(rng.integers(1, 4))
    if values == "one entry":
        V = S = 1
    given: dict[str, Any] = {"scores": scores_of(rng, values, (V, S))}
    _limits(rng, limits, values, given)
    options: dict[str, Any] = {}
    if objective == "fair":
        options["alpha"] = float(rng.choice([1.0, 1.5, 2.0, 7.0]))
    if objective == "participation":
        given["weights"] = rng.uniform(0.0, 1.0, (V, S)) * rng.integers(0, 2, (V, S))
        top = float(given["scores"].max())
        options["participation_weight"] = float(rng.choice([0.0, 1.0])) * min(top, 1e100) ** 2
    made = Instance(
        seed=seed, limits=limits, objective=objective, values=values, given=given, options=options
    )
    known = None
    if objective in ("least_cost", "least_budget"):
        known = inside(made, rng)
        options["ceilings"] = ceilings_beside(rng, made, known)
        if objective == "least_cost":
            options["cost"] = rng.lognormal(0.0, 1.0, (V, S)) * (rng.random((V, S)) < 0.9)
    return Instance(**{**vars(made), "options": options, "known": known})


def scores_of(rng: np.random.Generator, values: str, shape: tuple[int, int]) -> Array:
    scores = rng.lognormal(0.0, 1.0, shape)
    if values == "1e-300 to 1e300":
        low, high = sorted(rng.uniform(-300.0, 300.0, 2))
        scores = 10.0 ** rng.uniform(low, high, shape)
    elif values == "six decades":
        scores = 10.0 ** rng.uniform(-6.0, 0.0, shape)
    elif values == "ties":
        scores = rng.choice([1.0, 2.0, 3.0], shape)
    elif values == "zeros":
        scores = scores * (rng.random(shape) < 0.5)
    return scores


def _limits(rng: np.random.Generator, limits: str, values: str, given: dict[str, Any]) -> None:
    V, S = given["scores"].shape
    some = limits == "all"

    def has(name: str) -> bool:
        return limits == name or (some and rng.random() < 0.5)

    tight = {"room 0": 0.0, "room of an ulp": 1.0, "an ulp too little": -1.0}.get(values)
    floor = np.zeros((V, S))
    if has("floors") or tight is not None:
        floor = rng.integers(0, max(2, int(0.9 / S / GRAIN)), (V, S)) * GRAIN
        floor *= rng.integers(0, 2, (V, S)) if rng.random() < 0.5 else 1
        given["floor"] = floor
    if rng.random() < 0.15:
        given["available"] = rng.random((V, S)) < 0.8
        floor = floor * given["available"]
    if has("ceilings"):
        given["ceiling"] = np.minimum(1.0, floor + rng.uniform(0.05, 1.0, (V, S)))
    if rng.random() < 0.15:
        given["model_weights"] = 10.0 ** rng.uniform(-3.0, 3.0, S)

    def over(least: Any) -> Any:
        """Room above what floors use."""
        least = np.asarray(least, dtype=np.float64)
        return least * 1.01 + rng.uniform(0.02, 1.0, least.shape) * rng.choice([0.1, 1.0, 3.0])

    if has("caps"):
        given["processor_cap"] = over(floor.sum(axis=1))
    levels: list[Any] = []
    client = rng.integers(0, max(1, V // 2), V)
    client = np.unique(client, return_inverse=True)[1]
    if has("clients"):
        given["client"] = client
        given["client_cap"] = over(np.bincount(client, weights=floor.sum(axis=1)))
    two = has("groups, 2 levels")
    if two or has("groups, 1 level"):
        first = client if rng.random() < 0.5 and "client" in given else client // 2
        levels = [first, first // 2] if two else [first]
        given["groups"] = levels
        given["group_caps"] = [
            over(np.bincount(label, weights=floor.sum(axis=1))) for label in levels
        ]
    if has("model budgets"):
        given["model_budgets"] = over(floor.sum(axis=0))
    if has("cost rows"):
        K = int(rng.integers(1, 4))
        costs = rng.lognormal(0.0, 1.0, (K, V, S)) * (rng.random((K, V, S)) < 0.8)
        spent = (costs * floor).sum(axis=(1, 2))
        given["costs"] = costs
        given["cost_budgets"] = spent * 1.01 + rng.uniform(0.02, 0.8, K) * (
            costs.sum(axis=(1, 2)) + 1e-3
        )
    given["budget"] = float(floor.sum() * 1.01 + rng.uniform(0.02, 0.9) * V)
    if values == "budget above reach":
        given["budget"] = 10.0 * V * S
    elif values in ("p near 1", "tiny variance"):
        near = 10.0 ** -rng.integers(3, 15)
        given["budget"] = V * (1.0 - near) if values == "p near 1" else float(V)
    elif tight is not None:
        _tighten(rng, given, floor, tight)
    if has("floors of sums"):
        _sum_floors(rng, given, floor, client)


def _tighten(rng: np.random.Generator, given: dict[str, Any], floor: Array, ulps: float) -> None:
    """One of the limits that there are leaves exactly nothing, an ulp more or an ulp less."""

    def near(total: float) -> float:
        return float(np.nextafter(total, math.inf * ulps)) if ulps else total

    tree = [("group_caps", label, depth) for depth, label in enumerate(given.get("groups", []))]
    sums: list[tuple[str, Any, int]] = [("budget", None, 0), ("processor_cap", None, 0)]
    sums += [("client_cap", given["client"], 0)] if "client" in given else []
    sums += tree + ([("model_budgets", None, 0)] if "model_budgets" in given else [])
    name, label, depth = sums[int(rng.integers(len(sums)))]
    if name == "budget":
        if floor.any():
            given["budget"] = near(float(floor.sum()))
        return
    axis = 0 if name == "model_budgets" else 1
    totals = floor.sum(axis=axis)
    if label is not None:
        totals = np.bincount(label, weights=totals)
    at = int(rng.integers(len(totals)))
    caps = given.get(name, np.ones(len(totals)))
    caps = np.array(caps[depth] if name == "group_caps" else caps, dtype=np.float64)
    if totals[at] > 0.0:
        caps[at] = near(float(totals[at]))
    elif name == "model_budgets":
        caps[at] = 0.0
    if name == "group_caps":
        given[name] = [caps if k == depth else old for k, old in enumerate(given[name])]
    else:
        given[name] = caps


def _sum_floors(rng: np.random.Generator, given: dict[str, Any], floor: Array, client: Any) -> None:
    V, S = floor.shape
    kind = rng.choice(["client", "groups", "models"])
    share = rng.choice([0.01, 0.1, 0.5, 1.5])
    reach = np.broadcast_to(given.get("available", True), (V, S))
    if kind == "client":
        given.setdefault("client", client)
        count = int(client.max()) + 1
        can = np.bincount(client, weights=reach.sum(axis=1), minlength=count) > 0
        given["client_floor"] = np.where(can, share * given["budget"] / count, 0.0)
    elif kind == "groups" and "groups" in given:
        given["group_floors"] = []
        for label in given["groups"]:
            count = int(label.max()) + 1
            can = np.bincount(label, weights=reach.sum(axis=1), minlength=count) > 0
            given["group_floors"].append(np.where(can, share * given["budget"] / count, 0.0))
    else:
        trained = reach.any(axis=0)
        given["model_floors"] = np.where(trained, share * given["budget"] / S, 0.0)


def inside(instance: Instance, rng: np.random.Generator) -> Array | None:
    """Probabilities that keep all limits, in exact arithmetic; None if none were found so."""
    low, high = instance.box
    if (low > high).any():
        return None
    ahead = (high - low) * rng.uniform(0.05, 1.0, low.shape)
    rows = [row for row in instance.rows() if not row.at_least]
    for share in (0.9, 0.5, 0.1, 1e-3, 1e-9):
        part = share
        for row in rows:
            used = sum(c * Fraction(low[pair]) for pair, c in row.coefficients.items())
            more = sum(c * Fraction(ahead[pair]) for pair, c in row.coefficients.items())
            if used + part * more > row.bound:
                part = float((row.bound - used) / more) * share if more > 0 else -1.0
        if part < 0.0:
            return None
        p = np.minimum(low + part * ahead, high)
        if keeps(instance, p):
            return p
    return low if keeps(instance, low) else None


def keeps(instance: Instance, p: Array) -> bool:
    """Whether probabilities keep every limit, and whoever has a score may be drawn; exactly."""
    low, high = instance.box
    if not ((p >= low).all() and (p <= high).all() and (p[instance.wanted] > 0.0).all()):
        return False
    for row in instance.rows():
        total = sum(c * Fraction(float(p[pair])) for pair, c in row.coefficients.items())
        if (total < row.bound) if row.at_least else (total > row.bound):
            return False
    return True


def ceilings_beside(rng: np.random.Generator, made: Instance, known: Array | None) -> Array:
    """On the variances: met by what is known, or below it."""
    scores = made.scores
    p = np.full(scores.shape, 0.3) if known is None else known
    with np.errstate(all="ignore"):
        variances = np.where(scores > 0.0, scores * (scores * (1.0 - p) / p), 0.0).sum(axis=0)
    factor = rng.choice([0.3, 1.0, 1.5, 10.0], size=scores.shape[1], p=[0.1, 0.2, 0.4, 0.3])
    asked = np.where(variances > 0.0, variances * factor * (1.0 + 1e-12), 1.0)
    return np.clip(asked, 1e-300, 1e300)
