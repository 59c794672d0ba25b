"""Every cheap approximation beside the optimum: what it needs, costs and loses."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from roundlot.solvers.approximations import APPROXIMATIONS, Approximation, Information, gather
from roundlot.solvers.approximations.approximation import DesignName
from roundlot.solvers.comparison import Comparison, ComparisonRow, SkippedRow
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem, RoundlotWarning, moments

FloatArray = npt.NDArray[np.float64]


def compare(
    problem: Problem,
    *,
    losses: npt.ArrayLike | None = None,
    step_norms: npt.ArrayLike | None = None,
    client: npt.ArrayLike | None = None,
    repeats: int = 3,
) -> Comparison:
    """Compare every approximation with the optimum of a problem.

    Args:
        problem: with ``weights``, participation variances and the data-size rule are included.
        losses: ``(V, S)``, for the loss rule; skipped without.
        step_norms: ``(S,)``, ``‖Σ_v u_vs‖``, unweighted. Without them the variance of a design in
            turns is a lower bound, and its row says "at least".
        client: ``(V,)``, the client of each processor, for uploads; by default one each.
        repeats: runs of each method; the median time is reported.

    Returns:
        A row per method, the optimum first; what could not run is in ``skipped``, with the reason.

    Raises:
        InvalidProblemError: a wrong shape, a NaN or a negative value in what is given.
        InfeasibleError: nothing satisfies the problem's limits.
    """
    if repeats < 1:
        raise InvalidProblemError(f"repeats is {repeats}; give at least 1")
    known = gather(problem, losses=losses, step_norms=step_norms, client=client)
    optimum, seconds = _timed(partial(_optimum, problem), repeats)
    scale = _Scale.of(problem, known, optimum)
    rows = [scale.row(_OPTIMUM, optimum, seconds)]
    skipped: list[SkippedRow] = []
    for method in APPROXIMATIONS:
        outcome = _attempt(method, problem, known, repeats)
        if isinstance(outcome, SkippedRow):
            skipped.append(outcome)
        else:
            rows.append(scale.row(_Method.of(method), *outcome))
    return Comparison(problem=problem, rows=tuple(rows), skipped=tuple(skipped))


def _optimum(problem: Problem) -> FloatArray:
    # Imported late: the package imports this module while it loads.
    from roundlot.solvers import solve

    return solve(problem).probabilities


def _attempt(
    method: Approximation, problem: Problem, known: Information, repeats: int
) -> tuple[FloatArray, float] | SkippedRow:
    reason = method.missing(known)
    if reason is None:
        try:
            return _timed(partial(_proposed, method, problem, known), repeats)
        except InfeasibleError as error:
            reason = str(error)
    return SkippedRow(name=method.name, needs=method.needs, reason=reason)


def _proposed(method: Approximation, problem: Problem, known: Information) -> FloatArray:
    """The method's design; lowered, where it does not know of limits, until all of them hold."""
    design = method.propose(problem, known)
    if problem.is_plain:
        return design
    from roundlot.solvers.lowering import lowered

    return lowered(problem, design)


def _timed(run: Callable[[], FloatArray], repeats: int) -> tuple[FloatArray, float]:
    """The result of a run and the median seconds of several; only the first may warn."""
    start = time.perf_counter()
    result = run()
    seconds = [time.perf_counter() - start]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)
        for _ in range(repeats - 1):
            start = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - start)
    return result, statistics.median(seconds)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Method:
    name: str
    needs: str
    source: str
    design: DesignName = "independent"

    @classmethod
    def of(cls, method: Approximation) -> _Method:
        return cls(name=method.name, needs=method.needs, source=method.source, design=method.design)


_OPTIMUM = _Method(
    name="optimum",
    needs="norms of all updates",
    source="Chen, Horváth, Richtárik, TMLR 2022; Zhang et al., ICDCS 2024",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Scale:
    """What all rows are measured against.

    Ratios and gaps are computed on scores scaled to at most 1: squares of the scores themselves
    may overflow or vanish where their ratio does not.
    """

    problem: Problem
    unit: float
    scores: FloatArray
    weights: FloatArray | None
    step_norms: FloatArray | None
    client: npt.NDArray[np.int64]
    best: FloatArray

    @classmethod
    def of(cls, problem: Problem, known: Information, best: FloatArray) -> _Scale:
        scores = problem.weighted_scores
        unit = float(scores.max()) or 1.0
        weights, steps, client = known.weights, known.step_norms, known.client
        return cls(
            problem=problem,
            unit=unit,
            scores=scores / unit,
            weights=None if weights is None else np.where(problem.available, weights, 0.0),
            step_norms=None if steps is None else steps / unit * np.sqrt(problem.model_weights),
            client=np.arange(problem.n_processors) if client is None else client,
            best=best,
        )

    def row(self, method: _Method, p: FloatArray, seconds: float) -> ComparisonRow:
        """All figures of one method."""
        turns = method.design == "turns"
        variance = self._variance(p, turns)
        objective = self._objective(p)
        least = self._objective(self.best)
        lost = float(self.scores[p <= 0.0].sum() / (self.scores.sum() or 1.0))
        uploads = moments.turns_expected_uploads if turns else moments.expected_uploads
        exact = not turns or self.step_norms is not None or self.problem.n_models == 1
        return ComparisonRow(
            name=method.name,
            needs=method.needs,
            source=method.source,
            label="unbiased" if lost == 0.0 else f"biased: {lost:.2g} of the score is never drawn",
            design=method.design,
            probabilities=p,
            variance=variance * self.unit * self.unit,
            variance_is="exact" if exact else "at least",
            ratio=_over(variance, self._variance(self.best, False)),
            objective=objective * self.unit * self.unit,
            gap=_over(objective, least) - 1.0,
            never_drawn=lost,
            participation_variance=self._participation(p, turns),
            expected_draws=moments.expected_draws(p),
            expected_uploads=uploads(p, self.client),
            seconds=seconds,
        )

    def _objective(self, p: FloatArray) -> float:
        return float(moments.model_objective(self.scores, p).sum())

    def _variance(self, p: FloatArray, turns: bool) -> float:
        if not turns:
            return float(moments.model_variance(self.scores, p).sum())
        steps = np.zeros(self.problem.n_models) if self.step_norms is None else self.step_norms
        return float(moments.turns_model_variance(self.scores, p, steps).sum())

    def _participation(self, p: FloatArray, turns: bool) -> float | None:
        if self.weights is None:
            return None
        formula = moments.turns_participation_variance if turns else moments.participation_variance
        return float(formula(self.weights, p).sum())


def _over(value: float, least: float) -> float:
    """``value / least``; 1 where both are 0 or both infinite."""
    if value == least:
        return 1.0
    return value / least if least > 0.0 else np.inf
