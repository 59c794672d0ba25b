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


@dataclass(frozen=True, kw_only=True, eq=False)
class Clock:
    """What rounds of these workers take."""

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
        if exchange.delay:
            return self._in_background(ready, moment.arrivals, exchange)
        return Moment(done=self._matched(ready, exchange), arrivals=moment.arrivals)

    def _matched(self, ready: FloatArray, exchange: Exchange) -> FloatArray:
        done = ready.copy()
        for a, b in (pairs.T for pairs in exchange.matchings):
            both = np.maximum(done[a], done[b]) + self._message(a, b, exchange)
            done[a] = done[b] = both
        return done

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

    def _message(self, a: IntArray, b: IntArray, exchange: Exchange) -> FloatArray:
        workers = self.workers
        return workers.transfer(a, b, workers.message_bytes + exchange.extra_bytes)

    def _around_a_ring(self, ready: FloatArray) -> FloatArray:
        workers, n = self.workers, self.workers.n_workers
        ring = np.array([*pairwise(range(n)), (n - 1, 0)], dtype=np.int64)
        slowest = workers.transfer(ring[:, 0], ring[:, 1], workers.message_bytes / n).max()
        return np.full(n, ready.max() + 2 * (n - 1) * float(slowest))


def bytes_sent(exchange: Exchange, workers: Workers) -> int:
    """Bytes that a round's messages have together."""
    if exchange.everybody:
        return 2 * (workers.n_workers - 1) * workers.message_bytes
    links = sum(len(pairs) for pairs in exchange.matchings)
    return 2 * links * (workers.message_bytes + exchange.extra_bytes)
