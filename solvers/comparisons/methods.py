"""Every cheap approximation beside the optimum: what it needs, costs and loses."""

from __future__ import annotations

import math
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from roundlot import solvers
from roundlot.solvers.comparisons.row_moments import Figures, RowInputs, figures, step_label
from roundlot.solvers.comparisons.table import Comparison, ComparisonRow, SkippedRow
from roundlot.solvers.proof.scales import holds
from roundlot.solvers.rules import (
    OPTIMUM,
    RULES,
    Information,
    Observed,
    Rule,
    gather,
)
from roundlot.solvers.rules.largest_loss import LargestLoss, PlainAverage
from roundlot.solvers.rules.limits import unsupported
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem, RoundlotWarning, moments
from roundlot.theory.arrays import FloatArray
from roundlot.theory.choices import RuleName
from roundlot.theory.kinds import is_whole
from roundlot.theory.names import entries_of, require_choice
from roundlot.theory.positions import by_position
from roundlot.theory.problem.problem import require_problem
from roundlot.theory.text import in_decimals

_ROUNDING = 1e-12  # relative: sums over a million processors, in float64


@by_position("losses", "step_norms", "client", "last_norms")
def compare(
    problem: Problem,
    *,
    losses: npt.ArrayLike | None = None,
    step_norms: npt.ArrayLike | None = None,
    client: npt.ArrayLike | None = None,
    updates: Sequence[npt.ArrayLike] | None = None,
    last_norms: npt.ArrayLike | None = None,
    history: Sequence[Observed] | None = None,
    repeats: int = 3,
    methods: Sequence[RuleName] | None = None,
) -> Comparison:
    """Compare every approximation with the optimum of a problem.

    Args:
        problem: with ``weights``, participation variances and the data-size rule are included.
        losses: ``(V, S)``, for the rules that need losses; skipped without.
        step_norms: ``(S,)``, ``‖Σ_v u_vs‖``, unweighted. Without them the variance of a design in
            turns is a lower bound, with replacement an upper one, and the row says so.
        client: ``(V,)``, the client of each processor, for uploads; by default one each.
        updates: ``S`` tables ``(V, dim_s)``, the weighted updates ``u`` whose norms the scores are:
            they give the step norms, and make the variance of clusters and of blocks exact.
        last_norms: ``(V, S)``, norms when last drawn, NaN where never, for "last seen".
        history: past rounds, oldest first, for the online rules.
        repeats: runs of each method; the median time is reported.
        methods: names of those that are compared with the optimum; all by default.

    Returns:
        A row per method, the optimum first; what could not run is in ``skipped``, with the reason.

    Raises:
        InvalidProblemError: a wrong shape, a NaN or a negative value in what is given; a name that
            no method has.
        InfeasibleError: nothing satisfies the problem's limits.
    """
    require_problem(problem)
    if methods is not None:
        methods = entries_of(methods, "methods: give a list of names")
    if not is_whole(repeats) or repeats < 1:
        raise InvalidProblemError(f"repeats is {repeats!r}; give a whole number, at least 1")
    chosen = _chosen(methods)
    known = gather(
        problem,
        losses=losses,
        step_norms=step_norms,
        client=client,
        updates=updates,
        last_norms=last_norms,
        history=history,
    )
    best, seconds = _timed(partial(OPTIMUM.propose, problem, known), repeats)
    scale = _Scale.of(problem, known, best)
    rows = [scale.row(OPTIMUM, best, seconds)]
    skipped: list[SkippedRow] = []
    for rule in chosen:
        outcome = _attempt(rule, problem, known, repeats)
        if isinstance(outcome, SkippedRow):
            skipped.append(outcome)
        else:
            rows.append(scale.row(rule, *outcome))
    return Comparison(problem=problem, rows=tuple(rows), skipped=tuple(skipped))


def _chosen(names: Sequence[str] | None) -> list[Rule]:
    known = [rule.name for rule in RULES]
    for name in names or ():
        require_choice(name, "a method of compare", (OPTIMUM.name, *known))
    return [rule for rule in RULES if names is None or rule.name in names]


def _attempt(
    rule: Rule, problem: Problem, known: Information, repeats: int
) -> tuple[FloatArray, float] | SkippedRow:
    lowers = rule.design == "independent"
    # nothing that is lowered would meet floors of sums, or be sure of ceilings of variances
    lowers = lowers and not problem.sum_floors() and problem.model_variance_ceilings is None
    reason = unsupported(problem.plain() if lowers else problem) or rule.missing(known)
    if reason is None:
        try:
            return _timed(partial(_proposed, rule, problem, known), repeats)
        except InfeasibleError as error:
            reason = str(error)
    return SkippedRow(name=rule.name, needs=rule.needs, reason=reason)


def _proposed(rule: Rule, problem: Problem, known: Information) -> FloatArray:
    """The rule's probabilities; lowered, if it does not know of limits, until all of them hold."""
    if problem.is_plain:
        return rule.propose(problem, known)
    return solvers.lowered(problem, rule.propose(problem.plain(), known))


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
class _Scale:
    """What all rows are measured against.

    Ratios and gaps are computed on scores scaled to at most 1: squares of the scores themselves
    may overflow or vanish where their ratio does not.
    """

    problem: Problem
    known: Information
    case: RowInputs
    unit: float
    least_objective: float
    least_variance: float

    @classmethod
    def of(cls, problem: Problem, known: Information, best: FloatArray) -> _Scale:
        scores = problem.weighted_scores
        unit = float(scores.max()) or 1.0
        weights, steps, client = known.weights, known.step_norms, known.client
        roots = np.sqrt(problem.model_weights)
        case = RowInputs(
            scores=scores / unit,
            weights=None if weights is None else np.where(problem.available, weights, 0.0),
            step_norms=None if steps is None else steps / unit * roots,
            updates=known.updates,
            unit=roots / unit,
            client=np.arange(problem.n_processors) if client is None else client,
        )
        return cls(
            problem=problem,
            known=known,
            case=case,
            unit=unit,
            least_objective=_objective(case, best),
            least_variance=figures(case, "independent", best, None).variance,
        )

    def row(self, rule: Rule, p: FloatArray, seconds: float) -> ComparisonRow:
        """All figures of one rule."""
        cluster, scores = rule.groups(self.problem, self.known), self.case.scores
        if isinstance(rule, LargestLoss):
            average = rule.average(self.problem, self.known)
            moved, objective = average.moved, np.inf
            label = f"biased: {moved:.2g} of the weight is moved to other clients"
            costs = _of_plain(average)
        else:
            moved, objective = 0.0, _objective(self.case, p)
            label = step_label(self.problem, p, rule.design, cluster)
            costs = figures(self.case, rule.design, p, cluster)
        texts = {}
        values = {"objective": objective, "variance": costs.variance}
        if not all(_is_held(value, self.unit) for value in values.values()):
            texts = {f"{name}_text": _decimals(x, self.unit) for name, x in values.items()}
        return ComparisonRow(
            name=rule.name,
            needs=rule.needs,
            source=rule.source,
            label=label,
            design=rule.design,
            probabilities=p,
            variance=costs.variance * self.unit * self.unit,
            variance_is=costs.variance_is,
            ratio=_over(costs.variance, self.least_variance),
            objective=objective * self.unit * self.unit,
            gap=_gap(objective, self.least_objective),
            never_drawn=float(scores[p <= 0.0].sum() / (scores.sum() or 1.0)),
            weight_moved=moved,
            participation_variance=costs.participation,
            expected_draws=moments.expected_draws(p),
            expected_uploads=costs.uploads,
            seconds=seconds,
            cluster=cluster,
            **texts,
        )


def _of_plain(average: PlainAverage) -> Figures:
    """No variance is comparable with a bias in it; the weights are a plain average's, in turns.

    In its turn a model's weights sum to 1 whoever is chosen, and to 0 in the others'.
    """
    taking = int((average.weights.sum(axis=0) > 0.0).sum())
    return Figures(
        variance=np.inf,
        variance_is="exact",
        participation=float(taking * (average.weights.shape[1] - 1)),
        uploads=average.messages,
    )


def _is_held(value: float, unit: float) -> bool:
    """Whether float64 holds ``value * unit**2``, if it holds ``value``."""
    moved = value * unit * unit
    return value in (0.0, np.inf) or (moved > 0.0 and holds(moved))


def _decimals(value: float, unit: float) -> str:
    """``value * unit**2`` in six digits, whatever its size."""
    mantissa, exponent = math.frexp(unit)
    return in_decimals(value * mantissa * mantissa, exponent)


def _objective(case: RowInputs, p: FloatArray) -> float:
    return float(moments.model_objective(case.scores, p).sum())


def _gap(value: float, least: float) -> float:
    """``value / least - 1``; what rounding alone puts below 0 is 0."""
    gap = _over(value, least) - 1.0
    return 0.0 if -_ROUNDING < gap < 0.0 else gap


def _over(value: float, least: float) -> float:
    """``value / least``; 1 where both are 0 or both infinite."""
    if value == least:
        return 1.0
    return value / least if least > 0.0 else np.inf
