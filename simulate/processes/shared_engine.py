"""An engine whose clients train in several processes, each on its own device.

The first process asks the others for their shares while it does its own, and puts the answers
together in the order of the clients: nobody else can tell how many processes there are.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, final

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.engines.engine import Evaluation
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.task_engine import SAMPLES_AT_A_TIME, TaskEngine
from roundlot.simulate.processes.messages import Order, Word
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.errors import TrainingError

if TYPE_CHECKING:
    from roundlot.simulate.processes.group import Processes


@final
class SharedEngine:
    """The engine of one task in the first process; ``own`` does this process's share."""

    def __init__(self, own: TaskEngine, processes: Processes, model: int) -> None:
        self.own, self._processes, self._model = own, processes, model
        self._counts = own.task.train.counts
        self._sent: dict[int, tuple[Tensor, int]] = {}

    @property
    def plan(self) -> LocalPlan:
        """What a client does in a round."""
        return self.own.plan

    def updates(
        self,
        parameters: Tensor,
        clients: IntArray,
        round_: int,
        *,
        correction: Tensor | None = None,
    ) -> Tensor:
        """``(k, P)``, as of the engine; clients are dealt by how many samples they hold.

        Raises:
            TrainingError: as the engine; the same client, whoever trained it.
            LostProcessError: another process was killed, hangs or failed.
        """
        start, clients, correction = self.own.checked(parameters, clients, correction)
        shares = deal(self._counts[clients], self._processes.size)
        asked = [rank for rank, share in enumerate(shares) if rank and share.size]
        if not asked:
            return self.own.updates(start, clients, round_, correction=correction)
        rows, failures = start.new_empty((clients.size, start.numel())), []
        with self._processes.asking():
            for rank in asked:
                extra = _part(correction, shares[rank])
                self._ask(rank, Word.TRAIN, parameters, clients[shares[rank]], round_, extra)
            for rank in (0, *asked):
                own = shares[rank]
                try:
                    if rank:
                        shape = (own.size, start.numel())
                        some = self._processes.answer(rank, shape, start.dtype, self.own.device)
                    else:
                        extra = _part(correction, own)
                        some = self.own.updates(start, clients[own], round_, correction=extra)
                    rows[torch.from_numpy(own).to(rows.device)] = some
                except TrainingError as error:
                    failures.append(error)
        if failures:
            raise _first(failures, clients)
        return rows

    def losses(self, parameters: Tensor, clients: IntArray) -> FloatArray:
        """``(k,)``, as of the engine; samples are dealt in the blocks that it takes at a time.

        Raises:
            TrainingError: as the engine.
            LostProcessError: another process was killed, hangs or failed.
        """
        clients = self.own.known(clients)
        rows = self.own.rows(clients)
        parts = runs(rows.size, SAMPLES_AT_A_TIME, self._processes.size)
        asked = [rank for rank, part in enumerate(parts) if rank and part.start < part.stop]
        if not asked:
            return self.own.losses(parameters, clients)
        with self._processes.asking():
            for rank in asked:
                self._ask(rank, Word.LOSSES, parameters, clients)
            each = [self.own.sample_losses(parameters, rows[parts[0]])]
            for rank in asked:
                shape = (parts[rank].stop - parts[rank].start,)
                some = self._processes.answer(rank, shape, torch.float64, "cpu")
                each.append(some.numpy())
        return self.own.means(clients, np.concatenate(each))

    def evaluate(self, parameters: Tensor) -> Evaluation:
        """By this process alone."""
        return self.own.evaluate(parameters)

    def _ask(
        self,
        rank: int,
        word: Word,
        parameters: Tensor,
        clients: IntArray,
        round_: int = 0,
        correction: Tensor | None = None,
    ) -> None:
        wire, fresh = self._processes.wire, self._is_new(rank, parameters)
        order = Order(
            word=word,
            model=self._model,
            round=round_,
            count=clients.size,
            correction=0 if correction is None else correction.dim(),
            fresh=int(fresh),
        )
        wire.send(rank, order)
        wire.send_clients(rank, clients)
        if fresh:
            wire.send_tensor(rank, self.own.checked(parameters, clients[:0])[0])
        if correction is not None:
            wire.send_tensor(rank, correction)

    def _is_new(self, rank: int, parameters: Tensor) -> bool:
        """Whether a process does not have these parameters yet; it keeps the last."""
        now = (parameters, parameters._version)
        before = self._sent.get(rank)
        self._sent[rank] = now
        return before is None or before[0] is not parameters or before[1] != now[1]


def deal(work: IntArray, hands: int) -> list[IntArray]:
    """For each of ``hands``, the places in ``work`` that it does, ascending.

    The largest piece first, each to whoever has least so far: nobody works longer than 4/3 of the
    shortest possible time (Graham, SIAM J. Appl. Math. 1969). The first hand gets a piece if there
    is one.

    Args:
        work: ``(k,)``, how long each piece takes, in any unit.
        hands: at least 1.
    """
    loads = [(0, hand) for hand in range(hands)]
    owner = np.empty(len(work), dtype=np.int64)
    for place in np.argsort(-work, kind="stable"):
        load, hand = heapq.heappop(loads)
        owner[place] = hand
        heapq.heappush(loads, (load + int(work[place]), hand))
    return [np.flatnonzero(owner == hand) for hand in range(hands)]


def runs(n: int, block: int, hands: int) -> list[slice]:
    """For each of ``hands``, a run of whole blocks of ``n`` rows; the first ones get the larger.

    Blocks start where they do for one hand alone: what is computed block by block has the same
    bits whoever computes it.
    """
    blocks = -(-n // block)
    ends = [0]
    for hand in range(hands):
        ends.append(ends[-1] + blocks // hands + (hand < blocks % hands))
    return [slice(a * block, min(b * block, n)) for a, b in pairwise(ends)]


def _part(correction: Tensor | None, share: IntArray) -> Tensor | None:
    if correction is None or correction.dim() == 1:
        return correction
    return correction[torch.from_numpy(share).to(correction.device)]


def _first(failures: Sequence[TrainingError], clients: IntArray) -> TrainingError:
    """The failure that one process alone would have met: losses are looked at before updates."""
    place = {int(client): at for at, client in enumerate(clients)}
    return min(failures, key=lambda one: (one.what != "loss", place[one.client or 0]))
