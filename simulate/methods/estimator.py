"""From a lot to a step: how updates are weighed, what is remembered, and whether that is unbiased.

A step is unbiased for the full one if everybody with data can be drawn, those drawn weigh their
data over the chance to be drawn (or nobody is drawn at all), and what is remembered was fixed
before the draw and is corrected by those drawn. Each way out of that is a bias with a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.theory.arrays import FloatArray, IntArray

Weighs = Literal["probability", "draws", "everybody", "those drawn", "number"]
Remembers = Literal["none", "corrected", "instead"]
Heard = Callable[[int, IntArray, Tensor], None]

#: Clients whose updates are held at a time: a row each is the largest thing in a step.
_CLIENTS_AT_A_TIME = 256


@dataclass(frozen=True, kw_only=True)
class Estimator:
    """How a step is put together from those drawn: Horvitz-Thompson, and the parent of all others.

    Attributes:
        weighs: data over "probability" (Horvitz-Thompson), over the expected number of "draws"
            (with replacement), as it is because "everybody" is heard, over the data of "those
            drawn", or over their "number".
        tilt: what moves weight from data to something else, in words; "" if nothing does.
        never: who has something to say and is never drawn, in words; "" if nobody.
        memory: updates of earlier rounds: "none"; "corrected", fixed before the draw and replaced
            by the news of those drawn; or "instead" of what this round would bring.
        over: what the mean is taken over besides the draw; "" for the draw alone.
        where: the models of a round that it holds for, in words; "" if for all: the others are not
            drawn, and do not move.
        updates: whose mean it is, in words, where they are not what clients learn by themselves;
            "" if they are.
        away: what stands for the updates of those who are away, in words; "" if they are left out:
            the step is then of those present, with their shares of the data.
    """

    weighs: Weighs = "probability"
    tilt: str = ""
    never: str = ""
    memory: Remembers = "none"
    over: str = ""
    where: str = ""
    updates: str = ""
    away: str = ""

    @property
    def faults(self) -> tuple[str, ...]:
        """Why its mean is not the full step; none if it is."""
        weighs = {
            "those drawn": "divides by the data of those drawn",
            "number": "a plain mean over those drawn",
        }
        memory = {"instead": "updates of earlier rounds stand for this round's"}
        faults = (memory.get(self.memory, ""), self.never, self.tilt, weighs.get(self.weighs, ""))
        return tuple(fault for fault in faults if fault)

    @property
    def label(self) -> str:
        """ "unbiased", for which updates, where, over what, with what for those away; or "biased: "
        and a fault."""
        if self.faults:
            return f"biased: {self.faults[0]}"
        which = f"for {self.updates}" if self.updates else ""
        holds = " ".join(filter(None, ("unbiased", which, self.where)))
        if self.over:
            return f"{holds} over {self.over}"
        return f"{holds}, with {self.away} of those away" if self.away else holds

    def start(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """What is remembered before the first round: nothing."""
        return {}

    def weights(self, round_: Round, lot: Lot) -> tuple[FloatArray, ...]:
        """``S`` rows ``(N,)``, the weight of each client's update in its model's step."""
        return over_probability(lot, round_.weights)

    def step(self, memory: Memory, round_: Round, lot: Lot) -> tuple[Memory, Step]:
        """Those drawn train and are added up by their weights."""
        return memory, step_of(
            round_,
            picks=lot.picks,
            fresh=self.weights(round_, lot),
            probabilities=lot.probabilities,
        )


#: Data over the chance to be drawn, everybody can be, nothing is remembered.
HORVITZ_THOMPSON = Estimator()


class Labelled:
    """A method whose label follows from its estimator."""

    @property
    def estimator(self) -> Estimator:
        """How the step is put together with these settings."""
        return HORVITZ_THOMPSON

    @property
    def label(self) -> str:
        """ "unbiased", or "biased: " and why, of the step against the full one, on average."""
        return self.estimator.label

    @property
    def counts_away(self) -> bool:
        """Whether those who are away are in the step, so that it moves with nobody there."""
        return self.estimator.away != ""


def over_probability(lot: Lot, shares: FloatArray) -> tuple[FloatArray, ...]:
    """``S`` rows ``(N,)``: shares ``(V, S)``, ``d / B``, over ``p`` of those drawn."""
    return tuple(lot.weights(model, shares[:, model]) for model in range(shares.shape[1]))


def data_of_drawn(shares: FloatArray, lot: Lot, model: int) -> FloatArray:
    """``(N,)``: the share ``(N, S)`` of those who drew the model, 0 elsewhere."""
    out = np.zeros(len(shares))
    drawn = lot.clients(model)
    out[drawn] = shares[drawn, model]
    return out


def unbiased_step(round_: Round, lot: Lot) -> Step:
    """Those drawn are heard and weigh ``d / (B p)``: Horvitz-Thompson, ``E Δ_s = Σ_i d_i G_i``."""
    return HORVITZ_THOMPSON.step({}, round_, lot)[1]


def step_of(
    round_: Round,
    *,
    picks: IntArray,
    fresh: tuple[FloatArray, ...],
    probabilities: FloatArray | None = None,
) -> Step:
    """The step that gives clients these weights, ``S`` rows ``(N,)``."""
    return Step(
        directions=tuple(weighted_sum(round_, s, weights) for s, weights in enumerate(fresh)),
        picks=picks,
        fresh_weights=fresh,
        probabilities=probabilities,
    )


def weighted_sum(
    round_: Round, model: int, weights: FloatArray, heard: Heard | None = None
) -> Tensor | None:
    """``(P_s,)``, ``Σ_i weight_i G_i`` over clients of non-zero weight; None if there are none.

    Args:
        round_: trains them.
        model: which one.
        weights: ``(N,)``.
        heard: called as (model, clients, updates ``(k, P_s)``) on what arrives, block by block.
    """
    clients = np.flatnonzero(weights)
    if not clients.size:
        return None
    start = round_.parameters[model]
    total = torch.zeros_like(start, dtype=torch.float64)
    for some in blocks(clients):
        updates = round_.updates(model, some)
        total += combined(weights[some], updates)
        if heard is not None:
            heard(model, some, updates)
    return total.to(start.dtype)


def blocks(clients: IntArray) -> Iterator[IntArray]:
    """The clients, a few hundred at a time."""
    for start in range(0, clients.size, _CLIENTS_AT_A_TIME):
        yield clients[start : start + _CLIENTS_AT_A_TIME]


def combined(weights: FloatArray, rows: Tensor) -> Tensor:
    """``(P,)`` float64, ``Σ_i weight_i row_i``."""
    return torch.as_tensor(weights, device=rows.device) @ rows.double()
