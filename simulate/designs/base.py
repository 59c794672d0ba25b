"""What every design offers: probabilities, draws, and the variance of what it draws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from roundlot.simulate.philox import check_rounds, key_words

if TYPE_CHECKING:
    import torch

    from roundlot.simulate.updates import Updates

FloatArray = npt.NDArray[np.float64]
Picks = npt.NDArray[np.int16]


class Design(ABC):
    """A rule that gives every processor a model, or none, in every round.

    Rounds are independent and alike unless the design says otherwise. The draw of a round is a
    function of (seed, round) alone: the same in any chunking and on any device.
    """

    name: ClassVar[str]
    probabilities: FloatArray

    @classmethod
    @abstractmethod
    def of(cls, probabilities: Any) -> Self:
        """The design with these inclusion probabilities ``(V, S)``."""

    @abstractmethod
    def fraction(self, processor: int, model: int) -> Fraction:
        """The inclusion probability of one pair, as the exact rational number that is drawn."""

    @abstractmethod
    def model_variance(self, updates: Updates) -> FloatArray:
        """``(S,)``, exact ``E‖Δ_s − Σ_v u_vs‖²`` of one round for these updates."""

    @abstractmethod
    def aggregate_weight_variance(self, weights: npt.ArrayLike) -> FloatArray:
        """``(S,)``, exact ``Var H_s`` of one round for weights ``(V, S)``."""

    @abstractmethod
    def expected_uploads(self, client: npt.ArrayLike) -> float:
        """Distinct (client, model) messages expected in a round; ``client`` is ``(V,)``."""

    @abstractmethod
    def _fill(self, out: Picks, start: int, seed: int) -> None: ...

    @abstractmethod
    def draw_torch(
        self, rounds: int, *, seed: int = 0, start: int = 0, device: torch.device | str = "cpu"
    ) -> torch.Tensor:
        """The draws of ``draw`` as an int16 tensor made on ``device``."""

    @property
    def n_processors(self) -> int:
        """``V``."""
        return int(self.probabilities.shape[0])

    @property
    def n_models(self) -> int:
        """``S``."""
        return int(self.probabilities.shape[1])

    @property
    def expected_draws(self) -> float:
        """Draws expected in a round, ``Σ p``."""
        return float(self.probabilities.sum())

    @property
    def inclusion(self) -> FloatArray:
        """``(V, S)``, the same as ``probabilities``: how often each pair is drawn."""
        return self.probabilities

    def draw(self, rounds: int, *, seed: int = 0, start: int = 0) -> Picks:
        """``(rounds, V)`` int16: the model each processor trains in rounds ``start, ...``, −1 idle.

        Raises:
            InvalidProblemError: a negative number of rounds, start or seed.
        """
        check_rounds(rounds, start)
        key_words(seed)
        out = np.empty((rounds, self.n_processors), dtype=np.int16)
        self._fill(out, start, seed)
        return out


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same array, read-only."""
    array.flags.writeable = False
    return array
