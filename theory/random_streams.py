"""Every stream of random numbers has a name here; whoever draws takes its stream from this table.

There are five families, of five generators: counters of Philox4x32 under the seed as key (what
designs draw by), counters of Philox4x64 under (seed, stream) as key (times of stragglers), NumPy
generators whose state is a hash of the seed, the stream and the numbers of a place, such as a model
or a round, Python's generators of a name and the seed, and torch's of a seed and a model. No two
streams of a seed hash the same words, nor count under the same key. A new stream is a new line.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import IntEnum, StrEnum, unique

import numpy as np

from roundlot.theory.errors import InvalidProblemError


@unique
class CounterStream(IntEnum):
    """Which of a round's Philox4x32 words a draw reads: the low four bits of the last counter word.

    The bits above count attempts, and hold the model of ``BATCH``.
    """

    PROCESSOR = 0
    TURN = 1
    PHASE = 2
    ORDER = 3
    START = 4
    FIGHT = 5
    MODEL = 6
    ROW = 7
    EXTRA = 8
    LINKS = 9
    BATCH = 11
    ONLINE = 12
    SAMPLE = 15


@unique
class KeyStream(IntEnum):
    """The second key word of Philox4x64."""

    TIMES = 0x57A6
    NOISE = 0x57A7
    SLOWNESS = 0x57A8
    SHOCKS = 0x57A9


@unique
class NamedStream(StrEnum):
    """What stands before the seed in the text that seeds a generator of Python's ``random``."""

    AUCTIONS = "auctions"
    DEVIATIONS = "deviations"

    def generator(self, seed: int) -> random.Random:
        """The generator of this seed."""
        return random.Random(f"{self.value} {seed}")


#: A prime above any number of models, so that no seed's models are the next seed's.
MODELS_APART = 1_000_003


def initial_seed(seed: int, model: int) -> int:
    """The seed of torch for initial parameters of a model, another for every model.

    Raises:
        InvalidProblemError: a model that the next seed would share.
    """
    if not 0 <= model < MODELS_APART:
        raise InvalidProblemError(f"model is {model}; give one from 0 to {MODELS_APART - 1}")
    return (seed * MODELS_APART + model) % 2**63


@dataclass(frozen=True, kw_only=True)
class SeededStream:
    """A family of NumPy generators, one for every seed and place.

    Attributes:
        name: what is drawn.
        number: among the streams of its layout; None: the seed alone.
        bits: "philox" or "pcg64".
        layout: "apart": the number and the place follow the seed padded to 128 bits, so that no two
            streams hash the same words; "first" and "last": the number before or after the place
            in one row with the seed, as drawn values that are in use have it.
        axes: how many numbers a place has, at least and at most.
    """

    name: str
    number: int | None
    bits: str = "philox"
    layout: str = "apart"
    axes: tuple[int, int] = (0, 0)

    def sequence(self, seed: int, *place: int) -> np.random.SeedSequence:
        """The state of the generator of this seed and place, ``0 <= seed < 2^64``."""
        least, most = self.axes
        if not least <= len(place) <= most:
            raise InvalidProblemError(
                f"the stream {self.name!r} has places of {least} to {most} numbers, not {place}"
            )
        if seed < 0:
            raise InvalidProblemError(f"seed is {seed}; give a whole number from 0")
        own = () if self.number is None else (self.number,)
        if self.layout == "apart":
            return np.random.SeedSequence(int(seed), spawn_key=(*own, *place))
        words = (*own, *place) if self.layout == "first" else (*place, *own)
        return np.random.SeedSequence((int(seed), *words))

    def generator(self, seed: int, *place: int) -> np.random.Generator:
        """The generator of this seed and place."""
        state = self.sequence(seed, *place)
        philox = self.bits == "philox"
        return np.random.Generator(np.random.Philox(state) if philox else np.random.PCG64(state))

    def raw(
        self, count: int, seed: int, *place: int
    ) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        """``(count,)`` raw words, which no NumPy changes."""
        words: np.ndarray[tuple[int], np.dtype[np.uint64]] = self.generator(
            seed, *place
        ).bit_generator.random_raw(count)
        return words


def _task(name: str, number: int, *, most: int = 0) -> SeededStream:
    return SeededStream(name=name, number=number, layout="first", axes=(0, most))


def _round(name: str, number: int) -> SeededStream:
    return SeededStream(name=name, number=number, bits="pcg64", layout="last", axes=(1, 1))


def _plain(name: str, number: int | None, *, most: int = 0) -> SeededStream:
    return SeededStream(name=name, number=number, bits="pcg64", layout="first", axes=(0, most))


# Parts of a task.
SPLIT = SeededStream(name="held-out samples", number=1)
PARTITION = _task("partition of the data", 1, most=1)
WEIGHTS = _task("initial weights", 2, most=1)
NOISE = _task("noise on images", 3, most=2)
RESAMPLE = _task("samples kept", 4, most=1)
PERMUTATION = _task("names of the classes", 5, most=1)
ABLE = _task("models a client can train", 6, most=1)
QUADRATIC = _task("least squares", 7, most=2)
# The shipped fleet, and recordings that are drawn for it.
PHONE = _task("phone of a client", 0)
PHONE_LINK = SeededStream(name="link of a client", number=4)
WORD = SeededStream(name="sound of a word", number=5, axes=(1, 1))
SPEAKER = SeededStream(name="voice of a speaker", number=6)
RECORDING = SeededStream(name="noise of a recording", number=7, axes=(2, 2))
DIRECTIONS = SeededStream(name="directions of updates", number=2)
SHUFFLE = SeededStream(name="mini-batches of all clients", number=3, axes=(2, 2))
# Draws of methods in a round: place (round,).
MD = _round("multinomial draw", 1)
CLUSTERED = _round("clustered draw", 2)
POWER_OF_CHOICE = _round("candidates", 3)
GROUP_START = _round("group that begins", 11)
GROUPING = _round("seed of groups", 12)
ARRIVING = _round("group of who comes back", 13)
# Problems and samplers that are drawn.
STRAGGLER_OPTIMA = _plain("optima of workers", 57)
DRIFT = _plain("norms that drift", 17)
ONLINE_DRAWS = _plain("draws of an online sampler", 23)
REHEARSAL = _plain("draws before a history", 29)
BANDWIDTH = _plain("points of a median distance", 0x6D656469)
SHARDS = _plain("shards of a data set", 0x73686172, most=1)
AUCTION_COSTS = SeededStream(name="costs of bidders", number=8, bits="pcg64")
GROUP_MEMBERS = SeededStream(name="members of groups", number=9, bits="pcg64")
GRAPH_LINKS = SeededStream(name="links of a random graph", number=10, bits="pcg64")
LINK_STARTS = SeededStream(name="starts of a search for links", number=11, bits="pcg64")
SIGNS = SeededStream(name="signs of residuals", number=12, bits="pcg64")
EVALUATED = SeededStream(name="nodes that evaluate", number=13, bits="pcg64", axes=(1, 1))
TINY = SeededStream(name="tiny instances", number=14, bits="pcg64")
TINY_DIRECTIONS = SeededStream(name="directions in a tiny instance", number=15, bits="pcg64")
SOLUTION_DIRECTIONS = SeededStream(
    name="directions of updates for a solution", number=16, bits="pcg64", axes=(2, 2)
)
LANCZOS = SeededStream(name="start of Lanczos' method", number=17, bits="pcg64")
SHUFFLED_NOISE = SeededStream(name="noise in another order", number=18, bits="pcg64")
NORMAL_NOISE = SeededStream(name="normal noise", number=19, bits="pcg64")
MEASURED_BATCHES = SeededStream(name="batches that are measured", number=20, axes=(2, 2))
GOSSIP_START = SeededStream(name="parameters before mixing", number=21, bits="pcg64")
EQUITOPO_OFFSETS = SeededStream(name="offsets of a fixed graph", number=31, bits="pcg64")
EQUITOPO_ROUNDS = SeededStream(name="partners of a round", number=32, bits="pcg64", axes=(1, 1))
PRIVACY_NOISE = SeededStream(name="noise of private steps", number=61, bits="pcg64", axes=(2, 2))
# By the seed alone: no other stream may.
GRAPH_COLOURS = _plain("colours of links", None)

#: All of them, in the order of the table.
SEEDED: tuple[SeededStream, ...] = tuple(
    one for one in list(globals().values()) if isinstance(one, SeededStream)
)
