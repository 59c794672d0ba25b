"""The sampling problem: whom to draw for which model, under which limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only, same
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.kinds import is_true
from roundlot.theory.problem import checks
from roundlot.theory.problem.given import Column, Given, Table
from roundlot.theory.problem.limits import Limit, Structure
from roundlot.theory.problem.naming import Names, names_of_scores
from roundlot.theory.problem.tables import labelled_table
from roundlot.theory.problem.unlimited import Unlimited, unlimited
from roundlot.theory.text import plural

_NAMED = 6  # models in one line


def require_problem(problem: object) -> None:
    """Refuses what is no problem, such as a table of scores.

    Raises:
        InvalidProblemError: naming what it is.
    """
    if not isinstance(problem, Problem):
        raise InvalidProblemError(
            f"give a problem, as of roundlot.Problem(scores, budget=...), not "
            f"{type(problem).__name__}"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Level:
    """Clients, or one level of the tree of groups: ``(V,)`` labels, and the limits of their sums.

    Attributes:
        name: of what a label is: "client", "group".
        labels: ``(V,)``.
        caps, floors: ``(G,)``, or None where there are none.
        row_names: ``G``, or None.
    """

    name: str
    labels: IntArray
    caps: FloatArray | None
    floors: FloatArray | None
    row_names: tuple[str, ...] | None


@dataclass(frozen=True, eq=False, init=False)
class Problem:
    """Minimise the variance of an aggregate over its inclusion probabilities ``p``.

    ``Σ λ_s a_vs² / p_vs`` is to be small subject to ``Σ_s p_vs <= c_v``, ``Σ p <= m`` and
    ``l <= p <= u``, where ``p_vs`` is the probability that processor ``v`` trains model ``s``.
    Further limits are optional, in any combination: sums over the processors of a client, over a
    tree of groups, over a model, and linear costs. Arrays are copied, checked and made read-only;
    scalars are broadcast.

    Args:
        scores: ``(V, S)``, norms ``a`` of the weighted updates, finite and ``>= 0``. Entries that
            are not available are read as 0, whatever they hold; masked entries, nulls and ``None``
            are not available (``roundlot.theory.cells`` has the rules), a NaN is refused.
        budget: ``m > 0``, the most draws expected in a round; need not be an integer. None where
            caps, costs or ceilings are all that limits the draws.
        available: ``(V, S)`` bool, whether processor ``v`` can train model ``s``; all by default.
        processor_cap: scalar or ``(V,)``, ``c_v > 0``: the most draws expected of a processor.
        floor: scalar or ``(V, S)``, ``l >= 0``: the least probability of every available pair.
        ceiling: scalar or ``(V, S)``, ``0 < u <= 1``: the greatest probability of a pair.
        client: ``(V,)`` names or whole numbers from 0, the client of every processor.
        client_cap: scalar or ``(N,)``, ``> 0``: the most draws expected of a client.
        groups: a tree: ``(V,)`` labels from 0, or several levels of them from the finest to the
            coarsest, each nested in the next (and clients, if capped, nested in the finest).
        group_caps: scalar or ``(G,)``, ``> 0``, the most draws expected of a group; one such per
            level if there are several levels.
        model_budgets: scalar or ``(S,)``, ``>= 0``: the most draws expected for each model.
        client_floor: scalar or ``(N,)``, ``>= 0``: the least draws expected of a client.
        group_floors: as ``group_caps``, ``>= 0``: the least draws expected of a group.
        model_floors: scalar or ``(S,)``, ``>= 0``: the least draws expected for each model. One
            number for all is asked of the clients, groups and models that somebody can be drawn
            for; an array or names of exactly those that they name.
        model_variance_ceilings: scalar or ``(S,)``, ``> 0``: the most variance
            ``Σ_v a² (1/p − 1)`` of each model, without its weight; infinite for none.
        costs: ``(K, V, S)``, ``>= 0``: what a draw costs, in up to some twenty currencies.
        cost_budgets: ``(K,)``, ``>= 0``: the most each currency may cost, expected per round.
        model_weights: ``(S,)``, ``λ > 0``: what a unit of each model's variance costs.
        weights: ``(V, S)``, aggregation weights ``d / B >= 0`` of the updates; the participation
            variance and the data-size baseline need them.
        allow_unreachable: whether a model for which no pair is available is let through, with
            probability 0 throughout; by default it is refused. A model whose scores are all 0 can
            be drawn, and is none.
        clients: names of the clients, in the order of the numbers in ``client``; by default of the
            rows.
        models: names of the columns; of a frame, which columns to read.
        names: those of another problem, instead.

    Whatever is given a number a client, model or group may be given by name: a dictionary, or a
    pandas Series with an index. Tables may be frames of pandas, polars or another library that
    speaks Arrow: a column ``client``, or else the index, names the rows, and the other columns are
    models. Names are put in the order of the scores; one that is unknown, missing or there twice is
    refused, except that a client in several rows of ``scores`` has several processors, that a model
    without a budget of its own may use all of ``budget``, and a group without a cap has none, nor
    has a client, model or group without a floor.

    Raises:
        InvalidProblemError: a wrong shape, a NaN, an infinity, a negative value, an empty table, a
            name that does not fit.

    Source: Chen, Horváth, Richtárik (TMLR 2022) for one model; Zhang et al. (ICDCS 2024) and
    Zhang et al. (arXiv 2504.05138) for several.
    """

    scores: FloatArray
    budget: float
    available: BoolArray
    processor_cap: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    model_weights: FloatArray
    weights: FloatArray | None
    client: IntArray | None
    client_cap: FloatArray | None
    groups: tuple[IntArray, ...]
    group_caps: tuple[FloatArray, ...]
    model_budgets: FloatArray | None
    costs: FloatArray | None
    cost_budgets: FloatArray | None
    client_floor: FloatArray | None
    group_floors: tuple[FloatArray, ...]
    model_floors: FloatArray | None
    allow_unreachable: bool
    model_variance_ceilings: FloatArray | None
    names: Names

    def __init__(
        self,
        scores: Table,
        *,
        budget: float | None,
        available: Table | None = None,
        processor_cap: Column = 1.0,
        floor: Table = 0.0,
        ceiling: Table = 1.0,
        client: npt.ArrayLike | Mapping[str, str] | None = None,
        client_cap: Column | None = None,
        groups: Any = None,
        group_caps: Any = None,
        model_budgets: Column | None = None,
        costs: Table | Mapping[str, Table] | None = None,
        cost_budgets: Column | None = None,
        client_floor: Column | None = None,
        group_floors: Any = None,
        model_floors: Column | None = None,
        model_variance_ceilings: Column | None = None,
        model_weights: Column | None = None,
        weights: Table | None = None,
        allow_unreachable: bool = False,
        clients: Sequence[str] | None = None,
        models: Sequence[str] | None = None,
        names: Names | None = None,
    ) -> None:
        if names is not None and not isinstance(names, Names):
            raise InvalidProblemError("names are those of a problem; give clients and models")
        nan = available is not None
        read = labelled_table(scores, "scores", models=models, nan=nan)
        table, missing = checks.score_table(scores if read is None else read.values, "scores")
        shape = table.shape
        called, owner = names_of_scores(
            read, shape, before=names, clients=clients, models=models, client=client
        )
        given = Given(names=called, shape=shape)
        mask = checks.availability(given.pairs(available, "available"), shape) & ~missing
        given = replace(given, available=mask)
        if not is_true(allow_unreachable, "allow_unreachable"):
            checks.require_reachable(mask, called.models)
        table = np.where(mask, table, 0.0)
        kind = called.library or "array"
        checks.require_range(table, "scores", low=0.0, axes=given.axes, kind=kind)
        put: dict[str, Any] = {
            "scores": table,
            "available": mask,
            "processor_cap": given.by_row(processor_cap, "processor_cap"),
            "floor": given.limit(floor, "floor", high=1.0),
            "ceiling": given.limit(ceiling, "ceiling", high=1.0, open_=True),
            "model_weights": given.by_model(1.0 if model_weights is None else model_weights),
            "weights": None if weights is None else given.limit(weights, "weights"),
            "model_variance_ceilings": given.variance_ceilings(model_variance_ceilings),
            "client_floor": None,
            "allow_unreachable": bool(allow_unreachable),
        }
        put["budget"] = (
            unlimited(mask, put["processor_cap"], put["ceiling"])
            if budget is None or isinstance(budget, Unlimited)
            else checks.positive_budget(budget)
        )
        put["model_budgets"] = given.model_budgets(model_budgets, put["budget"])
        ordered = clients is not None or names is not None or owner is client
        put["client"], put["client_cap"] = given.clients(owner, client_cap, ordered=ordered)
        if client_floor is not None:
            put["client"], put["client_floor"] = given.client_floor(
                put["client"], client_floor, ordered=ordered
            )
        levels, group_names = given.groups(groups, group_caps, group_floors)
        put["group_floors"] = given.group_floors(group_floors, levels, group_names)
        put["model_floors"] = given.model_floors(model_floors)
        put["groups"] = tuple(label for label, _ in levels)
        put["group_caps"] = tuple(caps for _, caps in levels)
        put["costs"], put["cost_budgets"], cost_names = given.costs(costs, cost_budgets)
        put["names"] = replace(called, groups=group_names, costs=cost_names)
        for name, value in put.items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, name, value)
        tree = self._tree
        checks.check_nested([(level.name, level.labels) for level in tree], self._title)

    def limits(self) -> tuple[Limit, ...]:
        """All of them: :meth:`sum_limits`, :meth:`sum_floors`, floors and ceilings of pairs.

        ``p`` is 0 besides wherever a pair is not available.
        """
        box: dict[str, Any] = {"structure": Structure.PAIRS, **self._shared}
        return (
            *self.sum_limits(),
            *self.sum_floors(),
            Limit(name="floor", word="floor", bound=self.floor, at_least=True, **box),
            Limit(name="ceiling", word="ceiling", bound=self.ceiling, **box),
        )

    @property
    def _shared(self) -> dict[str, Any]:
        """What every limit is told of the problem."""
        return {"available": self.available, "names": self.names}

    def sum_limits(self) -> tuple[Limit, ...]:
        """``A p <= b`` with ``A >= 0``: the budget, processors' caps, clients' and groups' from the
        finest, models' budgets, cost rows; those that the problem has.
        """
        return self._sum_limits

    def sum_floors(self) -> tuple[Limit, ...]:
        """``B p >= f`` with ``B >= 0``: floors of clients' and groups' sums from the finest, then
        of models'; those that the problem has, none if all are 0.
        """
        return self._sum_floors

    # Kept, as a solve asks many times; a limit remembers the order of its groups, besides.
    @cached_property
    def _sum_limits(self) -> tuple[Limit, ...]:
        budget = np.array([self.budget])
        limits = [
            self._limit("the sum of all draws", "budget", Structure.TOTAL, budget),
            self._limit("processor", "cap", Structure.PROCESSORS, self.processor_cap),
        ]
        limits += [
            self._limit(level.name, "cap", Structure.GROUPS, level.caps, level)
            for level in self._tree
            if level.caps is not None
        ]
        if self.model_budgets is not None:
            more: dict[str, Any] = {"row_names": self.names.models}
            budgets = self.model_budgets
            limits.append(self._limit("model", "budget", Structure.MODELS, budgets, **more))
        if self.costs is not None:
            named: dict[str, Any] = {"weights": self.costs, "row_names": self.names.costs}
            rates = self.cost_budgets
            limits.append(self._limit("cost row", "budget", Structure.WEIGHTED, rates, **named))
        return tuple(limits)

    @cached_property
    def _sum_floors(self) -> tuple[Limit, ...]:
        limits = []
        for level in self._tree:
            if level.floors is not None and level.floors.any():
                bound, more = level.floors, {"at_least": True}
                limits.append(
                    self._limit(level.name, "floor", Structure.GROUPS, bound, level, **more)
                )
        if self.model_floors is not None and self.model_floors.any():
            named: dict[str, Any] = {"row_names": self.names.models, "at_least": True}
            floors = self.model_floors
            limits.append(self._limit("model", "floor", Structure.MODELS, floors, **named))
        return tuple(limits)

    def _limit(
        self,
        name: str,
        word: str,
        structure: Structure,
        bound: Any,
        level: Level | None = None,
        **more: Any,
    ) -> Limit:
        if level is not None:
            more = {"labels": level.labels, "row_names": level.row_names, **more}
        put = {"structure": structure, "bound": bound, **self._shared, **more}
        return Limit(name=name, word=word, **put)

    @property
    def has_budget(self) -> bool:
        """Whether the sum of all draws is limited; else ``budget`` is what the caps allow."""
        return not isinstance(self.budget, Unlimited)

    @property
    def is_plain(self) -> bool:
        """Whether budget, processor caps, floors and ceilings of pairs are the only limits."""
        if self.model_variance_ceilings is not None:
            return False
        coupled = self.levels or self.model_budgets is not None or self.costs is not None
        return not coupled and not self.sum_floors()

    def plain(self) -> Problem:
        """The same problem without the limits that couple processors: see ``is_plain``."""
        nothing: dict[str, Any] = {
            "client_cap": None,
            "groups": (),
            "group_caps": (),
            "model_budgets": None,
            "costs": None,
            "cost_budgets": None,
            "client_floor": None,
            "group_floors": (),
            "model_floors": None,
            "model_variance_ceilings": None,
        }
        return self if self.is_plain else replace(self, **nothing)

    def with_scores(self, scores: npt.ArrayLike) -> Problem:
        """The same limits for other scores ``(V, S)``; only these are checked, nothing is copied.

        Raises:
            InvalidProblemError: a wrong shape, a NaN, an infinity, a negative value.
        """
        given = Given(names=self.names, shape=self.scores.shape)
        table, missing = checks.score_table(given.pairs(scores, "scores"), "scores")
        if table.shape != self.scores.shape:
            raise InvalidProblemError(f"scores have shape {table.shape}; give {self.scores.shape}")
        if (missing & self.available).any():
            raise InvalidProblemError(
                "scores are missing where the problem's pairs are available; give a number there, "
                "or a new Problem"
            )
        table = np.where(self.available, table, 0.0)
        checks.require_range(table, "scores", low=0.0, axes=given.axes)
        other = object.__new__(type(self))
        for field in fields(self):
            object.__setattr__(other, field.name, getattr(self, field.name))
        object.__setattr__(other, "scores", read_only(table))
        return other

    @property
    def levels(self) -> tuple[tuple[str, IntArray, FloatArray], ...]:
        """``(name, (V,) labels, caps)`` of clients, if capped, and groups, finest first."""
        return tuple(
            (level.name, level.labels, level.caps) for level in self._tree if level.caps is not None
        )

    @cached_property
    def _tree(self) -> tuple[Level, ...]:
        """Clients, if their sums are limited, and groups, finest first."""
        several = len(self.groups) > 1
        floors: tuple[FloatArray | None, ...] = self.group_floors or (None,) * len(self.groups)
        names = self.names.groups or (None,) * len(self.groups)
        levels = [
            Level(
                name=f"group of level {depth}" if several else "group",
                labels=self.groups[depth],
                caps=self.group_caps[depth],
                floors=floors[depth],
                row_names=names[depth],
            )
            for depth in range(len(self.groups))
        ]
        limited = self.client_cap is not None or self.client_floor is not None
        if self.client is not None and limited:
            clients = Level(
                name="client",
                labels=self.client,
                caps=self.client_cap,
                floors=self.client_floor,
                row_names=self.names.clients,
            )
            levels.insert(0, clients)
        return tuple(levels)

    def _title(self, level: str, depth: int, label: int) -> str:
        if depth < 0:
            return self.names.row(label)
        names = self._tree[depth].row_names
        return f"{level} {label if names is None else repr(names[label])}"

    @property
    def n_processors(self) -> int:
        """``V``, the number of rows."""
        return int(self.scores.shape[0])

    @property
    def n_models(self) -> int:
        """``S``, the number of columns."""
        return int(self.scores.shape[1])

    @cached_property
    def weighted_scores(self) -> FloatArray:
        """``(V, S)``, ``√λ_s a_vs``: the scores of the same problem with unit model weights."""
        if np.all(self.model_weights == 1.0):
            return self.scores
        return read_only(self.scores * np.sqrt(self.model_weights))

    @cached_property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """``(l, u)``, each ``(V, S)``, both 0 where a pair is not available."""
        if self.available.all():
            floor, ceiling = (np.ascontiguousarray(x) for x in (self.floor, self.ceiling))
        else:
            floor, ceiling = (np.where(self.available, x, 0.0) for x in (self.floor, self.ceiling))
        return read_only(floor), read_only(ceiling)

    def __eq__(self, other: object) -> bool:
        """Whether all numbers, limits and names are the same."""
        if not isinstance(other, Problem):
            return NotImplemented
        return self is other or all(
            same(getattr(self, field.name), getattr(other, field.name)) for field in fields(self)
        )

    def __hash__(self) -> int:
        return hash((self.scores.shape, self.budget, float(self.scores.sum())))

    def __repr__(self) -> str:
        pairs, named = int(self.available.sum()), self.names.models or ()
        more = ", ..." if len(named) > _NAMED else ""
        models = f" ({', '.join(named[:_NAMED])}{more})" if named else ""
        budget = f"budget={self.budget:g}" if self.has_budget else "no budget"
        return (
            f"Problem({self.n_processors} {plural(self.n_processors, 'processor')} x "
            f"{self.n_models} {plural(self.n_models, 'model')}{models}, {budget}, "
            f"{pairs} available {plural(pairs, 'pair')})"
        )
