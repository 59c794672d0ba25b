"""Online samplers: feasible exactly whatever they saw, and each what its source says it is."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers import solve
from roundlot.solvers.comparisons.methods import compare
from roundlot.solvers.rules import (
    OSMD,
    SAMPLERS,
    KVib,
    LastNorm,
    Posterior,
    Vrb,
    gather,
    rehearse,
)
from roundlot.solvers.rules.regrets import drawn
from roundlot.theory import InvalidProblemError, Problem, moments

NAMES = [sampler.name for sampler in SAMPLERS]
every = pytest.mark.parametrize("sampler", SAMPLERS, ids=NAMES)


def play(sampler, problem, rounds, seed=0):
    """The state after rounds of the sampler's own draws, with the problem's norms."""
    random, state = np.random.default_rng(seed), sampler.init(problem)
    for _ in range(rounds):
        p = sampler.probabilities(state)
        seen = drawn(p, random.random(len(p)))
        state = sampler.update(state, p, np.where(seen, problem.scores, np.nan))
    return state


@every
@given(st.integers(0, 10**6))
def test_limits_hold_exactly_after_every_round(sampler, random_problem, assert_feasible, seed):
    problem, random = random_problem(seed), np.random.default_rng(seed)
    state = sampler.init(problem)
    for _ in range(6):
        p = sampler.probabilities(state)
        assert_feasible(problem, p)
        assert not p.flags.writeable
        assert np.all(p[problem.available] > 0.0) or problem.floor.sum() >= 0.9 * problem.budget
        norms = random.lognormal(0, 3, p.shape) * random.choice([0.0, 1.0, 1e-9, 1e9], p.shape)
        seen = drawn(p, random.random(len(p)))
        state = sampler.update(state, p, np.where(seen, norms, np.nan))


@every
def test_first_probabilities_are_uniform(sampler):
    problem = Problem(np.arange(1.0, 13.0).reshape(6, 2), budget=3.0)
    assert sampler.probabilities(sampler.init(problem)) == pytest.approx(np.full((6, 2), 0.25))


@every
@pytest.mark.parametrize("scale", [1e-200, 1e150])
def test_nothing_depends_on_the_unit(sampler, scale):
    problem = Problem(np.random.default_rng(0).lognormal(0, 1, (8, 2)), budget=3.0)
    plain, scaled = rehearse(problem, rounds=15), []
    state = other = sampler.init(problem)
    for past in plain:
        state = sampler.update(state, past.probabilities, past.norms)
        scaled.append(past.norms * scale)
        other = sampler.update(other, past.probabilities, scaled[-1])
    assert sampler.probabilities(other) == pytest.approx(sampler.probabilities(state), rel=1e-6)


@every
def test_states_are_not_changed_in_place(sampler):
    problem = Problem(np.ones((4, 1)), budget=2.0)
    start = sampler.init(problem)
    before = sampler.probabilities(start).copy()
    sampler.update(start, before, [[5.0], [np.nan], [1.0], [np.nan]])
    assert np.array_equal(sampler.probabilities(start), before)
    assert start.rounds == 0


@every
def test_nothing_seen_teaches_nothing(sampler):
    problem = Problem(np.ones((4, 1)), budget=2.0)
    state = sampler.init(problem)
    p = sampler.probabilities(state)
    state = sampler.update(state, p, np.full((4, 1), np.nan))
    assert sampler.probabilities(state) == pytest.approx(p)


@every
@pytest.mark.parametrize(
    ("norms", "word"),
    [([[1.0]], "shape"), ([[-1.0], [1.0]], "norms"), ([[np.inf], [1.0]], "norms")],
)
def test_malformed_norms_are_refused(sampler, norms, word):
    state = sampler.init(Problem([[1.0], [1.0]], budget=1.0))
    with pytest.raises(InvalidProblemError, match=word):
        sampler.update(state, sampler.probabilities(state), norms)


def test_a_norm_from_a_pair_that_is_never_drawn_is_refused():
    state = KVib().init(Problem([[1.0], [1.0]], budget=1.0))
    with pytest.raises(InvalidProblemError, match="probability is 0"):
        KVib().update(state, [[0.0], [1.0]], [[1.0], [1.0]])
    with pytest.raises(InvalidProblemError, match="share"):
        KVib(share=1.5).init(Problem([[1.0]], budget=0.5))


def learned(sampler, problem, rounds=2000):
    """The state once every norm was seen in every round: nothing is left to chance."""
    state = sampler.init(problem)
    for _ in range(rounds):
        state = sampler.update(state, np.ones(problem.scores.shape), problem.scores)
    return state


@dataclass(frozen=True, kw_only=True, eq=False)
class Rootless(KVib):
    """K-Vib as its published code has it: the sums themselves as scores."""

    def leader(self, state):
        return super().leader(state) ** 2


def test_kvib_needs_its_square_root():
    problem = Problem([[1.0], [2.0], [4.0], [8.0], [16.0]], budget=1.0)
    best = solve(problem)
    right, wrong = (
        sampler.probabilities(learned(sampler, problem))
        for sampler in (KVib(share=0.0, regularisation=0.1), Rootless(share=0.0))
    )
    assert right == pytest.approx(best.probabilities, rel=0.05)
    objective = moments.model_objective(problem.scores, wrong).sum()
    assert objective > 1.6 * best.objective


def test_kvib_leader_is_the_program_of_its_source():
    problem = Problem([[3.0], [1.0], [2.0]], budget=1.5)
    state = KVib().init(problem)
    state = KVib().update(state, [[0.5], [0.5], [0.25]], [[3.0], [np.nan], [2.0]])
    unit = 2.5
    squares = np.array([[9 / 0.5], [0.0], [4 / 0.25]]) / unit**2
    assert state.squares == pytest.approx(squares)
    scores = np.sqrt(squares + KVib().regularisation)
    expected = solve(Problem(scores, budget=1.5, floor=0.2 * 0.5)).probabilities
    assert KVib().probabilities(state) == pytest.approx(expected)


def test_vrb_clips_where_kvib_redistributes():
    problem = Problem([[1.0], [1.0], [1.0], [50.0]], budget=2.0)
    clipped = Vrb(share=0.0).probabilities(learned(Vrb(share=0.0), problem))
    filled = KVib(share=0.0).probabilities(learned(KVib(share=0.0), problem))
    assert clipped[3, 0] == filled[3, 0] == 1.0
    assert clipped.sum() < 1.3
    assert filled.sum() == pytest.approx(2.0)


@every
def test_all_learn_norms_that_do_not_move(sampler):
    random = np.random.default_rng(5)
    problem = Problem(random.lognormal(0, 1, (30, 2)), budget=6.0)
    uniform = moments.model_objective(problem.scores, np.full((30, 2), 0.1)).sum()
    p = sampler.probabilities(play(sampler, problem, 400))
    best = solve(problem).objective
    lost = (moments.model_objective(problem.scores, p).sum() - best) / (uniform - best)
    assert lost < 0.4


def test_model_weights_enter_as_in_the_optimum():
    plain = Problem([[1.0, 2.0], [3.0, 1.0]], budget=1.0)
    heavy = Problem([[1.0, 1.0], [3.0, 0.5]], budget=1.0, model_weights=[1.0, 4.0])
    for sampler in SAMPLERS:
        one, two = sampler.init(plain), sampler.init(heavy)
        for _ in range(5):
            p = np.full((2, 2), 0.25)
            one = sampler.update(one, p, plain.scores)
            two = sampler.update(two, p, heavy.scores)
        assert sampler.probabilities(one) == pytest.approx(sampler.probabilities(two))


def divergence(p, q):
    return float((p * np.log(p / q) - p + q).sum())


@given(st.integers(0, 10**6))
def test_osmd_projects_in_divergence(seed):
    random = np.random.default_rng(seed)
    problem = Problem(random.lognormal(0, 1, (5, 2)), budget=2.0, processor_cap=0.7)
    sampler = OSMD(rate=0.5)
    state = play(sampler, problem, 3, seed)
    p = sampler.probabilities(state)
    norms = np.where(random.random((5, 2)) < 0.5, problem.scores, np.nan)
    if np.isnan(norms).all():
        return
    after = sampler.update(state, p, norms)
    unit = state.unit or np.nanmean(norms)
    relative = p / p.mean()
    gradient = np.where(np.isnan(norms), 0.0, (norms / unit) ** 2 / relative**3 / p.mean())
    moved = p * np.exp(np.minimum(sampler.rate * gradient, 1.0))
    projected = sampler.probabilities(after)
    low = state.limits.lower
    for _ in range(50):
        other = np.maximum(low, projected * random.lognormal(0, random.choice([0.01, 1]), p.shape))
        other = low + (other - low) * min(1.0, (2.0 - low.sum()) / (other - low).sum())
        rows = (0.7 - low.sum(axis=1)) / np.maximum((other - low).sum(axis=1), 1e-12)
        other = low + (other - low) * np.minimum(1.0, rows)[:, None]
        # Project onto spending the budget as well: both spend it, or cannot.
        if other.sum() > projected.sum() - 1e-9:
            assert divergence(other, moved) >= divergence(projected, moved) - 1e-9


def grid_filter(sampler, logs, seen, level):
    """``E[a²]`` of the next round by sums over a fine grid of log-norms, for one pair each."""
    grid = np.linspace(-9.0, 9.0, 1801)
    gap = grid[1] - grid[0]
    beliefs, evidence = [], np.zeros(len(sampler.rates))
    for h, rate in enumerate(sampler.rates):
        keep = np.sqrt(1 - rate / sampler.prior)
        step = np.exp(-((grid[:, None] - keep * grid[None, :]) ** 2) / (2 * rate))
        step /= np.sqrt(2 * np.pi * rate)
        row = []
        for pair in range(logs.shape[1]):
            density = np.exp(-(grid**2) / (2 * sampler.prior)) / np.sqrt(2 * np.pi * sampler.prior)
            for log, observed in zip(logs[:, pair], seen[:, pair], strict=True):
                if observed:
                    error = log - level - grid
                    density = density * np.exp(-(error**2) / (2 * sampler.noise))
                    mass = density.sum() * gap
                    density = density / mass
                    evidence[h] += np.log(mass / np.sqrt(sampler.noise))
                density = step @ density * gap
            row.append((density * np.exp(2 * grid)).sum() * gap)
        beliefs.append(row)
    chance = np.exp(evidence - evidence.max())
    return (chance / chance.sum()) @ np.array(beliefs)


def test_posterior_is_bayes_on_a_grid():
    sampler = Posterior(rates=(0.15, 0.5), noise=0.2, prior=0.8)
    random = np.random.default_rng(8)
    norms = random.lognormal(0, 0.7, (7, 3))
    seen = random.random((7, 3)) < 0.6
    seen[0, 0] = True
    seen[:, 2] = False
    problem = Problem(np.ones((3, 1)), budget=1.5)
    state = sampler.init(problem)
    for a, mask in zip(norms, seen, strict=True):
        state = sampler.update(state, np.full((3, 1), 0.5), np.where(mask, a, np.nan)[:, None])
    logs = np.log(norms / state.unit)
    expected = grid_filter(sampler, logs, seen, logs[0][seen[0]].mean())
    found = sampler.expected(state)[:, 0] ** 2
    assert found / found.sum() == pytest.approx(expected / expected.sum(), rel=1e-4)
    assert 0.02 < state.belief[0] < 0.98


def test_posterior_recognises_how_fast_norms_move():
    random = np.random.default_rng(3)
    problem = Problem(np.ones((40, 1)), budget=20.0)
    for step, likely in ((0.01, 0), (0.33, 3)):
        logs, state = random.standard_normal((40, 1)), Posterior().init(problem)
        for _ in range(60):
            state = Posterior().update(state, np.full((40, 1), 0.5), np.exp(logs))
            logs = logs + step * random.standard_normal((40, 1))
        assert int(state.belief.argmax()) == likely


def test_last_norm_tries_what_it_never_saw():
    sampler = LastNorm(share=0.0)
    state = sampler.init(Problem(np.ones((3, 1)), budget=1.0))
    state = sampler.update(state, np.full((3, 1), 0.3), [[4.0], [1.0], [np.nan]])
    state = sampler.update(state, np.full((3, 1), 0.3), [[2.0], [np.nan], [np.nan]])
    assert sampler.probabilities(state)[:, 0] == pytest.approx([0.4, 0.2, 0.4])


def test_replayed_is_the_sampler_after_the_history():
    problem = Problem(np.random.default_rng(0).lognormal(0, 1, (8, 2)), budget=3.0)
    history = rehearse(problem, rounds=12, seed=4)
    table = compare(problem, history=history, repeats=1)
    for sampler in SAMPLERS:
        state = sampler.init(problem)
        for past in history:
            state = sampler.update(state, past.probabilities, past.norms)
        assert np.array_equal(table.row(sampler.name).probabilities, sampler.probabilities(state))
    with pytest.raises(InvalidProblemError, match="history"):
        SAMPLERS[0].propose(problem, gather(problem))
    with pytest.raises(InvalidProblemError, match=r"history\[0\] has shape"):
        compare(Problem([[1.0]], budget=0.5), history=history)


def test_a_history_gives_the_last_norms():
    problem = Problem([[1.0], [2.0]], budget=1.0)
    history = rehearse(problem, rounds=30)
    assert gather(problem, history=history).last_norms.tolist() == problem.scores.tolist()
    assert np.isnan(gather(problem, history=()).last_norms).all()
    with pytest.raises(InvalidProblemError, match="rounds is -1"):
        rehearse(problem, rounds=-1)


def test_rehearsed_draws_have_the_uniform_probabilities():
    problem = Problem(np.ones((50, 3)), budget=20.0)
    history = rehearse(problem, rounds=400)
    often = np.mean([past.seen for past in history], axis=0)
    assert often.mean() == pytest.approx(20.0 / 150, rel=0.03)
    assert all((past.seen.sum(axis=1) <= 1).all() for past in history)
