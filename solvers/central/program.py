"""A problem as nested rows and entries in a unit of its own, and prices back in the problem's."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.central.network import Network, network
from roundlot.solvers.central.rows import Rows, Values
from roundlot.solvers.proof.sums import rooms
from roundlot.solvers.water.scaling import exponent_of, working_scores
from roundlot.theory import Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.certificates.claim import Prices
from roundlot.theory.problem import Limit, Structure

#: What each limit leaves, or lacks, beside the base, by the limit's name.
Left = dict[str, FloatArray]
#: A dense row: which structure it is of, and its row there.
Dense = tuple[Structure, int]
LEVELS = (-64, 1060)  # exponents of prices' roots, of scores below 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """What a path needs of a problem.

    Attributes:
        problem: it.
        rows: what its limits on sums leave beside the base.
        scores: ``(V, S)``, ``√λ a`` in units of ``2**exponent``: a draw's price is near 1.
        base: ``(V, S)``, what is drawn in any case: the floors.
        ceiling: ``(V, S)``, what may come beside; 0 where nothing may.
        nodes: by its name, of each level between processors and budget, the labels of its nodes.
        dense: of each dense row which it is.
        units: what sums of the dense rows are divided by.
        draws: about how many the limits allow beside the base.
        exponent: of the unit of scores.
    """

    problem: Problem
    rows: Rows = field(repr=False)
    scores: FloatArray = field(repr=False)
    base: FloatArray = field(repr=False)
    ceiling: FloatArray = field(repr=False)
    nodes: dict[str, IntArray] = field(repr=False)
    dense: tuple[Dense, ...]
    units: FloatArray
    draws: float
    exponent: int

    def prices(self, caps: Values, floors: Values, slopes: FloatArray | None = None) -> Prices:
        """Those of every limit of the problem, from those of the rows.

        Args:
            caps, floors: of every row.
            slopes: ``(V, S)``, what entries at their base ask to stay there, for those that models'
                budgets or cost rows without room keep there; 0 if not given.
        """
        problem, place = self.problem, {name: at for at, name in enumerate(self.nodes, start=1)}

        def of_level(limit: Limit, values: Values) -> FloatArray:
            out = np.zeros(limit.size)
            out[self.nodes[limit.name]] = values[place[limit.name]]
            return out

        sums, lows = problem.sum_limits(), problem.sum_floors()
        of_models = {Structure.MODELS: np.zeros(problem.n_models)}
        costs = np.zeros(0 if problem.costs is None else len(problem.costs))
        asked = {**of_models, Structure.WEIGHTED: costs}
        offered = np.zeros(problem.n_models)
        rows = zip(self.dense, self.units.tolist(), caps[-1], floors[-1], strict=True)
        for (structure, row), unit, cap, low in rows:
            asked[structure][row] = cap / unit
            if structure is Structure.MODELS:
                offered[row] = low / unit
        if slopes is not None:
            self._add_closed(asked, slopes, caps, floors)
        return Prices(
            budget=float(caps[-2][0]),
            processors=caps[0],
            levels=tuple(of_level(x, caps) for x in sums if x.structure is Structure.GROUPS),
            models=asked[Structure.MODELS],
            costs=costs,
            exponent=self.exponent,
            floors=tuple(
                of_level(x, floors) if x.structure is Structure.GROUPS else offered for x in lows
            ),
        )

    def network(self, digits: FloatArray | None = None) -> Network | None:
        """All limits of sums but those of costs, exactly; None of too many pairs.

        Args:
            digits: further numbers that are to be whole.
        """
        base, most = self.problem.bounds
        exactly = program(self.problem, beside=False).rows
        return network(self.rows, exactly, base, np.where(self.ceiling > 0.0, most, base), digits)

    def _add_closed(
        self,
        asked: dict[Structure, FloatArray],
        slopes: FloatArray,
        caps: Values,
        floors: Values,
    ) -> None:
        """Rows without room pay what keeps their entries where they are."""
        nu = tuple(y - w for y, w in zip(caps, floors, strict=True))
        lack = slopes - self.rows.spread(nu)
        for limit in self.problem.sum_limits():
            if limit.structure in asked:
                for row in np.flatnonzero(_beside(limit, self.base) <= 0.0).tolist():
                    v, s, weights = limit.entries(row)
                    price = float(np.max(lack[v, s] / weights, initial=0.0))
                    asked[limit.structure][row] += price
                    lack[v, s] -= price * weights


def program(problem: Problem, *, beside: bool = True) -> Program:
    """Any feasible problem, scaled; ``beside`` its floors, or with a base of 0."""
    base, most = problem.bounds
    base = base if beside else np.zeros_like(base)
    left = {x.name: _beside(x, base) for x in problem.sum_limits()}
    lack = {x.name: _beside(x, base) for x in problem.sum_floors()}
    ceiling = np.where(_spent(problem, left), 0.0, np.maximum(most - base, 0.0))
    parents, caps, lows, nodes = _tree(problem, left, lack)
    dense, weights, dense_caps, dense_lows, units = _dense(problem, left, lack)
    budget = left[problem.sum_limits()[0].name]
    usable = float(np.minimum(caps[0], ceiling.sum(axis=1)).sum())
    draws = max(min(float(budget[0]), usable), 1e-300)
    if usable == 0.0:  # nothing can move: what there is sets the scale
        draws = max(float(base.sum()), 1e-300)
    scores, exponent = _scaled(problem, base, ceiling, draws)
    return Program(
        problem=problem,
        rows=Rows(
            parents=parents,
            weights=weights,
            models=sum(structure is Structure.MODELS for structure, _ in dense),
            caps=(*caps, budget, dense_caps),
            lows=(*lows, np.zeros(1), dense_lows),
        ),
        scores=scores,
        base=base,
        ceiling=ceiling,
        nodes=nodes,
        dense=dense,
        units=units,
        draws=draws,
        exponent=exponent,
    )


def _beside(limit: Limit, base: FloatArray) -> FloatArray:
    """``(R,)``, what the base leaves of each row, to the last bits of that; at least 0."""
    if not base.any():
        return limit.bound
    with np.errstate(invalid="ignore"):
        left = np.maximum(rooms(limit, base), 0.0)
    return np.where(np.isinf(limit.bound), limit.bound, left)


def _spent(problem: Problem, left: Left) -> BoolArray:
    """Where a model's budget or a cost row leaves nothing."""
    closed: BoolArray = np.zeros(problem.scores.shape, dtype=np.bool_)
    for limit in problem.sum_limits():
        if limit.structure in (Structure.MODELS, Structure.WEIGHTED):
            for row in np.flatnonzero(left[limit.name] <= 0.0).tolist():
                v, s, _ = limit.entries(row)
                closed[v, s] = True
    return closed


def _tree(
    problem: Problem, left: Left, lack: Left
) -> tuple[tuple[IntArray, ...], Values, Values, dict[str, IntArray]]:
    """Parents of each level, and caps and floors of all but the budget."""
    sums = [x for x in problem.sum_limits() if x.structure is Structure.GROUPS]
    floors = {x.name: x for x in problem.sum_floors() if x.structure is Structure.GROUPS}
    by_name = {x.name: x for x in sums}
    only = [x for name, x in floors.items() if name not in by_name]  # clients come first
    parents, nodes = [], {}
    caps = [left[problem.sum_limits()[1].name]]
    lows = [np.zeros(problem.n_processors)]
    members = np.arange(problem.n_processors)  # a processor of each node of the level below
    for limit in (*only, *sums):
        assert limit.labels is not None
        label, first, parent = np.unique(
            limit.labels[members], return_index=True, return_inverse=True
        )
        parents.append(parent.astype(np.int64))
        members, nodes[limit.name] = members[first], label
        capped, floored = by_name.get(limit.name), floors.get(limit.name)
        caps.append(np.full(label.size, np.inf) if capped is None else left[limit.name][label])
        lows.append(np.zeros(label.size) if floored is None else lack[limit.name][label])
    parents.append(np.zeros(members.size, dtype=np.int64))
    return tuple(parents), tuple(caps), tuple(lows), nodes


def _dense(
    problem: Problem, left: Left, lack: Left
) -> tuple[tuple[Dense, ...], tuple[FloatArray, ...], FloatArray, FloatArray, FloatArray]:
    """Models with a budget or a floor, and cost rows in units of what they leave."""
    kinds = {x.structure: x for x in problem.sum_limits()}
    models, weighted = kinds.get(Structure.MODELS), kinds.get(Structure.WEIGHTED)
    floors = {x.structure: x for x in problem.sum_floors()}.get(Structure.MODELS)
    dense: list[Dense] = []
    weights, caps, lows, units = [], [], [], []
    for s in range(problem.n_models):
        cap = np.inf if models is None else float(left[models.name][s])
        low = 0.0 if floors is None else float(lack[floors.name][s])
        if (cap < np.inf and cap > 0.0) or low > 0.0:
            dense.append((Structure.MODELS, s))
            weights.append(np.eye(1, problem.n_models, s))
            caps.append(cap)
            lows.append(low)
            units.append(1.0)
    if weighted is not None:
        assert weighted.weights is not None
        for k, budget in enumerate(left[weighted.name].tolist()):
            if budget > 0.0 and weighted.weights[k].any():
                dense.append((Structure.WEIGHTED, k))
                weights.append(weighted.weights[k] / budget)
                caps.append(1.0)
                lows.append(0.0)
                units.append(budget)
    return tuple(dense), tuple(weights), np.array(caps), np.array(lows), np.array(units)


def _scaled(
    problem: Problem, base: FloatArray, ceiling: FloatArray, draws: float
) -> tuple[FloatArray, int]:
    """Scores in a power of two in which a draw beside the base costs about 1."""
    scores, unit = working_scores(problem)
    top = exponent_of(float(scores.max(initial=0.0)))
    near: FloatArray = np.ldexp(scores, -top)
    more = exponent_of(float(near.sum() / draws)) if near.any() else 0
    if near.any() and base.any():
        more = _level(near, base, ceiling, draws)
    return np.ldexp(near, -more), unit + top + more


def _level(scores: FloatArray, base: FloatArray, ceiling: FloatArray, draws: float) -> int:
    """The least ``e`` at which ``clip(a 2**-e − l, 0, u − l)`` are at most about so many draws."""
    low, high = LEVELS
    while high - low > 1:
        middle = (low + high) // 2
        with np.errstate(over="ignore"):
            some = np.clip(np.ldexp(scores, -middle) - base, 0.0, ceiling).sum()
        low, high = (middle, high) if some > draws else (low, middle)
    return high if high > LEVELS[0] + 1 else exponent_of(float(scores.sum() / draws))
