"""Random bits as a function of (seed, round, processor, stream): Philox4x32-10,
in NumPy, in torch and in compiled loops.

A round's bits do not depend on what was drawn before, so a draw is the same in any chunking, on
any number of workers, on CPU and GPU.

Source: Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import DrawError, in_one_line
from roundlot.theory.kinds import is_whole
from roundlot.theory.random_streams import CounterStream

if TYPE_CHECKING:
    import torch

Words = npt.NDArray[np.int64]
Picks = npt.NDArray[np.int16]

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
N_PASSES = 10  # the source's: seven pass its tests, ten leave a margin
LOW = 0xFFFFFFFF  # the low half of 64 bits

#: A draw compares one integer of this many bits with thresholds; it fits a signed 64-bit word.
BITS = 62
#: Streams: which of a round's independent random words a draw reads.
STREAM_PROCESSOR = int(CounterStream.PROCESSOR)
STREAM_TURN = int(CounterStream.TURN)
STREAM_PHASE = int(CounterStream.PHASE)
STREAM_ORDER = int(CounterStream.ORDER)
STREAM_START = int(CounterStream.START)
STREAM_FIGHT = int(CounterStream.FIGHT)
STREAM_MODEL = int(CounterStream.MODEL)
STREAM_ROW = int(CounterStream.ROW)
STREAM_EXTRA = int(CounterStream.EXTRA)
STREAM_BATCH = int(CounterStream.BATCH)
STREAM_ONLINE = int(CounterStream.ONLINE)
STREAM_LINKS = int(CounterStream.LINKS)
STREAM_SAMPLE = int(CounterStream.SAMPLE)


def key_words(seed: int) -> tuple[int, int]:
    """The two 32-bit key words of a seed.

    Raises:
        InvalidProblemError: a seed that is no integer in ``[0, 2^64)``.
    """
    if not is_whole(seed) or not 0 <= seed < 2**64:
        raise InvalidProblemError(
            f"seed is {in_one_line(seed)}; give an integer from 0 to 2^64 - 1"
        )
    return int(seed) & LOW, int(seed) >> 32


def check_rounds(rounds: int, start: int = 0) -> None:
    """Refuse a number of rounds or a first round that is negative or beyond ``2^61``.

    Raises:
        InvalidProblemError: names the value.
    """
    for name, value in (("rounds", rounds), ("start", start)):
        if not is_whole(value) or not 0 <= value <= 2**61:
            raise InvalidProblemError(
                f"{name} is {in_one_line(value)}; give an integer from 0 to 2^61"
            )


def philox_numpy(counter: npt.ArrayLike, key: tuple[int, int]) -> npt.NDArray[np.uint32]:
    """``(..., 4)`` random 32-bit words for ``(..., 4)`` counters and one key."""
    table = np.asarray(counter, dtype=np.uint32).astype(np.uint64)
    c0, c1, c2, c3 = (table[..., word] for word in range(4))
    low, shift = np.uint64(LOW), np.uint64(32)
    for turn in range(N_PASSES):
        k0, k1 = (np.uint64((key[j] + turn * KEY_STEPS[j]) & LOW) for j in range(2))
        product0, product1 = np.uint64(MULTIPLIERS[0]) * c0, np.uint64(MULTIPLIERS[1]) * c2
        c0, c2 = (product1 >> shift) ^ c1 ^ k0, (product0 >> shift) ^ c3 ^ k1
        c1, c3 = product1 & low, product0 & low
    return np.stack([c0, c1, c2, c3], axis=-1).astype(np.uint32)


def philox_torch(counter: torch.Tensor, key: tuple[int, int]) -> torch.Tensor:
    """``(..., 4)`` int64 tensor of the same 32-bit words, on the counter's device.

    torch has no unsigned 64-bit product, so each factor is taken less ``2^32``: the product then
    fits int64, and its upper half lacks just the other factor.
    """
    import torch

    keys = [[(key[j] + turn * KEY_STEPS[j]) & LOW for j in range(2)] for turn in range(N_PASSES)]
    return torch.stack(philox_passes(counter.unbind(dim=-1), keys), dim=-1)


def philox_passes(
    words: Sequence[torch.Tensor], keys: Any
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Four random words for four counter words, under the keys ``keys[turn][0 or 1]``."""
    c0, c1, c2, c3 = words
    signed = [value - (1 << 32) for value in MULTIPLIERS]
    for turn in range(N_PASSES):
        k0, k1 = keys[turn][0], keys[turn][1]
        product0, product1 = c0 * signed[0], c2 * signed[1]
        high0, high1 = (product0 >> 32) + c0, (product1 >> 32) + c2
        c0, c2 = (high1 & LOW) ^ c1 ^ k0, (high0 & LOW) ^ c3 ^ k1
        c1, c3 = product1 & LOW, product0 & LOW
    return c0, c1, c2, c3


def words_torch(
    rounds: int,
    processors: int,
    *,
    stream: int,
    seed: int,
    start: int = 0,
    device: torch.device | str = "cpu",
) -> torch.Tensor:
    """``(rounds, processors)`` int64 tensor of uniform integers below ``2^BITS``."""
    import torch

    number = torch.arange(start, start + rounds, dtype=torch.int64, device=device)[:, None]
    who = torch.arange(processors, dtype=torch.int64, device=device)[None, :]
    parts = [number & LOW, number >> 32, who, torch.full_like(who, stream)]
    counter = torch.stack([part.expand(rounds, processors) for part in parts], dim=-1)
    words = philox_torch(counter, key_words(seed))
    return (words[..., 0] << 30) | (words[..., 1] >> 2)


def words_numpy(
    rounds: int, processors: int, *, stream: int, seed: int, start: int = 0
) -> npt.NDArray[np.int64]:
    """``(rounds, processors)`` the same uniform integers below ``2^BITS``, in NumPy."""
    number = np.arange(start, start + rounds, dtype=np.int64)[:, None]
    who = np.arange(processors, dtype=np.int64)[None, :]
    parts = np.broadcast_arrays(number & LOW, number >> 32, who, np.int64(stream))
    words = philox_numpy(np.stack(parts, axis=-1), key_words(seed)).astype(np.int64)
    return (words[..., 0] << 30) | (words[..., 1] >> 2)


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


#: The counter's last word is ``stream + ATTEMPT x attempt``: streams are below this.
ATTEMPT = 16
#: More than half of the words are below the bound, so that 2^-256 of the draws need as many.
MOST_ATTEMPTS = 256


@compiled
def below(bound: Any, number: Any, who: Any, stream: int, key0: int, key1: int) -> Any:
    """A uniform integer in ``[0, bound)``, ``1 <= bound <= 2^62``: no bias at all.

    The word's low bits are taken until they are below ``bound``: fewer than two words on average.

    Raises:
        DrawError: ``MOST_ATTEMPTS`` words that are not below the bound, or a bound below 1.
    """
    mask = np.int64(bound - 1)
    for shift in (1, 2, 4, 8, 16, 32):
        mask |= mask >> shift
    for attempt in range(MOST_ATTEMPTS):
        value = word(number, who, stream + ATTEMPT * attempt, key0, key1) & mask
        if value < bound:
            return value
    raise DrawError("no word below the bound in 256 attempts; give a bound from 1 to 2^62")


@compiled
def within(bound: int, drawn: Any) -> Any:
    """The integer that ``below`` makes of its first word, or −1 if that is not below the bound."""
    mask = np.int64(bound - 1)
    for shift in (1, 2, 4, 8, 16, 32):
        mask |= mask >> shift
    value = drawn & mask
    return value if value < bound else -1


@compiled
def pick_below(
    row: npt.NDArray[np.int64], total: int, number: Any, who: Any, stream: int, key0: int, key1: int
) -> Any:
    """A model with probability ``row[s] / total`` each; ``total`` is the row's sum, above 0."""
    left = below(total, number, who, stream, key0, key1)
    model = 0
    while left >= row[model]:
        left -= row[model]
        model += 1
    return model
