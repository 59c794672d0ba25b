"""Designs of a fixed size for small fleets: Sampford's, and conditional Poisson."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import Guarantees, Outcome, of_a_pair
from roundlot.simulate.designs.branches import MOST_BRANCHES
from roundlot.simulate.designs.coins import Coins, Trials, coins_for, draw_rejective
from roundlot.simulate.designs.grid import (
    ONE,
    Counts,
    RowsFirst,
    checked_probabilities,
    grid_counts,
    snap_total,
)
from roundlot.simulate.designs.rays import Rays
from roundlot.simulate.designs.size_moments import size_silence, squares_of_size, unit_steps
from roundlot.simulate.philox import Picks, key_words
from roundlot.simulate.updates import Updates
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.kinds import as_annotated
from roundlot.theory.moments.fourth_moment import SquaredErrorMoments
from roundlot.theory.positions import by_position, fields_by_position

#: Joint probabilities take ``V² Σp`` steps, a draw ``V √Σp(1−p)`` words.
LARGEST = 256
LEAST_ACCEPTANCE = 1e-5


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FixedSize(RowsFirst):
    """Coins for the processors, thrown until the right number comes up; then a model each.

    Certain processors are kept apart, and a total that is no integer is filled up by a phantom
    which draws nothing: the size is then fixed for both together.
    """

    sampford: ClassVar[bool]

    @classmethod
    @by_position()
    def of(cls, probabilities: Any) -> Self:
        """The design with these inclusion probabilities ``(V, S)``; see ``design``.

        Raises:
            InvalidProblemError: more than 256 processors; probabilities so near 0 and 1 that more
                than 1e5 trials a round are expected.
        """
        table = checked_probabilities(probabilities)
        if len(table) > LARGEST:
            raise InvalidProblemError(
                f"{len(table)} processors are too many for {cls.name!r}; give at most {LARGEST}, "
                "or take 'pivotal', which fixes the total of any number"
            )
        counts = grid_counts(table)
        snap_total(counts)
        rule = cls.from_counts(counts)
        rule._refuse_hopeless()
        return rule

    @property
    def acceptance(self) -> float:
        """The chance that a trial gives the right number."""
        if self._open.size == 0:
            return 1.0
        return float(self._sums().total()) / (self._left() if self.sampford else 1)

    def _refuse_hopeless(self) -> None:
        if self.acceptance < LEAST_ACCEPTANCE:
            raise InvalidProblemError(
                f"a trial of {self.name!r} succeeds with probability {self.acceptance:.2g}: the "
                "probabilities are too near 0 and 1; take 'pivotal', or set them to 0 and 1"
            )

    @property
    @abstractmethod
    def coins(self) -> Counts:
        """``(V + 1,)`` int64, chances of the coins in units of ``2^-62``; the phantom last."""

    @cached_property
    def asked(self) -> Counts:
        """``(V + 1,)`` int64, totals of the processors, and what they lack of an integer."""
        total = sum(map(int, self.totals))
        return read_only(np.append(self.totals, np.int64(-total % ONE)))

    @property
    def size(self) -> int:
        """How many come up, the phantom among them."""
        return sum(map(int, self.asked)) // ONE

    @cached_property
    def _open(self) -> Counts:
        """Units that are neither certain nor impossible."""
        return np.flatnonzero((self.asked > 0) & (self.asked < ONE))

    def _left(self) -> int:
        """How many of the open units come up."""
        return self.size - int((self.asked == ONE).sum())

    def joint_rows(self) -> FloatArray:
        """``(V, V)``, the probability that both processors are drawn; ``p`` on the diagonal."""
        p = self.asked / ONE
        joint = np.outer(p, p)
        joint[np.ix_(self._open, self._open)] = self._joint_open
        np.fill_diagonal(joint, p)
        return joint[:-1, :-1]

    @cached_property
    def _joint_open(self) -> FloatArray:
        sums = self._sums()
        return read_only(np.asarray(sums.pairs() / sums.total(), dtype=np.float64))

    def _sums(self) -> Coins:
        coins = self.coins[self._open]
        return Coins(
            p=coins / ONE, q=(ONE - coins) / ONE, size=self._left(), sampford=self.sampford
        )

    def _exact_sums(self) -> Coins:
        p = np.array([int(coin) for coin in self.coins[self._open]], dtype=object)
        return Coins(p=p, q=ONE - p, size=self._left(), sampford=self.sampford)

    @as_annotated
    def squared_error_moments(self, updates: Updates) -> SquaredErrorMoments:
        """Exact ``E Y`` and ``Var Y / (E Y)²``, by recursion over units and counts.

        Raises:
            AssumptionError: updates of too many dimensions for the tables.
        """
        rays = Rays.of(self, updates)
        units, coins = self._drawable()
        picks = self._picks()
        picks[-1, 0] = 1.0  # the phantom adds nothing, whatever it picks
        drawn, absent = unit_steps(rays, units)
        return rays.moments(*squares_of_size(coins, drawn, absent, picks[units]))

    def _silence(self, client: npt.NDArray[np.intp]) -> FloatArray:
        units, coins = self._drawable()
        owners, quiet = np.append(client, -1)[units], 1.0 - self._picks()[units]
        return size_silence(coins, quiet, owners, int(client.max()) + 1)

    def _drawable(self) -> tuple[Counts, Coins]:
        """The units that may be drawn, the certain ones among them, as coins."""
        units = np.flatnonzero(self.asked > 0)
        coins = self.coins[units]
        weighed = self.sampford and self._open.size > 0
        p, q = coins / ONE, (ONE - coins) / ONE
        return units, Coins(p=p, q=q, size=self.size, sampford=weighed)

    def _picks(self) -> FloatArray:
        """``(V + 1, S)``, chances of the models given that a unit is drawn; the phantom's last."""
        rows = self.counts / np.maximum(self.totals, 1)[:, None]
        return np.vstack([rows, np.zeros((1, self.n_models))])

    def outcomes(self) -> dict[Outcome, Fraction]:
        """Every row of picks with its exact probability; some ten processors at most."""
        law: dict[Outcome, Fraction] = {}
        for units, share in self._samples():
            for picks, chance in self._with_models(units):
                law[picks] = law.get(picks, Fraction(0)) + share * chance
                if len(law) > MOST_BRANCHES:
                    raise InvalidProblemError(
                        f"more than {MOST_BRANCHES} outcomes to list; give a smaller fleet"
                    )
        return law

    def _samples(self) -> Iterator[tuple[set[int], Fraction]]:
        certain = set(map(int, np.flatnonzero(self.asked == ONE)))
        sums, whole = self._exact_sums(), int(self._exact_sums().total()) if self._open.size else 1
        numbers = range(self._open.size)
        for chosen in combinations(numbers, self._left()):
            weight = prod(int(sums.p[k] if k in chosen else sums.q[k]) for k in numbers)
            if self.sampford and numbers:
                weight *= sum(int(sums.q[k]) for k in chosen)
            yield certain | {int(self._open[k]) for k in chosen}, Fraction(weight, whole)

    def _with_models(self, units: set[int]) -> Iterator[tuple[Outcome, Fraction]]:
        rows = [who for who in range(self.n_processors) if who in units]
        for models in product(range(self.n_models), repeat=len(rows)):
            picks, chance = [-1] * self.n_processors, Fraction(1)
            for who, model in zip(rows, models, strict=True):
                picks[who] = model
                chance *= Fraction(int(self.counts[who, model]), int(self.totals[who]))
            if chance:
                yield tuple(picks), chance

    def _fill(self, out: Picks, start: int, seed: int) -> None:
        trials = Trials(
            coins=self.coins[self._open],
            units=self._open,
            asked=self.asked,
            size=self._left(),
            extra=self.sampford and self._open.size > 0,
        )
        draw_rejective(self.counts, trials, start, *key_words(seed), out)


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Sampford(FixedSize):
    """Sampford's design, drawn by coins and one unit more (which is the same law).

    Source: Sampford (1967); by coins: Bondesson, Traat and Lundqvist (2006).
    """

    name: ClassVar[str] = "sampford"
    sampford: ClassVar[bool] = True
    guarantees: ClassVar[Guarantees] = Guarantees(
        fixed_total=True,
        fixed_models=False,
        negative_association="yes, strongly Rayleigh (Brändén and Jonasson 2012), models picked "
        "independently keep it",
        joint_inclusion="exact, by recursion over sizes",
        joint_known=True,
    )

    @property
    def coins(self) -> Counts:
        """The asked probabilities themselves: Sampford's inclusion is exactly what is asked."""
        return self.asked


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ConditionalPoisson(FixedSize):
    """Independent coins given their number: of all designs with these ``p`` the most random.

    Attributes:
        probabilities: ``(V, S)``, the float64 next to what the coins on the grid give; within
            1e-10, relative, of what was asked for, and mostly within 1e-14.

    Source: Hájek (1964); Chen, Dempster and Liu (1994).
    """

    name: ClassVar[str] = "conditional poisson"
    sampford: ClassVar[bool] = False
    guarantees: ClassVar[Guarantees] = Guarantees(
        fixed_total=True,
        fixed_models=False,
        negative_association="yes, strongly Rayleigh (Borcea, Brändén and Liggett 2009), models "
        "picked independently keep it",
        joint_inclusion="exact, by recursion over sizes",
        joint_known=True,
    )

    @classmethod
    def from_counts(cls, counts: Counts) -> Self:
        """The design with the inclusion probabilities ``counts / 2^62``, up to its coins' grid.

        Raises:
            ConvergenceError: coins that give these probabilities were not found.
        """
        rule = super().from_counts(counts)
        rows = np.maximum(rule.totals, 1)[:, None]
        share = np.ascontiguousarray(rule._inclusion[:-1, None] * (counts / rows))
        object.__setattr__(rule, "probabilities", read_only(share))
        return rule

    @cached_property
    def coins(self) -> Counts:
        """Chances that give the asked probabilities, given the number, as near as the grid."""
        coins = self.asked.copy()
        if self._open.size:
            coins[self._open] = coins_for(coins[self._open], self._left())
        return read_only(coins)

    @cached_property
    def _inclusion(self) -> FloatArray:
        """``(V + 1,)``, inclusion probabilities of the units, from the coins on the grid."""
        p = self.asked / ONE
        if self._open.size:
            sums = self._sums()
            p[self._open] = sums.singles() / sums.total()
        return read_only(p)

    def joint_rows(self) -> FloatArray:
        """As in every design of a fixed size, with this one's own ``p``."""
        joint = super().joint_rows()
        p = self._inclusion[:-1]
        np.fill_diagonal(joint, p)
        return joint

    @of_a_pair
    def fraction(self, processor: int, model: int) -> Fraction:
        """The inclusion probability of one pair, from the coins as integers."""
        total = int(self.totals[processor])
        if total == 0:
            return Fraction(0)
        within = Fraction(int(self.counts[processor, model]), total)
        place = np.flatnonzero(self._open == processor)
        if place.size == 0:
            return within
        sums = self._exact_sums()
        return within * Fraction(int(sums.single(int(place[0]))), int(sums.total()))
