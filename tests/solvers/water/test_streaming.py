"""Blocks give the answer of the whole table, bit for bit, in few passes and bounded memory."""

from functools import reduce
from operator import add

import numpy as np
import pytest

from roundlot.solvers import waterfill
from roundlot.solvers.water import streaming
from roundlot.solvers.water.streaming import streamed_level
from roundlot.theory import InvalidProblemError


class Pieces:
    """A table cut into blocks."""

    def __init__(self, table, rows, order=None):
        self.blocks = [table[start : start + rows] for start in range(0, len(table), rows)]
        self.blocks = [self.blocks[i] for i in (order or range(len(self.blocks)))]

    def total(self, function, *arguments):
        return reduce(add, (function(block, *arguments) for block in self.blocks))


SCORES = {
    "lognormal": lambda rng, shape: rng.lognormal(0.0, 2.0, shape),
    "whole numbers": lambda rng, shape: np.ceil(rng.lognormal(0.0, 1.0, shape)),
    "all alike": lambda rng, shape: np.full(shape, 0.1),
    "geometric": lambda rng, shape: 1.3 ** -np.arange(float(np.prod(shape))).reshape(shape) % 1.0,
    "600 decades": lambda rng, shape: 10.0 ** rng.uniform(-300.0, 300.0, shape),
    "mostly zero": lambda rng, shape: rng.random(shape) * (rng.random(shape) < 0.05),
    "tiny": lambda rng, shape: rng.random(shape) * 1e-305,
}


@pytest.mark.parametrize("kind", SCORES)
@pytest.mark.parametrize("rows", [64, 501, 5000])
@pytest.mark.parametrize("share", [0.003, 0.4, 0.98])
@pytest.mark.parametrize("cap", [1.0, 0.3])
def test_blocks_and_whole_agree_to_the_last_bit(kind, rows, share, cap):
    scores = SCORES[kind](np.random.default_rng(5), (2500, 3))
    budget = share * cap * len(scores)
    line = waterfill(scores, budget, cap)
    found = streamed_level(Pieces(scores, rows), 3, budget, cap)
    assert (found.level, found.exponent) == (line.level, line.exponent)
    assert found.passes <= 10
    parts = [found.line(b).probabilities() for b in Pieces(scores, rows).blocks]
    assert np.array_equal(np.concatenate(parts), line.probabilities())


def test_little_memory_takes_more_passes_and_changes_nothing(monkeypatch):
    scores = np.random.default_rng(6).lognormal(0.0, 1.0, (20_000, 2))
    usual = streamed_level(Pieces(scores, 3000), 2, 16000.0)
    assert usual.passes == 2
    monkeypatch.setattr(streaming, "KEEP", 2)
    thrifty = streamed_level(Pieces(scores, 3000, order=[3, 1, 0, 2, 6, 5, 4]), 2, 16000.0)
    assert thrifty.level == usual.level == waterfill(scores, 16000.0).level
    assert 2 < thrifty.passes <= 5


def test_ties_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(streaming, "KEEP", 2)
    scores = np.full((5000, 2), 0.7)
    found = streamed_level(Pieces(scores, 800), 2, 100.0)
    assert found.level == waterfill(scores, 100.0).level
    assert found.passes <= 5


def test_slack_budgets_and_bad_scores():
    scores = np.ones((3000, 2))
    assert streamed_level(Pieces(scores, 100), 2, 16000.0).level == 0.0
    scores[17, 1] = np.nan
    with pytest.raises(InvalidProblemError, match="NaN"):
        streamed_level(Pieces(scores, 100), 2, 100.0)
    scores[17, 1] = -3.0
    with pytest.raises(InvalidProblemError, match="negative"):
        streamed_level(Pieces(scores, 100), 2, 100.0)
    with pytest.raises(InvalidProblemError, match="in RAM"):
        streamed_level(Pieces(scores[:5], 100), 2, 1.0)
