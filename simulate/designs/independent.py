"""Independent draws: each processor picks one model or none, whatever the others pick."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import (
    Design,
    Guarantees,
    Outcome,
    exact_error_moments,
    of_a_pair,
)
from roundlot.simulate.designs.branches import Chance, every_branch, followed
from roundlot.simulate.designs.grid import ONE, Counts, checked_probabilities, grid_counts
from roundlot.simulate.devices import torch_device
from roundlot.simulate.fused import drawn_categories, fused, key_table
from roundlot.simulate.philox import (
    BITS,
    STREAM_PROCESSOR,
    Picks,
    Words,
    check_rounds,
    fill_words,
    key_words,
    words_torch,
)
from roundlot.simulate.updates import Updates
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.kinds import as_annotated
from roundlot.theory.moments import expected_uploads, model_variance, participation_variance
from roundlot.theory.moments.fourth_moment import SquaredErrorMoments
from roundlot.theory.positions import by_position, fields_by_position

if TYPE_CHECKING:
    import torch


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Independent(Design):
    """One categorical draw per processor, over the models and idle.

    Attributes:
        probabilities: ``(V, S)``, the float64 next to ``k / 2^62``: itself but in certain rows;
            from ``2^-10`` up, what was asked for.
        thresholds: ``(V, S)`` int64, cumulative ``k``: a word below the ``s``-th picks model ``s``.
    """

    name: ClassVar[str] = "independent"
    guarantees: ClassVar[Guarantees] = Guarantees(
        fixed_total=False,
        fixed_models=False,
        negative_association="yes: processors are independent, a processor's models exclude one "
        "another",
        joint_inclusion="products",
        joint_known=True,
    )
    probabilities: FloatArray
    thresholds: Counts

    @classmethod
    @by_position()
    def of(cls, probabilities: Any) -> Self:
        """The design with these inclusion probabilities ``(V, S)``; see ``design``."""
        counts = grid_counts(checked_probabilities(probabilities))
        return cls(
            probabilities=read_only(np.ldexp(counts.astype(np.float64), -BITS)),
            thresholds=read_only(np.cumsum(counts, axis=1)),
        )

    @of_a_pair
    def fraction(self, processor: int, model: int) -> Fraction:
        """The inclusion probability of one pair, as thresholds have it."""
        row = self.thresholds[processor]
        return Fraction(int(row[model]) - (int(row[model - 1]) if model else 0), ONE)

    @as_annotated
    def model_variance(self, updates: Updates) -> FloatArray:
        """``(S,)``, ``Σ_v a² (1/p − 1)``; infinite where ``p = 0 < a``."""
        return model_variance(updates.scores, self.probabilities)

    @as_annotated
    def squared_error_moments(self, updates: Updates) -> SquaredErrorMoments:
        """Exact ``E Y`` and ``Var Y / (E Y)²``; see `roundlot.theory.moments.fourth_moment`."""
        return exact_error_moments(self, updates)

    @by_position()
    def aggregate_weight_variance(self, weights: npt.ArrayLike) -> FloatArray:
        """``(S,)``, ``Σ_v w² (1/p − 1)``."""
        return participation_variance(weights, self.probabilities)

    @by_position()
    def expected_uploads(self, client: npt.ArrayLike) -> float:
        """Distinct (client, model) messages expected in a round; ``client`` is ``(V,)``."""
        return expected_uploads(self.probabilities, client)

    def outcomes(self) -> dict[Outcome, Fraction]:
        """Every row of picks with its exact probability; some ten processors at most."""
        return every_branch(followed(self._once))

    def _once(self, chance: Chance) -> Outcome:
        picks = []
        for row in self.thresholds.tolist():
            below, pick = 0, -1
            for model, edge in enumerate(row):
                if chance(edge - below, ONE - below) if below < ONE else False:
                    pick = model
                    break
                below = edge
            picks.append(pick)
        return tuple(picks)

    def _joint(self, model: int, other: int) -> FloatArray:
        return np.outer(self.probabilities[:, model], self.probabilities[:, other])

    def _fill(self, out: Picks, start: int, seed: int) -> None:
        draw_categories(self.thresholds, start, STREAM_PROCESSOR, *key_words(seed), out)

    @as_annotated
    def draw_torch(
        self, rounds: int, *, seed: int = 0, start: int = 0, device: torch.device | str = "cpu"
    ) -> torch.Tensor:
        """The draws of ``draw`` as an int16 tensor made on ``device``."""
        import torch

        check_rounds(rounds, start)
        place = torch_device(device)
        words = words_torch(
            rounds,
            self.n_processors,
            stream=STREAM_PROCESSOR,
            seed=seed,
            start=start,
            device=place,
        )
        edges = torch.tensor(self.thresholds, device=place)
        picks = torch.zeros(words.shape, dtype=torch.int16, device=place)
        for model in range(self.n_models):
            picks += words >= edges[:, model]
        picks[picks == self.n_models] = -1
        return picks

    @as_annotated
    def draw_fused(
        self, rounds: int, *, seed: int = 0, start: int = 0, device: torch.device | str = "cpu"
    ) -> torch.Tensor:
        """The draws of ``draw`` in one pass that torch compiles on the first call."""
        import torch

        check_rounds(rounds, start)
        place = torch_device(device)
        number = torch.arange(start, start + rounds, device=place)[:, None]
        who = torch.arange(self.n_processors, device=place)[None, :]
        edges = torch.tensor(self.thresholds, device=place)
        picks: torch.Tensor = fused(drawn_categories)(number, who, key_table(seed, place), edges)
        return picks


@compiled
def draw_categories(
    thresholds: Words, start: int, stream: int, key0: int, key1: int, out: Picks
) -> None:
    """Write picks ``(rounds, V)``: the first model whose cumulative threshold exceeds the word."""
    n_rounds, n_processors = out.shape
    last = thresholds.shape[1] - 1
    words = np.empty(n_processors, np.int64)
    for row in range(n_rounds):
        fill_words(start + row, stream, key0, key1, words)
        for who in range(n_processors):
            pick = -1
            if words[who] < thresholds[who, last]:
                pick = 0
                while words[who] >= thresholds[who, pick]:
                    pick += 1
            out[row, who] = pick
