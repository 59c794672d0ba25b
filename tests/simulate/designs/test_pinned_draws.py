"""Draws of every design, pinned: another Numba, NumPy or torch cannot change them unseen."""

from typing import Any
from zlib import crc32

import numpy as np
import pytest
import torch

from roundlot.simulate import DESIGNS, design, draw_links
from roundlot.simulate.engines.batches import draw_batches
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.philox import words_numpy, words_torch
from roundlot.simulate.workers.worker_engine import draw_rows
from roundlot.theory import InvalidProblemError

ROUNDS, SEED, START = 300, 20_261_129, 2**33 + 5


def checksum(array: Any) -> int:
    return crc32(np.ascontiguousarray(array, dtype="<i8").tobytes())


def table(name: str) -> np.ndarray:
    """Dyadic probabilities, the same numbers everywhere; certain, absent and near both ends."""
    v, s = np.arange(24)[:, None], np.arange(3)[None, :]
    p = ((7 * v + 5 * s) % 16 + 1) / 64
    p[3], p[7], p[11] = [0.0, 1.0, 0.0], 0.0, [0.5, 0.25, 0.25]
    p[12], p[13] = [1.0 - 2.0**-20, 0.0, 2.0**-30], [2.0**-40, 2.0**-50, 0.0]
    return np.minimum(p, 0.25) if name in ("turns", "blocks") else p


PINNED = {
    "independent": 295_142_499,
    "turns": 3_436_287_916,
    "blocks": 2_408_058_913,
    "systematic": 4_022_121_227,
    "ordered systematic": 1_125_944_983,
    "pivotal": 603_232_293,
    "rounding": 2_892_298_583,
    "sampford": 849_714_064,
    "conditional poisson": 3_497_633_387,
    "words": 2_402_602_919,
    "links": 3_002_701_443,
    "batches": 2_785_744_089,
    "rows": 3_777_992_861,
}


@pytest.mark.parametrize("name", [kind.name for kind in DESIGNS])
def test_every_design(name: str) -> None:
    rule = design(table(name), name)
    picks = rule.draw(ROUNDS, seed=SEED, start=START)
    assert checksum(picks) == PINNED[name]
    there = rule.draw_torch(ROUNDS, seed=SEED, start=START)
    assert checksum(there.numpy()) == PINNED[name]


def test_words() -> None:
    found = words_numpy(50, 20, stream=3, seed=SEED, start=START)
    assert checksum(found) == PINNED["words"]
    torch.testing.assert_close(
        words_torch(50, 20, stream=3, seed=SEED, start=START), torch.from_numpy(found)
    )


def test_links() -> None:
    assert checksum(draw_links([0.1, 0.5, 0.9], 500, seed=SEED)) == PINNED["links"]


def test_batches_and_rows() -> None:
    offsets = np.array([0, 5, 12, 40])
    plan = LocalPlan(epochs=3, batch_size=4)
    order = draw_batches(offsets, np.array([0, 2]), plan, seed=SEED, model=2, round_=9).order
    assert checksum(order) == PINNED["batches"]
    assert checksum(draw_rows(offsets, 11, step=70_000, seed=SEED)) == PINNED["rows"]


def test_batches_end_before_their_counter_does() -> None:
    plan = LocalPlan(epochs=2**29, batch_size=4)
    with pytest.raises(InvalidProblemError, match="fewer than 2\\^31 samples a round"):
        draw_batches(np.array([0, 4]), np.array([0]), plan, seed=0, model=0, round_=0)
