"""What lost replies make of a step, by enumeration of every draw and every loss."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.flower import Draw, Memory
from roundlot.flower.lost import (
    EVIDENCE,
    MONEY,
    equal_means,
    fixed_number,
    joined,
    loss_bets,
    loss_chances,
    reply_factors,
    state_of,
)
from roundlot.simulate import design


def every_draw(p, name):
    """Draws of one model with their probabilities; shares are equal."""
    rule = design(np.array(p)[:, None], name)
    shares = np.full((len(p), 1), 1 / len(p))
    for picks, chance in rule.outcomes().items():
        yield (
            Draw(
                round=1,
                rows=np.arange(len(p)),
                shares=shares,
                rule=rule,
                picks=np.array(picks, dtype=np.int64),
            ),
            Fraction(chance),
        )


def enumerated(p, name, lost):
    """``(V,)`` mean weight over shares in all rounds, the same given a reply, states, P(reply)."""
    total, chance = np.zeros(len(p)), 0.0
    states = set()
    for draw, probability in every_draw(p, name):
        for kept in product((False, True), repeat=len(draw.drawn)):
            replied = np.zeros(len(p), dtype=bool)
            replied[draw.drawn] = kept
            memory = Memory(n_models=1)
            memory.grow(len(p))
            factors, label = reply_factors("equal", draw, replied, list("abcdef"), memory)
            part = float(probability) * lost ** (len(kept) - sum(kept)) * (1 - lost) ** sum(kept)
            total += part * np.where(replied, factors / np.array(p), 0.0)
            chance += part * any(kept)
            if not all(kept) and any(kept):
                states.add(state_of(label))
    return total, total / chance, states, chance


def test_the_smallest_case_of_independent_draws() -> None:
    """Two nodes at 1/2, half the replies lost: 5/8 and 10/7 by hand."""
    over, given_reply, states, _ = enumerated([0.5, 0.5], "independent", 0.5)
    assert over == pytest.approx([5 / 8] * 2)
    assert given_reply == pytest.approx([10 / 7] * 2)
    assert states == {"biased"}


@pytest.mark.parametrize("name", ["pivotal", "systematic"])
def test_a_fixed_number_is_unbiased_given_a_reply_and_short_over_all_rounds(name: str) -> None:
    over, given_reply, states, _ = enumerated([0.7, 0.6, 0.3, 0.4], name, 0.25)
    assert given_reply == pytest.approx([1.0] * 4)
    assert over == pytest.approx([1 - 0.25**2] * 4)
    assert states == {"conditional"}


def test_a_number_that_varies_by_one_is_not_unbiased() -> None:
    _, given_reply, states, _ = enumerated([0.7, 0.5, 0.3], "pivotal", 0.5)  # one or two
    assert np.abs(given_reply - 1.0).max() > 0.01
    assert states == {"biased"}


@given(
    p=st.lists(st.sampled_from([1 / 8, 1 / 4, 1 / 2, 3 / 4, 1.0]), min_size=1, max_size=4),
    lost=st.floats(0.05, 0.95),
)
def test_the_means_that_a_label_tells_are_those_of_all_draws(p: list[float], lost: float) -> None:
    told = equal_means(design(np.array(p)[:, None]), lost)
    assert told is not None
    over, given_reply, _, chance = enumerated(p, "independent", lost)
    np.testing.assert_allclose(told[0], over, rtol=1e-9)
    np.testing.assert_allclose(told[1], chance, rtol=1e-9)
    np.testing.assert_allclose(told[0] / told[1], given_reply, rtol=1e-9)


def test_what_is_fixed() -> None:
    whole, broken = np.array([[0.5], [0.5]]), np.array([[0.5], [0.6]])
    assert fixed_number(design(whole, "pivotal"))
    assert not fixed_number(design(broken, "pivotal"))
    assert not fixed_number(design(whole))
    assert fixed_number(design(np.array([[1.0], [1.0]])))
    assert not fixed_number(None)


def everybody(n: int) -> Draw:
    return next(draw for draw, _ in every_draw([1.0] * n, "independent"))


def test_a_round_after_a_loss_is_conditional_even_if_all_reply() -> None:
    memory = Memory(n_models=1)
    memory.grow(2)
    heard = np.ones(2, dtype=bool)
    assert reply_factors("equal", everybody(2), heard, ["a", "b"], memory)[1] == "unbiased"
    memory.drawn[0] += 1
    label = reply_factors("equal", everybody(2), heard, ["a", "b"], memory)[1]
    assert label.startswith("conditional: unbiased given that somebody replies, if all 2")


def test_all_lost_is_biased_and_tells_how_often_that_is() -> None:
    memory = Memory(n_models=1)
    memory.grow(2)
    label = reply_factors("equal", everybody(2), np.zeros(2, bool), ["a", "b"], memory)[1]
    # 2 lost of 2, one of each counted more: q = 3/4, and 1 − q² = 43.8 %
    assert "its whole step is missing (about 43.8% of rounds have a reply)" in label
    assert state_of(label) == "biased"


def until_refused(lost, rounds, n=4, rate="equal"):
    """The first round whose label is biased, each round losing ``lost(round)``; None if never."""
    memory, keys = Memory(n_models=1), [f"n{i}" for i in range(n)]
    memory.grow(n)
    draw = everybody(n)
    for number in range(1, rounds + 1):
        replied = np.ones(n, dtype=bool)
        replied[list(lost(number))] = False
        label = reply_factors(rate, draw, replied, keys, memory)[1]
        if state_of(label) == "biased":
            return number, label
        memory.count(draw, replied, loss_chances(rate, draw, replied, keys))
    return None, ""


def test_a_client_that_is_always_lost_is_found_in_fewer_than_five_draws() -> None:
    number, label = until_refused(lambda _: [3], 10)
    assert number == 4
    assert "'n3' replied to 0 of 4 draws" in label
    assert until_refused(lambda _: [9], 10, n=10)[0] == 3


def test_turns_of_losses_are_not_unequal() -> None:
    assert until_refused(lambda number: [number % 4], 40) == (None, "")


def test_a_client_that_is_often_lost_is_found() -> None:
    number, _ = until_refused(lambda r: [3] if r % 5 else [r // 5 % 3], 60)
    assert number is not None
    assert number < 30


def test_given_rates_are_held_to_what_happens() -> None:
    assert until_refused(lambda _: [0], 10, rate=0.9)[0] is not None
    assert until_refused(lambda _: [], 100, rate=0.5)[0] is not None  # the rate is too low
    assert until_refused(lambda r: [0] if r % 2 else [], 60, rate={"n0": 0.5}) == (None, "")


@given(chances=st.lists(st.floats(0.01, 0.99), min_size=1, max_size=4))
def test_a_bet_is_fair(chances: list[float]) -> None:
    draw, mean = everybody(len(chances)), 0.0
    for kept in product((False, True), repeat=len(chances)):
        part = np.prod(np.where(kept, 1 - np.array(chances), chances))
        mean = mean + part * loss_bets(draw, np.array(kept), np.array(chances))
    np.testing.assert_allclose(mean, 1.0, rtol=1e-9)


def test_equal_losses_are_seldom_called_unequal() -> None:
    """In 400 runs of 30 rounds at most 5 % (Ville); 41 would be 5 standard errors above."""
    rng, wrong = np.random.default_rng(3), 0
    draw, n = everybody(6), 6
    for _ in range(400):
        memory, most = Memory(n_models=1), 0.0
        memory.grow(n)
        for _ in range(30):
            replied = rng.random(n) < 0.7
            memory.count(draw, replied, loss_chances("equal", draw, replied, list("abcdef")))
            most = max(most, float((memory.money @ MONEY).mean()))
        wrong += most >= EVIDENCE
    assert wrong <= 41


def test_labels_join_to_the_worst() -> None:
    assert joined("unbiased", "unbiased") == "unbiased"
    assert joined("unbiased", "conditional: if a") == "conditional: if a"
    assert joined("conditional: if a", "biased: b") == "biased: b; if a"
