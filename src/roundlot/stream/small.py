"""Tables that the sample holds whole: the solver in memory, where shared prices are not found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from roundlot import solvers
from roundlot.files import replaced_file
from roundlot.folders.atomic import replaced_folder
from roundlot.solvers.proof.prices import plain_prices
from roundlot.solvers.streams.sample import SAMPLE
from roundlot.solvers.streams.solving import SharedPrices
from roundlot.stream.problems import ParquetProblem
from roundlot.stream.scores import ParquetScores
from roundlot.stream.writing import Writer
from roundlot.theory.arrays import FloatArray
from roundlot.theory.problem import Structure


def is_small(problem: ParquetProblem) -> bool:
    """Whether the sample that prices start from has all of the rows in memory anyway."""
    return problem.rows <= SAMPLE


def in_memory(problem: ParquetProblem) -> solvers.Solution:
    """The optimum of the whole table.

    Raises:
        ConvergenceError: as :func:`roundlot.solve`.
    """
    return problem.of_whole(lambda block: solvers.solve(block.problem))


def shared_prices(solution: solvers.Solution, unit: int) -> SharedPrices:
    """Those of the limits that sum over all rows, in units of ``4**unit``."""
    problem = solution.problem
    assert solution.multipliers is not None
    prices = plain_prices(problem, solution.multipliers, unit)
    floors = [
        values
        for limit, values in zip(problem.sum_floors(), prices.floors, strict=False)
        if limit.structure is Structure.MODELS
    ]
    return SharedPrices(
        budget=prices.budget,
        models=tuple(_each(prices.models, problem.n_models)),
        costs=tuple(prices.costs.tolist()),
        model_floors=tuple(_each(floors[0], problem.n_models)) if floors else (),
        unit=unit,
    )


def _each(values: FloatArray, count: int) -> list[float]:
    return [float(x) for x in values] if values.size else np.zeros(count).tolist()


def written(
    scores: ParquetScores, design: FloatArray, out: Path, client: Any, *, overwrite: bool
) -> None:
    """Writes probabilities ``(V, S)``: one file, or with a cluster a folder of parts."""
    if client is None:
        with replaced_file(out, overwrite=overwrite) as place:
            _write_rows(scores, place, design)
        return
    with replaced_folder(out) as folder:
        at = 0
        for index, part in enumerate(scores.parts()):
            at += _write_rows(part, folder / f"part-{index:05d}.parquet", design[at:])


def _write_rows(scores: ParquetScores, place: Path, design: FloatArray) -> int:
    """Writes the first of some rows, as many as the scores have; how many these are."""
    at = 0
    with Writer(scores=scores, place=place) as writer:
        for batch in scores.batches():
            writer.write(batch, design[at : at + batch.num_rows])
            at += batch.num_rows
    return at
