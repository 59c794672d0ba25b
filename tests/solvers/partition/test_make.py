"""From points to a partition: every point dealt, bounds respected, bad input named."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers import compare_partition, make_partition
from roundlot.solvers.partition import PARTITION_METHODS, shard_values, unlike_sizes
from roundlot.theory import InvalidProblemError, RoundlotWarning


def data(n_class=(12, 9, 15), seed=0, dim=3):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(n_class)), n_class)
    order = rng.permutation(labels.size)
    return (rng.normal(size=(labels.size, dim)) + 3 * labels[:, None])[order], labels[order]


@pytest.mark.parametrize("function", ["facility-location", "graph-cut"])
@pytest.mark.parametrize("method", PARTITION_METHODS)
def test_every_method_deals_every_point(method, function):
    x, y = data((6, 5, 7))
    made = make_partition(x, y, [2, 1], method=method, function=function)
    assert made.verify()
    assert made.sizes.sum() == y.size
    assert 0.0 <= made.gap < 1.0
    assert np.all(made.class_values <= made.class_bounds)
    again = shard_values(
        x, made.label, made.owner[None], 2, bandwidth=made.bandwidth, function=function
    )[0]
    assert np.allclose(again, made.values, rtol=1e-12)


@settings(max_examples=25)
@given(
    sizes=st.lists(st.integers(4, 12), min_size=1, max_size=3),
    speeds=st.lists(st.floats(0.5, 2.0), min_size=1, max_size=3),
    method=st.sampled_from(["exchange", "greedy", "round-robin", "random"]),
    function=st.sampled_from(["facility-location", "graph-cut"]),
    seed=st.integers(0, 20),
)
def test_capacities_are_met_and_bounds_hold(sizes, speeds, method, function, seed):
    x, y = data(tuple(sizes), seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)  # a class may be small
        made = make_partition(x, y, speeds, method=method, function=function, seed=seed)
    assert made.verify(), made.complaints()
    wish = len(y) * np.array(speeds) / sum(speeds)
    assert np.all(np.abs(made.sizes - wish) < 1)


def test_exact_is_at_least_greedy_in_every_class():
    x, y = data((8, 7))
    greedy = make_partition(x, y, [1, 1])
    exact = make_partition(x, y, [1, 1], method="exact")
    assert np.all(exact.class_values >= greedy.class_values - 1e-9)
    assert np.all(exact.class_gaps < 1e-5)


def test_greedy_beats_random_shards():
    x, y = data((150, 150), dim=2)
    made = {
        method: make_partition(x, y, [3, 2, 1], method=method)
        for method in ("exchange", "greedy", "round-robin", "random")
    }
    assert made["exchange"].value > made["greedy"].value
    assert made["greedy"].value > 1.02 * made["random"].value
    assert made["greedy"].value >= made["round-robin"].value
    assert made["greedy"].upper_bound == made["random"].upper_bound


def test_greedy_is_a_function_of_its_input_and_random_of_the_seed():
    x, y = data()
    first, second = (make_partition(x, y, [2, 1], bandwidth=1.0, seed=s) for s in (0, 1))
    assert np.array_equal(first.owner, second.owner)
    first, second = (make_partition(x, y, [2, 1], method="random", seed=s) for s in (0, 1))
    assert not np.array_equal(first.owner, second.owner)


def test_a_class_smaller_than_the_workers_is_dealt_and_said():
    x, y = data((10, 2))
    with pytest.warns(RoundlotWarning, match="class 1 has fewer points than the 4 workers"):
        made = make_partition(x, y, np.ones(4))
    assert made.verify()
    assert any("class 1" in note for note in made.notes)
    assert made.capacities.sum(axis=0).tolist() == [10, 2]


def test_a_worker_too_slow_for_a_point_is_said():
    x, y = data((10, 10))
    with pytest.warns(RoundlotWarning, match="worker 1 is too slow"):
        made = make_partition(x, y, [1.0, 1e-9])
    assert made.verify()
    assert made.sizes.tolist() == [20, 0]
    assert np.isfinite(made.value)


def test_names_of_classes_are_kept():
    x, _ = data((4, 4))
    made = make_partition(x, np.array(["dog", "cat"] * 4), [1, 1])
    assert made.classes == ("cat", "dog")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"speeds": [1.0, 0.0]}, "speed of worker 1 is 0"),
        ({"method": "best"}, "choose from"),
        ({"function": "cut"}, "choose from"),
        ({"neighbours": 1}, "at least one per worker, 2"),
        ({"bandwidth": -1.0}, "bandwidth is -1"),
        ({"cut_weight": -1.0}, "cut_weight is -1"),
        ({"labels": np.zeros(3)}, "one for each of"),
        ({"features": np.full((36, 2), np.nan)}, r"features\[0, 0\] is nan"),
        ({"features": np.zeros((36, 2))}, "median distance within classes is 0"),
        ({"function": "graph-cut", "neighbours": 3}, "needs every similarity"),
    ],
)
def test_bad_input_is_named(change, message):
    x, y = data()
    given_ = {"features": x, "labels": y, "speeds": [1.0, 1.0], **change}
    features, labels, speeds = (given_.pop(name) for name in ("features", "labels", "speeds"))
    with pytest.raises(InvalidProblemError, match=message):
        make_partition(features, labels, speeds, **given_)


def test_a_tampered_partition_complains():
    x, y = data()
    made = make_partition(x, y, [1, 1])
    owner = made.owner.copy()
    owner[0] = 1 - owner[0]
    assert "as many points" in replace(made, owner=owner).complaints()[0]
    assert "above its bound" in replace(made, values=made.values * 10).complaints()[0]


def test_a_bound_says_what_it_is():
    x, y = data((30, 30), dim=2)
    slow, equal, cut = (
        make_partition(x, y, speeds, function=function)
        for speeds, function in (
            ([8, 8, 1], "facility-location"),
            ([1, 1, 1], "facility-location"),
            ([1, 1, 1], "graph-cut"),
        )
    )
    assert "for worker 2 alone" in slow.bound_by
    assert "linear relaxation of all workers" in equal.bound_by
    assert "no linear relaxation" in cut.bound_by
    assert make_partition(x, y, [1, 1], bounds=False).bound_by == ""


def test_shards_of_alike_workers_are_of_one_size_both_ways():
    x, y = data((20, 20))
    rows = compare_partition(make_partition(x, y, [2, 2]), x)
    assert [row.capacities for row in rows[:3]] == ["equal, by speed"] * 3
    assert [row.same_classes for row in rows[:2]] == [True, False]
    assert unlike_sizes(rows[:1]) == ()


def test_a_bound_is_not_that_of_as_many_points_of_other_classes():
    """Ten points far apart and ten alike: three and one are worth 3 + 10, above a bound of 12."""
    apart, alike = 10.0 * np.eye(10), np.full((10, 10), 100.0)
    x, y = np.concatenate([apart, alike]), np.repeat([0, 1], 10)
    made = make_partition(x, y, [1, 4], bandwidth=1.0)
    assert made.capacities.tolist() == [[2, 2], [8, 8]]
    owner = np.ones(20, dtype=np.int64)
    owner[[0, 1, 2, 10]] = 0
    rows = compare_partition(made, x, others={"mine": owner, "itself": made.owner})
    assert rows[1].value > made.upper_bound == pytest.approx(12.0)
    assert [row.capacities for row in rows] == ["by speed"] * 3
    assert [row.same_classes for row in rows] == [True, False, True]
    (said,) = unlike_sizes(rows)
    assert said.startswith("mine: ")
    assert "of other classes; the bound is not theirs" in said


def test_neighbours_keep_the_bound_and_say_the_loss():
    x, y = data((60, 60), dim=2)
    dense, sparse = (make_partition(x, y, [2, 1], neighbours=k) for k in (None, 10))
    assert sparse.verify()
    assert dense.similarity_loss == 0.0 < sparse.similarity_loss
    true = shard_values(x, y, sparse.owner[None], 2, bandwidth=sparse.bandwidth)[0]
    assert np.all(true >= sparse.values - 1e-9)
    assert np.all(true.sum(axis=1) <= sparse.values.sum(axis=1) + sparse.similarity_loss)
    assert true.sum(axis=1).min() <= sparse.upper_bound


def test_the_table_measures_all_shards_alike():
    x, y = data((40, 40))
    made = make_partition(x, y, [3, 1])
    rows = compare_partition(made, x, seed=2)
    assert [row.name for row in rows] == ["exchange", "equal", "proportional", "dirichlet"]
    assert [row.capacities for row in rows] == ["by speed", "equal", "by speed", "other"]
    assert rows[1].label == "equal (equal sizes)"
    said = unlike_sizes(rows)[0]
    assert said.startswith("equal, dirichlet: workers hold other numbers of points")
    record = rows[2].to_record()
    assert (record["least_points"], record["most_points"]) == (20, 60)
    assert rows[0].value == pytest.approx(made.value, rel=1e-12)
    assert np.bincount(rows[1].owner).tolist() == [40, 40]
    assert np.bincount(rows[2].owner).tolist() == [60, 20]
    assert rows[0].quality.round_seconds < rows[1].quality.round_seconds
    assert rows[0].quality.worst_class_distance < rows[3].quality.worst_class_distance
    with pytest.raises(InvalidProblemError, match="deals 80 points"):
        compare_partition(made, x[:3])
