"""What a method of training with workers is: a pair ``init, apply`` on a record of arrays.

And what methods share: mixing by a matrix, and labels that follow from what a round weighs: what
steps, and what is kept. The clock says when every worker is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.training.method import Described, Memory
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.simulate.workers.worker_engine import WorkerEngine
from roundlot.solvers.graphs.mixing_weights import mixing_fault
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.text import plural

MANY = 500  # workers from which mixing sums over links alone
ROUNDING = 1e-9  # by which sums of weights are off that are meant to be the same

#: Of a method whose mean is kept, told before the workers and the plan are known.
IF_ALIKE = "unbiased with one local step where the objective weighs workers alike"


@dataclass(frozen=True, kw_only=True, eq=False)
class Exchange:
    """Who sent parameters to whom in a round.

    Attributes:
        everybody: an all-reduce: everyone ends with the sum.
        matchings: links in use ``(k, 2)``, matching after matching; both ways.
        arcs: ``(k, 2)``, sender and receiver of messages that go one way.
        delay: rounds that a message may be on its way; 0: everyone waits for it.
        extra_bytes: of a message, besides the parameters; sent once.
        passes: how often the matchings are gone through, each time with a vector of parameters.
    """

    everybody: bool = False
    matchings: tuple[IntArray, ...] = ()
    arcs: IntArray | None = None
    delay: int = 0
    extra_bytes: int = 0
    passes: int = 1

    @property
    def n_links(self) -> int:
        """How many links are in use, both ways or one."""
        return sum(map(len, self.matchings)) + (0 if self.arcs is None else len(self.arcs))


@dataclass(frozen=True, kw_only=True, eq=False)
class Move:
    """What a method did in a round.

    Attributes:
        parameters: ``(n, P)`` afterwards.
        samples: ``(n,)``: gradients that every worker computed and that were used.
        computing: ``(n,)`` seconds before anybody sends.
        exchange: what was sent.
        losses: ``(n,)``: mean loss of every worker's batches; NaN without.
        matrix: ``(n, n)`` that mixed, or None where everybody got the mean.
        figures: further numbers of the round.
    """

    parameters: Tensor
    samples: IntArray
    computing: FloatArray
    exchange: Exchange
    losses: FloatArray
    matrix: FloatArray | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkerRound:
    """One round, as a method sees it.

    Attributes:
        number: from 0.
        parameters: ``(n, P)`` at its start.
        engine: computes gradients.
    """

    number: int
    parameters: Tensor
    engine: WorkerEngine

    @property
    def workers(self) -> Workers:
        """The workers."""
        return self.engine.workers

    @property
    def plan(self) -> StepPlan:
        """Steps between mixings."""
        return self.engine.plan

    @property
    def seed(self) -> int:
        """Of the run."""
        return self.engine.seed

    @property
    def rate(self) -> float:
        """Learning rate."""
        return self.plan.rate(self.number)

    @cached_property
    def stepped(self) -> tuple[Tensor, FloatArray]:
        """``(n, P)`` after every worker's ``K`` local steps, and mean losses ``(n,)``."""
        return self.engine.descend(self.parameters, self.number)

    @cached_property
    def samples(self) -> IntArray:
        """``(n,)``: samples of these local steps."""
        return self.plan.steps * self.plan.widths(self.workers.n_workers)

    @cached_property
    def computing(self) -> FloatArray:
        """``(n,)``: seconds of these local steps."""
        widths = self.plan.widths(self.workers.n_workers)
        return self.workers.computing(widths, self.plan.steps, seed=self.seed, round_=self.number)


class WorkerMethod(Described, Protocol):
    """A method: a frozen record of its settings; what changes lives in its memory.

    Its label says whether the workers' mean takes the step of the mean gradient.
    """

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """What is remembered before the first round; refuses what does not fit the workers."""

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """One round: local steps, then mixing."""


def label_of(method: WorkerMethod, workers: Workers, plan: StepPlan) -> str:
    """What the method's step is on average: with these workers and their plan, where it depends."""
    told = getattr(method, "label_for", None)
    return str(method.label if told is None else told(workers, plan))


def checked_mixing(mixing: npt.ArrayLike, n_workers: int | None = None) -> FloatArray:
    """``(n, n)``: the matrix, if it is symmetric with rows that sum to 1.

    Entries below 0 are let through: the mixing weight of MATCHA gives some, and its theorem asks
    for none of the signs.

    Raises:
        InvalidProblemError: not square, not finite, or of another number of workers.
        AssumptionError: not symmetric, or rows that do not sum to 1; names the entry.
    """
    W = np.array(mixing, dtype=np.float64)
    if W.ndim != 2 or W.shape[0] != W.shape[1] or not W.size:
        raise InvalidProblemError(f"mixing matrix has shape {W.shape}; it must be square")
    if n_workers is not None and len(W) != n_workers:
        raise InvalidProblemError(
            f"mixing matrix is for {len(W)} {plural(len(W), 'worker')}; there are {n_workers}"
        )
    if not np.isfinite(W).all():
        raise InvalidProblemError("mixing matrix has entries that are not finite")
    fault = mixing_fault(W)
    if fault is not None:
        raise AssumptionError(f"mixing matrix is not {fault}")
    return read_only(W)


def mixed(matrix: FloatArray, parameters: Tensor) -> Tensor:
    """``(n, P)``: ``Σ_j W_ij x_j`` of every worker, rounded to the type of the parameters."""
    return weighted(matrix, parameters).to(parameters.dtype)


def weighted(matrix: FloatArray, parameters: Tensor) -> Tensor:
    """``(n, P)``: ``Σ_j W_ij x_j`` of every worker.

    Sums in float64 on the CPU and in float32 on a GPU, worker after worker: the mean of the
    parameters must not drift by rounding.
    """
    on_cpu = parameters.device.type == "cpu"
    kind = torch.float64 if on_cpu else parameters.dtype
    if on_cpu and len(matrix) > MANY:
        return _mixed_sparsely(matrix, parameters)
    weights = torch.tensor(matrix, dtype=kind, device=parameters.device)
    return weights @ parameters.to(kind)


def _mixed_sparsely(matrix: FloatArray, parameters: Tensor) -> Tensor:
    """Over the links alone: of thousands of workers each has few neighbours."""
    from scipy import sparse

    wide = parameters.detach().numpy().astype(np.float64)
    return torch.from_numpy(sparse.csr_array(matrix) @ wide).to(parameters.dtype)


def consensus_distance(parameters: Tensor) -> float:
    """``(1/n) Σ ‖x_i − x̄‖²``."""
    wide = parameters.double()
    return float((wide - wide.mean(dim=0)).square().sum() / len(wide))


def label_of_faults(*faults: str | None) -> str:
    """ "unbiased" without any fault, else "biased: " and the first."""
    found = [fault for fault in faults if fault is not None]
    return f"biased: {found[0]}" if found else "unbiased"


def weight_fault(weights: FloatArray, workers: Workers) -> str | None:
    """Where weights ``(n,)`` of the workers' gradients are not the objective's."""
    off = np.abs(weights - workers.weights)
    worst = int(off.argmax())
    if off[worst] <= ROUNDING:
        return None
    return (
        f"worker {worst} weighs {weights[worst]:.3g}, the objective says "
        f"{workers.weights[worst]:.3g}"
    )


def drift_fault(steps: npt.ArrayLike, workers: Workers) -> str | None:
    """Several local steps of several workers: the mean of all is not one step of the mean."""
    most = int(np.max(steps))
    if most == 1 or workers.n_workers == 1:
        return None
    return f"{most} local steps drift towards each shard's own optimum"


def mean_fault(matrices: FloatArray) -> str | None:
    """Where a column of one of the mixing matrices ``(k, n, n)`` does not sum to 1."""
    sums = matrices.sum(axis=1)
    off = np.abs(sums - 1.0)
    k, worst = np.unravel_index(int(off.argmax()), off.shape)
    if off[k, worst] <= ROUNDING:
        return None
    return f"columns of the mixing do not sum to 1: that of worker {worst} to {sums[k, worst]:.3g}"


def delay_fault(matrices: FloatArray, delay: int) -> str | None:
    """Where something is mixed that left its worker some rounds ago."""
    apart = matrices * (1.0 - np.eye(matrices.shape[-1]))
    if delay == 0 or not apart.any():
        return None
    return f"what neighbours had {delay} rounds ago is mixed in"


def gossip_label(matrices: FloatArray, delay: int, workers: Workers, plan: StepPlan) -> str:
    """Of mixing by any of ``matrices`` ``(k, n, n)`` after local steps, or before."""
    n = workers.n_workers
    return label_of_faults(
        mean_fault(matrices),
        delay_fault(matrices, delay),
        weight_fault(np.full(n, 1.0 / n), workers),
        drift_fault(plan.steps, workers),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """Between two rounds.

    Attributes:
        done: ``(n,)``: when each worker is done.
        arrivals: ``(d, n)``: when the messages to each worker of the last ``d`` rounds arrive.
    """

    done: FloatArray
    arrivals: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Clock:
    """When every worker is done, from computing times and from the links in use.

    - Matchings are used one after the other. The two ends of a link wait for each other, then
      exchange their parameters, both ways at the same time; nobody else waits.
    - With a delay of ``d`` rounds, a worker sends in the background, one neighbour after the other,
      and waits only for messages of ``d`` rounds ago.
    - Over links that go one way a worker sends to one receiver after the other, and then waits for
      all messages to it of the round.
    - An all-reduce waits for everybody and goes around a ring: ``2(n − 1)`` messages of ``1/n`` of
      the parameters from each worker, at the pace of the slowest link.
    """

    workers: Workers

    def start(self) -> Moment:
        """Everybody at 0, no messages on their way."""
        n = self.workers.n_workers
        return Moment(done=np.zeros(n), arrivals=np.empty((0, n)))

    def after(self, moment: Moment, move: Move) -> Moment:
        """The moment after a round."""
        ready, exchange = moment.done + move.computing, move.exchange
        if exchange.everybody:
            return Moment(done=self._around_a_ring(ready), arrivals=moment.arrivals)
        if exchange.arcs is not None:
            return Moment(done=self._one_way(ready, exchange), arrivals=moment.arrivals)
        if exchange.delay:
            return self._in_background(ready, moment.arrivals, exchange)
        return Moment(done=self._matched(ready, exchange), arrivals=moment.arrivals)

    def _matched(self, ready: FloatArray, exchange: Exchange) -> FloatArray:
        done = ready.copy()
        for number in range(exchange.passes):
            for a, b in (pairs.T for pairs in exchange.matchings):
                message = self._message(a, b, exchange, extra=number == 0)
                done[a] = done[b] = np.maximum(done[a], done[b]) + message
        return done

    def _one_way(self, ready: FloatArray, exchange: Exchange) -> FloatArray:
        free, latest = ready.copy(), ready.copy()
        assert exchange.arcs is not None
        seconds = self._message(exchange.arcs[:, 0], exchange.arcs[:, 1], exchange)
        for (sender, receiver), message in zip(exchange.arcs.tolist(), seconds, strict=True):
            free[sender] += message
            latest[receiver] = max(latest[receiver], free[sender])
        return np.maximum(free, latest)

    def _in_background(self, ready: FloatArray, arrivals: FloatArray, exchange: Exchange) -> Moment:
        free, latest = ready.copy(), ready.copy()
        for a, b in (pairs.T for pairs in exchange.matchings):
            seconds = self._message(a, b, exchange)
            free[a] += seconds
            free[b] += seconds
            latest[a] = np.maximum(latest[a], free[b])
            latest[b] = np.maximum(latest[b], free[a])
        queue = np.concatenate([arrivals, latest[None]])
        if len(queue) <= exchange.delay:
            return Moment(done=ready, arrivals=queue)
        return Moment(done=np.maximum(ready, queue[0]), arrivals=queue[1:])

    def _message(
        self, a: IntArray, b: IntArray, exchange: Exchange, *, extra: bool = True
    ) -> FloatArray:
        workers, more = self.workers, exchange.extra_bytes if extra else 0
        return workers.transfer(a, b, workers.message_bytes + more)

    def _around_a_ring(self, ready: FloatArray) -> FloatArray:
        workers, n = self.workers, self.workers.n_workers
        ring = np.array([*pairwise(range(n)), (n - 1, 0)], dtype=np.int64)
        slowest = workers.transfer(ring[:, 0], ring[:, 1], workers.message_bytes / n).max()
        return np.full(n, ready.max() + 2 * (n - 1) * float(slowest))


def bytes_sent(exchange: Exchange, workers: Workers) -> int:
    """Bytes that a round's messages have together."""
    if exchange.everybody:
        return 2 * (workers.n_workers - 1) * workers.message_bytes
    if exchange.arcs is not None:
        return len(exchange.arcs) * (workers.message_bytes + exchange.extra_bytes)
    return 2 * exchange.n_links * (exchange.passes * workers.message_bytes + exchange.extra_bytes)
