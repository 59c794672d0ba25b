"""Lanes in which clients train: as many as are compiled for, each taken again when it is free.

Clients take different numbers of steps. Whoever has most begins first; a lane whose client is done
goes to the next one, so that lanes stand idle only at the end of a round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from roundlot.simulate.engines.batches import Batches
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.arrays import IntArray

#: A further width must save this share of the padded samples: compiling it takes seconds.
_WORTH = 0.2
_MOST_WIDTHS = 4
_EIGHT = 8  # numbers of a vector: products of 10 columns take longer than those of 16
#: Kinds of events.
BEGINS, ENDS, MOVES = 0, 1, 2


@dataclass(frozen=True, kw_only=True, eq=False)
class LanePlan:
    """Who is in which lane at every turn; a turn is one step of all lanes.

    Attributes:
        clients: ``(T, L)`` places among the round's clients; -1 in lanes that are free. Those in
            use come first.
        steps: ``(T, L)``: which of its steps a client takes, from 0.
        used: ``(T,)``: lanes in use.
        events: ``(E, 4)`` rows (turn, kind, lane, client), in order: what happens after a turn, or
            before the first (turn -1). A client begins in a lane, ends in it, or the one in the
            lane moves to another, whose number stands in the place of the client.
    """

    clients: IntArray
    steps: IntArray
    used: IntArray
    events: IntArray


def lane_plan(clients: IntArray, steps: IntArray, lanes: int) -> LanePlan:
    """Lanes for these clients ``(c,)``, of ``steps`` ``(c,)`` each, at least 1.

    The longest first, each into the lane that is free first; when nobody waits any more, the last
    lane in use moves to the one that gets free.
    """
    order = np.argsort(-steps, kind="stable")
    most = int(steps.sum() // lanes + steps.max()) + 1
    who, at = np.full((most, lanes), -1, np.int64), np.full((most, lanes), -1, np.int64)
    events = np.empty((3 * clients.size, 4), np.int64)
    turns, seen = _plan(clients[order], steps[order], who, at, events)
    who = who[:turns]
    return LanePlan(
        clients=who, steps=at[:turns], used=(who >= 0).sum(axis=1), events=events[:seen]
    )


@compiled
def _plan(clients: Any, steps: Any, who: Any, at: Any, events: Any) -> tuple[int, int]:
    lanes = who.shape[1]
    place, done = np.zeros(lanes, np.int64), np.zeros(lanes, np.int64)
    used, waiting, seen, turn = min(lanes, clients.size), 0, 0, 0
    for lane in range(used):
        place[lane] = waiting
        _note(events, seen, -1, BEGINS, lane, clients[waiting])
        waiting += 1
        seen += 1
    while used:
        for lane in range(used):
            who[turn, lane], at[turn, lane] = clients[place[lane]], done[lane]
            done[lane] += 1
        lane = 0
        while lane < used:
            if done[lane] < steps[place[lane]]:
                lane += 1
                continue
            _note(events, seen, turn, ENDS, lane, clients[place[lane]])
            seen += 1
            if waiting < clients.size:
                place[lane], done[lane] = waiting, 0
                _note(events, seen, turn, BEGINS, lane, clients[waiting])
                waiting += 1
                seen += 1
                lane += 1
                continue
            used -= 1
            if lane < used:
                place[lane], done[lane] = place[used], done[used]
                _note(events, seen, turn, MOVES, used, lane)
                seen += 1
        turn += 1
    return turn, seen


@compiled
def _note(events: Any, row: int, turn: int, kind: int, lane: int, client: int) -> None:
    events[row, 0], events[row, 1], events[row, 2], events[row, 3] = turn, kind, lane, client


def look_up(batches: Batches, plan: LanePlan, turns: slice, rows: IntArray, shares: Any) -> None:
    """Write ``(T, L, width)`` rows of the task's samples and their shares of the mean loss.

    A batch that is smaller, and a free lane, repeat a sample with a share of 0.

    Args:
        batches: of the round.
        plan: who is in which lane.
        turns: ``T`` of the plan.
        rows, shares: written.
    """
    rows.fill(0)
    shares.fill(0.0)
    _look_up(
        batches.order,
        batches.starts,
        batches.counts,
        batches.widths,
        plan.clients[turns],
        plan.steps[turns],
        rows,
        shares,
    )


@compiled
def _look_up(
    order: Any,
    starts: Any,
    counts: Any,
    widths: Any,
    who: Any,
    at: Any,
    rows: IntArray,
    shares: Any,
) -> None:
    for turn in range(who.shape[0]):
        for lane in range(who.shape[1]):
            client = who[turn, lane]
            if client < 0:
                continue
            a_pass = (counts[client] + widths[client] - 1) // widths[client]
            epoch, step = at[turn, lane] // a_pass, at[turn, lane] % a_pass
            first = epoch * counts[client] + step * widths[client]
            size = min(widths[client], counts[client] - step * widths[client])
            for place in range(rows.shape[2]):
                rows[turn, lane, place] = order[starts[client] + first + place % size]
                if place < size:
                    shares[turn, lane, place] = 1.0 / size


def padded_widths(widths: IntArray, steps: IntArray) -> IntArray:
    """The few widths, ascending, that steps are padded to: the greatest, and those that pay.

    Args:
        widths: ``(c,)`` samples of a client's full step, at least 1.
        steps: ``(c,)`` steps of each client.
    """
    chosen = [int(widths.max())]
    candidates = {int(one) for one in -(-np.unique(widths) // _EIGHT) * _EIGHT} - {*chosen}
    while candidates and len(chosen) < _MOST_WIDTHS:
        now = _padded(chosen, widths, steps)
        best = min(sorted(candidates), key=lambda one: _padded([*chosen, int(one)], widths, steps))
        if _padded([*chosen, int(best)], widths, steps) > (1.0 - _WORTH) * now:
            break
        chosen.append(int(best))
        candidates.remove(best)
    return np.sort(np.array(chosen))


def _padded(chosen: list[int], widths: IntArray, steps: IntArray) -> int:
    """Samples, padding included."""
    some = np.sort(np.array(chosen))
    return int(some[np.searchsorted(some, np.minimum(widths, some[-1]))] @ steps)
