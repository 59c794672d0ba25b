import numpy as np
import pytest
import torch

from roundlot.simulate.philox import (
    BITS,
    check_rounds,
    fill_words,
    key_words,
    philox_numpy,
    philox_torch,
    words_numpy,
    words_torch,
)
from roundlot.theory import InvalidProblemError

# Random123, kat_vectors, "philox4x32 10".
KNOWN = [
    (
        "00000000 00000000 00000000 00000000",
        "00000000 00000000",
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ),
    (
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


def _hexadecimal(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_published_answers_in_numpy_and_torch(counter: str, key: str, answer: str) -> None:
    words, keys = _hexadecimal(counter), tuple(_hexadecimal(key))
    expected = _hexadecimal(answer)
    assert philox_numpy(words, keys).tolist() == expected
    assert philox_torch(torch.tensor(words), keys).tolist() == expected


def test_numpy_and_torch_agree_on_many_counters() -> None:
    counters = np.random.default_rng(0).integers(0, 2**32, (5000, 4))
    key = key_words(0xFEDCBA9876543210)
    expected = philox_numpy(counters, key)
    assert np.array_equal(philox_torch(torch.tensor(counters), key).numpy(), expected)


@pytest.mark.parametrize("start", [0, 2**32 - 2, 2**61 - 3])
@pytest.mark.parametrize("seed", [0, 7, 2**64 - 1])
def test_words_are_the_same_compiled_in_numpy_and_in_torch(start: int, seed: int) -> None:
    expected = words_numpy(3, 50, stream=1, seed=seed, start=start)
    assert expected.min() >= 0
    assert expected.max() < 2**BITS
    got = words_torch(3, 50, stream=1, seed=seed, start=start)
    assert np.array_equal(got.numpy(), expected)
    compiled = np.empty(50, dtype=np.int64)
    for row in range(3):
        fill_words(start + row, 1, *key_words(seed), compiled)
        assert np.array_equal(compiled, expected[row])


def test_words_are_the_upper_bits_of_the_first_two_philox_words() -> None:
    word0, word1 = philox_numpy([5, 2, 3, 1], key_words(9))[:2].astype(object)
    got = words_numpy(1, 4, stream=1, seed=9, start=(2 << 32) + 5)[0, 3]
    assert got == ((int(word0) << 32) + int(word1)) >> 2


def test_streams_rounds_and_seeds_differ() -> None:
    tables = [
        words_numpy(2, 20, stream=0, seed=1),
        words_numpy(2, 20, stream=1, seed=1),
        words_numpy(2, 20, stream=0, seed=2),
        words_numpy(2, 20, stream=0, seed=1, start=2),
    ]
    assert np.unique(np.concatenate(tables)).size == 160


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "one"])
def test_a_seed_outside_64_bits_is_refused(seed: object) -> None:
    with pytest.raises(InvalidProblemError, match="seed is"):
        key_words(seed)  # type: ignore[arg-type]


@pytest.mark.parametrize(("rounds", "start"), [(-1, 0), (1, -1), (1.0, 0), (1, 2**62)])
def test_rounds_out_of_range_are_refused(rounds: int, start: int) -> None:
    with pytest.raises(InvalidProblemError, match=r"(rounds|start) is"):
        check_rounds(rounds, start)
