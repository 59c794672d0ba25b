"""What a sampler is said to do, checked before a single round is drawn."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.errors import in_one_line
from roundlot.theory.names import entries_of, require_choice
from roundlot.theory.problem.problem import require_problem
from roundlot.theory.text import plural
from roundlot.verify.agreement.designs import name_of
from roundlot.verify.audits.draws import FORMS, Layout
from roundlot.verify.audits.source import is_design

_ROUNDING = 1e-9  # relative: sums of claimed probabilities
_MOST_CLIENTS = 50_000_000  # whose counts take gigabytes: a larger number is a slip


@dataclass(frozen=True, kw_only=True, eq=False)
class Claims:
    """The claims in one shape; ``P = V S`` flat pairs.

    Attributes:
        layout: processors, models, form of a draw.
        probabilities: ``(P,)`` inclusion probabilities, or None.
        weights: ``(P,)`` aggregation weights of full participation, or None.
        updates: for every model the weighted updates ``u`` (V, dim_s), or None.
        record: the record the updates came from, or None.
        problem: the problem that the design is to solve, or None.
        budget, budget_rule: most draws of a round, "average" or "every draw"; None if unlimited.
        design: one of ``DESIGNS``, the design itself, or None: no claim on how draws are coupled.
        rarest: no weight is above its target over this, or None if nobody says so.
        variance_bound: the aggregate's variance is at most this, or None.
        replacement: repeats are meant: inclusion probabilities do not tell how weights scatter.
    """

    layout: Layout
    probabilities: FloatArray | None
    weights: FloatArray | None
    updates: tuple[FloatArray, ...] | None
    record: Any
    problem: Problem | None
    budget: float | None
    budget_rule: str
    design: Any
    replacement: bool = False
    rarest: float | None = None
    variance_bound: float | None = None

    @property
    def table(self) -> FloatArray | None:
        """``(V, S)`` probabilities, or None."""
        if self.probabilities is None:
            return None
        return self.probabilities.reshape(self.layout.n_processors, self.layout.n_models)


def gather(
    sampler: Any,
    *,
    claimed: Any,
    weights: Any,
    updates: Any,
    problem: Any,
    budget: float | None,
    budget_rule: str,
    design: Any,
    form: str,
    n_clients: int | None,
    replacement: bool,
    names: Sequence[Hashable] | None = None,
    rarest: float | None = None,
    variance_bound: float | None = None,
) -> Claims:
    """Bring what the caller says into one shape.

    Raises:
        InvalidProblemError: probabilities with a NaN, negative, above 1, summing to more than 1
            in a row or to more than the budget; shapes that differ; nothing that says how many
            clients there are.
    """
    require_choice(form, "form", FORMS)
    if rarest is not None and not 0.0 < rarest <= 1.0:
        raise InvalidProblemError(f"rarest is {rarest}; give a probability above 0, at most 1")
    if variance_bound is not None and not (math.isfinite(variance_bound) and variance_bound > 0.0):
        raise InvalidProblemError(
            f"variance_bound is {variance_bound}; give a finite number above 0"
        )
    index_of = None if names is None else _index_of(names)
    if n_clients is None and index_of is not None and claimed is None and weights is None:
        n_clients = len(index_of) if updates is None and problem is None else None
    if claimed is None and is_design(sampler):
        claimed = sampler.probabilities
    if problem is None and hasattr(claimed, "problem"):
        problem = claimed.problem
    if problem is not None:
        require_problem(problem)
    table = getattr(claimed, "probabilities", claimed)
    probabilities = None if table is None else probability_table(table)
    steps = None if updates is None else update_tables(updates)
    given = _weight_table(weights, updates, problem)
    shape = _shape(probabilities, given, steps, problem, n_clients)
    if budget is None and problem is not None:
        budget = float(problem.budget)
    _check_budget(budget, budget_rule, probabilities)
    dims = None if steps is None else tuple(step.shape[1] for step in steps)
    if index_of is not None and len(index_of) != shape[0]:
        raise InvalidProblemError(
            f"{len(index_of)} {plural(len(index_of), 'name')} for {shape[0]} "
            f"{plural(shape[0], 'client')}; name them all"
        )
    layout = Layout(
        n_processors=shape[0],
        n_models=shape[1],
        form=form,
        dims=dims,
        index_of=index_of,
        replacement=replacement,
    )
    return Claims(
        layout=layout,
        probabilities=None if probabilities is None else probabilities.reshape(-1),
        weights=None if given is None else given.reshape(-1),
        updates=steps,
        record=updates if hasattr(updates, "directions") else None,
        problem=problem,
        budget=budget,
        budget_rule=budget_rule,
        design=None if replacement else _known_design(design),
        replacement=replacement,
        rarest=None if rarest is None else float(rarest),
        variance_bound=None if variance_bound is None else float(variance_bound),
    )


def _known_design(design: Any) -> Any:
    return design if design is None or is_design(design) else name_of(design)


def _index_of(names: Sequence[Hashable]) -> dict[Hashable, int]:
    given = entries_of(names, "names: give a list, one for each client")
    if not all(isinstance(one, Hashable) for one in given):
        raise InvalidProblemError(
            "names: a name is a list; give a text or a number for each client"
        )
    plain = [one.item() if isinstance(one, np.generic) else one for one in given]
    index_of = {name: place for place, name in enumerate(plain)}
    if len(index_of) < len(plain):
        twice = next(name for name in plain if plain.count(name) > 1)
        raise InvalidProblemError(f"two clients are named {twice!r}; names must differ")
    return index_of


def probability_table(values: npt.ArrayLike) -> FloatArray:
    """``(V, S)`` from (V,) or (V, S), refused by name unless it holds probabilities.

    Raises:
        InvalidProblemError: a NaN, an entry outside 0..1, a row that sums to more than 1.
    """
    table = _two_dimensional(values, "claimed")
    for wrong, text in (
        (np.isnan(table), "is NaN"),
        (table < 0.0, "is negative"),
        (table > 1.0, "exceeds 1"),
    ):
        if wrong.any():
            v, s = (int(index) for index in np.argwhere(wrong)[0])
            place = f"claimed[{v}]" if table.shape[1] == 1 else f"claimed[{v}, {s}]"
            raise InvalidProblemError(
                f"{place} {text} ({table[v, s]:.6g}); a probability lies in 0..1"
            )
    rows = table.sum(axis=1)
    if (rows > 1.0 + _ROUNDING).any():
        v = int(rows.argmax())
        raise InvalidProblemError(
            f"claimed[{v}] sums to {rows[v]:.6g}; a processor trains one model at a time, so its "
            "probabilities sum to at most 1"
        )
    return table


def update_tables(updates: Any) -> tuple[FloatArray, ...]:
    """For every model the weighted updates ``(V, dim_s)``, from a record or a sequence of tables.

    Raises:
        InvalidProblemError: no tables, different numbers of rows, a NaN or an infinity.
    """
    if hasattr(updates, "directions"):
        return tuple(
            updates.weights[:, s, None] * np.asarray(d, dtype=np.float64)[updates.client]
            for s, d in enumerate(updates.directions)
        )
    if isinstance(updates, np.ndarray) and updates.ndim == 2:
        updates = [updates]
    if not isinstance(updates, Sequence):
        raise InvalidProblemError("updates must be one (V, dim) table per model, weighted")
    tables = tuple(numbers_or_nan(table, f"updates[{s}]") for s, table in enumerate(updates))
    if not tables or any(t.ndim != 2 or len(t) != len(tables[0]) for t in tables):
        raise InvalidProblemError("updates must be one (V, dim) table per model, all with V rows")
    if not all(np.isfinite(table).all() for table in tables):
        raise InvalidProblemError("updates must be finite; one holds a NaN or an infinity")
    return tables


def _weight_table(weights: Any, updates: Any, problem: Any) -> FloatArray | None:
    if weights is None:
        weights = getattr(updates, "weights", None)
    if weights is None:
        weights = getattr(problem, "weights", None)
    if weights is None:
        return None
    table = _two_dimensional(weights, "weights")
    if not (np.isfinite(table) & (table >= 0.0)).all():
        raise InvalidProblemError("weights must be finite and at least 0")
    if not table.any():
        raise InvalidProblemError("weights are all 0: there is nothing to aggregate")
    return table


def _two_dimensional(values: npt.ArrayLike, name: str) -> FloatArray:
    table = numbers_or_nan(values, name)
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or table.size == 0:
        raise InvalidProblemError(f"{name} has shape {table.shape}; give (V,) or (V, S)")
    return table


def _shape(
    probabilities: FloatArray | None,
    weights: FloatArray | None,
    updates: tuple[FloatArray, ...] | None,
    problem: Problem | None,
    n_clients: int | None,
) -> tuple[int, int]:
    known = {
        "claimed": None if probabilities is None else probabilities.shape,
        "weights": None if weights is None else weights.shape,
        "updates": None if updates is None else (len(updates[0]), len(updates)),
        "problem": None if problem is None else problem.scores.shape,
        "n_clients": None if n_clients is None else (_clients(n_clients), 1),
    }
    given = {name: shape for name, shape in known.items() if shape is not None}
    if not given:
        raise InvalidProblemError(
            "nothing says how many clients there are: give claimed, weights, updates, problem "
            "or n_clients"
        )
    if len(set(given.values())) > 1:
        told = ", ".join(f"{name} {shape}" for name, shape in given.items())
        raise InvalidProblemError(f"shapes differ: {told}; all are (V, S)")
    return next(iter(given.values()))


def _clients(n_clients: int) -> int:
    if not (isinstance(n_clients, Integral) and 1 <= n_clients <= _MOST_CLIENTS):
        given = in_one_line(n_clients)
        raise InvalidProblemError(
            f"n_clients is {given}; give a whole number from 1 to {_MOST_CLIENTS:,}"
        )
    return int(n_clients)


def _check_budget(budget: float | None, rule: str, probabilities: FloatArray | None) -> None:
    require_choice(rule, "budget_rule", ("average", "every draw"))
    if budget is None:
        if rule != "average":
            raise InvalidProblemError("there is no budget that every draw could keep: give one")
        return
    if not (math.isfinite(budget) and budget > 0.0):
        raise InvalidProblemError(f"budget is {budget}; it must be finite and above 0")
    total = 0.0 if probabilities is None else math.fsum(probabilities.reshape(-1))
    if total > budget * (1.0 + _ROUNDING):
        raise InvalidProblemError(
            f"claimed probabilities sum to {total:.6g}, above the budget of {budget:g}: they "
            "cannot both hold; raise the budget or lower them"
        )
