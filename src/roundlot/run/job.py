"""The main job: solve, compare, simulate, verify, bound; the result is written by the report.

Its last stage puts every claim as a verdict; together they keep one false-alarm rate.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from roundlot import simulate
from roundlot.fleet import FleetSetup
from roundlot.folders.provenance import versions
from roundlot.progress import Ahead, Progress, plan, silent
from roundlot.run.case import Case, prepare
from roundlot.run.exploration import exploring
from roundlot.run.result import RunResult
from roundlot.run.rounds_bound import Ground, bound_methods, ground
from roundlot.run.simulation import (
    INCLUSION,
    PARTICIPATION,
    Drawing,
    Simulation,
    drawing,
    heard,
    require_drawable,
    require_room,
    shared_rate,
)
from roundlot.run.summaries import (
    fleet_summary,
    processor_reasons,
    reference_summary,
    solution_summary,
    water_level,
)
from roundlot.solvers import Comparison, ComparisonRow, Solution, compare, solve
from roundlot.solvers.rules import rehearse
from roundlot.theory import AssumptionError
from roundlot.theory.errors import warn
from roundlot.user_text import joined_names
from roundlot.verify import (
    Verdict,
    check_aggregate_weight,
    check_assumed_mean,
    check_certificate,
    check_draws,
    check_enumeration,
    check_inclusion,
    check_participation_variance,
    check_reference,
    check_uploads,
    check_variance,
)
from roundlot.verify.agreement.solutions import check_theorems
from roundlot.verify.agreement.variance import not_predicted
from roundlot.verify.tests.verdict import decide

if TYPE_CHECKING:
    from roundlot.simulate import Realised
    from roundlot.simulate.designs import Design
    from roundlot.theory.choices import RuleName


# The optimum is held to the discrepancy that the setup asks for, the rest to a coarser one: rounds
# grow with its inverse square, and all methods together should not cost much more than one.
COARSER = 2.0

FloatArray = npt.NDArray[np.float64]
#: What comes after the rounds, its work beside that of the optimum's: as measured with the shipped
#: fleet, for estimates of what is left.
VERIFYING = Ahead(stage="verify", work=0.4)
REPORTING = Ahead(stage="report", work=0.3)
ROUNDING = 1e-24  # relative, of a square


def run(setup: FleetSetup, *, progress: Progress = silent) -> RunResult:
    """Do the main job of a setup and return everything that its report shows.

    Raises:
        InvalidProblemError: tables or settings that are malformed or do not fit each other.
        InfeasibleError: limits that nothing satisfies.
        ConvergenceError: local training or the independent solver fails.
    """
    clock = _Clock()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with clock.time("train"):
            case = prepare(setup, progress=progress)
            require_room(case)
        with clock.time("solve"):
            progress("solve", 0, 0)
            solution = solve(case.problem)
        with clock.time("reference"):
            progress("reference", 0, 0)
            reference = solve(case.problem, method="conic")
        with clock.time("compare"):
            progress("compare", 0, 0)
            comparison = compare_case(case)
        require_drawable(case)
        with clock.time("bound"):
            progress("bound", 0, 0)
            base = ground(case, comparison)
            bound = None if base is None else bound_methods(case, base)
        with clock.time("simulate"):
            simulations = simulate_all(
                case, comparison, progress=progress, then=(VERIFYING, REPORTING)
            )
        with clock.time("verify"):
            progress("verify", 0, 0)
            verdicts = check_run(case, solution, reference, simulations)
    return RunResult(
        name=setup.name,
        seed=setup.seed,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=versions(),
        setup=dict(setup.document),
        assumptions=_assumptions(case, base),
        fleet=fleet_summary(case.fleet),
        clients=case.fleet.clients,
        client=case.fleet.client,
        probabilities=solution.probabilities,
        scores=case.problem.weighted_scores,
        available=case.problem.available,
        processor_cap=case.problem.processor_cap,
        capped=solution.capped,
        reasons=processor_reasons(
            case.problem, solution.probabilities, level=water_level(solution)
        ),
        solution=solution_summary(solution),
        reference=reference_summary(solution, reference),
        comparison=tuple(comparison.to_records()),
        simulation=tuple(simulation.record(case) for simulation in simulations),
        verdicts=tuple(asdict(verdict) for verdict in verdicts),
        bound=bound,
        exploring=exploring(case),
        timings=clock.seconds,
        warnings=tuple(dict.fromkeys(str(warning.message) for warning in caught)),
    )


def compare_case(
    case: Case, *, history: int = 0, methods: Sequence[str] | None = None, repeats: int = 3
) -> Comparison:
    """Every method on the case's problem, or those of some names.

    ``history`` gives methods with a memory so many uniform rounds of these very norms to learn
    from; without any they are skipped.
    """
    updates = case.updates
    # Losses that stand in for the norms are not the norms of these updates.
    known = case.setup.scores.kind != "loss"
    return compare(
        case.problem,
        losses=case.losses,
        client=case.fleet.client,
        updates=[updates.processor_updates(s) for s in range(updates.n_models)] if known else None,
        history=rehearse(case.problem, rounds=history, seed=case.setup.seed) if history else None,
        methods=cast("Sequence[RuleName] | None", methods),
        repeats=repeats,
    )


def simulate_all(
    case: Case,
    comparison: Comparison,
    *,
    kind: str | None = None,
    progress: Progress = silent,
    then: Sequence[Ahead] = (),
) -> tuple[Simulation, ...]:
    """Rounds of every unbiased method, the optimum first and most closely.

    Baselines are begun while ``simulate.baseline_seconds`` last. ``kind`` is a design of
    ``DESIGNS`` to draw all of them by instead of their own. ``then`` is what comes after, for
    ``progress``; its work is told beside that of the optimum's rounds, which is 1.

    Warns:
        RoundlotWarning: methods whose design cannot be simulated, or for which no time was left.
    """
    require_drawable(case)
    rows, limit = _simulated(comparison), case.setup.simulate.baseline_seconds
    within = math.inf if isinstance(limit, str) else limit
    drawn = [
        drawing(
            case,
            row,
            discrepancy=case.setup.verify.discrepancy * (COARSER if number else 1.0),
            false_alarm=shared_rate(case, len(rows)),
            thorough=number == 0,
            kind=kind,
        )
        for number, row in enumerate(rows if within > 0.0 else rows[:1])
    ]
    stages = _stages(drawn, within)
    plan(progress, [*stages, *then])
    begin, done = time.monotonic(), list[Simulation]()
    for number, (one, stage) in enumerate(zip(drawn, stages, strict=True)):
        begin = time.monotonic() if number == 1 else begin
        if number and time.monotonic() - begin >= within:
            break
        done.append(one.draw(case, stage.stage, progress))
    if len(done) < len(rows):
        _warn_of_the_rest(rows[len(done) :], within)
    return tuple(done)


def _stages(drawn: Sequence[Drawing], within: float) -> list[Ahead]:
    """A stage for every method, its work beside that of the optimum's rounds."""
    return [
        Ahead(
            stage=f"simulate {one.name} ({number + 1} of {len(drawn)})",
            work=one.rounds / drawn[0].rounds,
            kind=one.design.name,
            within=within if number else math.inf,
        )
        for number, one in enumerate(drawn)
    ]


def _warn_of_the_rest(rows: Sequence[ComparisonRow], limit: float) -> None:
    names = joined_names([row.name for row in rows])
    warn(
        f"not simulated, as simulate.baseline_seconds is {limit:g}: {names}; their variances are "
        "computed, and more seconds simulate them as well",
    )


def _simulated(comparison: Comparison) -> list[ComparisonRow]:
    designs = {design.name for design in simulate.DESIGNS}
    unbiased = [row for row in comparison.rows if row.label.startswith("unbiased")]
    left_out = [f"{row.name} ({row.design})" for row in unbiased if row.design not in designs]
    kinds = ("unbiased", "biased")
    left_out += [
        f"{row.name} (pairs)" for row in comparison.rows if not row.label.startswith(kinds)
    ]
    if left_out:
        warn(
            f"not simulated: {', '.join(left_out)}, for which there is no design to draw with; "
            "their variances are computed"
        )
    return [row for row in unbiased if row.design in designs]


def _assumptions(case: Case, base: Ground | None) -> tuple[str, ...]:
    return case.assumptions if base is None else (*case.assumptions, base.assumption)


class _Clock:
    """Seconds of wall time per stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[stage] = time.perf_counter() - begin


def check_run(
    case: Case, solution: Solution, reference: Solution, simulations: Sequence[Simulation]
) -> tuple[Verdict, ...]:
    """Exact checks first, then the statistical ones, which share ``verify.false_alarm``."""
    return (*check_exactly(case, solution, reference), *check_draws_of(case, simulations))


def check_exactly(
    case: Case, solution: Solution, reference: Solution | None
) -> tuple[Verdict, ...]:
    """Checks without error rates: the certificate, the reference, an enumeration, the proofs."""
    verdicts = [check_certificate(solution)]
    if reference is not None:
        verdicts.append(check_reference(solution, reference))
    return (*verdicts, check_enumeration(seed=case.setup.seed), check_theorems())


def check_draws_of(case: Case, simulations: Sequence[Simulation]) -> tuple[Verdict, ...]:
    """The variance of every simulated method; of the first one also weights, draws, uploads."""
    settings = case.setup.verify
    rate = shared_rate(case, len(simulations))
    checks: list[Callable[..., Verdict]] = [
        partial(_variance, case, simulation) for simulation in simulations
    ]
    checks += _besides(case, simulations[0])
    return tuple(check(false_alarm=rate, miss=settings.miss) for check in checks)


def _variance(case: Case, simulation: Simulation, *, false_alarm: float, miss: float) -> Verdict:
    claim = f"variance of {simulation.method} is as predicted"
    prediction, design = simulation.prediction, simulation.design
    rounds = simulation.realised.squared_error
    if not prediction.known:
        return not_predicted(claim, rounds, f"joint inclusion {design.guarantees.joint_inclusion}")
    if prediction.mean == 0.0:
        scale = float(np.sum(case.updates.step_norms**2))
        return check_no_variance(claim, rounds, scale=scale)
    check = check_assumed_mean if prediction.assumed else check_variance
    return check(
        rounds,
        prediction.mean,
        prediction.second_moment_ratio,
        discrepancy=simulation.discrepancy,
        claim=claim,
        false_alarm=false_alarm,
        miss=miss,
    )


def _participation(
    realised: Realised, weights: FloatArray, p: FloatArray, rule: Design, **rates: float
) -> Verdict:
    if (p[weights > 0.0] == 1.0).all():
        errors = ((realised.aggregate_weight - 1.0) ** 2).sum(axis=1)
        return check_no_variance("participation variance", errors, scale=1.0)
    claim = "participation variance"
    try:
        return check_participation_variance(
            realised,
            weights,
            p,
            design=rule,
            discrepancy=PARTICIPATION,
            false_alarm=rates["false_alarm"],
            miss=rates["miss"],
        )
    except AssumptionError as unknown:
        errors = ((realised.aggregate_weight - 1.0) ** 2).sum(axis=1)
        return not_predicted(claim, errors, str(unknown))


def _uploads(case: Case, simulation: Simulation, **rates: float) -> Verdict:
    realised, design = simulation.realised, simulation.design
    try:
        return check_uploads(
            realised, design.probabilities, case.fleet.client, design=design, **rates
        )
    except AssumptionError as unknown:
        return not_predicted("uploads per round", realised.uploads, str(unknown))


def _besides(case: Case, simulation: Simulation) -> list[Callable[..., Verdict]]:
    realised, p = simulation.realised, simulation.design.probabilities
    rule, weights = simulation.design, case.updates.weights
    checks: list[Callable[..., Verdict]] = [
        partial(check_inclusion, realised.counts, realised.rounds, p, discrepancy=INCLUSION),
        partial(check_draws, realised, p, design=rule),
        partial(_uploads, case, simulation),
    ]
    shares = bool((abs(weights.sum(axis=0) - 1.0) < 1e-9).all())
    if shares and heard(case, simulation.design):
        checks += [
            partial(check_aggregate_weight, realised, weights, p, design=rule),
            partial(_participation, realised, weights, p, rule),
        ]
    return checks


def check_no_variance(
    claim: str, squared_errors: npt.NDArray[np.float64], *, scale: float
) -> Verdict:
    """Verdict on a variance of 0: no round ``(R,)`` may be off by more than rounding.

    ``scale`` is the square of what is estimated.
    """
    worst, threshold = float(squared_errors.max()), ROUNDING * scale
    return Verdict(
        claim=claim,
        outcome=decide(refuted=worst > threshold, powered=True),
        estimate=worst,
        expected=0.0,
        detectable=0.0,
        false_alarm=0.0,
        miss=0.0,
        rounds=squared_errors.size,
        statistic=worst,
        threshold=threshold,
        detail="all clients are drawn in every round; shown: the largest squared error",
    )
