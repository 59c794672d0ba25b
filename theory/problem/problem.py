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
from roundlot.theory.problem import checks
from roundlot.theory.problem.given import Column, Given, Table
from roundlot.theory.problem.limits import Limit, Structure
from roundlot.theory.problem.naming import Names, names_of_scores
from roundlot.theory.problem.tables import labelled_table
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
        budget: ``m > 0``, the most draws expected in a round; need not be an integer.
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
        costs: ``(K, V, S)``, ``>= 0``: what a draw costs, in up to some twenty currencies.
        cost_budgets: ``(K,)``, ``>= 0``: the most each currency may cost, expected per round.
        model_weights: ``(S,)``, ``λ > 0``: what a unit of each model's variance costs.
        weights: ``(V, S)``, aggregation weights ``d / B >= 0`` of the updates; the participation
            variance and the data-size baseline need them.
        clients: names of the clients, in the order of the numbers in ``client``; by default of the
            rows.
        models: names of the columns; of a frame, which columns to read.
        names: those of another problem, instead.

    Whatever is given a number a client, model or group may be given by name: a dictionary, or a
    pandas Series with an index. Tables may be frames of pandas, polars or another library that
    speaks Arrow: a column ``client``, or else the index, names the rows, and the other columns are
    models. Names are put in the order of the scores; one that is unknown, missing or there twice is
    refused, except that a client in several rows of ``scores`` has several processors, that a model
    without a budget of its own may use all of ``budget``, and a group without a cap has none.

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
    names: Names

    def __init__(
        self,
        scores: Table,
        *,
        budget: float,
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
        model_weights: Column | None = None,
        weights: Table | None = None,
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
        table = np.where(mask, table, 0.0)
        kind = called.library or "array"
        checks.require_range(table, "scores", low=0.0, axes=given.axes, kind=kind)
        put: dict[str, Any] = {
            "scores": table,
            "budget": checks.positive_budget(budget),
            "available": mask,
            "processor_cap": given.by_row(processor_cap, "processor_cap"),
            "floor": given.limit(floor, "floor", high=1.0),
            "ceiling": given.limit(ceiling, "ceiling", high=1.0, open_=True),
            "model_weights": given.by_model(1.0 if model_weights is None else model_weights),
            "weights": None if weights is None else given.limit(weights, "weights"),
            "model_budgets": given.model_budgets(model_budgets, budget),
        }
        ordered = clients is not None or names is not None or owner is client
        put["client"], put["client_cap"] = given.clients(owner, client_cap, ordered=ordered)
        levels, group_names = given.groups(groups, group_caps)
        put["groups"] = tuple(label for label, _ in levels)
        put["group_caps"] = tuple(caps for _, caps in levels)
        put["costs"], put["cost_budgets"], cost_names = given.costs(costs, cost_budgets)
        put["names"] = replace(called, groups=group_names, costs=cost_names)
        for name, value in put.items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, name, value)
        checks.check_nested([(name, label) for name, label, _ in self.levels], self._title)

    def limits(self) -> tuple[Limit, ...]:
        """All of them: first :meth:`sum_limits`, then floors and ceilings of the probabilities.

        ``p`` is 0 besides wherever a pair is not available.
        """
        box: dict[str, Any] = {"structure": Structure.PAIRS, **self._shared}
        return (
            *self.sum_limits(),
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

    @cached_property
    def _sum_limits(self) -> tuple[Limit, ...]:
        # Kept, as a solve asks many times; a limit remembers the order of its groups, besides.
        def limit(name: str, word: str, structure: Structure, bound: Any, **more: Any) -> Limit:
            put = {"structure": structure, "bound": bound, **self._shared, **more}
            return Limit(name=name, word=word, **put)

        budget = np.array([self.budget])
        limits = [
            limit("the sum of all draws", "budget", Structure.TOTAL, budget),
            limit("processor", "cap", Structure.PROCESSORS, self.processor_cap),
        ]
        for (name, label, caps), names in zip(self.levels, self._level_names, strict=True):
            more: dict[str, Any] = {"labels": label, "row_names": names}
            limits.append(limit(name, "cap", Structure.GROUPS, caps, **more))
        if self.model_budgets is not None:
            more = {"row_names": self.names.models}
            limits.append(limit("model", "budget", Structure.MODELS, self.model_budgets, **more))
        if self.costs is not None:
            rates = self.cost_budgets
            more = {"weights": self.costs, "row_names": self.names.costs}
            limits.append(limit("cost row", "budget", Structure.WEIGHTED, rates, **more))
        return tuple(limits)

    @property
    def is_plain(self) -> bool:
        """Whether budget, processor caps, floors and ceilings are the only limits."""
        return not self.levels and self.model_budgets is None and self.costs is None

    def plain(self) -> Problem:
        """The same problem without the limits that couple processors: see ``is_plain``."""
        nothing: dict[str, Any] = {
            "client_cap": None,
            "groups": (),
            "group_caps": (),
            "model_budgets": None,
            "costs": None,
            "cost_budgets": None,
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
        several = len(self.groups) > 1
        tree = tuple(
            (f"group of level {depth}" if several else "group", label, limit)
            for depth, (label, limit) in enumerate(zip(self.groups, self.group_caps, strict=True))
        )
        if self.client is None or self.client_cap is None:
            return tree
        return (("client", self.client, self.client_cap), *tree)

    @property
    def _level_names(self) -> list[tuple[str, ...] | None]:
        """What the groups of each level are called."""
        groups = self.names.groups or (None,) * len(self.groups)
        return [self.names.clients, *groups][len(groups) + 1 - len(self.levels) :]

    def _title(self, level: str, depth: int, label: int) -> str:
        if depth < 0:
            return self.names.row(label)
        names = self._level_names[depth]
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

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """``(l, u)``, each ``(V, S)``, both 0 where a pair is not available."""
        return (
            read_only(np.where(self.available, self.floor, 0.0)),
            read_only(np.where(self.available, self.ceiling, 0.0)),
        )

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
        return (
            f"Problem({self.n_processors} {plural(self.n_processors, 'processor')} x "
            f"{self.n_models} {plural(self.n_models, 'model')}{models}, budget={self.budget:g}, "
            f"{pairs} available {plural(pairs, 'pair')})"
        )
