"""Mixing with neighbours, at once or with what they were some rounds ago."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.method import Exchange, IntArray, Move, WorkerRound
from roundlot.simulate.workers.mixing import mixed
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
Order = Literal["step first", "mix first"]


def check_gossip(order: str, delay: int) -> None:
    """Refuse an unknown order, or a delay below 0.

    Raises:
        InvalidProblemError: names it.
    """
    if order not in ("step first", "mix first"):
        raise InvalidProblemError(f"order is {order!r}; choose 'step first' or 'mix first'")
    check_count(delay, "delay", 0)


def gossip(
    memory: Memory,
    round_: WorkerRound,
    matrix: FloatArray,
    matchings: tuple[IntArray, ...],
    *,
    order: Order,
    delay: int,
) -> tuple[Memory, Move]:
    """Local steps, and one mixing by ``matrix`` over the links in use.

    "step first" mixes what the steps lead to, ``X⁺ = W (X − ηG)``; "mix first" mixes what they
    start from, ``X⁺ = W X − ηG``. With a delay of ``d`` a worker mixes its own parameters with what
    its neighbours had ``d`` rounds ago; in the first ``d`` rounds nothing has arrived and nothing
    is mixed.
    """
    stepped, losses = round_.stepped
    own = stepped if order == "step first" else round_.parameters
    kept, heard = _heard(memory, own, delay)
    after = own if heard is None else _mixed(matrix, own, heard, delay)
    if order == "mix first":
        after = after + (stepped - round_.parameters)
    move = Move(
        parameters=after,
        samples=round_.samples,
        computing=round_.computing,
        exchange=Exchange(matchings=matchings, delay=delay),
        losses=losses,
        matrix=np.eye(len(own)) if heard is None else matrix,
    )
    return kept, move


def _heard(memory: Memory, own: Tensor, delay: int) -> tuple[Memory, Tensor | None]:
    """Memory with this round's parameters, and what arrives now, if anything."""
    if not delay:
        return memory, own
    past = memory.get("past")
    queue = own[None] if past is None else torch.cat([torch.as_tensor(past), own[None]])
    if len(queue) <= delay:
        return {**memory, "past": queue}, None
    return {**memory, "past": queue[1:]}, queue[0]


def _mixed(matrix: FloatArray, own: Tensor, heard: Tensor, delay: int) -> Tensor:
    if not delay:
        return mixed(matrix, own)
    alone = np.diag(np.diag(matrix))
    return mixed(np.hstack([alone, matrix - alone]), torch.cat([own, heard]))
