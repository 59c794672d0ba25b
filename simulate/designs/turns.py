"""Turns: one model a round takes its turn, and every processor draws for that one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, get_args

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import Design, Guarantees, Outcome, exact_error_moments
from roundlot.simulate.designs.branches import Chance, every_branch, followed, pick_model
from roundlot.simulate.designs.grid import ONE, Counts, checked_probabilities, grid_counts
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
from roundlot.simulate.updates import Updates
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory import InfeasibleError
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.moments import (
    turns_expected_uploads,
    turns_model_variance,
    turns_participation_variance,
)
from roundlot.theory.moments.fourth_moment import SquaredErrorMoments
from roundlot.theory.names import require_choice
from roundlot.theory.positions import by_position, fields_by_position

if TYPE_CHECKING:
    import torch

Order = Literal["random", "cyclic"]


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Turns(Design):
    """A common turn ``s``, then independent draws with ``q = S p``: processors are not independent.

    Attributes:
        probabilities: ``(V, S)``, the float64 next to the exact rational ``turn share x q``.
        gates: ``(V, S)`` int64, ``q`` in units of ``2^-62``.
        edges: ``(1, S)`` int64, cumulative shares of the turns, each within ``2^-62`` of ``1/S``.
        order: "random", each round draws its turn, so that rounds are independent and alike; or
            "cyclic", ``(round + phase) mod S`` with one phase per seed, so that probabilities and
            variances hold on average over ``S`` rounds and over seeds, not in one round.
    """

    name: ClassVar[str] = "turns"
    guarantees: ClassVar[Guarantees] = Guarantees(
        fixed_total=False,
        fixed_models=False,
        negative_association="no: processors share a turn, so draws of one model come together",
        joint_inclusion="S p p' within a model, 0 across models",
        joint_known=True,
    )
    probabilities: FloatArray
    gates: Counts
    edges: Counts
    order: Order = "random"

    @classmethod
    @by_position()
    def of(cls, probabilities: Any, order: Order = "random") -> Self:
        """The design with these inclusion probabilities ``(V, S)``, each at most ``1/S``.

        Raises:
            InfeasibleError: a probability above ``1/S``.
            InvalidProblemError: an unknown order; see ``design``.
        """
        require_choice(order, "order", get_args(Order))
        table = checked_probabilities(probabilities)
        n_models = table.shape[1]
        _refuse_above(table, 1.0 / n_models)
        shares = [(s + 1) * ONE // n_models - s * ONE // n_models for s in range(n_models)]
        chances = np.minimum(table * n_models, 1.0)
        gates = np.hstack([grid_counts(chances[:, [s]]) for s in range(n_models)])
        return cls(
            probabilities=read_only(_products(gates, shares)),
            gates=read_only(gates),
            edges=read_only(np.cumsum([shares], axis=1, dtype=np.int64)),
            order=order,
        )

    def fraction(self, processor: int, model: int) -> Fraction:
        """The inclusion probability of one pair: the turn's share times ``q``."""
        edges = self.edges[0]
        share = int(edges[model]) - (int(edges[model - 1]) if model else 0)
        return Fraction(share, ONE) * Fraction(int(self.gates[processor, model]), ONE)

    def model_variance(self, updates: Updates) -> FloatArray:
        """``(S,)``, ``Σ_v a² (1/p − S) + (S − 1) ‖Σ_v u‖²``; infinite where ``p = 0 < a``."""
        return turns_model_variance(updates.scores, self.probabilities, updates.step_norms)

    def squared_error_moments(self, updates: Updates) -> SquaredErrorMoments:
        """Exact ``E Y`` and ``Var Y / (E Y)²``; see `roundlot.theory.moments.fourth_moment`."""
        return exact_error_moments(self, updates)

    @by_position()
    def aggregate_weight_variance(self, weights: npt.ArrayLike) -> FloatArray:
        """``(S,)``, ``Σ_v w² (1/p − S) + (S − 1) (Σ_v w)²``."""
        return turns_participation_variance(weights, self.probabilities)

    @by_position()
    def expected_uploads(self, client: npt.ArrayLike) -> float:
        """Distinct (client, model) messages expected in a round; ``client`` is ``(V,)``."""
        return turns_expected_uploads(self.probabilities, client)

    def turns(self, rounds: int, *, seed: int = 0, start: int = 0) -> Picks:
        """``(rounds,)`` int16: whose turn it is."""
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
        turn = pick_model(np.diff(self.edges[0], prepend=0).tolist(), chance)
        return tuple(turn if chance(gate, ONE) else -1 for gate in self.gates[:, turn].tolist())

    def _joint(self, model: int, other: int) -> FloatArray:
        if model != other:
            return np.zeros((self.n_processors, self.n_processors))
        gates = np.ldexp(self.gates[:, model].astype(np.float64), -BITS)
        return np.outer(self.probabilities[:, model], gates)

    def _fill(self, out: Picks, start: int, seed: int) -> None:
        turns = self.turns(len(out), seed=seed, start=start)
        draw_gated(self.gates, turns, start, STREAM_PROCESSOR, *key_words(seed), out)

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
        turns = torch.tensor(self.turns(rounds, seed=seed, start=start), device=device)
        gates = torch.tensor(self.gates, device=device).T[turns.long()]
        return torch.where(words < gates, turns[:, None], torch.full_like(turns[:, None], -1))


def _refuse_above(table: FloatArray, most: float) -> None:
    above = table > most * (1.0 + 1e-12)
    if above.any():
        row, column = (int(index) for index in np.argwhere(above)[0])
        raise InfeasibleError(
            f"probabilities[{row}, {column}] is {table[row, column]:.6g}; turns reach at most "
            f"1/S = {most:.6g}: lower it, or draw independently"
        )


def _products(gates: Counts, shares: list[int]) -> FloatArray:
    chances = np.ldexp(gates.astype(np.float64), -BITS)
    return chances * np.ldexp(np.array(shares, dtype=np.float64), -BITS)


@compiled
def draw_gated(
    gates: Words, turns: Picks, start: int, stream: int, key0: int, key1: int, out: Picks
) -> None:
    """Write picks ``(rounds, V)``: the round's model ``turns`` where the word is below its gate."""
    n_rounds, n_processors = out.shape
    words = np.empty(n_processors, np.int64)
    for row in range(n_rounds):
        fill_words(start + row, stream, key0, key1, words)
        turn = turns[row]
        for who in range(n_processors):
            out[row, who] = turn if words[who] < gates[who, turn] else -1
