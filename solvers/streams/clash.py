"""Limits of all blocks that cannot be met together: by how much, and which; proved.

What blocks can come to, within the limits of rows and groups, is convex. Of the sums that were seen
a mixture is nearest to the limits; its prices ask every block for what is least at them, which is
another sum, or proves that nothing is nearer: `wᵀ f − yᵀ b + min κ p > 0` (Farkas).

Source: Dantzig and Wolfe, Decomposition principle for linear programs (1960).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from roundlot.solvers.streams.ascent import Point
from roundlot.solvers.streams.survey import Whole
from roundlot.theory import InfeasibleError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.problem import Structure
from roundlot.theory.text import rounded_up

PASSES = 24  # over the table
NOTHING = 1e-6  # limits whose prices are below that share of the largest take no part
MET = 1e-10  # relative: limits that would have to give way by less are met
ROOM = 1e-4  # relative: by so much advice is on the safe side
SHARP = 1e-3  # relative: what is known of the share is that near

#: By how much the sums of what is least at some prices are over the limits, ``(D,)``; one pass.
Least = Callable[[FloatArray], FloatArray]
#: A lower bound on ``wᵀ f − yᵀ b + min κ p`` of the table at some prices; one pass.
Proof = Callable[[FloatArray], float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Clash:
    """How far limits are from being met.

    Attributes:
        share: by which all of them would have to give way.
        prices: ``(D,)``, which say so, per unit of each limit.
    """

    share: float
    prices: FloatArray


def require_met(whole: Whole, seen: Sequence[Point], least: Least, proof: Proof) -> bool:
    """Whether limits can be met; refuses those that cannot.

    Args:
        whole: the table.
        seen: what was drawn at some prices.
        least: by what that is over that is least.
        proof: of prices.

    Raises:
        InfeasibleError: naming limits, and by how much they would have to give way.
    """
    found = _clash(whole, seen, least)
    if found is None:
        return False
    if found.share > MET and proof(found.prices) > 0.0:
        raise InfeasibleError(_words(whole, found))
    return found.share <= MET


def _clash(whole: Whole, seen: Sequence[Point], least: Least) -> Clash | None:
    """None where it is not known."""
    full = _full(whole)
    over = [x.over * whole.limits / full for x in seen]
    for _ in range(PASSES):
        found = _nearest(np.array(over))
        if found is None:
            return None
        share, parts = found
        prices = parts / full
        if share <= MET:
            return Clash(share=share, prices=prices)
        over.append(least(prices) / full)
        if share - float(parts @ over[-1]) <= SHARP * share:
            return Clash(share=share, prices=prices)
    return None


def _nearest(over: FloatArray) -> tuple[float, FloatArray] | None:
    """By which share the best mixture of some sums is over, and parts ``(D,)`` of 1 that say so."""
    from scipy.optimize import linprog

    count, size = over.shape
    answer = linprog(
        np.append(np.zeros(count), 1.0),
        A_ub=np.hstack((over.T, -np.ones((size, 1)))),
        b_ub=np.zeros(size),
        A_eq=np.append(np.ones(count), 0.0)[None],
        b_eq=[1.0],
        method="highs",
    )
    if answer.status != 0:
        return None
    return float(answer.fun), np.maximum(-answer.ineqlin.marginals, 0.0)


def _full(whole: Whole) -> FloatArray:
    """``(D,)``, the limits themselves, in the units of programs."""
    problem = whole.survey.template
    models = problem.n_models
    bounds = np.array([0.0 if x is None else float(x) for x in whole.bounds])
    bounds[1 + models :] = np.ldexp(bounds[1 + models :], -whole.shared.cost_exponents)
    lows = np.zeros(models) if problem.model_floors is None else problem.model_floors
    return np.concatenate((bounds[whole.shared.active], lows[whole.floored]))


def _words(whole: Whole, found: Clash) -> str:
    shown = found.prices > NOTHING * float(found.prices.max())
    limits = [name for name, some in zip(_names(whole), shown.tolist(), strict=True) if some]
    share = rounded_up(100.0 * found.share * (1.0 + ROOM), 3)
    beside = "beside ceilings and the limits of rows, clients and groups"
    if len(limits) == 1:
        return f"{limits[0]} cannot be met {beside}; it could if it gave way by {share:g} %"
    return (
        f"these limits cannot be met together {beside}: {', '.join(limits)}; they could if each of "
        f"them gave way by {share:g} %"
    )


def _names(whole: Whole) -> list[str]:
    """ "the budget 12", or "the floor 6 of model 'a'", of ``D`` limits."""
    problem = whole.survey.template
    named: dict[int, str] = {}
    for limit in problem.sum_limits():
        if limit.structure in PLACES:
            first = PLACES[limit.structure](problem.n_models)
            for row, bound in enumerate(limit.bound.tolist()):
                of = "" if limit.structure is Structure.TOTAL else f" of {limit.title(row)}"
                named[first + row] = f"the {limit.word} {bound:g}{of}"
    out = [named[at] for at in np.flatnonzero(whole.shared.active).tolist()]
    for limit in problem.sum_floors():
        if limit.structure is Structure.MODELS:
            low = {
                s: f"the floor {limit.bound[s]:g} of {limit.title(s)}" for s in range(limit.size)
            }
            out += [low[s] for s in whole.floored.tolist()]
    return out


#: Where limits of all blocks begin among `1 + S + K`, by how many models there are.
PLACES: dict[Structure, Callable[[int], int]] = {
    Structure.TOTAL: lambda _: 0,
    Structure.MODELS: lambda _: 1,
    Structure.WEIGHTED: lambda models: 1 + models,
}
