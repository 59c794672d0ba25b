"""Whatever people return is read by a stated rule, or said to be unreadable; nobody is accused."""

import numpy as np
import pytest
import torch

from roundlot.theory import InvalidProblemError
from roundlot.verify import UnreadableDrawError, audit

P = np.array([0.2, 0.3, 0.5, 0.6])
W = np.array([0.1, 0.2, 0.3, 0.4])
NAMES = ["ann", "bob", "cy", "dee"]
FACTOR = W / P


def drawn(rng):
    return np.flatnonzero(rng.random(4) < P)


def mask(rng):
    return rng.random(4) < P


BARE = {
    "boolean mask": (mask, "mask"),
    "0/1 integers": (lambda rng: mask(rng).astype(int), "mask"),
    "0/1 bytes": (lambda rng: mask(rng).astype(np.uint8), "mask"),
    "0/1 floats": (lambda rng: mask(rng).astype(np.float32), "mask"),
    "list of 0/1": (lambda rng: mask(rng).astype(int).tolist(), "mask"),
    "list of booleans": (lambda rng: mask(rng).tolist(), "mask"),
    "column of 0/1": (lambda rng: mask(rng).astype(int)[:, None], "mask"),
    "indices": (drawn, "indices"),
    "narrow indices": (lambda rng: drawn(rng).astype(np.int8), "indices"),
    "list of indices": (lambda rng: drawn(rng).tolist(), "indices"),
    "tuple of indices": (lambda rng: tuple(drawn(rng).tolist()), "indices"),
    "set": (lambda rng: set(drawn(rng).tolist()), "indices"),
    "frozenset": (lambda rng: frozenset(drawn(rng).tolist()), "indices"),
    "iterator": (lambda rng: (i for i in drawn(rng)), "indices"),
    "keys": (lambda rng: dict.fromkeys(drawn(rng).tolist()).keys(), "indices"),
    "dict of booleans": (lambda rng: dict(enumerate(mask(rng).tolist())), "indices"),
    "torch indices": (lambda rng: torch.tensor(drawn(rng)), "indices"),
    "list of tensors": (lambda rng: [torch.tensor(i) for i in drawn(rng)], "indices"),
    "torch mask": (lambda rng: torch.tensor(mask(rng)), "mask"),
    "torch 0/1": (lambda rng: torch.tensor(mask(rng)).to(torch.int64), "mask"),
    "torch bf16 0/1": (lambda rng: torch.tensor(mask(rng)).to(torch.bfloat16), "mask"),
    "names": (lambda rng: [NAMES[i] for i in drawn(rng)], "indices"),
    "set of names": (lambda rng: {NAMES[i] for i in drawn(rng)}, "indices"),
    "array of names": (lambda rng: np.array(NAMES)[drawn(rng)], "indices"),
}

WEIGHTED = {
    "tuple": lambda i: (i, FACTOR[i]),
    "lists": lambda i: (i.tolist(), FACTOR[i].tolist()),
    "dict": lambda i: {int(k): FACTOR[k] for k in i},
    "dict of tensors": lambda i: {int(k): torch.tensor(FACTOR[k]) for k in i},
    "entries": lambda i: [(int(k), float(FACTOR[k])) for k in i],
    "dict by name": lambda i: {NAMES[k]: FACTOR[k] for k in i},
    "bf16": lambda i: (i, torch.tensor(FACTOR[i]).to(torch.bfloat16)),
    "half": lambda i: (torch.tensor(i), torch.tensor(FACTOR[i]).half()),
    "with gradients": lambda i: (i, torch.tensor(FACTOR[i], requires_grad=True)),
    "mask and all weights": lambda i: (np.isin(np.arange(4), i), FACTOR),
    "mask and weights of those drawn": lambda i: (np.isin(np.arange(4), i), FACTOR[i]),
    "all coefficients": lambda i: np.where(np.isin(np.arange(4), i), FACTOR, 0.0),
    "coefficients with gradients": lambda i: torch.tensor(
        np.where(np.isin(np.arange(4), i), FACTOR, 0.0), requires_grad=True
    ),
}


@pytest.mark.parametrize("shape", BARE)
def test_draws_of_every_shape_are_read_alike(shape):
    sampler, form = BARE[shape]
    found = audit(sampler, claimed=P, names=NAMES, rounds=300)
    right = audit(drawn, claimed=P, rounds=300)
    assert found.facts.form == form
    assert np.array_equal(found.facts.inclusion, right.facts.inclusion)
    assert not found.refuted


@pytest.mark.parametrize("shape", WEIGHTED)
def test_weights_of_every_shape_are_read_alike(shape):
    found = audit(
        lambda rng: WEIGHTED[shape](drawn(rng)), claimed=P, weights=W, names=NAMES, rounds=300
    )
    plain = audit(lambda rng: WEIGHTED["tuple"](drawn(rng)), claimed=P, weights=W, rounds=300)
    assert found.facts.mean_weight == pytest.approx(plain.facts.mean_weight, rel=4e-3)
    assert not found.refuted
    assert found.verdict("unbiased").outcome == plain.verdict("unbiased").outcome


def test_one_client_a_round():
    quarter = np.full(4, 0.25)
    for one in (
        lambda rng: rng.integers(4),
        lambda rng: int(rng.integers(4)),
        lambda rng: torch.tensor(int(rng.integers(4))),
        lambda rng: NAMES[rng.integers(4)],
    ):
        found = audit(one, claimed=quarter, names=NAMES, rounds=300)
        assert not found.refuted
        assert found.facts.draws_min == found.facts.draws_max == 1
    weighted = audit(
        lambda rng: (int(rng.integers(4)), 1.0), claimed=quarter, weights=quarter, rounds=300
    )
    assert not weighted.refuted
    assert weighted.facts.mean_weight.sum() == pytest.approx(1.0)


def test_whole_aggregates_of_any_kind():
    u = W[:, None] * np.ones((4, 3))

    def step(rng):
        i = drawn(rng)
        return FACTOR[i] @ np.ones((i.size, 3))

    kinds = [
        step,
        lambda rng: step(rng).tolist(),
        lambda rng: torch.tensor(step(rng)).to(torch.bfloat16),
        lambda rng: torch.tensor(step(rng), requires_grad=True),
        lambda rng: [torch.tensor(step(rng))],
    ]
    for kind in kinds:
        found = audit(kind, updates=u, claimed=P, rounds=300)
        assert found.facts.form == "aggregate"
        assert not found.refuted


def test_what_could_be_two_things_is_asked_for_or_told_by_later_rounds():
    half = np.full(2, 0.5)
    # One of two, always: [0, 1] and [1, 0] are a mask of one client, or two clients.
    with pytest.raises(UnreadableDrawError, match="form="):
        audit(lambda rng: rng.permutation(2), claimed=half, rounds=50)
    told = audit(lambda rng: rng.permutation(2), claimed=half, rounds=50, form="mask")
    assert told.facts.draws_max == 1
    both = audit(lambda rng: (rng.random(2) < half).astype(int), claimed=half, rounds=50)
    assert both.facts.form == "mask"
    listed = audit(lambda rng: np.flatnonzero(rng.random(2) < half), claimed=half, rounds=50)
    assert listed.facts.form == "indices"


def test_repeats_meant_or_not_are_no_mask():
    def twice(rng):
        i = drawn(rng)
        return np.r_[i, i], np.r_[FACTOR[i], FACTOR[i]] / 2

    found = audit(twice, claimed=P, weights=W, rounds=300)
    assert "more than once" in found.verdict("well formed").detail
    assert found.outcome == "refuted"
    meant = audit(twice, claimed=P, weights=W, rounds=300, replacement=True)
    assert not meant.refuted
    assert meant.facts.repeats > 0


def test_names_must_be_known_and_differ():
    with pytest.raises(UnreadableDrawError, match="'zed', which is nobody's name"):
        audit(lambda rng: ["zed"], claimed=P, names=NAMES)
    with pytest.raises(InvalidProblemError, match="two clients are named 'ann'"):
        audit(drawn, claimed=P, names=["ann", "ann", "cy", "dee"])
    with pytest.raises(InvalidProblemError, match="3 names for 4"):
        audit(drawn, claimed=P, names=NAMES[:3])
    numbers = audit(
        lambda rng: [(100, 7, 55, 3)[i] for i in drawn(rng)],
        claimed=P,
        names=[100, 7, 55, 3],
        rounds=300,
    )
    assert not numbers.refuted


def test_a_seed_with_a_default_is_given_a_seed():
    def draw(seed=0):
        return drawn(np.random.default_rng(seed))

    found = audit(draw, claimed=P, rounds=300)
    assert found.verdict("vary").passed
    assert not found.refuted


def test_rounds_without_anybody_are_rounds():
    """One client of 0.3: the last batch, of one round, is empty for about 70 % of the seeds."""

    def draw(rng):
        i = np.flatnonzero(rng.random(1) < 0.3)
        return i, np.ones(i.size) / 0.3

    for seed in range(8):
        found = audit(draw, claimed=[0.3], weights=[1.0], rounds=257, seed=seed)
        assert found.facts.rounds == 257
        assert found.verdict("unbiased").rounds == 257
    never = audit(lambda rng: [], claimed=[1e-4], n_clients=1, rounds=600)
    assert never.facts.rounds == 600
    assert not never.refuted
