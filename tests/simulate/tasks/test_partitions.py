import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.simulate.tasks import (
    by_label_share,
    by_owner,
    dirichlet,
    iid,
    processors_25_50_25,
    trainable_90_10,
)
from roundlot.simulate.tasks.partitions import (
    deal,
    largest_remainder,
    nobody_empty,
    warn_of_missing,
)
from roundlot.theory import InvalidProblemError, RoundlotWarning

SEEDS = st.integers(0, 2**32)


@st.composite
def labelled(draw):
    n_labels = draw(st.integers(1, 12))
    n = draw(st.integers(40, 200))
    rng = np.random.default_rng(draw(SEEDS))
    labels = rng.choice(n_labels, n, p=rng.dirichlet(np.ones(n_labels)))
    return labels, n_labels, draw(st.integers(1, 30))


@given(labelled(), st.floats(0.05, 1.0), st.sampled_from([0.0, 0.1, 0.3]), SEEDS)
def test_label_share_covers_everybody_and_keeps_to_the_labels(data, share, high, seed):
    labels, n_labels, n_clients = data
    try:
        owner = by_label_share(
            labels, n_clients, labels_share=share, high_share=high, seed=seed, n_labels=n_labels
        )
    except InvalidProblemError as error:  # its labels have too few samples
        if "gets none" not in str(error):
            raise
        return
    assert owner.shape == labels.shape
    held = [np.unique(labels[owner == client]) for client in range(n_clients)]
    assert min(map(len, held)) >= 1
    assert max(map(len, held)) <= max(1, np.floor(share * n_labels + 0.5))
    # A label is dealt out whole or held by nobody.
    for label in np.unique(labels):
        assert len({bool(x) for x in owner[labels == label] >= 0}) == 1


@pytest.mark.parametrize("seed", range(5))
def test_a_tenth_of_the_clients_hold_half_of_the_data(seed):
    labels = np.repeat(np.arange(10), 600)
    owner = by_label_share(labels, 100, labels_share=(0.3, 0.4), seed=seed)
    counts = np.sort(np.bincount(owner, minlength=100))[::-1]
    assert owner.min() == 0
    assert abs(counts[:10].sum() / 6000 - 0.5) < 0.01
    assert counts[9] > 5 * counts[10]
    held = [len(np.unique(labels[owner == client])) for client in range(100)]
    assert set(held) == {3, 4}


def test_labels_are_held_about_equally_often():
    labels = np.repeat(np.arange(10), 100)
    owner = by_label_share(labels, 50, high_share=0.0)
    held = [len(np.unique(owner[labels == label])) for label in range(10)]
    assert (min(held), max(held)) == (15, 15)


@given(labelled(), st.floats(0.01, 100.0), SEEDS)
def test_dirichlet_deals_out_everything(data, alpha, seed):
    labels, _, n_clients = data
    owner = dirichlet(labels, n_clients, alpha=alpha, seed=seed)
    assert np.bincount(owner, minlength=n_clients).min() >= 1
    assert owner.min() >= 0


def test_small_alpha_gives_labels_to_few():
    labels = np.repeat(np.arange(10), 500)
    few, many = (dirichlet(labels, 20, alpha=alpha) for alpha in (0.05, 100.0))
    share = [
        np.mean([np.bincount(owner[labels == c]).max() / 500 for c in range(10)])
        for owner in (few, many)
    ]
    assert share[0] > 0.4
    assert share[1] < 0.1


@given(st.integers(1, 20), st.integers(20, 200), SEEDS)
def test_iid_parts_are_of_one_size(n_clients, n, seed):
    counts = np.bincount(iid(np.zeros(n, int), n_clients, seed=seed), minlength=n_clients)
    assert counts.sum() == n
    assert np.ptp(counts) <= 1


def test_partitions_depend_on_the_seed_only():
    labels = np.arange(300) % 10
    for split in (by_label_share, dirichlet, iid):
        np.testing.assert_array_equal(split(labels, 7, seed=3), split(labels, 7, seed=3))
        assert np.any(split(labels, 7, seed=3) != split(labels, 7, seed=4))


def test_owners_are_numbered_by_name():
    owner, names = by_owner(["b", "a", "b", "c"])
    assert owner.tolist() == [1, 0, 1, 2]
    assert names == ("a", "b", "c")
    with pytest.raises(InvalidProblemError, match="owners is empty"):
        by_owner([])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: iid(np.zeros(3, int), 4), "3 samples are too few for 4 clients"),
        (lambda: iid(np.zeros(3), 2), "one whole number per sample"),
        (lambda: dirichlet([0, -1], 2), "number the classes from 0"),
        (lambda: dirichlet([0, 1], 2, alpha=0.0), "alpha is 0.0"),
        (lambda: by_label_share([0, 1], 2, labels_share=0.0), "labels_share is 0.0"),
        (lambda: by_label_share([0, 1], 2, labels_share=(0.4, 0.3)), "labels_share is"),
        (lambda: by_label_share([0, 1], 2, labels_share=(0.9,)), "labels_share is .0.9,."),  # type: ignore[arg-type]
        (lambda: by_label_share([0, 1], 2, labels_share="x"), "labels_share is 'x'"),  # type: ignore[arg-type]
        (lambda: by_label_share([0, 1], 2, high_share=1.0), "high_share is 1.0"),
        (lambda: by_label_share([0, 1], 2, high_share=0.5, high_data=0.1), "raise high_data"),
        (lambda: by_label_share([0, 5], 2, n_labels=5), "labels run from 0 to 5"),
        (lambda: nobody_empty(np.array([[1], [0]])), "client 1 of 2 gets none"),
    ],
)
def test_errors_name_the_remedy(call, message):
    with pytest.raises(InvalidProblemError, match=message):
        call()


@given(
    st.lists(st.floats(0.0, 1e3), min_size=1, max_size=20).filter(lambda x: sum(x) > 1e-3),
    st.integers(0, 300),
    SEEDS,
)
def test_whole_numbers_are_within_one_of_their_shares(shares, total, seed):
    exact = np.array(shares) * total / sum(shares)
    counts = largest_remainder(np.array(shares), total, np.random.default_rng(seed))
    assert counts.sum() == total
    assert np.all(np.abs(counts - exact) < 1.0 + 1e-9)


def test_samples_are_dealt_by_the_table():
    labels = np.array([0, 0, 0, 1, 1])
    owner = deal(labels, np.array([[1, 0], [1, 2]]), np.random.default_rng(0))
    assert sorted(owner[:3]) == [-1, 0, 1]
    assert owner[3:].tolist() == [1, 1]


def test_a_class_that_nobody_holds_is_named():
    with pytest.warns(RoundlotWarning, match="nobody holds class b, d of 'letters'"):
        warn_of_missing([0, 2], 4, "'letters'", "abcd")


def test_ninety_percent_can_train_everything():
    able = trainable_90_10(100, 3, seed=1)
    missed = (~able).sum(axis=1)
    assert sorted(missed) == [0] * 90 + [1] * 10
    assert np.ptp((~able).sum(axis=0)) <= 1
    with pytest.raises(InvalidProblemError, match="at least 2"):
        trainable_90_10(10, 1)


def test_processors_of_25_50_25_percent():
    able = trainable_90_10(200, 5, seed=2)
    processors = processors_25_50_25(able, seed=3)
    assert np.bincount(processors, minlength=6).sum() == 200
    assert np.all(processors <= able.sum(axis=1))
    full = np.ones((200, 5), dtype=bool)
    assert np.bincount(processors_25_50_25(full), minlength=6).tolist() == [0, 50, 0, 100, 0, 50]
    idle = full.copy()
    idle[7] = False
    assert processors_25_50_25(idle)[7] == 1
    with pytest.raises(InvalidProblemError, match="nobody can train model 0"):
        processors_25_50_25(np.array([[False, True]]))
    with pytest.raises(InvalidProblemError, match="clients x models, bool"):
        processors_25_50_25([[1, 0]])
