"""Power-of-choice: candidates drawn by data size, of which those of largest loss are trained.

Models take turns. In the turn of model ``s`` the server draws ``candidates`` times ``⌊m⌋`` clients
by data, all different, asks for their losses, and trains the ``⌊m⌋`` of largest loss, each on one
processor; their updates are averaged plainly. Fast at first, towards a point that weighs clients of
large loss more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.methods.estimator import Estimator, Labelled, step_of
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.theory import InfeasibleError
from roundlot.theory.arrays import IntArray
from roundlot.theory.random_streams import POWER_OF_CHOICE


@dataclass(frozen=True, kw_only=True)
class PowerOfChoice(Labelled):
    """The candidates of largest loss.

    Attributes:
        candidates: how many times as many candidates as draws, at least 1.

    Raises:
        InvalidProblemError: fewer candidates.
    """

    candidates: int = 2
    name: str = "power-of-choice"
    source: str = "Cho, Wang, Joshi, AISTATS 2022, in turns"
    estimator = Estimator(weighs="number", tilt="clients of large loss weigh more than their data")
    needs: ClassVar[str] = "data sizes, candidates' losses"
    formula: ClassVar[str] = (
        r"\Delta_s = \frac{1}{|T|} \sum_{i \in T} G_{is}, \qquad "
        r"T = \text{the } \lfloor m \rfloor \text{ of largest loss among the candidates}"
    )

    def __post_init__(self) -> None:
        check_count(self.candidates, "candidates", 1)

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Candidates of one model tell their losses; the worst of them are trained.

        Raises:
            InfeasibleError: a budget below one draw.
        """
        draws = math.floor(round_.budget)
        if draws < 1:
            raise InfeasibleError(
                f"power-of-choice draws {draws} clients at a budget of {round_.budget:g}; "
                "give a budget of at least 1"
            )
        model = round_.model_in_turn
        asked = self._candidates(round_, model, draws)
        losses = round_.some_losses(model, asked)
        worst = asked[np.argsort(-losses[asked], kind="stable")[:draws]]
        fresh = np.zeros(round_.present.shape)
        fresh[worst, model] = 1.0 / max(worst.size, 1)
        client = round_.federation.client
        picks = np.full(client.size, -1, dtype=np.int64)
        picks[np.searchsorted(client, worst)] = model  # the first processor of each
        return memory, step_of(round_, picks=picks, fresh=tuple(fresh.T.copy()))

    def _candidates(self, round_: Round, model: int, draws: int) -> IntArray:
        """Clients by data, without replacement, in order."""
        shares = round_.data_weights[:, model]
        count = min(self.candidates * draws, int(np.count_nonzero(shares)))
        if not count:
            return np.zeros(0, dtype=np.int64)
        chance = POWER_OF_CHOICE.generator(round_.seed, round_.index)
        return np.sort(chance.choice(shares.size, count, replace=False, p=shares / shares.sum()))
