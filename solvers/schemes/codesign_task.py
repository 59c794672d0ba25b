"""What a co-design is asked: a fleet, its limits, a target, a price; checked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from roundlot.solvers.proof.reach import refuse_sum_floors, refuse_variance_ceilings
from roundlot.solvers.schemes.round_seconds import Seconds
from roundlot.solvers.schemes.scheme import briefly, listed, whole
from roundlot.solvers.schemes.worst_round import KindsOfClients
from roundlot.theory import AssumptionError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.certified_rounds.document import LOCAL_STEPS
from roundlot.theory.problem import Structure
from roundlot.theory.problem.problem import require_problem

PRICES = ("rounds", "seconds")
MOST = 1e100  # of any number: its products with others are finite


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """A fleet of one model, a row a client, and what is to be reached.

    Attributes:
        problem: scores and limits.
        weights, smoothness, strong_convexity, variance: ``(V,)``.
        heterogeneity: ``Σ w_i ‖∇f_i(x*)‖²`` at most.
        at_optimum: ``(V,)``, ``‖∇f_i(x*)‖²`` at most; None where only their sum is known.
        initial, target: squared distances to the optimum.
        local_steps: numbers to try.
        seconds: of a round.
        price: one of ``PRICES``.
    """

    problem: Problem = field(repr=False)
    weights: FloatArray
    smoothness: FloatArray
    strong_convexity: FloatArray
    variance: FloatArray
    heterogeneity: float
    at_optimum: FloatArray | None
    initial: float
    target: float
    local_steps: tuple[int, ...]
    seconds: Seconds
    price: str

    @cached_property
    def labels(self) -> IntArray:
        """``(V,)``, the kind of every client; clients of a kind get one probability.

        Nothing tells them apart, and no limit does: with limits that couple some clients alone,
        every client is a kind of its own.
        """
        n = len(self.weights)
        if not self.problem.is_plain:
            return np.arange(n)
        low, high = self.bounds
        columns = (
            *(self.weights, self.smoothness, self.strong_convexity, self.variance, low, high),
            *(self.problem.scores[:, 0], self.seconds.local, self.seconds.upload),
            self.seconds.draw,
            np.zeros(n) if self.at_optimum is None else self.at_optimum,
        )
        _, labels = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
        return np.asarray(labels, dtype=np.int64).reshape(-1)

    @cached_property
    def firsts(self) -> IntArray:
        """``(kinds,)``, the first client of each kind."""
        return np.asarray(np.unique(self.labels, return_index=True)[1], dtype=np.int64)

    @property
    def counts(self) -> IntArray:
        """``(kinds,)`` clients."""
        return np.bincount(self.labels)

    @cached_property
    def kinds(self) -> KindsOfClients:
        """The fleet by kinds."""
        at = self.firsts
        return KindsOfClients(
            counts=self.counts.astype(float),
            weights=self.weights[at],
            smoothness=self.smoothness[at],
            strong_convexity=self.strong_convexity[at],
            variance=self.variance[at],
            zeta=self.heterogeneity,
        )

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """``(V,)`` each: the least and the greatest probability."""
        low, high = self.problem.bounds
        return low[:, 0], np.minimum(high[:, 0], self.problem.processor_cap)

    @cached_property
    def rows(self) -> tuple[FloatArray, FloatArray]:
        """``(R, kinds)`` and ``(R,)``: ``A q <= b`` of the limits on sums."""
        rows, right = [], []
        for limit in self.problem.sum_limits():
            if limit.structure is Structure.PROCESSORS:
                continue
            for number, bound in enumerate(limit.bound.tolist()):
                v, _, amounts = limit.entries(number)
                kinds = len(self.firsts)
                rows.append(np.bincount(self.labels[v], weights=amounts, minlength=kinds))
                right.append(bound)
        return np.array(rows), np.array(right)

    @property
    def longest_step(self) -> float:
        """No round with a longer step comes nearer on every quadratic of this smoothness."""
        return 2.0 / min(float(self.smoothness.max()), float(self.weights @ self.smoothness))

    def per_kind(self, probabilities: FloatArray) -> FloatArray:
        """``(kinds,)`` from ``(V,)``."""
        return np.asarray(probabilities[self.firsts])


def task_of(
    problem: Problem,
    *,
    weights: Any,
    smoothness: Any,
    strong_convexity: Any,
    variance: Any,
    heterogeneity: Any,
    initial: Any,
    target: Any,
    local_steps: Any,
    price: Any,
    local_seconds: Any,
    upload_seconds: Any,
    draw_seconds: Any,
    overhead: Any,
) -> Task:
    """The task, if it is one.

    Raises:
        AssumptionError: ``0 < μ < L`` fails for a client.
        InvalidProblemError: anything else that is out of range or does not fit.
    """
    require_problem(problem)
    _require_one_model(problem)
    n = problem.n_processors
    if not isinstance(price, str) or price not in PRICES:
        raise InvalidProblemError(f"price is {briefly(price)}; give one of {', '.join(PRICES)}")
    given = problem.weights if weights is None else weights
    if given is None:
        raise InvalidProblemError("the problem has no weights; give weights, one for each client")
    spread = _numbers(heterogeneity, n, "heterogeneity")
    each = listed(heterogeneity) is not None
    w = _numbers(np.reshape(given, -1) if isinstance(given, np.ndarray) else given, n, "weights")
    _all_above(w, "weights")
    task = Task(
        problem=problem,
        weights=w,
        smoothness=_numbers(smoothness, n, "smoothness"),
        strong_convexity=_numbers(strong_convexity, n, "strong_convexity"),
        variance=_numbers(variance, n, "variance"),
        heterogeneity=float(w @ spread) if each else float(spread[0]),
        at_optimum=spread if each else None,
        initial=_above(initial, "initial"),
        target=_above(target, "target"),
        local_steps=_counts(local_steps),
        seconds=Seconds(
            local=_numbers(local_seconds, n, "local_seconds"),
            upload=_numbers(upload_seconds, n, "upload_seconds"),
            draw=_numbers(draw_seconds, n, "draw_seconds"),
            overhead=float(_numbers(overhead, 1, "overhead")[0]),
        ),
        price=price,
    )
    _require_order(task)
    return task


def _require_one_model(problem: Problem) -> None:
    if problem.n_models != 1:
        raise InvalidProblemError(
            f"the problem has {problem.n_models} models; co-design takes one at a time"
        )
    if problem.client is not None and len(np.unique(problem.client)) < problem.n_processors:
        raise InvalidProblemError("a client has several processors; give one row for each client")
    if not problem.available.all():
        row = int(np.flatnonzero(~problem.available[:, 0])[0])
        raise InvalidProblemError(
            f"{problem.names.row(row)} is not available and never drawn, which biases every step; "
            "leave the row out"
        )
    refuse_sum_floors(problem, "co-design")
    refuse_variance_ceilings(problem, "co-design")


def _require_order(task: Task) -> None:
    names = task.problem.names
    for i, (L, mu) in enumerate(zip(task.smoothness, task.strong_convexity, strict=True)):
        if not 0.0 < mu < L:
            raise AssumptionError(
                f"{names.row(i)} has strong_convexity {mu:g} and smoothness {L:g}; 0 < μ < L must "
                "hold"
            )
    if task.target >= task.initial:
        raise InvalidProblemError(
            f"target {task.target:g} is not below initial {task.initial:g}: nothing is to be done"
        )
    if task.price == "seconds":
        s = task.seconds
        if not (s.local.any() or s.upload.any() or s.draw.any() or s.overhead):
            raise InvalidProblemError(
                "price is 'seconds' and no time is given; give local_seconds, upload_seconds, "
                "draw_seconds or overhead"
            )


def _numbers(value: Any, n: int, name: str) -> FloatArray:
    """``(n,)``, from 0 to ``MOST``, of one number or of ``n``."""
    values = listed(value)
    if values is not None and len(values) != n:
        raise InvalidProblemError(f"{name} has {len(values)} numbers; give one or {n}")
    try:
        found = np.array([value] * n if values is None else values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidProblemError(f"{name} is {briefly(value)}; give numbers") from None
    if found.shape != (n,):
        raise InvalidProblemError(f"{name} is {briefly(value)}; give finite numbers of at least 0")
    wrong = np.flatnonzero(~((found >= 0.0) & (found <= MOST)))
    if wrong.size:
        value, place = found[wrong[0]], name if values is None else f"{name}[{wrong[0]}]"
        remedy = "finite numbers of at least 0"
        if MOST < value < math.inf:
            remedy = f"numbers up to {MOST:g}, in larger units if need be"
        raise InvalidProblemError(f"{place} is {value:g}; give {remedy}")
    return found


def _all_above(values: FloatArray, name: str) -> None:
    for i, value in enumerate(values.tolist()):
        if value <= 0.0:
            raise InvalidProblemError(
                f"{name}[{i}] is {value:g}; give a number above 0, or leave the client out"
            )


def _above(value: Any, name: str) -> float:
    found = float(_numbers(value, 1, name)[0])
    if found <= 0.0:
        raise InvalidProblemError(f"{name} is {briefly(value)}; give a number above 0")
    return found


def _counts(value: Any) -> tuple[int, ...]:
    values = listed(value)
    found = [value] if values is None else values
    if not found:
        raise InvalidProblemError("local_steps is empty; give one number or several to try")
    return tuple(sorted({whole(one, "local_steps", LOCAL_STEPS) for one in found}))
