"""Stage: draw rounds with a method's probabilities and hold what happens against the prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from roundlot.run.case import Case
from roundlot.run.parts import SimulationRecord
from roundlot.run.progress import Progress, silent

if TYPE_CHECKING:
    from roundlot.simulate.designs import Design
    from roundlot.simulate.realised import Realised
    from roundlot.solvers import ComparisonRow
    from roundlot.theory.fourth_moment import SquaredErrorMoments

CONFIDENCE = 0.99
_QUANTILE = 2.5758293035489004  # of the normal law, for the confidence above


@dataclass(frozen=True, kw_only=True, eq=False)
class Simulation:
    """One method's rounds, with the design they were drawn by and what theory says of them."""

    method: str
    design: Design
    moments: SquaredErrorMoments
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
        from roundlot.verify.weights import weight_variances

        low, high = self.confidence_interval
        realised = self.realised
        return SimulationRecord(
            method=self.method,
            design=self.design.name,
            predicted=self.moments.mean,
            realised=realised.mean_squared_error,
            low=low,
            high=high,
            confidence=CONFIDENCE,
            rounds=realised.rounds,
            seconds=realised.seconds,
            device=realised.device,
            weight_mean=realised.mean_aggregate_weight,
            weight_predicted=weight_variances(
                case.updates.weights, self.design.probabilities, design=self.design.name
            ),
            weight_realised=np.asarray(realised.aggregate_weight.var(axis=0)),
            draws=realised.mean_draws,
            uploads=realised.mean_uploads,
        )


def simulate_method(
    case: Case,
    row: ComparisonRow,
    *,
    discrepancy: float,
    false_alarm: float,
    progress: Progress = silent,
) -> Simulation:
    """Draw a method's rounds: as many as a verdict on ``discrepancy`` needs, unless the setup says.

    ``false_alarm`` is this method's share of the run's rate.

    Raises:
        InvalidProblemError: ``discrepancy`` is out of reach of any number of rounds.
    """
    from roundlot.simulate import design, simulate
    from roundlot.verify import predict_squared_error

    drawn = design(row.probabilities, name=row.design)
    moments = predict_squared_error(case.updates, drawn.probabilities, design=row.design)
    wanted = _rounds(case, moments.second_moment_ratio, discrepancy, false_alarm)
    realised = simulate(
        drawn,
        case.updates,
        rounds=wanted,
        seed=case.setup.seed,
        device=case.setup.simulate.device,
        progress=partial(progress, f"simulate {row.name}"),
    )
    return Simulation(
        method=row.name,
        design=drawn,
        moments=moments,
        realised=realised,
        discrepancy=discrepancy,
    )


def _rounds(case: Case, ratio: float, discrepancy: float, false_alarm: float) -> int:
    from roundlot.theory import InvalidProblemError
    from roundlot.verify import rounds_needed

    settings = case.setup.simulate
    if isinstance(settings.rounds, int):
        return settings.rounds
    if ratio <= 1.0:
        return 1
    miss = case.setup.verify.miss
    needed = rounds_needed(discrepancy, ratio, false_alarm=false_alarm, miss=miss)
    if not math.isfinite(needed):
        raise InvalidProblemError(
            f"verify.discrepancy {discrepancy:g} is out of reach of any number of rounds; "
            "ask for 0.002 or more, or give simulate.rounds"
        )
    return int(needed)
