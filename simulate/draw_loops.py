"""Compiled draws: Philox words against integer thresholds, a round at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.philox import KEY_STEPS, MULTIPLIERS, N_PASSES
from roundlot.solvers.kernels.compiling import compiled

Words = npt.NDArray[np.int64]
Picks = npt.NDArray[np.int16]

# Numba freezes these as constants of the given width; a Python int would widen the products.
_M0, _M1 = np.uint64(MULTIPLIERS[0]), np.uint64(MULTIPLIERS[1])
_K0, _K1 = np.uint32(KEY_STEPS[0]), np.uint32(KEY_STEPS[1])
_SHIFT = np.uint64(32)
_U30, _U2 = np.uint64(30), np.uint32(2)
_PASSES = N_PASSES


@compiled
def word(number: Any, who: Any, stream: Any, key0: Any, key1: Any) -> Any:
    """A uniform integer below ``2^62``: a function of round, processor, stream and key."""
    c0, c1 = np.uint32(number), np.uint32(np.uint64(number) >> _SHIFT)
    c2, c3, k0, k1 = np.uint32(who), np.uint32(stream), np.uint32(key0), np.uint32(key1)
    for _ in range(_PASSES):
        product0, product1 = _M0 * np.uint64(c0), _M1 * np.uint64(c2)
        c0, c2 = (
            np.uint32(product1 >> _SHIFT) ^ c1 ^ k0,
            np.uint32(product0 >> _SHIFT) ^ c3 ^ k1,
        )
        c1, c3 = np.uint32(product1), np.uint32(product0)
        k0, k1 = np.uint32(k0 + _K0), np.uint32(k1 + _K1)
    return np.int64((np.uint64(c0) << _U30) | np.uint64(c1 >> _U2))


@compiled
def fill_words(number: int, stream: int, key0: int, key1: int, out: Words) -> None:
    """Write one round's uniform integers below ``2^62`` into ``out`` ``(V,)``."""
    for who in range(out.size):
        out[who] = word(number, who, stream, key0, key1)


@compiled
def draw_categories(
    thresholds: Words, start: int, stream: int, key0: int, key1: int, out: Picks
) -> None:
    """Write picks ``(rounds, V)``: the first model whose cumulative threshold exceeds the word."""
    n_rounds, n_processors = out.shape
    last = thresholds.shape[1] - 1
    words = np.empty(n_processors, np.int64)
    for row in range(n_rounds):
        fill_words(start + row, stream, key0, key1, words)
        for who in range(n_processors):
            pick = -1
            if words[who] < thresholds[who, last]:
                pick = 0
                while words[who] >= thresholds[who, pick]:
                    pick += 1
            out[row, who] = pick


@compiled
def draw_gated(
    gates: Words, turns: Picks, start: int, stream: int, key0: int, key1: int, out: Picks
) -> None:
    """Write picks ``(rounds, V)``: the round's model ``turns`` where the word is below its gate."""
    n_rounds, n_processors = out.shape
    words = np.empty(n_processors, np.int64)
    for row in range(n_rounds):
        fill_words(start + row, stream, key0, key1, words)
        turn = turns[row]
        for who in range(n_processors):
            out[row, who] = turn if words[who] < gates[who, turn] else -1
