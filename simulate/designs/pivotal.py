"""Ordered pivotal draws: processors fight two by two for their turns, then pick a model."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import FloatArray, Outcome, Picks
from roundlot.simulate.designs.branches import Chance, every_branch, followed
from roundlot.simulate.designs.grid import ONE
from roundlot.simulate.designs.guarantees import Guarantees
from roundlot.simulate.designs.on_grid import RowsFirst
from roundlot.simulate.designs.rays import Rays
from roundlot.simulate.philox import key_words

if TYPE_CHECKING:
    from roundlot.simulate.updates import Updates
    from roundlot.theory.fourth_moment import SquaredErrorMoments


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Pivotal(RowsFirst):
    """One carrier of what is undecided fights the next processor, in the given order.

    Fights are decided by a uniform integer below the sum of what is at stake, so that inclusion
    probabilities are exactly ``counts / 2^62``. What is left at the end, if the total is no
    integer, is drawn with its own probability.

    Source: Deville and Tillé (1998); joint probabilities after Chauvet (2012).
    """

    name: ClassVar[str] = "pivotal"
    guarantees: ClassVar[Guarantees] = Guarantees(
        fixed_total=True,
        fixed_models=False,
        negative_association="yes (Dubhashi, Jonasson and Ranjan 2007), models picked "
        "independently keep it",
        joint_inclusion="exact, by recursion",
        joint_known=True,
    )

    def joint_rows(self) -> FloatArray:
        """``(V, V)``, exact: what is carried to each fight is known, only its carrier is not.

        When ``l`` comes, ``k`` has been drawn, and then ``l``'s fate is its own; or ``k`` carries
        ``a``, and both are drawn with probability ``max(0, a + p_l − 1)``.
        """
        totals = [int(total) for total in self.totals]
        p = self.totals / ONE
        joint = np.diag(p)
        drawn, carrying = np.zeros(len(p)), np.zeros(len(p))
        held = 0
        for late, total in enumerate(totals):
            both = max(0, held + total - ONE) / ONE
            joint[late, :late] = drawn[:late] * p[late] + carrying[:late] * both
            joint[:late, late] = joint[late, :late]
            _fight(drawn, carrying, late, held, total)
            held = (held + total) % ONE
        return joint

    def squared_error_moments(self, updates: Updates) -> SquaredErrorMoments:
        """Exact ``E Y`` and ``Var Y / (E Y)²``, by recursion over the fights in ``V D²`` steps."""
        from roundlot.simulate.designs.pivotal_moments import pivotal_squares

        rays = Rays.of(self, updates)
        return rays.moments(*pivotal_squares(self.counts, rays))

    def _silence(self, client: npt.NDArray[np.intp]) -> FloatArray:
        from roundlot.simulate.designs.silence import pivotal_silence

        return pivotal_silence(self.counts, client)

    def outcomes(self) -> dict[Outcome, Fraction]:
        """Every row of picks with its exact probability; some ten processors at most."""
        return every_branch(followed(self._once))

    def _once(self, chance: Chance) -> Outcome:
        picks = [-1] * self.n_processors
        carrier, held = -1, 0
        for who, total in enumerate(map(int, self.totals)):
            both, drawn = held + total, -1
            if total and both < ONE:
                carrier = carrier if chance(held, both) else who
                held = both
            elif total:
                drawn = who
                if held and chance(ONE - total, 2 * ONE - both):
                    drawn, carrier = carrier, who
                held = both - ONE
            if drawn >= 0:
                picks[drawn] = self._pick(drawn, chance)
        if held and chance(held, ONE):
            picks[carrier] = self._pick(carrier, chance)
        return tuple(picks)

    def _fill(self, out: Picks, start: int, seed: int) -> None:
        from roundlot.simulate.pivotal_loops import draw_pivotal

        draw_pivotal(self.counts, self.totals, start, *key_words(seed), out)


def _fight(drawn: FloatArray, carrying: FloatArray, late: int, held: int, total: int) -> None:
    """Who may have been drawn, and who may carry, once ``late`` has fought."""
    if total == 0:
        return
    if held + total < ONE:
        keeps = held / (held + total)
        carrying[:late] *= keeps
        carrying[late] = 1.0 - keeps
        return
    wins = (ONE - total) / (2 * ONE - held - total) if held else 0.0
    drawn[:late] += carrying[:late] * wins
    carrying[:late] *= 1.0 - wins
    drawn[late], carrying[late] = 1.0 - wins, wins
