"""Planted faults are refuted within the stated rounds; right samplers are not."""

import math
import re
import sys

import numpy as np
import pytest

from roundlot.theory import InvalidProblemError, Problem
from roundlot.verify import (
    UnreadableDrawError,
    assert_audit,
    assert_inclusion,
    assert_unbiased,
    assert_within_budget,
    audit,
    rounds_needed_sequential,
)
from roundlot.verify.adapters import (
    coefficients_of,
    inclusion_with_replacement,
    recorded,
    self_normalised,
    with_weights,
)

P = np.array([0.15, 0.25, 0.3, 0.4, 0.5, 0.6])
W = np.array([0.1, 0.2, 0.15, 0.15, 0.2, 0.2])
LOOSE = {"discrepancy": 0.1, "false_alarm": 1e-6}


class Hostile:
    """Raises whenever it is looked at."""

    def __array__(self, *_, **__):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")


def poisson(p=P):
    return lambda rng: np.flatnonzero(rng.random(p.size) < p)


def weighted(p=P, factor=W / P):
    def draw(rng):
        drawn = np.flatnonzero(rng.random(p.size) < p)
        return drawn, factor[drawn]

    return draw


def test_a_right_sampler_is_supported():
    claims = {"claimed": P, "weights": W, "budget": 2.2, "design": "independent"}
    found = audit(weighted(), **claims, **LOOSE)
    assert found.passed, str(found)
    names = [verdict.claim for verdict in found.verdicts]
    assert len(names) == 8
    # Six checks that can err, and rounds that are all the same, which were not.
    assert sum(v.false_alarm for v in found.verdicts) == pytest.approx(6e-6 / 7)
    each = math.log(7 / 1e-6)
    thresholds = {v.claim: v.threshold for v in found.verdicts}
    assert thresholds["inclusion probabilities"] == pytest.approx(each + math.log(6))
    assert thresholds["budget is kept on average"] == pytest.approx(each)
    assert thresholds["aggregate is unbiased (mean weight of every pair)"] == pytest.approx(
        each + math.log(12)  # six pairs, two tests of each
    )
    assert found.facts.budget_kept == "on average"
    assert found.facts.reproducible is True
    assert found.facts.variance == pytest.approx(found.facts.variance_predicted, rel=0.05)


def test_a_probability_off_by_five_percent_is_refuted_in_time():
    needed = rounds_needed_sequential(0.05, P)
    wrong = P.copy()
    wrong[3] *= 1.05
    found = audit(poisson(wrong), claimed=P, checks=("inclusion",))
    verdict = found.verdict("inclusion")
    assert verdict.outcome == "refuted"
    assert "client 3" in verdict.detail
    assert verdict.rounds <= needed


def test_weights_of_the_wrong_client_are_refuted():
    found = audit(weighted(factor=np.roll(W / P, 1)), weights=W, claimed=P, **LOOSE)
    assert found.verdict("unbiased").outcome == "refuted"
    assert not found.passed


@pytest.mark.parametrize("stated", [{"claimed": P}, {"rarest": 0.1}])
def test_a_lost_division_is_refuted(stated):
    found = audit(weighted(factor=W), weights=W, **stated)
    assert found.verdict("unbiased").outcome == "refuted"
    assert found.facts.rounds < 5000


def stale(*, everybody):
    """One round's step with stale updates h, β = 0.3 in memory and 1 when fresh."""
    rng = np.random.default_rng(4)
    fresh = rng.normal(size=(6, 3)) * W[:, None]
    h = fresh + 0.05

    def step(rng):
        drawn = np.flatnonzero(rng.random(6) < P)
        beta = np.full(6, 0.3)
        beta[slice(None) if everybody else drawn] = 1.0
        base = (beta[:, None] * h).sum(axis=0)
        return base + ((fresh - beta[:, None] * h)[drawn] / P[drawn, None]).sum(axis=0)

    return step, fresh


def test_stale_factors_refreshed_for_active_clients_only_are_refuted():
    step, fresh = stale(everybody=False)
    found = audit(step, updates=fresh, variance_bound=2.0, **LOOSE)
    assert found.verdict("unbiased").outcome == "refuted"
    step, fresh = stale(everybody=True)
    assert audit(step, updates=fresh, variance_bound=2.0, **LOOSE).verdict("unbiased").passed


def off_by_one(norms, drawn, *, wrong):
    """Probabilities of optimal client sampling, with the saturation index one too far if wrong."""
    order = np.argsort(norms)
    total = np.cumsum(norms[order])
    n = norms.size
    free = max(k for k in range(1, n + 1) if drawn + k - n <= total[k - 1] / norms[order][k - 1])
    share = (drawn + free - n) * norms / total[free - 1]
    saturated = np.ones(n, dtype=bool)
    saturated[order[: free + wrong]] = False
    return np.where(saturated, 1.0, share)


def test_an_off_by_one_saturation_index_is_refuted():
    norms = np.array([1.0, 1.0, 1.0, 10.0])
    p = off_by_one(norms, 2, wrong=True)
    assert p.max() == pytest.approx(10.0 / 3.0)
    with pytest.raises(InvalidProblemError, match=r"claimed\[3\] exceeds 1"):
        audit(poisson(np.minimum(p, 1.0)), claimed=p)
    # As a black box that divides by it, the saturated client loses two thirds of its weight.
    w = np.full(4, 0.25)
    found = audit(weighted(np.minimum(p, 1.0), w / p), weights=w, rarest=0.2, **LOOSE)
    assert "client 3" in found.verdict("unbiased").detail
    assert found.outcome == "refuted"
    right = off_by_one(norms, 2, wrong=False)
    assert audit(weighted(right, w / right), claimed=right, weights=w, **LOOSE).passed


def test_self_normalised_weights_are_refuted_and_explained():
    found = audit(self_normalised(poisson(), W), weights=W)
    assert found.facts.self_normalised
    assert found.outcome == "refuted"
    assert any("inclusion probabilities instead" in note for note in found.notes)


def test_a_lost_client_is_refuted_under_a_stated_bound_only():
    def draw(rng):
        drawn = np.flatnonzero(rng.random(5) < 0.4)
        return drawn, W[drawn] / 0.4

    found = audit(draw, weights=W, rarest=0.1)
    assert found.verdict("unbiased").outcome == "refuted"
    assert "client 5" in found.verdict("unbiased").detail
    # Client 5 may be drawn once in a billion rounds and weigh a billion: nothing says it is not.
    unknown = audit(draw, weights=W, rounds=3000)
    assert unknown.verdict("unbiased").outcome == "inconclusive"
    assert "rarest=" in unknown.verdict("unbiased").detail


@pytest.mark.parametrize(
    ("sampler", "words"),
    [
        (lambda rng: 1 / 0, "round 0 raises ZeroDivisionError"),
        (lambda rng: [6], "out of range: 0..5"),
        (lambda rng: [-1], "out of range"),
        (lambda rng: [2, 2], "client 2 more than once"),
        (lambda rng: sys.exit(3), "round 0 raises SystemExit"),
        (lambda rng: np.array([2**63 + 5], dtype=np.uint64), "9223372036854775813, out of range"),
        (lambda rng: ([1], [1e300]), "too large to square"),
        (lambda rng: ([1], [math.nan]), "NaN"),
        (lambda rng: ([1, 1], [0.5, 0.5]), "client 1 more than once"),
    ],
)
def test_a_faulty_sampler_gets_a_verdict(sampler, words):
    found = audit(sampler, claimed=P)
    (fault,) = [v for v in found.verdicts if v.outcome == "refuted"]
    assert words in fault.detail
    assert not found.passed
    assert str(found)


def test_a_fault_in_a_later_round_is_dated():
    rows = [np.arange(6) < 2, np.arange(6) < 3]
    found = audit(recorded(rows), claimed=P)
    assert "round 2 raises StopIteration" in found.verdict("sampler runs").detail
    assert found.facts.rounds == 2


def test_calls_are_counted_as_the_sampler_counts_them():
    calls = iter(range(10**6))

    def draw(rng):
        if next(calls) == 1000:
            raise ValueError("enough")
        return np.flatnonzero(rng.random(6) < P)

    found = audit(draw, claimed=P, rounds=2000)
    assert "round 1000 raises ValueError: enough" in found.verdict("sampler runs").detail
    assert found.facts.rounds == 1000


def test_buffers_may_be_used_again():
    drawn, weight = np.zeros(2, dtype=np.int64), np.zeros(2)

    def draw(rng):
        drawn[:] = rng.choice(6, 2, replace=False)
        weight[:] = W[drawn] * 3
        return drawn, weight

    assert audit(draw, claimed=np.full(6, 1 / 3), weights=W, **LOOSE).passed


def test_empty_rounds_say_nothing_about_the_form():
    rounds = iter([[], [], *([True] * 6 for _ in range(98))])
    found = audit(lambda: next(rounds), claimed=P, rounds=100)
    assert found.facts.form == "mask"
    assert audit(lambda rng: [], claimed=P, rounds=1000).refuted


@pytest.mark.parametrize(
    ("sampler", "words"),
    [
        (lambda rng: [0.5], "indices are integers"),
        (lambda rng: "nobody", "text; return indices"),
        (lambda rng: ["a", "b"], "names="),
        (lambda rng: None, "a NoneType; return a list"),
        (lambda rng: [10**30], "an index beyond 64 bits"),
        (lambda rng: np.ma.masked_array([0, 1], mask=[0, 1]), "masked"),
        (lambda rng: Hostile(), "a Hostile"),
        (lambda rng: ([1], ["a"]), "not weighted"),
        (lambda rng: ([1], [2.0], [3]), "indices are integers"),
        (lambda rng: ([1, 2], [0.5]), "2 drawn, weights of shape"),
        (lambda rng: ({1, 2}, [0.5, 0.5]), "return a dict"),
        (lambda rng: [[1], [2, 3]], "no table"),
        (lambda rng: np.ones(5, dtype=bool), "shape"),
        (lambda rng: np.zeros((2, 2, 2), dtype=int), "shape"),
    ],
)
def test_what_cannot_be_read_is_said_and_not_held_against_the_sampler(sampler, words):
    with pytest.raises(UnreadableDrawError, match=re.escape(words)) as raised:
        audit(sampler, claimed=P)
    assert "round 0" in str(raised.value)


def test_a_changed_shape_cannot_be_read():
    turns = iter([np.array([0, 1]), np.array([True] * 6)])
    with pytest.raises(UnreadableDrawError, match="round 1"):
        audit(lambda: next(turns), claimed=P, rounds=2)


def test_a_sampler_that_is_not_random_is_refuted():
    found = audit(lambda rng: [1, 2], claimed=P)
    assert found.verdict("vary").outcome == "refuted"
    unclaimed = audit(lambda rng: [1, 2], n_clients=6)
    assert unclaimed.verdict("vary").outcome == "inconclusive"  # nobody said that it is random
    assert audit(lambda rng: range(6), claimed=np.ones(6), **LOOSE).outcome == "supported"


def test_rounds_that_go_round_in_a_circle_are_refuted():
    turn = iter(range(10**6))
    found = audit(lambda seed: [next(turn) % 6], claimed=np.full(6, 1 / 6))
    assert found.verdict("each other").outcome == "refuted"


@pytest.mark.parametrize(
    ("claimed", "more", "words"),
    [
        ([0.5, math.nan], {}, r"claimed\[1\] is NaN"),
        ([0.5, 1.2], {}, r"claimed\[1\] exceeds 1"),
        ([0.5, -0.2], {}, r"claimed\[1\] is negative"),
        ([[0.5, 0.6]], {}, r"claimed\[0\] sums to 1.1"),
        ([0.5, 0.9], {"budget": 1}, "sum to 1.4, above the budget"),
        ([0.5, 0.9], {"weights": [1.0]}, "shapes differ"),
        (None, {}, "how many clients"),
        ([0.5], {"rounds": "many"}, "rounds"),
        ([0.5], {"checks": ("luck",)}, "luck"),
        ([0.5], {"form": "dice"}, "form"),
        ([0.5], {"checks": "budget"}, "budget"),
        ([0.5], {"discrepancy": 0}, "discrepancy"),
        ([0.5], {"rounds": 2.5}, "whole number"),
        ([0.5], {"rounds": math.nan}, "whole number"),
        ([0.5], {"most_rounds": 0}, "most_rounds"),
        ([0.5], {"seed": -1}, "seed"),
        ([0.5], {"miss": 0}, "miss"),
        ([0.5], {"budget_rule": "every draw"}, "no budget"),
        (None, {"n_clients": 2.0}, "n_clients"),
        (None, {"n_clients": 0}, "n_clients"),
        (None, {"n_clients": 10**14}, "n_clients"),
        ("half", {}, "claimed must be numbers"),
    ],
)
def test_impossible_claims_are_refused_by_name(claimed, more, words):
    with pytest.raises(InvalidProblemError, match=words):
        audit(lambda rng: [0], claimed=claimed, **more)


def test_samplers_with_two_arguments_are_refused():
    with pytest.raises(InvalidProblemError, match="wrap it"):
        audit(lambda rng, size: [0], claimed=[0.5])


def test_repeats_are_merged_when_they_are_meant():
    q = np.array([0.5, 0.3, 0.2])
    w = np.full(3, 1 / 3)

    def draw(rng):
        drawn = rng.choice(3, size=4, p=q)
        return drawn, w[drawn] / (4 * q[drawn])

    p = inclusion_with_replacement(q, 4)
    limits = {"budget": 4, "budget_rule": "every draw"}
    found = audit(draw, claimed=p, weights=w, replacement=True, **limits, **LOOSE)
    assert found.passed, str(found)
    assert found.facts.draws_min == found.facts.draws_max == 4
    assert found.facts.repeats > 0


@pytest.mark.parametrize("seed", range(3))
def test_the_scatter_of_repeats_is_not_taken_for_a_bias(seed):
    """Draws by data size with replacement, each weighing 1/5: unbiased, but not w/p when drawn."""
    w = np.array([0.55, 0.15, 0.1, 0.1, 0.1])

    def draw(rng):
        return rng.choice(5, size=5, p=w), np.full(5, 0.2)

    p = inclusion_with_replacement(w, 5)
    limits = {"budget": 5, "budget_rule": "every draw", "seed": seed}
    found = audit(draw, claimed=p, weights=w, replacement=True, **limits, **LOOSE)
    assert found.passed, str(found)
    assert not any("sum over those drawn" in note for note in found.notes)


def test_budgets():
    def fixed(rng):
        return rng.choice(6, size=2, replace=False)

    third = np.full(6, 1 / 3)
    found = audit(fixed, claimed=third, budget=2, budget_rule="every draw", **LOOSE)
    assert found.passed
    assert found.facts.budget_kept == "every draw"
    assert audit(poisson(), n_clients=6, budget=2.1).outcome == "refuted"
    assert audit(poisson(), n_clients=6, budget=2.3, budget_rule="every draw").refuted


@pytest.mark.parametrize("form", ["mask", "pairs", "choices", "coefficients"])
def test_forms_of_several_models_agree(form):
    p = np.array([[0.3, 0.2], [0.1, 0.5], [0.25, 0.25]])
    w = np.full((3, 2), 1 / 3)

    def draw(rng):
        u = rng.random(3)[:, None]
        model = (u >= np.cumsum(p, axis=1)).sum(axis=1)
        busy = np.flatnonzero(model < 2)
        table = np.zeros((3, 2), dtype=bool)
        table[busy, model[busy]] = True
        return {
            "mask": table,
            "pairs": np.argwhere(table),
            "choices": np.where(model == 2, -1, model),
            "coefficients": np.where(table, w / p, 0.0),
        }[form]

    found = audit(draw, claimed=p, weights=w, form=form, rounds=2000, **LOOSE)
    assert found.facts.inclusion == pytest.approx(p, abs=0.05)
    assert not found.refuted


def test_variance_and_distance_to_the_optimum():
    problem = Problem([[1.0], [2.0], [4.0]], budget=1.5)
    p = np.full(3, 0.5)
    found = audit(poisson(p), claimed=p, problem=problem, design="independent", **LOOSE)
    assert found.facts.variance_predicted == pytest.approx(21.0)
    assert found.facts.variance_optimal == pytest.approx(49.0 / 1.5 - 21.0)
    assert found.facts.above_optimum > 0.7
    assert found.passed


def test_variance_with_real_updates():
    u = np.random.default_rng(0).normal(size=(6, 4)) * W[:, None]

    def step(rng):
        drawn = np.flatnonzero(rng.random(6) < P)
        return (u[drawn] / P[drawn, None]).sum(axis=0)

    claims = {"updates": u, "claimed": P, "design": "independent"}
    assert audit(step, **claims, **LOOSE).passed
    assert audit(lambda rng: 1.1 * step(rng), **claims, **LOOSE).outcome == "refuted"
    assert audit(weighted(), weights=W, **claims, **LOOSE).passed


def test_a_fixed_size_sample_has_not_the_variance_of_independent_draws():
    half = np.full(6, 0.5)
    u = np.ones((6, 1)) / 6

    def step(rng):
        return u[rng.choice(6, size=3, replace=False)].sum(axis=0) * 2

    claims = {"updates": u, "claimed": half}
    assert audit(step, design="independent", **claims, **LOOSE).outcome == "refuted"
    assert audit(step, **claims, **LOOSE).outcome == "supported"


def test_a_design_of_this_library_is_audited_as_it_is():
    from roundlot.simulate import design

    drawn = design(np.array([[0.3, 0.2], [0.1, 0.5], [0.25, 0.25]]))
    found = audit(drawn, **LOOSE)
    assert found.passed, str(found)
    assert found.facts.form == "choices"


def test_nothing_claimed_is_inconclusive_with_intervals():
    found = audit(poisson(), n_clients=6, rounds=3000)
    assert found.outcome == "inconclusive"
    low, high = found.facts.interval[:, 0, 0], found.facts.interval[:, 0, 1]
    assert np.all((low < P) & (high > P))
    assert np.all(high - low < 0.1)


def test_too_few_rounds_are_inconclusive():
    found = audit(poisson(), claimed=P, rounds=50)
    assert found.outcome == "inconclusive"
    assert found.facts.rounds == 50


def test_records_are_plain_and_an_audit_is_no_truth_value():
    import json

    found = audit(poisson(), claimed=P, rounds=50)
    assert json.loads(json.dumps(found.to_record()))["facts"]["rounds"] == 50
    with pytest.raises(TypeError, match="outcome"):
        bool(found)
    with pytest.raises(KeyError, match="claims:"):
        found.verdict("weather")


def test_one_liners():
    assert_inclusion(poisson(), P, **LOOSE)
    assert_unbiased(with_weights(poisson(), W, P), W, claimed=P, **LOOSE)
    assert_within_budget(poisson(), 2.3, n_clients=6, **LOOSE)
    assert_audit(poisson(), claimed=P, **LOOSE)
    units = coefficients_of(lambda rng, u: u[rng.random(6) < 0.5].sum(axis=0) / 3, 6)
    assert_unbiased(units, np.full(6, 1 / 6), rarest=0.4, **LOOSE)
    with pytest.raises(AssertionError, match="refuted"):
        assert_inclusion(poisson(), P[::-1])
    with pytest.raises(AssertionError, match="neither weights"):
        assert_unbiased(poisson(), W, rounds=10)
    with pytest.raises(AssertionError, match="budget"):
        assert_within_budget(poisson(), 2, n_clients=6, every_draw=True)


def test_a_right_sampler_is_not_stuck_for_having_drawn_the_same_by_chance():
    from roundlot.simulate import design

    def varied(found):
        return found.verdict("draws vary from round to round").outcome != "refuted"

    coupled = design(np.full((40, 1), 0.5), "ordered systematic")  # odd or even: two outcomes
    assert all(varied(audit(coupled, rounds=2, seed=seed)) for seed in range(30))
    exclusive = design(np.array([[0.5, 0.5]]))
    assert all(
        varied(audit(exclusive, rounds=5, false_alarm=0.01, seed=seed)) for seed in range(60)
    )
    u = np.ones((2, 1))  # whoever is drawn, the step is the same: nothing is wrong with that
    step = {"updates": u, "claimed": np.full(2, 0.5), "rounds": 4}
    assert not any(audit(lambda rng: np.ones(1) * 2, seed=s, **step).refuted for s in range(30))
    few = {"n_clients": 4, "rounds": 2}
    assert all(varied(audit(lambda rng: [rng.integers(4)], seed=s, **few)) for s in range(30))


@pytest.mark.parametrize("claimed", [P, np.array([0.15, 0.25, 0.3, 0.4, 1.0, 0.1])])
def test_a_sampler_that_always_draws_the_same_is_stuck(claimed):
    found = audit(lambda rng: [1, 4], claimed=claimed, n_clients=6, checks=["rounds"], rounds=300)
    assert found.verdict("draws vary from round to round").outcome == "refuted"
