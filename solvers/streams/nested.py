"""Blocks of a table with floors of sums: groups find their own prices inside each block."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from roundlot.solvers.central.floors import settled_alone
from roundlot.solvers.central.nearly import within
from roundlot.solvers.central.settling import fits
from roundlot.solvers.coupled.nearly import Nearly
from roundlot.solvers.coupled.nested import NestedDual, nearly, nested_program
from roundlot.solvers.coupled.program import Shared
from roundlot.solvers.proof.lowering import lowered
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.streams.blocks import Block
from roundlot.solvers.water.scaling import changed
from roundlot.theory import Problem
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.problem import Structure

#: Relative: sums of groups that are no more above their floors are not lowered.
NEAR = 1e-11


def drawn_within(
    block: Block,
    shared: Shared,
    paid: FloatArray,
    parts: tuple[tuple[FloatArray, float], ...],
    lifts: FloatArray,
) -> tuple[FloatArray, Prices, BoolArray, BoolArray]:
    """Probabilities ``(rows, S)`` of a block, their prices, which may not be lowered, or raised.

    They keep the limits of rows and groups. Those of models are raised by the parts ``lifts (S,)``
    of themselves.

    Args:
        block: some rows, as limits without room leave them.
        shared: what they take from the whole table.
        paid: ``(1 + S + K + S,)``, prices in the unit of programs, then those of floors of models.
        parts: other such prices and the part of what is drawn at each; none for all at ``paid``.
        lifts: ``(S,)``.
    """
    problem, local = block.problem, block.local
    offered = paid[shared.active.size :]
    dual = NestedDual(nested=nested_program(problem, shared))
    found = _mixed([(_at(dual, shared, each), part) for each, part in parts], dual, shared, paid)
    p = within(local, found)
    if not fits(local, p):
        p = settled_alone(local, found.probabilities)
    free = ~found.capped
    if lifts.any() and free.any():
        raised = np.minimum(p[free] * (1.0 + lifts), problem.bounds[1][free])
        p[free] = np.maximum(p[free], raised)
        p = lowered(local, p)
    held = np.broadcast_to(offered > 0.0, p.shape) | found.kept[:, None]
    for limit in problem.sum_floors():
        if limit.structure is Structure.GROUPS:
            near = (limit.sums(p) <= limit.bound * (1.0 + NEAR)) & (limit.bound > 0.0)
            held = held | (limit.plus_prices(np.zeros((1, 1)), near.astype(np.float64)) > 0.0)
    return p, found.prices, held, np.broadcast_to(found.capped[:, None], p.shape)


def without_scores(problem: Problem) -> Problem:
    """The same limits, under which nothing needs to be drawn."""
    return changed(problem, scores=np.zeros(problem.scores.shape))


def priced_at(problem: Problem, shared: Shared, paid: FloatArray) -> Prices:
    """Prices of all limits of a block at those of the limits of all blocks."""
    return _at(NestedDual(nested=nested_program(problem, shared)), shared, paid).prices


def _at(dual: NestedDual, shared: Shared, paid: FloatArray) -> Nearly:
    size = shared.active.size
    y, offered = paid[:size], paid[size:]
    taken = y.copy()
    taken[1 : 1 + offered.size] -= offered
    dual.ask(taken)
    found = nearly(dual, y, offered)
    return replace(found, probabilities=found.probabilities.copy())  # the dual's own work space


def _mixed(
    parts: list[tuple[Nearly, float]], dual: NestedDual, shared: Shared, paid: FloatArray
) -> Nearly:
    """What is drawn at several prices, mixed, with the prices ``paid``."""
    found = _at(dual, shared, paid)
    if not parts:
        return found
    p = sum((each.probabilities * part for each, part in parts), np.zeros((found.kept.size, 1)))
    return replace(
        found,
        probabilities=np.asarray(p),
        kept=np.logical_and.reduce([each.kept for each, _ in parts]),
        capped=np.logical_and.reduce([each.capped for each, _ in parts]),
    )
