"""No two uses of randomness share a stream."""

import random
import re
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest

from roundlot.simulate.designs.coins import MOST_TRIALS
from roundlot.simulate.philox import ATTEMPT, MOST_ATTEMPTS, words_numpy
from roundlot.theory import InvalidProblemError, random_streams
from roundlot.theory.random_streams import (
    MODELS_APART,
    SEEDED,
    CounterStream,
    KeyStream,
    NamedStream,
    SeededStream,
    initial_seed,
)

NUMBERS = range(8)


def places(stream: SeededStream) -> list[tuple[int, ...]]:
    """Small numbers, as models, rounds and words are: where two streams would meet first."""
    least, most = stream.axes
    return [p for length in range(least, most + 1) for p in product(NUMBERS, repeat=length)]


def states(stream: SeededStream, seed: int) -> set[tuple[str, bytes]]:
    found = (stream.sequence(seed, *place) for place in places(stream))
    return {(stream.bits, state.generate_state(8).tobytes()) for state in found}


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**63 + 5])
def test_no_two_streams_of_a_seed_share_a_state(seed: int) -> None:
    found = {stream: states(stream, seed) for stream in SEEDED}
    shared = [
        (one.name, other.name)
        for one, other in combinations(SEEDED, 2)
        if found[one] & found[other]
    ]
    assert not shared


def test_shared_states_are_seen() -> None:
    """Streams that hash the same words, one of them because zeros pad its place."""
    one = SeededStream(name="one", number=1, layout="first", axes=(0, 1))
    other = SeededStream(name="other", number=1, layout="first", axes=(2, 2))
    assert states(one, 3) & states(other, 3)


def test_only_one_stream_is_the_seed_alone() -> None:
    assert [x.name for x in SEEDED if x.number is None] == ["colours of links"]


def test_streams_by_a_name_are_those_of_python_seeded_with_the_name() -> None:
    for stream, text in (
        (NamedStream.AUCTIONS, "auctions 5"),
        (NamedStream.DEVIATIONS, "deviations 5"),
    ):
        assert stream.generator(5).random() == random.Random(text).random()
    assert len(NamedStream) == 2


def test_keys_of_times_are_apart() -> None:
    assert len({int(stream) for stream in KeyStream}) == len(KeyStream) == 4


def test_initial_parameters_of_every_seed_and_model_have_a_seed_of_their_own() -> None:
    assert [initial_seed(0, 0), initial_seed(0, 2), initial_seed(3, 1)] == [0, 2, 3_000_010]
    assert initial_seed(2**63 + 1, 4) == 1_000_007  # torch takes seeds below 2^63
    found = {initial_seed(seed, model) for seed in range(30) for model in range(30)}
    assert len(found) == 900
    last = initial_seed(7, MODELS_APART - 1)
    assert last + 1 == initial_seed(8, 0)
    for model in (-1, MODELS_APART):
        with pytest.raises(InvalidProblemError, match=f"model is {model}"):
            initial_seed(7, model)


def test_streams_that_stand_apart_hash_words_of_their_own() -> None:
    apart = [stream for stream in SEEDED if stream.layout == "apart"]
    assert len({stream.number for stream in apart}) == len(apart) >= 3
    for stream in apart:
        assert len(states(stream, 3)) == len(places(stream))
        assert not states(stream, 3) & states(stream, 4)


def test_every_stream_is_in_the_table_once() -> None:
    defined = [x for x in vars(random_streams).values() if isinstance(x, SeededStream)]
    assert len(SEEDED) == len(set(SEEDED)) == len(defined)
    assert {stream.name for stream in SEEDED} == {stream.name for stream in defined}


def test_counter_streams_fit_their_bits_with_all_their_attempts() -> None:
    assert max(CounterStream) < ATTEMPT
    assert ATTEMPT * MOST_ATTEMPTS <= 1 << 16  # the model of a batch stands above
    assert ATTEMPT * MOST_TRIALS <= 1 << 32
    last = {
        (int(stream) + ATTEMPT * attempt) & 0xFFFFFFFF
        for stream in CounterStream
        for attempt in range(MOST_ATTEMPTS)
    }
    assert len(last) == len(CounterStream) * MOST_ATTEMPTS


def test_counter_streams_give_words_of_their_own() -> None:
    words = [words_numpy(50, 4, stream=int(stream), seed=9) for stream in CounterStream]
    assert len(np.unique(words)) == 200 * len(words)


#: A generator of a user's seed; one of a constant is drawn by nobody else.
MAKES = re.compile(r"default_rng\((?!\d)|SeedSequence\(|random\.Philox\(|random\.Random\(")


def test_nobody_makes_a_generator_beside_the_table() -> None:
    """Every other file that makes one has its reason."""
    allowed = {
        "theory/random_streams.py",
        "solvers/stragglers/uniforms.py",  # counts under the keys of KeyStream
        "solvers/auctions/hiring.py",  # nobody else draws by Python's generator of a number
        "verify/audits/rounds.py",  # orders that are a function of the number of rounds
        "verify/audits/source.py",  # an audited sampler gets what its user would give it
        "verify/tightness/quadratics.py",  # searches a worst case by itself, joined to no draw
    }
    root = Path(__file__).parents[2]
    for folder in ("theory", "solvers", "simulate", "verify", "src"):
        for path in (root / folder).rglob("*.py"):
            name = path.relative_to(root).as_posix()
            if name not in allowed:
                made = MAKES.search(path.read_text(encoding="utf-8"))
                assert not made, f"{name} makes a generator; name its stream in the table"


def test_a_place_of_the_wrong_size_is_refused() -> None:
    for place in ((), (1, 2)):
        with pytest.raises(InvalidProblemError, match="'multinomial draw' has places of 1 to 1"):
            random_streams.MD.generator(0, *place)
