"""A worker in its rounds: compute, exchange with those it is linked with, mix."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.workers.mixing_schedule import MixingSchedule
from roundlot.simulate.workers.real.exchange import Exchanger, Partner, partners
from roundlot.simulate.workers.real.lines import COMPUTING, Part, Place, Step
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import AnyArray, FloatArray

NOBODY = float("nan")


@dataclass(kw_only=True)
class WorkerRounds:
    """The state of one worker between two rounds.

    Attributes:
        rank: its number.
        schedule: the same for all.
        step: its local work, or None.
        learning_rate: by which leaders of the update "paper" pull.
        parameters: ``(d,)``.
        report: told where the worker is.
    """

    rank: int
    schedule: MixingSchedule
    step: Step | None
    learning_rate: float
    parameters: Tensor
    report: Callable[[object], None]
    exchanger: Exchanger = field(default_factory=Exchanger)
    _log: list[list[float]] = field(default_factory=list)

    def play(self, first: int, last: int, keep_every: int) -> None:
        """All rounds; hands in a part every ``keep_every`` and at the end."""
        for number in range(first, last):
            self._round(number)
            if (number + 1) % keep_every == 0 or number + 1 == last:
                self.report(self._part(number + 1))

    def _part(self, done: int) -> Part:
        log, self._log = np.array(self._log).reshape(-1, 6), []
        return Part(round=done, parameters=self.parameters.numpy().copy(), log=log)

    def _round(self, number: int) -> None:
        self.report(Place(round=number, stage=COMPUTING))
        begin, before = time.monotonic(), self.exchanger.sent
        stepped, loss = self._stepped(number)
        computing = time.monotonic() - begin
        stages = iter(range(1, 1 << 30))
        self.exchanger.enter = lambda: self.report(Place(round=number, stage=next(stages)))
        met = partners(self.schedule, number, self.rank)
        if self.schedule.leaders is None:
            got = self.exchanger.swap(met, stepped)
            self.parameters, followed = self._mixed(met, stepped, got), (NOBODY, NOBODY)
        else:
            self.parameters, followed = self._led(number, met, stepped, loss)
        if not bool(torch.isfinite(self.parameters).all()):
            raise InvalidProblemError(
                f"mixing made parameters of worker {self.rank} infinite in round {number}; the "
                f"schedule leaves {self.schedule.contraction:.4g} of the squared distance a round: "
                "weights must be smaller"
            )
        sent = self.exchanger.sent - before
        self._log.append([computing, time.monotonic(), sent, loss, *followed])

    def _stepped(self, number: int) -> tuple[Tensor, float]:
        if self.step is None:
            return self.parameters, NOBODY
        before = self.parameters.numpy()
        after, loss = self.step(self.rank, number, before.copy())
        return torch.from_numpy(checked_step(after, before, self.rank, number)), float(loss)

    def _mixed(
        self,
        met: list[Partner | None],
        own: Tensor,
        got: Mapping[int, tuple[Tensor, ...]],
        share: float = 1.0,
    ) -> Tensor:
        """``share · (W X)`` at this worker."""
        mixed = own.double()
        for partner in met:
            if partner is not None:
                mixed = mixed + partner.weight * (got[partner.rank][0].double() - own.double())
        return (share * mixed).to(own.dtype)

    def _led(
        self, number: int, met: list[Partner | None], stepped: Tensor, loss: float
    ) -> tuple[Tensor, tuple[float, float]]:
        """Mixing that leans towards two leaders; see `roundlot.solvers.graphs.leader_matrix`."""
        if np.isnan(loss):
            raise InvalidProblemError(
                f"the loss of worker {self.rank} in round {number} is NaN; leaders follow losses"
            )
        own_loss = torch.tensor([loss], dtype=torch.float64)
        weights = self.schedule.leaders
        assert weights is not None
        code = self.schedule.update == "code"
        first = self.exchanger.swap(met, stepped if code else self.parameters, own_loss)
        losses = {rank: float(told[1][0]) for rank, told in first.items()} | {self.rank: loss}
        best = least(self.rank, losses)
        degrees = -np.bincount(self._used_links(number).ravel(), minlength=self.schedule.n_workers)
        central = least(self.rank, {rank: float(degrees[rank]) for rank in losses})
        if code:
            at = {rank: told[0].double() for rank, told in first.items()} | {
                self.rank: stepped.double()
            }
            pulled = self._leaning(met, stepped, first, at[best], at[central])
            left = 1.0 - weights.best_pull - weights.central_pull
            after = (
                left * pulled + weights.best_pull * at[best] + weights.central_pull * at[central]
            )
            return after.to(stepped.dtype), (best, central)
        own = self.parameters.double()
        at = {rank: told[0].double() for rank, told in first.items()} | {self.rank: own}
        pull = weights.best_pull * (own - at[best]) + weights.central_pull * (own - at[central])
        moved = (stepped.double() - self.learning_rate * pull).to(stepped.dtype)
        second = self.exchanger.swap(met, moved)
        at = {rank: told[0].double() for rank, told in second.items()} | {self.rank: moved.double()}
        led = self._leaning(met, moved, second, at[best], at[central])
        return led.to(stepped.dtype), (best, central)

    def _leaning(
        self,
        met: list[Partner | None],
        own: Tensor,
        got: Mapping[int, tuple[Tensor, ...]],
        best: Tensor,
        central: Tensor,
    ) -> Tensor:
        """``P Y`` at this worker."""
        weights = self.schedule.leaders
        assert weights is not None
        share = 1.0 - weights.best - weights.central
        wide = {rank: (told[0].double(),) for rank, told in got.items()}
        mixed = self._mixed(met, own.double(), wide, share)
        return mixed + weights.best * best + weights.central * central

    def _used_links(self, number: int) -> AnyArray:
        matchings = self.schedule.at(number).links.matchings
        used = [matchings[j] for j in np.flatnonzero(self.schedule.used(number))]
        return np.concatenate([*used, np.empty((0, 2), np.int64)])


def least(own: int, values: Mapping[int, float]) -> int:
    """Who has the least value; ties go to the worker itself, then to the first."""
    other = min(
        (rank for rank in sorted(values) if rank != own), key=values.__getitem__, default=own
    )
    return other if values[other] < values[own] else own


def checked_step(after: AnyArray, before: AnyArray, rank: int, round_: int) -> FloatArray:
    """What a user's step gave back, in the precision of what it was given.

    Raises:
        InvalidProblemError: another shape, or numbers that are not finite.
    """
    taken = np.array(after, dtype=before.dtype)
    if taken.shape != before.shape:
        raise InvalidProblemError(
            f"the step of worker {rank} in round {round_} gave parameters of shape {taken.shape}, "
            f"not {before.shape}"
        )
    if not np.isfinite(taken).all():
        raise InvalidProblemError(
            f"the step of worker {rank} in round {round_} gave parameters that are not finite"
        )
    return taken
