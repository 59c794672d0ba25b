"""A common phase says which model each processor has in a round; then all draw independently.

In phase ``φ`` a processor of block ``b`` has model ``(b + φ) mod S``. Over the ``S`` phases every
processor has every model once, so that with ``q = S p`` in its turn each pair is drawn with ``p``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import Design, Outcome, of_a_pair
from roundlot.simulate.designs.branches import Chance, every_branch, followed, pick_model
from roundlot.simulate.designs.grid import ONE, Counts, grid_counts
from roundlot.simulate.philox import (
    BITS,
    STREAM_PHASE,
    STREAM_PROCESSOR,
    STREAM_TURN,
    Picks,
    Words,
    fill_words,
    key_words,
    words_numpy,
    words_torch,
)
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory import InfeasibleError
from roundlot.theory.arrays import FloatArray, IntArray, read_only

if TYPE_CHECKING:
    import torch

Order = Literal["random", "cyclic"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Phases(Design):
    """Blocks of processors go round the models; see ``Turns`` and `BlocksInTurn`.

    Attributes:
        probabilities: ``(V, S)``, the float64 next to the exact rational ``phase share x q``.
        gates: ``(V, S)`` int64, ``q`` in units of ``2^-62``.
        edges: ``(1, S)`` int64, cumulative shares of the phases, each within ``2^-62`` of ``1/S``.
        block: ``(V,)`` int64, the block of each processor, from 0, below ``S``.
        order: "random", each round draws its phase, so that rounds are independent and alike; or
            "cyclic", ``(round + start) mod S`` with one start per seed, so that probabilities and
            variances hold on average over ``S`` rounds and over seeds, not in one round.
    """

    probabilities: FloatArray
    gates: Counts
    edges: Counts
    block: IntArray
    order: Order = "random"

    @of_a_pair
    def fraction(self, processor: int, model: int) -> Fraction:
        """The inclusion probability of one pair: the phase's share times ``q``."""
        phase = (model - int(self.block[processor])) % self.n_models
        share = int(np.diff(self.edges[0], prepend=0)[phase])
        return Fraction(share, ONE) * Fraction(int(self.gates[processor, model]), ONE)

    def turns(self, rounds: int, *, seed: int = 0, start: int = 0) -> Picks:
        """``(rounds,)`` int16: the phase, which is the model of block 0."""
        numbers: npt.NDArray[np.int64]
        if self.order == "cyclic":
            word = words_numpy(1, 1, stream=STREAM_PHASE, seed=seed)[0, 0]
            phase = int(np.searchsorted(self.edges[0], word, side="right"))
            numbers = (np.arange(start, start + rounds) + phase) % self.n_models
        else:
            words = words_numpy(rounds, 1, stream=STREAM_TURN, seed=seed, start=start)[:, 0]
            numbers = np.searchsorted(self.edges[0], words, side="right")
        return numbers.astype(np.int16)

    def outcomes(self) -> dict[Outcome, Fraction]:
        """Every row of picks with its exact probability; some ten processors at most."""
        return every_branch(followed(self._once))

    def _once(self, chance: Chance) -> Outcome:
        phase = pick_model(np.diff(self.edges[0], prepend=0).tolist(), chance)
        models = ((self.block + phase) % self.n_models).tolist()
        return tuple(
            model if chance(int(self.gates[who, model]), ONE) else -1
            for who, model in enumerate(models)
        )

    def _joint(self, model: int, other: int) -> FloatArray:
        gates = np.ldexp(self.gates[:, other].astype(np.float64), -BITS)
        phase = (model - self.block) % self.n_models
        together = phase[:, None] == (other - self.block) % self.n_models
        return np.where(together, np.outer(self.probabilities[:, model], gates), 0.0)

    def _fill(self, out: Picks, start: int, seed: int) -> None:
        phases = self.turns(len(out), seed=seed, start=start)
        draw_gated(self.gates, self.block, phases, start, STREAM_PROCESSOR, *key_words(seed), out)

    def draw_torch(
        self, rounds: int, *, seed: int = 0, start: int = 0, device: torch.device | str = "cpu"
    ) -> torch.Tensor:
        """The draws of ``draw`` as an int16 tensor made on ``device``."""
        import torch

        words = words_torch(
            rounds,
            self.n_processors,
            stream=STREAM_PROCESSOR,
            seed=seed,
            start=start,
            device=device,
        )
        phases = torch.tensor(self.turns(rounds, seed=seed, start=start), device=device)
        block = torch.tensor(self.block, device=device)
        models = (phases.long()[:, None] + block) % self.n_models
        gates = torch.tensor(self.gates, device=device)
        mine = gates[torch.arange(self.n_processors, device=device), models]
        return torch.where(words < mine, models, -1).to(torch.int16)


def phase_tables(table: FloatArray, block: IntArray) -> dict[str, Any]:
    """``probabilities``, ``gates``, ``edges`` and ``block`` where phases are equally likely.

    Raises:
        InfeasibleError: a probability above ``1/S``.
    """
    n_models = table.shape[1]
    _refuse_above(table, 1.0 / n_models)
    shares = np.array([(s + 1) * ONE // n_models - s * ONE // n_models for s in range(n_models)])
    chances = np.minimum(table * n_models, 1.0)
    gates = np.hstack([grid_counts(chances[:, [s]]) for s in range(n_models)])
    phase = (np.arange(n_models) - block[:, None]) % n_models
    own = np.ldexp(shares.astype(np.float64), -BITS)[phase]
    made = {
        "probabilities": np.ldexp(gates.astype(np.float64), -BITS) * own,
        "gates": gates,
        "edges": np.cumsum(shares[None], axis=1, dtype=np.int64),
        "block": block,
    }
    return {name: read_only(array) for name, array in made.items()}


def _refuse_above(table: FloatArray, most: float) -> None:
    above = table > most * (1.0 + 1e-12)
    if above.any():
        row, column = (int(index) for index in np.argwhere(above)[0])
        raise InfeasibleError(
            f"probabilities[{row}, {column}] is {table[row, column]:.6g}; turns reach at most "
            f"1/S = {most:.6g}: lower it, or draw independently"
        )


@compiled
def draw_gated(
    gates: Words,
    block: Words,
    phases: Picks,
    start: int,
    stream: int,
    key0: int,
    key1: int,
    out: Picks,
) -> None:
    """Write picks ``(rounds, V)``: a block's model of the phase where a word is below its gate."""
    n_rounds, n_processors = out.shape
    n_models = gates.shape[1]
    words = np.empty(n_processors, np.int64)
    for row in range(n_rounds):
        fill_words(start + row, stream, key0, key1, words)
        for who in range(n_processors):
            model = block[who] + phases[row]
            if model >= n_models:
                model -= n_models
            out[row, who] = model if words[who] < gates[who, model] else -1
