"""What a method of federated training is: a pair ``init, apply`` on a record of arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

from roundlot.theory.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from roundlot.simulate.training.federation import Federation
    from roundlot.simulate.training.round import Round


# What a method remembers between rounds: named arrays, so that a checkpoint needs no pickle.
Memory = Mapping[str, Tensor | npt.NDArray[np.generic]]
# ``(model, clients)`` to ``(k, P_s)``: what stands for the updates of clients who are not heard.
Anchor = Callable[[int, IntArray], Tensor]


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """What a method did in a round.

    Attributes:
        directions: ``S`` flat steps ``Δ_s``, ``(P_s,)``: the server moves to ``w_s − Δ_s``; None
            where a model was not heard and does not move.
        probabilities: ``(V, S)`` of the draw, or None if nothing was drawn by probabilities.
        picks: ``(V,)``, the model each processor trained, −1 for idle.
        fresh_weights: ``S`` rows ``(N,)``: the weight in ``Δ_s`` of each client's update of this
            round; they sum to ``H_s``.
        anchor: for methods that remember: ``anchor(model, clients)`` gives ``(k, P_s)``, what each
            client's update is taken to be where it is not heard (``β h``); else None.
        shares: ``(N, S)``: the data weights ``d`` of a step that counts those who are away by their
            anchors; None: the step is of those present, with their shares.
        mean_weights: ``(N, S)``: the weight that the update of each who is present has on average
            over the draw, where that is not the share.
        corrected: whether those drawn train with a correction: what the others would have learnt is
            then not defined, so there is no full step to measure against, in any round.
        figures: further numbers of the round, by name: one each, or ``(S,)``.
    """

    directions: tuple[Tensor | None, ...]
    picks: IntArray
    fresh_weights: tuple[FloatArray, ...]
    probabilities: FloatArray | None = None
    anchor: Anchor | None = None
    shares: FloatArray | None = None
    mean_weights: FloatArray | None = None
    corrected: bool = False
    figures: Mapping[str, float | FloatArray] = field(default_factory=dict)


class Described(Protocol):
    """What says of itself what it is."""

    @property
    def name(self) -> str:
        """How tables call it."""

    @property
    def source(self) -> str:
        """The paper."""

    @property
    def label(self) -> str:
        """ "unbiased", or "biased: " and why, of its step against the full one, on average."""


class Method(Described, Protocol):
    """A method: a frozen record of its settings; what changes lives in its memory."""

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """What is remembered before the first round."""

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """One round: whom to hear, what they train, how the server steps.

        May write into the arrays of ``memory``, but only once nothing can fail any more.
        """
