"""Numbers that no instance has are refused; the edges of what is proved are not."""

import pytest

from roundlot.theory import CATALOGUE, AssumptionError
from roundlot.theory.theorems import named

STALE = {"probability": 0.4, "squared_norm": 4.0, "stale_squared_norm": 9.0}
CLIENTS = {
    "client_smoothness": 4.0,
    "strong_convexity": 0.5,
    "step": 0.1,
    "squared_distance": 2.0,
    "value": 1.0,
    "heterogeneity": 0.0,
    "participation_variance": 0.0,
    "surrogate_variance": 3.0,
    "batch_noise": 0.0,
}
MEAN = {"smoothness": 2.0, "step": 0.1, "variance": 0.0, "value": 3.0}
MIXED = {"smoothness": 1.0, "step": 0.1, "variance": 1.0, "dissimilarity": 2.0, "spread": 5.0}
BATCH = {"variance": 1.0, "squared_gradient": 1.0}


@pytest.mark.parametrize(
    ("name", "numbers", "change", "law"),
    [
        ("stale_update", {**STALE, "multiple": 1.0}, {"inner_product": 6.1}, "‖G‖²‖h‖²"),
        ("stale_best", STALE, {"inner_product": -6.1}, "‖G‖²‖h‖²"),
        ("stale_helps", {**STALE, "multiple": 0.1}, {"inner_product": 6.1}, "‖G‖²‖h‖²"),
        ("partial_participation", CLIENTS, {"value": 0.49}, ">= μ/2"),
        ("partial_participation", CLIENTS, {"value": 4.1}, "<= L/2"),
        ("nonconvex_descent", MEAN, {"squared_gradient": 12.1}, "2L"),
        (
            "mean_descent",
            {**MEAN, "workers": 3, "spread": 0.0},
            {"squared_gradient": 12.1},
            "2L",
        ),
        (
            "convex_step",
            {"smoothness": 2.0, "step": 0.1, "variance": 0.0, "squared_distance": 3.0},
            {"value": 3.1},
            "L/2",
        ),
        ("expected_batch_variance", BATCH, {"expected_samples": 0.9, "samples_variance": 1.0}, "1"),
        (
            "expected_batch_variance",
            BATCH,
            {"expected_samples": 2.5, "samples_variance": 0.24},
            "Var N",
        ),
        ("column_drift", {"spread": 1.0}, {"column_drift": 1.1}, "<= 1"),
        (
            "leader_weights",
            {"leader_drift": 0.1, "other_leader_drift": 0.1, "leader_weight": 0.6},
            {"other_leader_weight": 0.5},
            "w_N",
        ),
    ],
)
def test_numbers_of_no_instance_are_refused(name, numbers, change, law):
    with pytest.raises(AssumptionError, match=f"no instance has these numbers: .*{law}"):
        named(name).evaluate(**{**numbers, **change})


def test_gradients_do_not_point_away_from_the_minimiser():
    with pytest.raises(AssumptionError, match="inner_product is -1"):
        named("cocoercivity").evaluate(smoothness=2, strong_convexity=1, inner_product=-1)


def test_domination_cannot_exceed_smoothness():
    numbers = {"smoothness": 1.0, "strong_convexity": 1.1, "step": 0.1, "variance": 0, "value": 1}
    with pytest.raises(AssumptionError, match="L >= μ"):
        named("gradient_dominated").evaluate(**numbers)


@pytest.mark.parametrize(
    "theorem", [t for t in CATALOGUE if "client_smoothness" in str(t.domain.numbers)]
)
def test_the_smoothness_of_the_mean_is_not_enough_for_clients(theorem):
    numbers = {p.name: 1.0 for p in theorem.domain.numbers}
    numbers["smoothness"] = numbers.pop("client_smoothness")
    with pytest.raises(AssumptionError, match="largest smoothness of the clients"):
        theorem.evaluate(**numbers)


def test_one_curvature_is_solved_in_one_step():
    """``L = μ``: ``F = μ/2 ‖x‖²`` to a shift, and ``γ = 1/μ`` reaches the minimiser."""
    numbers = {"smoothness": 2.0, "strong_convexity": 2.0, "step": 0.5, "variance": 0.0}
    assert named("one_step").evaluate(**numbers, squared_distance=7.0) == 0
    assert named("constant_step").evaluate(**numbers, initial=7.0, round=3) == 0
    assert named("gradient_dominated").evaluate(**numbers, value=7.0) == 0
    curved = {"smoothness": 2.0, "strong_convexity": 2.0, "inner_product": 6.0}
    assert named("cocoercivity").evaluate(**curved) == 24.0  # ‖2e‖² + 4‖e‖² with 2‖e‖² = 6


def test_a_complete_graph_mixes_at_once():
    assert named("consensus").evaluate(**MIXED, contraction=0.0) == pytest.approx(0.125 * 5)
    truth = 0.1**2 * (1.0 + 2.0)  # equal after mixing; then a step along own gradients
    assert named("consensus_mix_first").evaluate(**MIXED, contraction=0.0) >= truth
    run = {**MIXED, "workers": 4, "value": 3.0, "rounds": 10, "contraction": 0.0}
    del run["spread"]
    one = 2 * 3.0 / (0.1 * 10) + 0.1 * 1.0 / 4  # centralised: no cost of being apart
    assert named("decentralised").evaluate(**run) == pytest.approx(one)


def test_doubly_stochastic_mixing_leaves_the_mean():
    assert named("column_drift").evaluate(column_drift=0.0, spread=9.0) == 0


def test_everybody_at_work_and_equal_has_no_noise():
    bound = named("partial_participation").evaluate(**CLIENTS)
    assert bound == pytest.approx(0.95 * 2.0 - 0.2 * 0.6 * 1.0)
    assert named("variance").evaluate(probability=1.0, squared_norm=5.0) == 0


def test_clients_draw_before_they_see_batches():
    assert "independent of the batches" in named("partial_participation").setting
    assert "fixed before" in named("sampled_average").setting
    assert "fixed before" in named("local_steps").setting
