"""The mean step, by going through every draw and every way to lose replies. No Flower needed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from roundlot.flower import Draw, Memory, Policy
from roundlot.flower.claims import of_turns, unreachable
from roundlot.flower.lost import check_reply_rate, reply_factors
from roundlot.flower.policy import RULES
from roundlot.flower.rounds import aggregate, aggregate_stale
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
KEYS = ("ann", "bob", "cy", "dee")
ROWS = np.arange(4)
SAMPLES = np.array([[5.0, 5.0], [20.0, 20.0], [1.0, 0.0], [8.0, 3.0]])
UPDATES = np.random.default_rng(5).standard_normal((4, 2, 3))


def warm() -> Memory:
    memory = Memory(n_models=2)
    memory.grow(4)
    rng = np.random.default_rng(1)
    for row, model in ((0, 0), (0, 1), (1, 0), (3, 1)):
        for _ in range(2):
            memory.hear(row, model, rng.standard_normal(3), keep=True, rate=0.1)
        memory.losses[row, model] = rng.exponential()
    return memory


def every_draw(policy: Policy, memory: Memory, rounds: int = 1) -> Iterator[tuple[Draw, float]]:
    for number in range(1, rounds + 1):
        draw = policy.draw(number, rows=ROWS, samples=SAMPLES, memory=memory)
        for picks, chance in draw.rule.outcomes().items():
            yield replace(draw, picks=np.array(picks, dtype=np.int64)), float(chance) / rounds


def step(draw: Draw, model: int, heard: Any, factors: FloatArray, memory: Memory | None) -> Any:
    updates = {at: UPDATES[at, model] for at in heard if draw.picks[at] == model}
    if memory is None:
        return aggregate(draw, model, updates, factors, 3).step
    return aggregate_stale(draw, model, updates, factors, 3, memory).step


def full_step(model: int) -> FloatArray:
    shares = SAMPLES[:, model] / SAMPLES[:, model].sum()
    return np.asarray(shares @ UPDATES[:, model])


DESIGNS = ["independent", "pivotal", "systematic", "rounding"]
CASES = [(rule, name) for rule in RULES if rule != "turns" for name in DESIGNS]


@pytest.mark.parametrize(("rule", "design"), [*CASES, ("turns", None), ("turns", "turns")])
def test_mean_step_is_everybodys(rule: str, design: str | None) -> None:
    """In every round; of round-robin over the two rounds in which each block meets each model."""
    memory, policy = warm(), Policy(budget=1.7, rule=rule, design=design)
    means, weights = np.zeros((2, 3)), np.zeros(2)
    for draw, chance in every_draw(policy, memory, 2 if rule == "round-robin" else 1):
        for model in range(2):
            old = memory if policy.keeps_updates else None
            means[model] += chance * step(draw, model, draw.drawn, np.ones(4), old)
            weights[model] += chance * sum(
                draw.weight(at) for at in draw.drawn if draw.picks[at] == model
            )
    np.testing.assert_allclose(means, [full_step(0), full_step(1)], atol=1e-12)
    np.testing.assert_allclose(weights, 1.0, atol=1e-12)


def test_round_robin_sends_blocks_of_nodes_round_the_models() -> None:
    """Nodes 0, 1 and 2, 3; node 2 has no data of model 1. Budget 1.5, by hand."""
    policy = Policy(budget=1.5, rule="round-robin")
    for number, wanted in (
        (0, [[3 / 8, 0], [3 / 8, 0], [0, 0], [0, 3 / 8]]),
        (1, [[0, 3 / 8], [0, 3 / 8], [3 / 8, 0], [3 / 8, 0]]),
        (2, [[3 / 8, 0], [3 / 8, 0], [0, 0], [0, 3 / 8]]),
    ):
        draw = policy.draw(number, rows=ROWS, samples=SAMPLES, memory=Memory(n_models=2))
        q = np.array(wanted) * (1.0 if number == 1 else 4 / 3)  # three can train in even rounds
        np.testing.assert_allclose(draw.probabilities, q, rtol=1e-12)
        assert of_turns(draw)[0].startswith("conditional: unbiased over 2 rounds with the same")
        assert not unreachable(draw, KEYS)
        for at in draw.drawn:
            share = SAMPLES[at, draw.picks[at]] / SAMPLES[:, draw.picks[at]].sum()
            assert draw.weight(at) == pytest.approx(2 * share / draw.probability(at))
    lone = policy.draw(0, rows=ROWS, samples=SAMPLES[:, :1], memory=Memory(n_models=1))
    assert not of_turns(lone)  # of one model every node meets it in every round


def test_turns_are_drawn_by_their_own_design() -> None:
    assert Policy(budget=1, rule="turns").design == "turns"
    assert Policy(budget=1).design == Policy(budget=1, rule="round-robin").design == "independent"
    with pytest.raises(InvalidProblemError, match="'turns' is drawn by the design 'turns', not"):
        Policy(budget=1, rule="turns", design="pivotal")
    with pytest.raises(InvalidProblemError, match="leave design out, or choose rule 'turns'"):
        Policy(budget=1, rule="round-robin", design="turns")


def test_normalising_by_the_weights_heard_would_be_biased() -> None:
    """What the strategy does not do: the test can tell the difference."""
    mean, chance_of_any = np.zeros(3), 0.0
    for draw, chance in every_draw(Policy(budget=1.7, rule="norm"), warm()):
        total = sum(draw.weight(at) for at in draw.drawn if draw.picks[at] == 0)
        if total:
            mean += chance * step(draw, 0, draw.drawn, np.ones(4), None) / total
            chance_of_any += chance
    assert np.abs(mean / chance_of_any - full_step(0)).max() > 0.05


@pytest.mark.parametrize("stale", [False, True])
@pytest.mark.parametrize("rates", [0.7, {"ann": 0.5, "bob": 0.9, "cy": 0.8}])
def test_known_reply_rates_keep_the_mean(rates: Any, stale: bool) -> None:
    memory = warm()
    given = [rates.get(key, 1.0) if isinstance(rates, dict) else rates for key in KEYS]
    means = np.zeros((2, 3))
    for draw, chance in every_draw(Policy(budget=1.7, rule="norm"), memory):
        for heard, reply_chance in every_loss(draw, given):
            factors, _ = reply_factors(rates, draw, mask(heard), KEYS, memory)
            for model in range(2):
                part = step(draw, model, heard, factors, memory if stale else None)
                means[model] += chance * reply_chance * part
    np.testing.assert_allclose(means, [full_step(0), full_step(1)], atol=1e-12)


def test_equal_loss_keeps_the_mean_of_a_draw_of_which_somebody_is_heard() -> None:
    memory = warm()
    for draw, _ in every_draw(Policy(budget=1.7, rule="norm"), memory):
        mean, heard_chance = np.zeros(3), 0.0
        for heard, chance in every_loss(draw, [0.6] * 4):
            if len(heard):
                factors, _ = reply_factors("equal", draw, mask(heard), KEYS, memory)
                mean += chance * step(draw, 0, heard, factors, None)
                heard_chance += chance
        if heard_chance:
            wanted = step(draw, 0, draw.drawn, np.ones(4), None)
            np.testing.assert_allclose(mean / heard_chance, wanted, atol=1e-12)


def test_labels_say_when_a_lost_reply_biases() -> None:
    memory = Memory(n_models=2)
    draw = Policy(budget=8, rule="random").draw(1, rows=ROWS, samples=SAMPLES, memory=memory)
    all_heard, one_lost = mask(draw.drawn), mask(draw.drawn[1:])
    assert len(draw.drawn) == 4

    def label(rate: Any, replied: Any) -> str:
        return reply_factors(rate, draw, replied, KEYS, memory)[1]

    assert label("equal", all_heard) == label(1.0, all_heard) == label("seen", all_heard)
    assert label("equal", all_heard) == "unbiased"
    assert label("equal", one_lost).startswith("conditional: unbiased given that somebody replies")
    assert label("equal", mask([])).startswith("biased: all 4 replies were lost")
    assert label(1.0, one_lost).startswith("biased: 1 of 4 replies were lost")
    assert label({"bob": 0.5}, one_lost).startswith("biased: 1 of 4")  # ann has no rate
    assert label({"ann": 0.5}, one_lost).startswith(
        "conditional: unbiased if nodes reply at the given rates"
    )
    assert label("seen", one_lost).startswith("biased: reply rates are estimated")
    memory.drawn[0] = 3
    assert "'ann'" in label("equal", one_lost)  # drawn seven times, never heard
    assert label("equal", one_lost).startswith("biased: 1 nodes were drawn")


def test_seen_rates_count_earlier_rounds() -> None:
    memory = Memory(n_models=2)
    draw = Policy(budget=8, rule="random").draw(1, rows=ROWS, samples=SAMPLES, memory=memory)
    memory.drawn[:, :], memory.replied[:, :] = 9, 4
    factors, _ = reply_factors("seen", draw, mask(draw.drawn), KEYS, memory)
    np.testing.assert_allclose(factors[draw.drawn], 2.0)


@pytest.mark.parametrize("rate", [0.0, 1.5, "often", {"ann": "equal"}, True, float("nan")])
def test_bad_reply_rates_are_refused(rate: Any) -> None:
    with pytest.raises(InvalidProblemError, match="reply_rate is"):
        check_reply_rate(rate)


def test_stale_memory_fits_the_factor_and_keeps_the_residual() -> None:
    memory = Memory(n_models=1)
    memory.grow(1)
    first, second = np.array([2.0, 0.0]), np.array([1.0, 1.0])
    memory.hear(0, 0, first, keep=True)
    assert (memory.norms[0, 0], memory.residuals[0, 0], memory.factors[0, 0]) == (2.0, 2.0, 1.0)
    memory.hear(0, 0, second, keep=True)
    assert memory.factors[0, 0] == pytest.approx(0.5)
    assert memory.residuals[0, 0] == pytest.approx(np.sqrt(2.0))  # with the factor 1 then in use
    np.testing.assert_allclose(memory.anchor(0, 0), [0.5, 0.5])


def every_loss(draw: Draw, rates: list[float]) -> Iterator[tuple[list[int], float]]:
    for kept in itertools.product((True, False), repeat=len(draw.drawn)):
        chances = [
            rates[at] if k else 1 - rates[at] for at, k in zip(draw.drawn, kept, strict=True)
        ]
        heard = [int(at) for at, k in zip(draw.drawn, kept, strict=True) if k]
        yield heard, float(np.prod(chances))


def mask(positions: Any) -> npt.NDArray[np.bool_]:
    out = np.zeros(4, dtype=bool)
    out[list(positions)] = True
    return out
