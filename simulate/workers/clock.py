"""When every worker is done, from computing times and from the links in use.

- Matchings are used one after the other. The two ends of a link wait for each other, then exchange
  their parameters, both ways at the same time; nobody else waits.
- With a delay of ``d`` rounds, a worker sends in the background, one neighbour after the other, and
  waits only for messages of ``d`` rounds ago.
- An all-reduce waits for everybody and goes around a ring: ``2(n − 1)`` messages of ``1/n`` of the
  parameters from each worker, at the pace of the slowest link.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from roundlot.simulate.workers.method import Exchange, Move
from roundlot.simulate.workers.setting import Workers
from roundlot.theory.arrays import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """Between two rounds.

    Attributes:
        done: ``(n,)``: when each worker is done.
        arrivals: ``(d, n)``: when the messages to each worker of the last ``d`` rounds arrive.
    """

    done: FloatArray
    arrivals: FloatArray

    @classmethod
    def start(cls, n_workers: int) -> Moment:
        """Everybody at 0, no messages on their way."""
        return cls(done=np.zeros(n_workers), arrivals=np.empty((0, n_workers)))


def advance(moment: Moment, move: Move, workers: Workers) -> Moment:
    """The moment after a round."""
    ready = moment.done + move.computing
    exchange = move.exchange
    if exchange.everybody:
        return Moment(done=_around_a_ring(ready, workers), arrivals=moment.arrivals)
    if exchange.delay:
        return _in_background(ready, moment.arrivals, exchange, workers)
    return Moment(done=_matched(ready, exchange, workers), arrivals=moment.arrivals)


def bytes_sent(exchange: Exchange, workers: Workers) -> int:
    """Bytes that a round's messages have together."""
    if exchange.everybody:
        return 2 * (workers.n_workers - 1) * workers.message_bytes
    links = sum(len(pairs) for pairs in exchange.matchings)
    return 2 * links * (workers.message_bytes + exchange.extra_bytes)


def _matched(ready: FloatArray, exchange: Exchange, workers: Workers) -> FloatArray:
    done = ready.copy()
    for a, b in (pairs.T for pairs in exchange.matchings):
        both = np.maximum(done[a], done[b]) + _message(a, b, exchange, workers)
        done[a] = done[b] = both
    return done


def _in_background(
    ready: FloatArray, arrivals: FloatArray, exchange: Exchange, workers: Workers
) -> Moment:
    free, latest = ready.copy(), ready.copy()
    for a, b in (pairs.T for pairs in exchange.matchings):
        seconds = _message(a, b, exchange, workers)
        free[a] += seconds
        free[b] += seconds
        latest[a] = np.maximum(latest[a], free[b])
        latest[b] = np.maximum(latest[b], free[a])
    queue = np.concatenate([arrivals, latest[None]])
    if len(queue) <= exchange.delay:
        return Moment(done=ready, arrivals=queue)
    return Moment(done=np.maximum(ready, queue[0]), arrivals=queue[1:])


def _message(a: IntArray, b: IntArray, exchange: Exchange, workers: Workers) -> FloatArray:
    return workers.transfer(a, b, workers.message_bytes + exchange.extra_bytes)


def _around_a_ring(ready: FloatArray, workers: Workers) -> FloatArray:
    n = workers.n_workers
    ring = np.array([*pairwise(range(n)), (n - 1, 0)], dtype=np.int64)
    slowest = workers.transfer(ring[:, 0], ring[:, 1], workers.message_bytes / n).max()
    return np.full(n, ready.max() + 2 * (n - 1) * float(slowest))
