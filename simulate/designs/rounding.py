"""Bipartite dependent rounding: every model's count is fixed, in one pass over the processors."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import Guarantees, Outcome
from roundlot.simulate.designs.branches import Decisions, Path, every_branch
from roundlot.simulate.designs.grid import (
    ONE,
    OnGrid,
    checked_probabilities,
    grid_counts,
    snap_models,
)
from roundlot.simulate.designs.rays import Rays
from roundlot.simulate.designs.rounding_moments import (
    Step,
    list_steps,
    rounding_covariance,
    rounding_variance,
)
from roundlot.simulate.designs.rounding_pool import Decider, draw_rounding, round_once
from roundlot.simulate.philox import Picks, key_words
from roundlot.simulate.updates import Updates
from roundlot.theory import AssumptionError
from roundlot.theory.arrays import FloatArray, read_only

_MOST_PAIRED = 50  # processors; covariances of all pairs take V³ S² steps for each pool


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Rounding(OnGrid):
    """Probability moves round cycles of processors and models until all of it is 0 or 1.

    Every model's count is its ``Σ_v p`` rounded down or up, the total likewise, and a processor
    whose probabilities sum to 1 always draws. A column within 1e-9 of an integer is that integer.

    Source: Gandhi, Khuller, Parthasarathy and Srinivasan, Dependent rounding and its applications
    to approximation algorithms (J. ACM 2006).
    """

    name: ClassVar[str] = "rounding"
    guarantees: ClassVar[Guarantees] = Guarantees(
        fixed_total=True,
        fixed_models=True,
        negative_association="within one model and within one processor: all drawn, or none drawn, "
        "is at most as likely as if independent (Gandhi et al. 2006); not across models",
        joint_inclusion="exact, by a walk over the pools that may be met: up to "
        f"{_MOST_PAIRED} processors; variances for any number",
        joint_known=True,
    )

    @classmethod
    def of(cls, probabilities: Any) -> Self:
        """The design with these inclusion probabilities ``(V, S)``; see ``design``."""
        counts = grid_counts(checked_probabilities(probabilities))
        snap_models(counts)
        return cls.from_counts(counts)

    def outcomes(self) -> dict[Outcome, Fraction]:
        """Every row of picks with its exact probability, by the compiled code that draws."""
        return every_branch(self._run)

    def _run(self, path: Path) -> tuple[Outcome, Decisions]:
        trace = np.zeros((self.counts.size + len(self.counts), 2), dtype=np.int64)
        picks = np.empty(self.n_processors, dtype=np.int16)
        script = np.array(path, dtype=np.int64)
        steps = round_once(self.counts, Decider(0, 0, 0, script, trace), picks)
        decisions: Decisions = []
        for step, (part, whole) in enumerate(trace[:steps].tolist()):
            answer = path[step] if step < len(path) else True
            share = Fraction(part, whole)
            decisions.append((answer, share if answer else 1 - share))
        return tuple(picks.tolist()), decisions

    def model_variance(self, updates: Updates) -> FloatArray:
        """``(S,)``, exact ``E‖Δ_s − Σ_v u_vs‖²``, by a walk over the pools that may be met.

        Raises:
            AssumptionError: so many models that there are too many pools.
            InvalidProblemError: a probability of 0 where the update is not 0.
        """
        rays = Rays.of(self, updates)
        return rounding_variance(self._steps, rays) * rays.scale**2

    def aggregate_weight_variance(self, weights: npt.ArrayLike) -> FloatArray:
        """``(S,)``, exact ``Var H_s`` of one round for weights ``(V, S)``."""
        rays = Rays.of_weights(self, weights)
        return rounding_variance(self._steps, rays) * rays.scale**2

    def _joint(self, model: int, other: int) -> FloatArray:
        if self.n_processors > _MOST_PAIRED:
            raise AssumptionError(self._unknown("joint inclusion probabilities"))
        p = self.probabilities
        joint = self._covariance[:, model, :, other] + np.outer(p[:, model], p[:, other])
        return np.maximum(joint, 0.0)

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        return list_steps(self.counts)

    @cached_property
    def _covariance(self) -> FloatArray:
        return read_only(rounding_covariance(self._steps, self.n_processors))

    @property
    def fixed_counts(self) -> tuple[bool, ...]:
        """Which models' counts are integers, so that every round draws the same number."""
        return tuple(sum(map(int, column)) % ONE == 0 for column in self.counts.T)

    def _fill(self, out: Picks, start: int, seed: int) -> None:
        draw_rounding(self.counts, start, *key_words(seed), out)
