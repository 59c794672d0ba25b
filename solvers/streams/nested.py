"""Blocks of a table with floors of sums: groups find their own prices inside each block."""

from __future__ import annotations

import numpy as np

from roundlot.solvers.central.floors import settled_alone
from roundlot.solvers.central.nearly import within
from roundlot.solvers.central.settling import fits
from roundlot.solvers.coupled.nested import NestedDual, nearly, nested_program
from roundlot.solvers.coupled.program import Shared
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.streams.blocks import Block
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.problem import Structure

#: Relative: sums of groups that are no more above their floors are not lowered.
NEAR = 1e-11


def drawn_within(
    block: Block, shared: Shared, y: FloatArray, offered: FloatArray, lifts: FloatArray
) -> tuple[FloatArray, Prices, BoolArray, BoolArray]:
    """Probabilities ``(rows, S)`` of a block, their prices, which may not be lowered, or raised.

    They keep the limits of rows and groups. Those of models are raised by the parts ``lifts (S,)``
    of themselves.

    Args:
        block: some rows, as limits without room leave them.
        shared: what they take from the whole table.
        y: ``(1 + S + K,)``, prices in the unit of programs.
        offered: ``(S,)``, of floors of models, in the same.
        lifts: ``(S,)``.
    """
    problem, local = block.problem, block.local
    dual = NestedDual(nested=nested_program(problem, shared))
    taken = y.copy()
    taken[1 : 1 + problem.n_models] -= offered
    dual.ask(taken)
    found = nearly(dual, y, offered)
    p = within(local, found)
    if not fits(local, p):
        p = settled_alone(local, found.probabilities)
    free = ~found.capped
    if lifts.any() and free.any():
        raised = np.minimum(p[free] * (1.0 + lifts), problem.bounds[1][free])
        p[free] = np.maximum(p[free], raised)
    held = np.broadcast_to(offered > 0.0, p.shape) | found.kept[:, None]
    for limit in problem.sum_floors():
        if limit.structure is Structure.GROUPS:
            near = (limit.sums(p) <= limit.bound * (1.0 + NEAR)) & (limit.bound > 0.0)
            held = held | (limit.plus_prices(np.zeros((1, 1)), near.astype(np.float64)) > 0.0)
    return p, found.prices, held, np.broadcast_to(found.capped[:, None], p.shape)
