"""Bipartite dependent rounding: every model's count is fixed, in one pass over the processors."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self

import numpy as np

from roundlot.simulate.designs.base import Outcome, Picks
from roundlot.simulate.designs.branches import Decisions, Path, every_branch
from roundlot.simulate.designs.grid import ONE, checked_probabilities, grid_counts
from roundlot.simulate.designs.guarantees import Guarantees
from roundlot.simulate.designs.on_grid import OnGrid
from roundlot.simulate.designs.snapping import snap_models
from roundlot.simulate.philox import key_words


@dataclass(frozen=True, kw_only=True, eq=False)
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
        joint_inclusion="not known in closed form: it depends on all cycles that were met",
        joint_known=False,
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
        from roundlot.simulate.rounding_loops import round_once

        trace = np.zeros((self.counts.size + len(self.counts), 2), dtype=np.int64)
        picks = np.empty(self.n_processors, dtype=np.int16)
        script = np.array(path, dtype=np.int64)
        steps = round_once(self.counts, 0, 0, 0, script, trace, picks)
        decisions: Decisions = []
        for step, (part, whole) in enumerate(trace[:steps].tolist()):
            answer = path[step] if step < len(path) else True
            share = Fraction(part, whole)
            decisions.append((answer, share if answer else 1 - share))
        return tuple(picks.tolist()), decisions

    @property
    def fixed_counts(self) -> tuple[bool, ...]:
        """Which models' counts are integers, so that every round draws the same number."""
        return tuple(sum(map(int, column)) % ONE == 0 for column in self.counts.T)

    def _fill(self, out: Picks, start: int, seed: int) -> None:
        from roundlot.simulate.rounding_loops import draw_rounding

        draw_rounding(self.counts, start, *key_words(seed), out)
