"""Ordered pivotal draws: processors fight two by two for their turns, then pick a model."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import Guarantees, Outcome
from roundlot.simulate.designs.branches import Chance, every_branch, followed
from roundlot.simulate.designs.grid import ONE, RowsFirst
from roundlot.simulate.designs.pivotal_moments import pivotal_silence, pivotal_squares
from roundlot.simulate.designs.rays import Rays
from roundlot.simulate.philox import (
    BITS,
    STREAM_FIGHT,
    STREAM_MODEL,
    Picks,
    Words,
    below,
    key_words,
    pick_below,
    word,
)
from roundlot.simulate.updates import Updates
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.arrays import FloatArray
from roundlot.theory.kinds import as_annotated
from roundlot.theory.moments.fourth_moment import SquaredErrorMoments
from roundlot.theory.positions import fields_by_position


@fields_by_position()
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

    @as_annotated
    def squared_error_moments(self, updates: Updates) -> SquaredErrorMoments:
        """Exact ``E Y`` and ``Var Y / (E Y)²``, by recursion over the fights in ``V D²`` steps."""
        rays = Rays.of(self, updates)
        return rays.moments(*pivotal_squares(self.counts, rays))

    def _silence(self, client: npt.NDArray[np.intp]) -> FloatArray:
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


# An int64, not a Python int: twice a Python 2^62 is no int64, and Numba would go on in floats.
_ONE = np.int64(1 << BITS)


@compiled
def draw_pivotal(
    counts: Words, totals: Words, start: int, key0: int, key1: int, out: Picks
) -> None:
    """Write picks ``(rounds, V)``.

    One processor at a time carries what is undecided; it fights the next. Of two that hold less
    than one together the winner carries on with the sum; of two that hold more, one is drawn and
    the other carries on with what is over one.
    """
    n_rounds, n_processors = out.shape
    for row in range(n_rounds):
        number = start + row
        carrier, held = -1, np.int64(0)
        for who in range(n_processors):
            out[row, who] = -1
            drawn = -1
            both = held + totals[who]
            if totals[who] == 0:
                continue
            if both < _ONE:
                if held == 0 or below(both, number, who, STREAM_FIGHT, key0, key1) >= held:
                    carrier = who
                held = both
            else:
                drawn = who
                lost = _ONE - totals[who]
                if held > 0 and lost > 0:
                    lack = (_ONE - held) + lost
                    if below(lack, number, who, STREAM_FIGHT, key0, key1) < lost:
                        drawn, carrier = carrier, who
                held = both - _ONE
            if drawn >= 0:
                out[row, drawn] = pick_below(
                    counts[drawn], totals[drawn], number, drawn, STREAM_MODEL, key0, key1
                )
        if held > 0 and word(number, n_processors, STREAM_FIGHT, key0, key1) < held:
            out[row, carrier] = pick_below(
                counts[carrier], totals[carrier], number, carrier, STREAM_MODEL, key0, key1
            )
