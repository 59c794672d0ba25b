"""Sums of models that must come to their floors exactly, as their budgets leave no more.

What a sum is off is known exactly once it was written. A few entries that can move take it up at
the next writing: large ones its leading digits, ones with finer last digits the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from roundlot.solvers.central.settling import SURELY
from roundlot.solvers.streams.blocks import Block
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.problem import Limit, Structure

#: Entries are sorted by their size in steps of ``2**BINADES``; of each step one is kept.
BINADES = 12
#: An entry with a score keeps at least that part of itself.
KEPT = 0.5
#: Entries of one group take up that part each of what is free there.
SHARE = 2.0**-8


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """An entry that can move.

    Attributes:
        row: of the table.
        model: its column.
        value: its probability.
        down, up: by how much.
    """

    row: int
    model: int
    value: float
    down: float
    up: float

    @property
    def step(self) -> tuple[int, int]:
        """Model, and size."""
        return self.model, math.frexp(self.value)[1] // BINADES if self.value else -1075


Carriers = tuple[Carrier, ...]


@dataclass(frozen=True, kw_only=True)
class Move:
    """A probability that is written in the place of what prices say.

    Attributes:
        row: of the table.
        model: its column.
        value: the probability.
    """

    row: int
    model: int
    value: float


def best_of(one: Carriers, other: Carriers) -> Carriers:
    """For each model and size the one with most room, and the smallest: its digits are finest."""
    found: dict[tuple[int, int], Carrier] = {}
    finest: dict[int, Carrier] = {}
    for carrier in (*one, *other):
        known = found.get(carrier.step)
        if known is None or carrier.down + carrier.up > known.down + known.up:
            found[carrier.step] = carrier
        least = finest.get(carrier.model)
        if carrier.value > 0.0 and (least is None or carrier.value < least.value):
            finest[carrier.model] = carrier
    return tuple(dict.fromkeys((*found.values(), *finest.values())))


def carriers(block: Block, p: FloatArray, equal: tuple[bool, ...], held: BoolArray) -> Carriers:
    """Entries of a block that can move without breaking a limit of rows or groups."""
    problem = block.local
    floor, ceiling = problem.bounds
    least = np.maximum(floor, np.where(problem.scores > 0.0, KEPT * p, 0.0))
    down = np.minimum(p - least, SHARE * _left(problem.sum_floors(), p))
    down[held] = 0.0
    up = np.minimum(ceiling - p, SHARE * _left(problem.sum_limits(), p))
    found: Carriers = ()
    for s in np.flatnonzero(equal).tolist():
        both = down[:, s] + up[:, s]
        size = np.where(p[:, s] > 0.0, np.frexp(p[:, s])[1] // BINADES, -1075)
        order = np.lexsort((both, size))
        last = order[np.flatnonzero(np.diff(size[order], append=10**6))].tolist()
        able = np.flatnonzero((p[:, s] > 0.0) & (both > 0.0))
        last += able[np.argsort(p[able, s])[:1]].tolist()
        found += tuple(
            Carrier(
                row=block.first + v,
                model=s,
                value=float(p[v, s]),
                down=float(down[v, s]),
                up=float(up[v, s]),
            )
            for v in last
            if both[v] > 0.0
        )
    return best_of(found, ())


def _left(limits: tuple[Limit, ...], p: FloatArray) -> FloatArray:
    """``(V, 1)``, what limits of rows and groups surely leave."""
    room: FloatArray = np.full((len(p), 1), np.inf)
    for limit in limits:
        if limit.structure in (Structure.PROCESSORS, Structure.GROUPS):
            sums = limit.sums(p)
            left = np.abs(limit.bound - sums) - SURELY * (limit.bound + sums)
            own = left if limit.labels is None else left[limit.labels]
            room = np.minimum(room, np.maximum(own, 0.0)[:, None])
    return room


def moves(
    some: Carriers, off: dict[int, Fraction], before: tuple[Move, ...]
) -> tuple[Move, ...] | None:
    """Probabilities that take up what sums of models are ``off``; None where nothing can.

    Args:
        some: entries that can move.
        off: by model, what is to be added.
        before: moves that are in what was summed.
    """
    found = {(x.row, x.model): x for x in before}
    for model, lack in off.items():
        own = sorted((x for x in some if x.model == model), key=lambda x: -x.value)
        for at, carrier in enumerate(own):
            if not lack:
                break
            least, most = carrier.value - carrier.down, carrier.value + carrier.up
            aim = min(max(Fraction(carrier.value) + lack, Fraction(least)), Fraction(most))
            value = float(aim)
            rest = own[at + 1 :]
            if rest and Fraction(value) != aim:  # what is left is to be of a sign that they take
                rises = any(x.up > 0.0 for x in rest)
                if (Fraction(value) > aim) == rises:
                    value = math.nextafter(value, 0.0 if rises else 2.0)
            if not least <= value <= most:
                continue
            lack -= Fraction(value) - Fraction(carrier.value)
            found[carrier.row, model] = Move(row=carrier.row, model=model, value=value)
        if lack:
            return None
    return tuple(found.values())
