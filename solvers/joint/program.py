"""A problem in which variances are limited or made small, ready for the loops.

Second moments come in layers: roots ``(R, V, S)`` stand for ``Var_rs = Σ_v a_rvs² (1/p_vs − 1)``.
Models' own variances are one layer, the scores. A *row* is a weighted sum of variances: either it
has a ceiling, ``Σ w_rs Var_rs <= c``, or it is one of the rows whose norm is made small.

To build another program on it (several variances of one draw: a layer for each, and a row with
ones over the models of that layer) give :func:`joint_program` its ``layers`` and ``Rows``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from roundlot.solvers.coupled.program import Program, program
from roundlot.solvers.water.scaling import exponent_of
from roundlot.theory import Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only_view

# Roots below this part of their column's largest count as it: their squares would underflow.
SMALLEST = 2.0**-460
# Weights of rows and of the objective: a model must not vanish beside another.
LEAST_WEIGHT = 2.0**-800


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Weighted sums of variances.

    Attributes:
        weights: ``(J, R, S)``, ``>= 0``, in the user's units of each layer.
        ceilings: ``(J,)``, what each may come to; infinite for a row of the norm.
    """

    weights: FloatArray
    ceilings: FloatArray

    @classmethod
    def of_models(cls, ceilings: FloatArray, *, layer: int = 0, layers: int = 1) -> Rows:
        """A row for each model with a finite ceiling ``(S,)``, on one layer."""
        some = np.flatnonzero(np.isfinite(ceilings))
        weights = np.zeros((some.size, layers, ceilings.size))
        weights[np.arange(some.size), layer, some] = 1.0
        return cls(weights=weights, ceilings=ceilings[some])

    @classmethod
    def of_norm(cls, factors: FloatArray, *, layer: int = 0, layers: int = 1) -> Rows:
        """A row ``λ_s Var_s`` for each model with ``λ (S,)`` above 0."""
        some = np.flatnonzero(factors > 0.0)
        weights = np.zeros((some.size, layers, factors.size))
        weights[np.arange(some.size), layer, some] = factors[some]
        return cls(weights=weights, ceilings=np.full(some.size, math.inf))

    def __add__(self, other: Rows) -> Rows:
        return Rows(
            weights=np.concatenate((self.weights, other.weights)),
            ceilings=np.concatenate((self.ceilings, other.ceilings)),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class JointProgram:
    """What the joint dual needs, in units near 1.

    Attributes:
        ready: limits, boxes and costs in the order of the tree; its last cost row is the
            objective's cost if there is one, at a price of 1.
        roots: ``(R, V, S)``, in the order of the tree; a column in units of ``2**units_rs``.
        units: ``(R, S)``.
        fixed: ``(R, S)``, what the objective pays for each variance.
        weights: ``(J, R, S)``, of rows, in units of ``2**row_units_j``.
        ceilings: ``(J,)``, in the same.
        row_units: ``(J,)``.
        is_norm: ``(J,)``.
        order: of the norm, ``> 1``.
        cost: what every draw costs beside its row of costs.
        has_costs: whether the last row of costs is the objective's.
        unit: the objective is in units of ``2**unit``, which is even.
    """

    ready: Program
    roots: FloatArray = field(repr=False)
    units: IntArray
    fixed: FloatArray
    weights: FloatArray
    ceilings: FloatArray
    row_units: IntArray
    is_norm: BoolArray
    order: float
    cost: float
    has_costs: bool
    unit: int

    @property
    def squares(self) -> FloatArray:
        """``(R, S)``, ``Σ_v a²``."""
        return np.asarray(np.square(self.roots).sum(axis=1))


def joint_program(
    problem: Problem,
    *,
    layers: FloatArray,
    rows: Rows,
    fixed: FloatArray | None = None,
    cost: FloatArray | float | None = None,
    order: float = math.inf,
    unlimited: bool = False,
) -> JointProgram:
    """A feasible problem with rows of variances; one of ``fixed``, ``cost`` or norm rows is made
    small.

    Args:
        problem: its limits; its scores are not read.
        layers: ``(R, V, S)``, roots of second moments, ``>= 0``.
        rows: with ceilings, or of the norm.
        fixed: ``(R, S)``, ``>= 0``: the objective is ``Σ fixed_rs Σ_v a²/p``.
        cost: ``(V, S)`` or one number, ``>= 0``: the objective is ``Σ cost p``.
        order: of the norm.
        unlimited: whether the problem's budget is left out.
    """
    ready = _limits(problem, cost, unlimited)
    units: IntArray = np.frexp(layers.max(axis=(0, 1)))[1].astype(np.int64)
    roots = np.ldexp(layers, -units)
    np.copyto(roots, SMALLEST, where=(roots < SMALLEST) & (layers > 0.0))
    is_norm = np.isinf(rows.ceilings)
    used = np.asarray(layers.any(axis=1))
    dear, plain, unit, has_costs = np.zeros(used.shape), 0.0, 0, False
    if fixed is not None:
        unit = _even(_top(fixed, units, used))
        dear = _scaled(fixed, 2 * units - unit, used)
    elif cost is not None:
        unit = _even(exponent_of(float(np.max(cost))))
        has_costs = np.ndim(cost) > 0
        plain = 0.0 if has_costs else math.ldexp(float(cost), -unit)
    elif is_norm.any():
        unit = _even(max(_top(w, units, used) for w in rows.weights[is_norm]))
    row_units = np.array(
        [
            unit if norm else _top(w, units, used)
            for w, norm in zip(rows.weights, is_norm, strict=True)
        ],
        dtype=np.int64,
    )
    weights = np.array(
        [
            _scaled(w, 2 * units - power, used & (w > 0.0))
            for w, power in zip(rows.weights, row_units, strict=True)
        ]
    ).reshape(rows.weights.shape)
    with np.errstate(over="ignore"):
        ceilings = np.ldexp(rows.ceilings, -row_units)
    halves = _halves(np.concatenate((dear[None], weights)))
    roots = np.ldexp(roots, halves[:, None])
    if ready.order is not None:
        roots = roots[:, ready.order]
    return JointProgram(
        ready=ready,
        roots=read_only_view(roots),
        units=units - halves,
        fixed=np.ldexp(dear, -2 * halves),
        weights=np.ldexp(weights, -2 * halves),
        ceilings=np.minimum(ceilings, np.where(is_norm, np.inf, 1e300)),
        row_units=row_units,
        is_norm=is_norm,
        order=order,
        cost=plain,
        has_costs=has_costs,
        unit=unit,
    )


def _even(exponent: int) -> int:
    """Prices are kept in units of powers of four."""
    return exponent + exponent % 2


def _top(weights: FloatArray, units: IntArray, used: BoolArray) -> int:
    """The exponent of the largest of ``weights_rs 4**units_s``."""
    held = used & (weights > 0.0)
    if not held.any():
        return 0
    exponents = np.frexp(weights)[1] + 2 * units
    return int(exponents[held].max())


def _halves(weights: FloatArray) -> IntArray:
    """``(R, S)``, half the exponent of the largest weight of each variance, at most 0.

    A variance that counts little has little roots in place of a little weight: with roots near 1 a
    probability may be so small that the slope of its variance leaves float64.
    """
    top = weights.max(axis=0)
    return np.where(top > 0.0, np.minimum(0, np.frexp(top)[1] // 2), 0).astype(np.int64)


def _scaled(weights: FloatArray, powers: IntArray, used: BoolArray) -> FloatArray:
    with np.errstate(under="ignore"):
        moved = np.ldexp(weights, powers)
    return np.where(used, np.maximum(moved, LEAST_WEIGHT), 0.0)


def _limits(problem: Problem, cost: FloatArray | float | None, unlimited: bool) -> Program:
    """The program of the limits, the budget as a row of its own, and the objective's costs."""
    ready = program(problem)
    tables, labels = ready.tables, ready.node_labels
    active = ready.active.copy()
    if len(labels) and labels[-1, 0] < 0:
        tables = tables._replace(
            nodes=np.ascontiguousarray(tables.nodes[:-1]), node_rooms=tables.node_rooms[:-1].copy()
        )
        labels, active[0] = labels[:-1], True
    limits, exponents = ready.limits, ready.cost_exponents
    if unlimited:
        active[0] = False
    if cost is not None and np.ndim(cost) > 0:
        table = np.ldexp(cost, -_even(exponent_of(float(np.max(cost)))))
        table = table if ready.order is None else table[ready.order]
        tables = tables._replace(costs=read_only_view(np.concatenate((tables.costs, table[None]))))
        limits = np.append(limits, np.inf)
        active = np.append(active, False)
        exponents = np.append(exponents, 0)
    return replace(
        ready,
        tables=tables,
        node_labels=labels,
        limits=limits,
        active=active,
        cost_exponents=exponents,
    )
