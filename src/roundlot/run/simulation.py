"""Stage: draw rounds with a method's probabilities, as many as hold them against the prediction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot import simulate
from roundlot.doctor.machine import physical_memory
from roundlot.progress import Ahead, Progress, plan, silent
from roundlot.run.case import Case
from roundlot.run.records import SimulationRecord
from roundlot.simulate.designs import design_of
from roundlot.solvers.proof.scales import same_in_range
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.moments.blocks import blocks_of
from roundlot.theory.text import plural
from roundlot.verify import predict_squared_error, rounds_needed, rounds_needed_inclusion, share
from roundlot.verify.agreement.weights import weight_variance_bounds, weight_variances

if TYPE_CHECKING:
    from roundlot.simulate.designs import Design
    from roundlot.simulate.monte_carlo.realised import Realised
    from roundlot.solvers import ComparisonRow

FloatArray = npt.NDArray[np.float64]
LARGEST_SCORE = 1e140  # sums of squares of a million of them are still numbers
LEAST_SCORE = 1e-140  # of the largest: squares of others a million times less are, too
CONFIDENCE = 0.99  # of the interval beside a realised variance
_QUANTILE = 2.5758293035489004  # of the normal law, for the confidence above
_MARGIN = 2.0  # of an assumed spread beside that of independent draws
# What the checks beside the variance must see: in one probability (absolute), and in the
# participation variance (relative; its fourth moment is larger).
INCLUSION, PARTICIPATION = 0.05, 0.1
BESIDES = 5  # how many they are


@dataclass(frozen=True, kw_only=True, eq=False)
class Simulation:
    """One method's rounds, with the design they were drawn by and what theory says of them."""

    method: str
    design: Design
    prediction: Prediction
    realised: Realised
    discrepancy: float

    @property
    def confidence_interval(self) -> tuple[float, float]:
        """Normal interval of the mean squared error, from the realised spread."""
        errors = self.realised.squared_error
        mean = float(errors.mean())
        width = float(_QUANTILE * errors.std() / math.sqrt(errors.size))
        return mean - width, mean + width

    def record(self, case: Case) -> SimulationRecord:
        """The figures for the report."""
        low, high = self.confidence_interval
        realised = self.realised
        return SimulationRecord(
            method=self.method,
            design=self.design.name,
            predicted=self.prediction.mean,
            realised=realised.mean_squared_error,
            low=low,
            high=high,
            confidence=CONFIDENCE,
            rounds=realised.rounds,
            seconds=realised.seconds,
            device=realised.device,
            weight_mean=realised.mean_aggregate_weight,
            weight_predicted=_weight_variances(case, self.design),
            weight_realised=np.asarray(realised.aggregate_weight.var(axis=0)),
            draws=realised.mean_draws,
            uploads=realised.mean_uploads,
        )


def require_drawable(case: Case) -> None:
    """Refuse scores whose simulation would say nothing.

    Raises:
        InvalidProblemError: every score is 0, or the largest square is not a number.
    """
    largest = float(case.problem.scores.max())
    if largest == 0.0 and not case.problem.floor.any():
        raise InvalidProblemError(
            "every score is 0, so nobody is ever drawn; check the scores, or set problem.floor"
        )
    require_squares(case)


def require_squares(case: Case) -> None:
    """Refuse scores whose squares float64 does not hold.

    Raises:
        InvalidProblemError: naming a factor that brings them into range.
    """
    largest = float(case.problem.scores.max())
    if largest > LARGEST_SCORE or 0.0 < largest < LEAST_SCORE:
        raise InvalidProblemError(
            f"scores up to {largest:g} have squares too {'large' if largest > 1.0 else 'small'} "
            f"to simulate; {same_in_range(largest, 1.0)}"
        )


def require_room(case: Case) -> None:
    """Refuse more rounds than this machine has RAM for.

    Raises:
        InvalidProblemError: says how many fit.
    """
    rounds = case.setup.simulate.rounds
    if not isinstance(rounds, int):
        return
    each = 8 * (2 * case.fleet.n_models + 4)  # bytes that a simulation keeps of a round
    room = physical_memory() // each
    if rounds > room:
        raise InvalidProblemError(
            f"{rounds} rounds take {rounds * each / 1e9:.3g} GB and this machine has "
            f"{room * each / 1e9:.3g}; give at most {room} {plural(room, 'round')}"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawing:
    """A method's rounds before they are drawn.

    Attributes:
        name: of the method.
        design: to draw by.
        prediction: of theory.
        discrepancy: that its verdict is to see.
        rounds: how many.
    """

    name: str
    design: Design
    prediction: Prediction
    discrepancy: float
    rounds: int

    def draw(self, case: Case, stage: str, progress: Progress) -> Simulation:
        """The rounds, told to ``progress`` as a stage."""
        realised = simulate.simulate(
            self.design,
            case.updates,
            rounds=self.rounds,
            seed=case.setup.seed,
            device=case.setup.simulate.device,
            progress=partial(progress, stage),
        )
        return Simulation(
            method=self.name,
            design=self.design,
            prediction=self.prediction,
            realised=realised,
            discrepancy=self.discrepancy,
        )


def simulate_method(
    case: Case,
    row: ComparisonRow,
    *,
    discrepancy: float,
    false_alarm: float,
    thorough: bool = False,
    kind: str | None = None,
    progress: Progress = silent,
    then: Sequence[Ahead] = (),
) -> Simulation:
    """Draw a method's rounds: as many as a verdict on ``discrepancy`` needs, unless the setup says.

    ``false_alarm`` is this method's share of the run's rate. When ``thorough``, the rounds are
    enough for the verdicts on weights, draws and inclusion as well. ``kind`` is a design of
    ``DESIGNS`` to draw by instead of the method's own. ``then`` is what comes after, for
    ``progress``; its work is told beside that of these rounds, which is 1.

    Raises:
        InvalidProblemError: ``discrepancy`` is out of reach of any number of rounds, or squares of
            scores out of float64's range.
    """
    require_squares(case)
    rounds = drawing(
        case, row, discrepancy=discrepancy, false_alarm=false_alarm, thorough=thorough, kind=kind
    )
    stage = f"simulate {row.name}"
    plan(progress, [Ahead(stage=stage, work=1.0), *then])
    return rounds.draw(case, stage, progress)


def drawing(
    case: Case,
    row: ComparisonRow,
    *,
    discrepancy: float,
    false_alarm: float,
    thorough: bool = False,
    kind: str | None = None,
) -> Drawing:
    """How many rounds a method takes, and by which design; see `simulate_method`.

    Raises:
        InvalidProblemError: ``discrepancy`` is out of reach of any number of rounds.
    """
    require_room(case)
    design = design_for(case, row, kind or row.design)
    prediction = predict(case, design)
    return Drawing(
        name=row.name,
        design=design,
        prediction=prediction,
        discrepancy=discrepancy,
        rounds=_wanted(case, design, prediction, discrepancy, false_alarm, thorough),
    )


def design_for(case: Case, row: ComparisonRow, name: str) -> Design:
    """A method's probabilities as a design; blocks are its own, or else round-robin's, of clients.

    Raises:
        InvalidProblemError: an unknown name; probabilities that the design cannot have.
    """
    block = None
    if name == "blocks":
        fleet = case.fleet
        block = blocks_of(fleet.n_clients, fleet.n_models)[fleet.client]
        block = row.cluster if row.design == name else block
    return design_of(row.probabilities, name, block=block)


def _wanted(
    case: Case,
    drawn: Design,
    prediction: Prediction,
    discrepancy: float,
    false_alarm: float,
    thorough: bool,
) -> int:
    given = case.setup.simulate.rounds
    if isinstance(given, int):
        return given
    needed = variance_rounds(case, prediction, discrepancy, false_alarm)
    if thorough:
        needed = max(needed, thorough_rounds(case, drawn, discrepancy, false_alarm))
    return needed


def _weight_variances(case: Case, drawn: Design) -> FloatArray:
    """``(S,)``, ``Var H``; infinite where it is biased, NaN where it is not known."""
    if not heard(case, drawn):
        return np.full(case.fleet.n_models, np.inf)
    try:
        return weight_variances(case.updates.weights, drawn.probabilities, design=drawn)
    except AssumptionError:
        return np.full(case.fleet.n_models, np.nan)


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Mean of ``Y`` (NaN where it is not known) and ``κ``, which may be ``assumed``."""

    mean: float
    second_moment_ratio: float
    assumed: bool

    @property
    def known(self) -> bool:
        """Whether there is a number to hold the rounds to."""
        return not math.isnan(self.mean)


def predict(case: Case, drawn: Design) -> Prediction:
    """The moments of a design's rounds.

    Exact where the design knows them. Where it knows the mean alone ``κ`` is an assumption that
    the verdict names: twice the relative variance that independent draws have.
    """
    try:
        moments = drawn.squared_error_moments(case.updates)
    except AssumptionError:
        moments = predict_squared_error(case.updates, drawn.probabilities)
    else:
        return Prediction(
            mean=moments.mean, second_moment_ratio=moments.second_moment_ratio, assumed=False
        )
    mean = drawn.variance(case.updates)
    return Prediction(
        mean=math.nan if mean is None else mean,
        second_moment_ratio=1.0 + _MARGIN * moments.spread,
        assumed=True,
    )


def shared_rate(case: Case, methods: int) -> float:
    """Each statistical check's part of ``verify.false_alarm`` when ``methods`` are simulated."""
    return share(case.setup.verify.false_alarm, methods + BESIDES)


def variance_rounds(
    case: Case, prediction: Prediction, discrepancy: float, false_alarm: float
) -> int:
    """Rounds after which an error of ``discrepancy`` in the variance is seen.

    Raises:
        InvalidProblemError: no number of rounds is enough.
    """
    each = share(false_alarm, 2) if prediction.assumed else false_alarm
    return _whole(case, discrepancy, prediction.second_moment_ratio, each)


def thorough_rounds(case: Case, drawn: Design, discrepancy: float, false_alarm: float) -> int:
    """Rounds after which the checks of weights, draws and inclusion see what they must."""
    rates = {"miss": case.setup.verify.miss, "false_alarm": false_alarm}
    pairs = rounds_needed_inclusion(INCLUSION, drawn.probabilities.size, **rates)
    if not heard(case, drawn):
        return pairs
    variances, _ = weight_variance_bounds(case.updates.weights, drawn.probabilities, design=drawn)
    each = share(false_alarm, variances.size)
    return max(pairs, _whole(case, discrepancy, 1.0 + float(variances.max()), each))


def heard(case: Case, drawn: Design) -> bool:
    """Whether every pair with a weight is drawn at times; else aggregate weights are biased."""
    silent = (drawn.probabilities == 0.0) & (case.updates.weights > 0.0)
    return not bool(silent.any())


def _whole(case: Case, discrepancy: float, ratio: float, false_alarm: float) -> int:
    miss = case.setup.verify.miss
    needed = rounds_needed(discrepancy, max(ratio, 1.0), false_alarm=false_alarm, miss=miss)
    if not math.isfinite(needed):
        raise InvalidProblemError(
            f"verify.discrepancy {discrepancy:g} is out of reach of any number of rounds; "
            "ask for 0.002 or more, or give simulate.rounds"
        )
    return int(needed)
