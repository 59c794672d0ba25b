"""Every approximation: exactly feasible, never silent about a pair, and as good as it claims."""

import re
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers.rules import APPROXIMATIONS, Information, gather
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem, moments

NAMES = [method.name for method in APPROXIMATIONS]
BIASED = ("power-of-choice", "worst draws")
BY_NAME = {method.name: method for method in APPROXIMATIONS}
every = pytest.mark.parametrize("name", NAMES)
SCORES = st.one_of(
    st.sampled_from([0.0, 1.0, 2.0, 10.0, 1e-300, 1e300]), st.floats(1e-3, 1e3), st.floats(0, 1e300)
)


@st.composite
def tables(draw, rows, columns, entries):
    flat = draw(st.lists(entries, min_size=rows * columns, max_size=rows * columns))
    return np.array(flat).reshape(rows, columns)


@st.composite
def problems(draw, limits=True, scores=SCORES):
    """Problems with their losses; with floors that fit also in turns, caps and ceilings."""
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    available = draw(tables(rows, columns, st.booleans()))
    budget = draw(st.one_of(st.sampled_from([0.5, 1.0, 2.0, 3.0, 100.0]), st.floats(0.01, 8.0)))
    keywords = {}
    if limits:
        cap = draw(tables(rows, 1, st.sampled_from([1.0, 0.7, 0.1, 3.0])))[:, 0]
        share = draw(tables(rows, columns, st.sampled_from([0.0, 0.5, 1.0])))
        least = np.minimum(np.minimum(cap, 1.0), budget / rows)
        keywords = {
            "processor_cap": cap,
            "floor": 0.9 * share * least[:, None] / columns,
            "ceiling": draw(tables(rows, columns, st.sampled_from([1.0, 0.5, 1 / 3]))),
        }
        keywords["floor"] = np.minimum(keywords["floor"], keywords["ceiling"])
    problem = Problem(
        draw(tables(rows, columns, scores)),
        budget=budget,
        available=available,
        weights=draw(tables(rows, columns, scores)),
        model_weights=draw(tables(1, columns, st.sampled_from([1.0, 0.3, 4.0])))[0],
        **keywords,
        allow_unreachable=True,
    )
    return problem, draw(tables(rows, columns, scores))


def propose(name, problem, losses=None):
    losses = problem.scores if losses is None else losses
    known = gather(problem, losses=losses, last_norms=problem.scores)
    return BY_NAME[name].propose(problem, known)


def exact(table):
    return [[Fraction(float(entry)) for entry in row] for row in table]


def assert_feasible(problem, p):
    lower, upper = problem.bounds
    rows = exact(p)
    assert p.dtype == np.float64
    assert np.all(p >= lower)
    assert np.all(p <= upper)
    assert all(
        sum(row) <= Fraction(float(cap))
        for row, cap in zip(rows, problem.processor_cap, strict=True)
    )
    assert sum(map(sum, rows)) <= Fraction(problem.budget)


def attempt(name, problem, losses):
    """The proposal, or None where a rule that cannot keep all limits says so."""
    particular = dict.fromkeys(BIASED, "breaks the|below 1|are done") | {
        "clustered": "cluster [0-9]+ draws once"
    }
    if name not in particular:
        return propose(name, problem, losses)
    try:
        return propose(name, problem, losses)
    except InfeasibleError as error:
        if not re.search(particular[name], str(error)):
            raise
        return None


def read_by(name, problem, losses):
    """Where a rule promises to draw: everywhere, or where its size is positive."""
    if name in BIASED:
        return np.zeros(problem.scores.shape, bool)
    if name in ("data size", "MD", "clustered"):
        return problem.weights > 0
    if name == "loss":
        return problem.weights * (losses / max(losses.max(), 1e-300)) > 0
    return problem.scores > 0 if name.startswith(("AOCS", "clipped")) else problem.available


@every
@given(problems())
def test_limits_hold_exactly_and_nothing_that_counts_is_never_drawn(name, case):
    problem, losses = case
    p = attempt(name, problem, losses)
    if p is None:
        return
    assert_feasible(problem, p)
    if name in ("round-robin", "turns"):
        rows, models = np.arange(problem.n_processors), problem.n_models
        ends = [(b + 1) * len(rows) // models for b in range(models)]
        block = np.searchsorted(ends, rows, side="right") if name == "round-robin" else 0 * rows
        for phase in range(models):
            q = [models * Fraction(float(x)) for x in p[rows, (block + phase) % models]]
            assert sum(q) <= Fraction(problem.budget) * (1 + Fraction(1, 10**12))
            assert max(q) <= 1 + Fraction(1, 10**12)
    lower, _ = problem.bounds
    if lower.sum() < 0.99 * problem.budget:
        room = lower.sum(axis=1) < 0.99 * np.minimum(problem.processor_cap, 1.0)
        counts = problem.available & read_by(name, problem, losses) & room[:, None]
        assert np.all(p[counts] > 0)


@every
@given(problems(limits=False, scores=st.integers(1, 9).map(float)))
def test_unbiased_over_every_outcome(name, case):
    problem, losses = case
    if problem.n_processors > 3 or not problem.available.all() or name in BIASED:
        return
    p = exact(propose(name, problem, losses))
    updates = exact(problem.scores)
    for model in range(problem.n_models):
        mean = Fraction(0)
        for drawn in product((False, True), repeat=len(p)):
            chance, total = Fraction(1), Fraction(0)
            for v, joined in enumerate(drawn):
                chance *= p[v][model] if joined else 1 - p[v][model]
                total += updates[v][model] / p[v][model] if joined else 0
            mean += chance * total
        assert mean == sum(row[model] for row in updates)


@given(problems(limits=False))
def test_aocs_improves_with_rescalings(case):
    problem, _ = case
    scale = problem.weighted_scores.max() or 1.0
    values = [
        moments.model_objective(problem.weighted_scores / scale, propose(name, problem)).sum()
        for name in ("clipped", "AOCS 1", "AOCS 2", "AOCS 3", "AOCS 4")
    ]
    for before, after in pairwise(values):
        assert after <= before * (1 + 1e-12)


def test_aocs_reaches_the_optimum_here_in_two_rescalings():
    problem = Problem([[1.0], [2.0], [8.0], [40.0]], budget=3.0)
    gaps = [
        moments.model_objective(problem.scores, propose(name, problem)).sum()
        for name in ("clipped", "AOCS 1", "AOCS 2")
    ]
    best = 40.0**2 + 8.0**2 + 3.0**2
    assert gaps[0] > gaps[1] >= gaps[2]
    assert gaps[2] == pytest.approx(best)


@every
def test_one_heavy_client_is_capped_at_one(name):
    problem = Problem([[1.0], [1.0], [1.0], [10.0]], budget=2, weights=[[1.0]] * 3 + [[10.0]])
    p = propose(name, problem, np.ones((4, 1)))
    assert p.max() <= 1.0
    if name in ("data size", "MD", "loss", "AOCS 1", "AOCS 4"):
        assert p[:, 0] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1.0])
    if name in ("uniform", "random model", "round-robin", "turns"):
        assert p[:, 0] == pytest.approx([0.5] * 4)
    if name == "clipped":
        assert p[:, 0] == pytest.approx([2 / 13, 2 / 13, 2 / 13, 1.0])


def test_uniform_and_random_model_differ_where_availability_does():
    problem = Problem(
        np.ones((3, 2)), budget=1.5, available=[[1, 1], [1, 0], [0, 0]], allow_unreachable=True
    )
    assert propose("uniform", problem) == pytest.approx(np.array([[0.5, 0.5], [0.5, 0], [0, 0]]))
    random = propose("random model", problem)
    assert random == pytest.approx(np.array([[0.375, 0.375], [0.75, 0], [0, 0]]))


def test_turns_give_one_model_the_whole_budget():
    problem = Problem(
        np.ones((4, 2)),
        budget=2,
        available=[[1, 1], [1, 1], [1, 0], [1, 0]],
        allow_unreachable=True,
    )
    p = propose("turns", problem)
    assert 2 * p == pytest.approx(np.array([[0.5, 1], [0.5, 1], [0.5, 0], [0.5, 0]]))


def test_round_robin_sends_blocks_of_clients_round_the_models():
    """Five clients, two models: blocks 0, 1 and 2, 3, 4; client 4 cannot train model 1."""
    able = np.ones((5, 2), bool)
    able[4, 1] = False
    problem = Problem(np.ones((5, 2)), budget=2, available=able, allow_unreachable=True)
    method = BY_NAME["round-robin"]
    assert method.groups(problem, gather(problem)).tolist() == [0, 0, 1, 1, 1]
    # Block 0 trains model 0 and block 1 model 1: four can, 2/4 each. Then all five can, 2/5 each.
    q = [[1 / 2, 2 / 5], [1 / 2, 2 / 5], [2 / 5, 1 / 2], [2 / 5, 1 / 2], [2 / 5, 0]]
    assert 2 * propose("round-robin", problem) == pytest.approx(np.array(q))


def test_processors_of_a_client_are_in_its_block():
    problem = Problem(np.ones((4, 2)), budget=2)
    groups = BY_NAME["round-robin"].groups
    assert groups(problem, gather(problem, client=["b", "b", "b", "a"])).tolist() == [1, 1, 1, 0]
    assert groups(problem, gather(problem)).tolist() == [0, 0, 1, 1]


def test_a_cap_holds_within_each_turn():
    problem = Problem(np.ones((2, 2)), budget=2, processor_cap=[0.5, 1.0])
    for name in ("turns", "round-robin"):
        assert 2 * propose(name, problem) == pytest.approx(np.array([[0.5, 0.5], [1, 1]]))


def test_floor_comes_first_and_the_rule_shares_the_rest():
    problem = Problem([[1.0], [3.0], [0.0]], budget=1.0, floor=0.1)
    assert propose("clipped", problem)[:, 0] == pytest.approx([0.275, 0.625, 0.1])


def test_ceiling_passes_its_excess_on():
    problem = Problem([[3.0, 1.0]], budget=1.0, ceiling=[[0.4, 1.0]], weights=[[3.0, 1.0]])
    for name in ("data size", "AOCS 1"):
        assert propose(name, problem)[0] == pytest.approx([0.4, 0.6])


def test_budget_that_covers_everybody_is_spent_on_everybody():
    problem = Problem([[1e300], [1.0], [1e-300]], budget=3, weights=[[1e-300], [1.0], [1e300]])
    for name in ("uniform", "random model", "round-robin", "turns", "data size"):
        assert propose(name, problem)[:, 0] == pytest.approx([1.0, 1.0, 1.0], rel=1e-15)
    assert propose("uniform", problem).tolist() == [[1.0], [1.0], [1.0]]


@pytest.mark.parametrize("name", ["data size", "loss"])
def test_zero_size_is_never_drawn_without_a_floor_and_is_with_one(name):
    weights, losses = ([[0.0], [1.0]], [[1.0], [1.0]])
    if name == "loss":
        weights, losses = losses, weights
    bare = Problem([[1.0], [1.0]], budget=1, weights=weights)
    assert propose(name, bare, losses)[:, 0].tolist() == [0.0, 1.0]
    floored = Problem([[1.0], [1.0]], budget=1, weights=weights, floor=0.1)
    assert propose(name, floored, losses)[:, 0] == pytest.approx([0.1, 0.9])


@every
def test_nothing_available_draws_nothing(name):
    problem = Problem(
        np.ones((2, 2)),
        budget=1,
        available=np.zeros((2, 2), bool),
        weights=np.ones((2, 2)),
        allow_unreachable=True,
    )
    assert not propose(name, problem).any()


@every
@pytest.mark.parametrize(
    ("limits", "word"),
    [
        ({"floor": 0.4, "budget": 1.0}, "budget|turn"),
        ({"floor": 0.4, "processor_cap": 0.5, "budget": 9.0}, "cap|turn"),
        ({"floor": 0.4, "ceiling": 0.3, "budget": 9.0}, "ceiling"),
    ],
)
def test_floors_that_do_not_fit_are_refused(name, limits, word):
    problem = Problem(np.ones((3, 2)), weights=np.ones((3, 2)), **limits)
    with pytest.raises(InfeasibleError, match=word):
        propose(name, problem)


def test_floors_that_only_turns_cannot_hold_are_named():
    problem = Problem(np.ones((2, 2)), budget=2, floor=[[0.7, 0.0], [0.0, 0.0]])
    propose("uniform", problem)
    with pytest.raises(InfeasibleError, match="turn of model 0"):
        propose("turns", problem)
    with pytest.raises(InfeasibleError, match="when block 0 trains model 0 floors count 2 times"):
        propose("round-robin", problem)


@every
def test_missing_information_is_said_and_refused(name):
    method = BY_NAME[name]
    problem = Problem([[1.0]], budget=1.0)
    if not method.requires:
        assert method.missing(Information()) is None
        return
    reason = method.missing(Information())
    assert all(field in reason for field in method.requires)
    with pytest.raises(InvalidProblemError, match=r"needs .*(scores|weights|losses|last_norms)"):
        method.propose(problem, Information())


@every
def test_every_entry_says_what_it_needs_and_where_it_is_from(name):
    method = BY_NAME[name]
    assert method.needs
    assert method.source
    designs = {
        "round-robin": "blocks",
        "turns": "turns",
        "MD": "multinomial",
        "clustered": "clusters",
        "power-of-choice": "candidates",
        "worst draws": "candidates",
    }
    assert method.design == designs.get(name, "independent")
    assert len(NAMES) == len(set(NAMES)) == 16


@pytest.mark.parametrize(
    "keywords",
    [
        {"losses": [[1.0, 2.0]]},
        {"losses": [[np.nan]]},
        {"losses": [[-1.0]]},
        {"losses": [["x"]]},
        {"step_norms": [np.inf]},
        {"step_norms": 1.0},
        {"client": [0, 1]},
    ],
)
def test_malformed_information_is_refused(keywords):
    with pytest.raises(InvalidProblemError, match=next(iter(keywords))):
        gather(Problem([[1.0]], budget=0.5), **keywords)


def test_losses_of_unavailable_pairs_are_not_read():
    problem = Problem([[1.0, 1.0]], budget=0.5, available=[[True, False]], allow_unreachable=True)
    assert gather(problem, losses=[[2.0, np.nan]]).losses.tolist() == [[2.0, 0.0]]


@every
def test_large_ragged_tables_stay_exact(name):
    random = np.random.default_rng(3)
    shape = (3_001, 3)
    available = random.random(shape) < 0.8
    available[-5:] = False
    problem = Problem(
        random.lognormal(0, 3, shape),
        budget=311.7,
        available=available,
        weights=random.lognormal(0, 1, shape),
        processor_cap=random.choice([1.0, 0.3], shape[0]),
        floor=random.choice([0.0, 0.01], shape),
        allow_unreachable=True,
    )
    if name in BIASED:
        with pytest.raises(InfeasibleError, match=r"breaks the floor|are done"):
            propose(name, problem, random.lognormal(0, 1, shape))
        return
    p = propose(name, problem, random.lognormal(0, 1, shape))
    assert_feasible(problem, p)
    if name not in ("clipped", "AOCS 1", "AOCS 2"):
        assert p.sum() == pytest.approx(problem.budget, rel=2e-3)
