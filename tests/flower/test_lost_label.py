"""What lost replies make of a step, by enumeration of every draw and every loss."""

from fractions import Fraction
from itertools import product
from types import SimpleNamespace

import numpy as np

from roundlot.flower.memory import Memory
from roundlot.flower.rounds import reply_factors


def enumerated(draws):
    """Mean weight over all rounds and over those heard; two nodes, replies lost half the time."""
    everything, chance = Fraction(0), Fraction(0)
    labels = set()
    for picks, probability in draws:
        drawn = np.flatnonzero(np.array(picks) >= 0)
        for kept in product((False, True), repeat=len(drawn)):
            replied = np.zeros(2, dtype=bool)
            replied[drawn] = kept
            memory = Memory(n_models=1)
            memory.grow(2)
            draw = SimpleNamespace(drawn=drawn, rows=np.arange(2), picks=np.array(picks))
            factors, label = reply_factors("equal", draw, replied, ["a", "b"], memory)
            weight = sum((Fraction(f) for f in factors[replied]), Fraction(0))
            part = probability * Fraction(1, 2 ** len(drawn))
            everything += part * weight
            if replied.any():
                chance += part
                if not all(kept):
                    labels.add(label)
    return everything, everything / chance, labels


def test_equal_is_unbiased_given_the_draw_and_not_over_draws() -> None:
    """``d/p = (1/2)/(1/2) = 1``: the mean weight of a full round is 1."""
    coins = [(picks, Fraction(1, 4)) for picks in product((-1, 0), repeat=2)]
    everything, heard, labels = enumerated(coins)
    assert (everything, heard) == (Fraction(5, 8), Fraction(10, 7))
    assert len(labels) == 1
    assert labels.pop().startswith("unbiased given the draw if")


def test_equal_is_unbiased_where_a_fixed_number_is_drawn() -> None:
    one = [((0, -1), Fraction(1, 2)), ((-1, 0), Fraction(1, 2))]
    assert enumerated(one)[1] == 1


def test_a_round_after_a_loss_no_longer_says_unbiased_alone() -> None:
    memory = Memory(n_models=1)
    memory.grow(2)
    picks = np.zeros(2, dtype=np.int64)
    draw = SimpleNamespace(drawn=np.arange(2), rows=np.arange(2), picks=picks)
    everybody = np.ones(2, dtype=bool)
    assert reply_factors("equal", draw, everybody, ["a", "b"], memory)[1] == "unbiased"
    memory.drawn[0] += 1
    label = reply_factors("equal", draw, everybody, ["a", "b"], memory)[1]
    assert label.startswith("unbiased given the draw")
