"""Problems in Parquet files: prices in a few passes, the probabilities in one more.

The files are read a batch at a time, here or by the workers of a Dask cluster.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.files import replaced_file
from roundlot.folders.atomic import replaced_folder
from roundlot.solvers.streams.proof import Plan
from roundlot.solvers.streams.proof import Terms as LimitedTerms
from roundlot.solvers.streams.solving import SharedPrices, StreamedOptimum, streamed_optimum
from roundlot.solvers.streams.survey import Whole
from roundlot.solvers.water.streaming import StreamedLevel, Terms, level_of, streamed_level
from roundlot.solvers.water.waterfill import NEAT_ENTRIES, waterfill
from roundlot.stream.limits import Caps, Cells, Limits
from roundlot.stream.not_offered import refuse_others
from roundlot.stream.problems import ParquetProblem, write_rows
from roundlot.stream.scores import BATCH_ROWS, ClusterScores, ParquetScores
from roundlot.stream.small import in_memory, is_small, shared_prices, written
from roundlot.stream.writing import Writer
from roundlot.theory import ConvergenceError, InvalidProblemError, Problem
from roundlot.theory.text import in_decimals

__all__ = ["ParquetScores", "StreamedSolution", "solve_parquet"]


@dataclass(frozen=True, kw_only=True)
class StreamedSolution:
    """The optimum of a table that was never in RAM whole.

    Attributes:
        rows, models: of the table.
        budget: ``m``; None without one.
        cap: of every row; None where rows have caps of their own.
        threshold: ``t``: ``q_v = min(c, t M_v)``; infinite when the budget is slack, None with
            further limits.
        passes: how often the scores were read, the writing included; of a table that was solved in
            memory after all, one and the writing.
        objective, lower_bound, gap: ``Σ a²/p``, what no feasible probabilities undercut, and the
            proved relative distance; without further limits None when nothing was written.
        prices: what a unit more of the budget, of models' budgets and of cost rows would save; None
            without further limits.
        unit: objective and lower bound are in units of ``4**unit``, 0 where float64 holds them and
            the prices, as with scores near 1e200 or 1e-200; `objective_text` says it then.
        seconds: wall-clock time.
        out: what was written.
    """

    rows: int
    models: tuple[str, ...]
    budget: float | None
    cap: float | None
    threshold: float | None
    passes: int
    seconds: float
    objective: float | None = None
    lower_bound: float | None = None
    gap: float | None = None
    out: Path | None = field(default=None)
    prices: SharedPrices | None = None
    unit: int = 0

    @property
    def objective_text(self) -> str:
        """``objective`` in six digits, also where float64 does not hold it: "2.25e+321"."""
        return "" if self.objective is None else in_decimals(self.objective, self.unit)


def solve_parquet(
    source: str | os.PathLike[str] | ParquetScores,
    budget: float | None,
    out: str | os.PathLike[str] | None = None,
    *,
    processor_cap: float | str | npt.ArrayLike = 1.0,
    floor: Cells | npt.ArrayLike = 0.0,
    ceiling: Cells | npt.ArrayLike = 1.0,
    client_cap: Caps | None = None,
    groups: str | Sequence[str] | None = None,
    group_caps: Caps | Sequence[Caps | None] | None = None,
    model_budgets: float | Mapping[str, float] | Sequence[float] | None = None,
    model_weights: float | Mapping[str, float] | Sequence[float] | None = None,
    costs: Mapping[str, Cells] | None = None,
    cost_budgets: Mapping[str, float] | None = None,
    client_floor: Caps | None = None,
    group_floors: Caps | Sequence[Caps | None] | None = None,
    model_floors: float | Mapping[str, float] | Sequence[float] | None = None,
    models: Sequence[str] | None = None,
    allow_unreachable: bool = False,
    start: StreamedSolution | None = None,
    batch_rows: int = BATCH_ROWS,
    client: Any = None,
    overwrite: bool = True,
    **others: Any,
) -> StreamedSolution:
    """Optimal probabilities of scores in Parquet, in memory for ``batch_rows`` rows and a few MB.

    With a budget and one cap the probabilities are those of :func:`roundlot.solve` on the whole
    table, bit for bit; with further limits they are as near to the optimum as ``gap`` proves, and
    within all limits as real sums. Limits mean what they mean in :class:`roundlot.Problem`. Rows
    that share a cap of a client or group must lie together, and are in memory together.

    Args:
        source: a file, a folder of files or :class:`ParquetScores`; nulls are not available, a NaN
            is a client that diverged and refused.
        budget: ``m > 0``; None where further limits are all that limits the draws.
        out: where to write them, with the columns that are not models; nothing without it. One
            file, whole or not at all; with ``client`` a new folder, one file for a row group.
        processor_cap: ``c > 0``: a number, the name of a column, or an array ``(V,)``.
        floor, ceiling: a number, the name of a column for all models, a dictionary that has one of
            these for each model, or an array ``(V,)`` or ``(V, S)``.
        client_cap: the most draws of a client, by the column ``client``: a number, the name of a
            column, or a dictionary by client.
        groups: columns with the names of groups, the finest first.
        group_caps: of each of these columns a number, the name of a column, or a dictionary by
            group; groups that it does not name have none.
        model_budgets, model_weights: a number, one for each model, or a dictionary by model.
        costs: what a draw costs, by the name of the cost row, each given as a ``floor`` is.
        cost_budgets: by the name of the cost row.
        client_floor: the least draws of a client, given as ``client_cap`` is; one number is of
            every client that is available for something.
        group_floors: likewise of groups, given as ``group_caps`` are; None where a column has none.
        model_floors: the least draws of each model: a number, one for each, or a dictionary.
        models: the columns of scores; all other numbers without it.
        allow_unreachable: whether a model without any score is let through.
        start: the answer for similar scores: its prices save passes where there are further limits.
        batch_rows: rows in memory at a time.
        client: a ``dask.distributed.Client``: its workers read, and write, row groups each. They
            have to see the files under the same names.
        overwrite: whether an existing file may be replaced.
        others: none; what :func:`roundlot.solve` knows beside these is refused by name.

    Raises:
        TypeError: a keyword that nothing here knows.
        InvalidProblemError: as :func:`streamed_level`, or files that are not a table of scores; a
            column or limit that does not fit; a client or group that comes back later.
        InfeasibleError: floors that do not fit the limits, by how much, and what would.
        ConvergenceError: prices that a few hundred passes did not find, of a table above 16,384
            rows; smaller ones are then solved in memory.
        FileExistsError: something is in the way.
    """
    begin = time.perf_counter()
    refuse_others(others, client)
    levels = (groups,) if isinstance(groups, str) else tuple(groups or ())
    limits = Limits(
        budget=budget,
        processor_cap=_cells(processor_cap),
        floor=_cells(floor),
        ceiling=_cells(ceiling),
        client_cap=client_cap,
        groups=levels,
        group_caps=_level_limits(group_caps, len(levels), "group_caps") or (None,) * len(levels),
        model_budgets=model_budgets,
        model_weights=model_weights,
        costs=_named_costs(costs),
        cost_budgets=cost_budgets,
        client_floor=client_floor,
        group_floors=_level_limits(group_floors, len(levels), "group_floors"),
        model_floors=model_floors,
    )
    if levels and group_caps is None and group_floors is None:
        raise InvalidProblemError("groups have neither caps nor floors; give group_caps")
    scores = _scores(source, limits, batch_rows, models)
    place = None if out is None else Path(out)
    if place is not None and client is None and place.suffix.lower() != ".parquet":
        raise InvalidProblemError(f"{out} must end in .parquet; probabilities are streamed")
    if not allow_unreachable:
        scores.require_reachable()
    if limits.is_plain:
        return _solved(scores, limits, place, client, overwrite, begin)
    return _limited(scores, limits, place, client, overwrite, begin, start)


def _scores(
    source: Any, limits: Limits, batch_rows: int, models: Sequence[str] | None
) -> ParquetScores:
    if isinstance(source, ParquetScores):
        return source.beside(limits.columns)
    return ParquetScores.at(source, batch_rows=batch_rows, models=models, others=limits.columns)


def _cells(given: Any) -> Any:
    """Arrays as they are, sequences as arrays; numbers, names and dictionaries as they are."""
    if isinstance(given, str | Mapping) or np.ndim(given) == 0:
        return given
    return np.asarray(given)


def _named_costs(costs: Any) -> dict[str, Cells] | None:
    if costs is None:
        return None
    if not isinstance(costs, Mapping):
        raise InvalidProblemError(
            f"costs is a {type(costs).__name__}; give a dictionary, as {{'energy': 'column'}}, and "
            "cost_budgets by the same names"
        )
    return {str(name): _cells(cost) for name, cost in costs.items()}


def _level_limits(given: Any, levels: int, name: str) -> tuple[Caps | None, ...]:
    if given is None:
        return ()
    if not levels:
        raise InvalidProblemError(f"{name} needs groups, the column with the groups' names")
    single = isinstance(given, str | Mapping) or np.ndim(given) == 0
    if single and levels == 1:
        return (given,)
    if single:
        raise InvalidProblemError(
            f"groups names {levels} columns; give {name} as a list with an entry for each"
        )
    return tuple(given)


def _solved(
    scores: ParquetScores,
    limits: Limits,
    out: Path | None,
    client: Any,
    overwrite: bool,
    begin: float,
) -> StreamedSolution:
    """By the one level of a budget and a cap."""
    cap: Any = limits.processor_cap
    assert limits.budget is not None
    if 0 < scores.row_groups[-1] * len(scores.models) <= NEAT_ENTRIES:
        return _small(scores, limits, out, client, overwrite, begin)
    blocks: Any = scores if client is None else ClusterScores(client, scores.parts())
    found = streamed_level(blocks, len(scores.models), limits.budget, cap)
    proof: dict[str, Any] = {}
    if out is not None:
        if client is None:
            with replaced_file(out, overwrite=overwrite) as place:
                terms = write_part(scores, place, found)
        else:
            with replaced_folder(out) as folder:
                terms = blocks.write(write_part, folder, found)
        objective, bound, gap, unit = found.proof(terms)
        proof = {"objective": objective, "lower_bound": bound, "gap": gap, "unit": unit, "out": out}
    return _by_level(found, scores, begin, passes=found.passes + (out is not None), **proof)


def _small(
    scores: ParquetScores,
    limits: Limits,
    out: Path | None,
    client: Any,
    overwrite: bool,
    begin: float,
) -> StreamedSolution:
    """The same of a table so small that its sums are fitted to the last ulp: here, as a whole."""
    table = np.vstack([scores.read(batch) for batch in scores.batches(scores.models)])
    problem = Problem(
        table,
        budget=limits.budget,
        processor_cap=limits.processor_cap,
        allow_unreachable=True,  # the files were looked at
    )
    line = waterfill(problem.scores, problem.budget, float(problem.processor_cap[0]))
    design = line.probabilities()
    found = level_of(line, problem.n_processors, problem.n_models)
    proof: dict[str, Any] = {}
    if out is not None:
        written(scores, design, out, client, overwrite=overwrite)
        objective, bound, gap, unit = found.proof(found.terms(line, design))
        proof = {"objective": objective, "lower_bound": bound, "gap": gap, "unit": unit, "out": out}
    return _by_level(found, scores, begin, passes=1 + (out is not None), **proof)


def _by_level(
    found: StreamedLevel, scores: ParquetScores, begin: float, *, passes: int, **proof: Any
) -> StreamedSolution:
    return StreamedSolution(
        rows=found.rows,
        models=scores.models,
        budget=found.budget,
        cap=found.cap,
        threshold=found.threshold,
        passes=passes,
        seconds=time.perf_counter() - begin,
        **proof,
    )


def _limited(
    scores: ParquetScores,
    limits: Limits,
    out: Path | None,
    client: Any,
    overwrite: bool,
    begin: float,
    start: StreamedSolution | None,
) -> StreamedSolution:
    """By the prices of further limits."""
    problem = ParquetProblem.of(scores, limits)
    blocks: Any = problem if client is None else ClusterScores(client, problem.parts())
    prices = None if start is None else start.prices

    def solved(place: Path | None) -> Any:
        def write(whole: Whole, plan: Plan) -> LimitedTerms:
            if client is None:
                return problem.write(place, whole.shared, plan)
            return blocks.write(write_rows, place, whole.shared, plan)  # type: ignore[no-any-return]

        return streamed_optimum(blocks, problem.rows, write, prices)

    try:
        if out is None:
            found = solved(None)
        elif client is None:
            with replaced_file(out, overwrite=overwrite) as place:
                found = solved(place)
        else:
            with replaced_folder(out) as folder:
                found = solved(folder)
    except ConvergenceError:
        if not is_small(problem):
            raise
        found = _whole(problem, out, client, overwrite)
    cap = limits.processor_cap
    return StreamedSolution(
        rows=found.rows,
        models=scores.models,
        budget=None if limits.budget is None else float(limits.budget),
        cap=None if isinstance(cap, str | np.ndarray) else float(cap),
        threshold=None,
        passes=found.passes,
        objective=found.objective,
        lower_bound=found.lower_bound,
        gap=found.gap,
        unit=found.unit,
        prices=found.prices,
        seconds=time.perf_counter() - begin,
        out=out,
    )


def _whole(
    problem: ParquetProblem, out: Path | None, client: Any, overwrite: bool
) -> StreamedOptimum:
    """Of a small table whose limits leave no shared prices to be found."""
    solution = in_memory(problem)
    proof = solution.certificate
    if out is not None:
        written(problem.scores, solution.probabilities, out, client, overwrite=overwrite)
    return StreamedOptimum(
        rows=problem.rows,
        prices=shared_prices(solution, proof.unit),
        passes=1 + (out is not None),
        objective=proof.objective,
        lower_bound=proof.lower_bound,
        gap=proof.gap,
        unit=proof.unit,
    )


def write_part(scores: ParquetScores, place: Path, found: StreamedLevel) -> Terms:
    """Writes the probabilities of these scores to one file; what they cost and prove."""
    sums = Terms()
    with Writer(scores=scores, place=place) as writer:
        for batch in scores.batches():
            line = found.line(scores.read(batch))
            design = line.probabilities()
            writer.write(batch, design)
            sums += found.terms(line, design)
    return sums
