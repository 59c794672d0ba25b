"""The dependent designs against every outcome they can have, in exact rational numbers."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers.comparisons.methods import compare
from roundlot.solvers.rules import Information, gather
from roundlot.solvers.rules.clustered import Clustered, clusters
from roundlot.solvers.rules.data_size import Multinomial, trials
from roundlot.solvers.rules.different_candidates import chosen_first
from roundlot.solvers.rules.limits import unsupported
from roundlot.solvers.rules.power_of_choice import PowerOfChoice
from roundlot.solvers.rules.worst_draws import WorstDraws
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem, moments

CLIENT = np.array([0, 0, 1, 2])


def small(budget, **limits):
    """Four processors of three clients, two models, integer updates in the plane."""
    updates = np.array(
        [
            [[3.0, 1.0], [1.0, 0.0], [2.0, 2.0], [-1.0, 2.0]],
            [[1.0, 1.0], [0.0, 2.0], [1.0, -1.0], [4.0, 1.0]],
        ]
    )
    problem = Problem(
        np.linalg.norm(updates, axis=2).T,
        budget=budget,
        weights=np.array([[2.0, 1.0], [2.0, 1.0], [3.0, 5.0], [1.0, 1.0]]) / 8,
        **limits,
    )
    return problem, updates


def moments_of(outcomes, updates, weights):
    """``(mean step, variance, participation, uploads)`` from ``(chance, {pair: times / p})``."""
    n_models = len(updates)
    mean = [[Fraction(0)] * 2 for _ in range(n_models)]
    second, weight, weight2 = Fraction(0), [Fraction(0)] * n_models, Fraction(0)
    uploads = total = Fraction(0)
    for chance, factors in outcomes:
        total += chance
        step = [[Fraction(0)] * 2 for _ in range(n_models)]
        sums = [Fraction(0)] * n_models
        for (v, s), factor in factors.items():
            sums[s] += factor * Fraction(float(weights[v, s]))
            for k in range(2):
                step[s][k] += factor * Fraction(float(updates[s][v][k]))
        uploads += chance * len({(CLIENT[v], s) for v, s in factors})
        second += chance * sum(x * x for row in step for x in row)
        weight2 += chance * sum(x * x for x in sums)
        for s in range(n_models):
            weight[s] += chance * sums[s]
            mean[s] = [a + chance * b for a, b in zip(mean[s], step[s], strict=True)]
    assert total == 1
    variance = second - sum(x * x for row in mean for x in row)
    return mean, variance, weight2 - sum(x * x for x in weight), uploads


def cluster_outcomes(p, labels):
    """Each cluster draws nobody or one pair; clusters are independent."""
    choices = []
    for label in sorted(set(labels.tolist())):
        pairs = [(v, s) for v in np.flatnonzero(labels == label).tolist() for s in range(2)]
        some = [(Fraction(float(p[pair])), pair) for pair in pairs if p[pair] > 0]
        choices.append([*some, (1 - sum(chance for chance, _ in some), None)])
    for outcome in product(*choices):
        chance = Fraction(1)
        for one, _ in outcome:
            chance *= one
        yield chance, {pair: 1 / Fraction(float(p[pair])) for _, pair in outcome if pair}


def multinomial_outcomes(p, n):
    pairs = [(v, s) for v in range(len(p)) for s in range(2) if p[v, s] > 0]
    chances = [Fraction(float(p[pair])) / n for pair in pairs]
    choices = [*zip(chances, pairs, strict=True), (1 - sum(chances), None)]
    for outcome in product(choices, repeat=n):
        chance, factors = Fraction(1), {}
        for one, pair in outcome:
            chance *= one
            if pair:
                factors[pair] = factors.get(pair, 0) + 1 / Fraction(float(p[pair]))
        yield chance, factors


def phase_outcomes(p, block):
    """A uniform phase, then independent draws of the model that each block has."""
    for phase in range(2):
        model = [(int(b) + phase) % 2 for b in block]
        for joins in product((False, True), repeat=len(p)):
            chance, factors = Fraction(1, 2), {}
            for v, joined in enumerate(joins):
                one = Fraction(float(p[v, model[v]]))
                chance *= 2 * one if joined else 1 - 2 * one
                if joined:
                    factors[v, model[v]] = 1 / one
            yield chance, factors


@pytest.mark.parametrize("budget", [0.75, 2.0, 2.5])
@pytest.mark.parametrize("name", ["clustered", "MD", "turns", "round-robin"])
def test_moments_are_those_of_all_outcomes(name, budget):
    problem, updates = small(budget)
    row = compare(problem, updates=list(updates), client=CLIENT, repeats=1).row(name)
    p = row.probabilities
    outcomes = {
        "clustered": lambda: cluster_outcomes(p, row.cluster),
        "MD": lambda: multinomial_outcomes(p, trials(p)),
        "turns": lambda: phase_outcomes(p, [0, 0, 0, 0]),
        "round-robin": lambda: phase_outcomes(p, [0, 0, 1, 1]),  # clients 0; 1 and 2
    }[name]()
    mean, variance, participation, uploads = moments_of(outcomes, updates, problem.weights)
    assert mean == [[Fraction(x) for x in table.sum(axis=0)] for table in updates]
    assert row.variance_is == "exact"
    assert row.variance == pytest.approx(float(variance), rel=1e-12)
    assert row.participation_variance == pytest.approx(float(participation), rel=1e-12, abs=1e-14)
    assert row.expected_uploads == pytest.approx(float(uploads), rel=1e-12)


def test_model_weights_scale_the_variance_of_their_model():
    heavy, updates = small(2.0, model_weights=[4.0, 0.25])
    scaled = [2.0 * updates[0], 0.5 * updates[1]]
    plain = Problem(heavy.weighted_scores, budget=2.0, weights=heavy.weights)
    one = compare(heavy, updates=list(updates), repeats=1)
    two = compare(plain, updates=scaled, repeats=1)
    for name in ("clustered", "MD", "turns", "round-robin"):
        assert one.row(name).variance == pytest.approx(two.row(name).variance)
        assert one.row(name).ratio == pytest.approx(two.row(name).ratio)


def test_a_design_is_not_the_independent_one_with_the_same_probabilities():
    problem, updates = small(2.0)
    for name in ("clustered", "MD"):
        row = compare(problem, updates=list(updates), repeats=1).row(name)
        independent = moments.model_variance(problem.scores, row.probabilities).sum()
        assert abs(row.variance / independent - 1) > 0.005


@given(st.integers(0, 10**6), st.sampled_from([1.0, 2.5, 4.0, 30.0]), st.booleans())
def test_without_updates_the_variance_is_bounded_from_above(seed, budget, steps_known):
    random = np.random.default_rng(seed)
    shape = (int(random.integers(1, 7)), int(random.integers(1, 3)))
    updates = list(random.normal(random.choice([0.0, 2.0]), 1.0, (shape[1], shape[0], 3)))
    scores = np.column_stack([np.linalg.norm(table, axis=1) for table in updates])
    problem = Problem(scores, budget=budget, weights=random.random(shape))
    steps = [np.linalg.norm(table.sum(axis=0)) for table in updates] if steps_known else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        known = compare(problem, updates=updates, repeats=1)
        unknown = compare(problem, step_norms=steps, repeats=1)
    for name in ("turns", "round-robin"):
        exact, bound = known.row(name), unknown.row(name)
        assert exact.variance_is == "exact"
        assert bound.variance <= exact.variance * (1 + 1e-9) + 1e-12
    for name in ("clustered", "MD"):
        exact, bound = known.row(name), unknown.row(name)
        assert exact.variance_is == "exact"
        assert bound.variance >= exact.variance * (1 - 1e-9) - 1e-12
        if bound.variance_is == "exact":
            assert bound.variance == pytest.approx(exact.variance, rel=1e-9, abs=1e-9)
        else:
            assert bound.variance_is == "at most"


def test_a_cluster_of_one_needs_no_updates():
    problem = Problem([[1.0], [2.0], [5.0]], budget=3.0, weights=[[1.0], [1.0], [1.0]])
    row = compare(problem, repeats=1).row("clustered")
    assert row.variance_is == "exact"
    assert row.variance == pytest.approx(0.0)
    assert sorted(row.cluster.tolist()) == [0, 1, 2]


def test_clusters_are_balanced_and_no_more_than_there_are_holders():
    random = np.random.default_rng(1)
    sizes = random.lognormal(0, 0.5, (200, 2))
    problem = Problem(sizes, budget=20.0)
    loads = np.bincount(clusters(problem, sizes), weights=sizes.sum(axis=1))
    assert len(loads) == 20
    assert loads.max() / loads.min() < 1.1
    few = Problem(
        [[1.0], [1.0], [1.0]], budget=20.0, available=[[1], [0], [1]], allow_unreachable=True
    )
    assert clusters(few, few.scores).max() == 1


def test_clustered_draws_the_whole_budget_and_each_cluster_once():
    random = np.random.default_rng(2)
    sizes = random.lognormal(0, 0.5, (200, 2))
    problem = Problem(sizes, budget=20.0, weights=sizes)
    known = gather(problem)
    p, labels = Clustered().propose(problem, known), Clustered().groups(problem, known)
    assert np.bincount(labels, weights=p.sum(axis=1)) == pytest.approx(np.ones(20))


@given(st.integers(0, 10**6), st.sampled_from([0.3, 1.0, 2.5, 5.0]), st.booleans())
def test_no_cluster_draws_more_than_once(seed, budget, limited):
    random = np.random.default_rng(seed)
    shape = (int(random.integers(1, 12)), int(random.integers(1, 4)))
    sizes = random.lognormal(0, 2, shape) * random.choice([0.0, 1.0, 1e-200], shape)
    limits = {"ceiling": 0.4, "processor_cap": 0.6} if limited else {}
    problem = Problem(sizes, budget=budget, weights=sizes, **limits)
    p, labels = Clustered().propose(problem, gather(problem)), clusters(problem, sizes)
    for label in range(labels.max() + 1):
        chances = [Fraction(float(x)) for x in p[labels == label].ravel()]
        assert sum(chances) <= 1


def test_similar_updates_make_clusters_better_than_the_independent_optimum():
    random = np.random.default_rng(4)
    updates = [np.ones((40, 4)) + 0.1 * random.standard_normal((40, 4))]
    problem = Problem(
        np.linalg.norm(updates[0], axis=1)[:, None], budget=8.0, weights=np.ones((40, 1))
    )
    row = compare(problem, updates=updates, repeats=1).row("clustered")
    assert row.ratio < 0.1
    assert row.gap >= 0.0


def test_the_largest_allowed_floor_of_a_cluster_is_named():
    problem = Problem(np.ones((3, 1)), budget=1.5, floor=0.45, weights=np.ones((3, 1)))
    with pytest.raises(InfeasibleError, match="cluster 0 draws once"):
        Clustered().propose(problem, gather(problem))


@pytest.mark.parametrize("budget", [1.0, 2.0, 3.7])
@pytest.mark.parametrize("losses", [[1.0, 1.0, 3.0, 2.0], [4.0, 4.0, 0.0, 4.0], [1, 1, 1, 1]])
def test_worst_draws_against_every_set_of_candidates(budget, losses):
    problem, _ = small(budget)
    table = np.column_stack([losses, losses])
    known = gather(problem, losses=table, client=CLIENT)
    method, chosen = WorstDraws(), int(budget)
    p, mean = method.propose(problem, known), method.average(problem, known).weights
    messages = 0
    for s in range(2):
        shares = [Fraction(float(x)) for x in 8 * problem.weights[:, s]]
        shares = [share / sum(shares) for share in shares]
        included, counts = [Fraction(0)] * 4, [Fraction(0)] * 4
        for candidates in product(range(4), repeat=2 * chosen):
            chance = Fraction(1)
            for v in candidates:
                chance *= shares[v]
            kept = sorted(candidates, key=lambda v: (-losses[v], v))[:chosen]
            messages += chance * len({CLIENT[v] for v in kept})
            for v in range(4):
                counts[v] += chance * kept.count(v)
                included[v] += chance * (v in kept)
        assert 2 * p[:, s] == pytest.approx(np.array(included, dtype=float), rel=1e-9)
        assert mean[:, s] == pytest.approx(np.array(counts, dtype=float) / chosen, rel=1e-9)
    row = compare(problem, losses=table, client=CLIENT, repeats=1).row("worst draws")
    assert row.expected_uploads == pytest.approx(float(messages / 2), rel=1e-9)
    assert_biased(row, problem, mean)


def assert_biased(row, problem, mean):
    due = problem.weights / problem.weights.sum(axis=0)
    moved = 0.5 * np.abs(mean - due).sum(axis=0).mean()
    assert row.weight_moved == pytest.approx(moved, rel=1e-9)
    assert row.label == f"biased: {moved:.2g} of the weight is moved to other clients"
    assert row.variance == row.ratio == row.gap == np.inf


@pytest.mark.parametrize("budget", [1.0, 2.0])
@pytest.mark.parametrize("losses", [[1.0, 3.0, 3.0, 2.0], [4.0, 4.0, 0.0, 4.0], [1, 1, 1, 1]])
def test_power_of_choice_against_every_order_of_different_clients(budget, losses):
    """Clients 0 (two processors), 1 and 2; the shares of model 0 are 4, 3, 1 eighths."""
    problem, _ = small(budget)
    table = np.column_stack([losses, losses])
    known = gather(problem, losses=table, client=CLIENT)
    chosen, each = int(budget), np.array([[2.0, 1.0], [2.0, 1.0], [3.0, 5.0], [1.0, 1.0]])
    expected = np.zeros((4, 2))
    for s in range(2):
        sizes = [each[0, s] + each[1, s], each[2, s], each[3, s]]
        shares = [Fraction(size) / Fraction(sum(sizes)) for size in sizes]
        loss = [(losses[0] + losses[1]) / 2, losses[2], losses[3]]  # both processors hold the same
        trained = [Fraction(0)] * 3
        for candidates in permutations(range(3), min(2 * chosen, 3)):
            chance, left = Fraction(1), Fraction(1)
            for i in candidates:
                chance, left = chance * shares[i] / left, left - shares[i]
            for i in sorted(candidates, key=lambda i: (-loss[i], i))[:chosen]:
                trained[i] += chance
        assert sum(trained) == chosen
        expected[:, s] = [trained[0] / 2, trained[0] / 2, trained[1], trained[2]]
    method = PowerOfChoice()
    assert 2 * method.propose(problem, known) == pytest.approx(expected, rel=1e-10)
    mean = method.average(problem, known).weights
    assert mean == pytest.approx(expected / chosen, rel=1e-10)
    row = compare(problem, losses=table, client=CLIENT, repeats=1).row("power-of-choice")
    assert row.expected_uploads == pytest.approx(chosen, rel=1e-10)
    assert_biased(row, problem, expected / chosen)


def test_one_candidate_a_draw_is_plain_averaging_by_data_with_replacement():
    problem, _ = small(2.0)
    known = gather(problem, losses=np.ones((4, 2)))
    alone = WorstDraws(candidates=1).average(problem, known)
    assert alone.moved == pytest.approx(0.0, abs=1e-15)
    assert WorstDraws().average(problem, known).moved > 0.1


def test_one_of_one_candidate_is_drawn_by_data_and_more_are_not():
    """Of ``d = m`` different clients all train: large ones less often than by their data."""
    problem, _ = small(1.0)
    known = gather(problem, losses=np.ones((4, 2)))
    assert PowerOfChoice(candidates=1).average(problem, known).moved < 1e-12
    two, _ = small(2.0)
    assert (
        PowerOfChoice(candidates=1).average(two, gather(two, losses=np.ones((4, 2)))).moved > 0.05
    )


@given(
    sizes=st.lists(st.integers(1, 10**6) | st.just(1), min_size=1, max_size=6),
    draws=st.integers(1, 6),
    chosen=st.integers(1, 6),
    power=st.sampled_from([0, -300, 250]),
)
def test_chances_of_different_candidates_are_those_of_all_orders(sizes, draws, chosen, power):
    draws, chosen = min(draws, len(sizes)), min(chosen, draws, len(sizes))
    expected = [Fraction(0)] * len(sizes)
    for drawn in permutations(range(len(sizes)), draws):
        chance, left = Fraction(1), sum(sizes)
        for v in drawn:
            chance, left = chance * Fraction(sizes[v], left), left - sizes[v]
        for v in sorted(drawn)[:chosen]:
            expected[v] += chance
    found = chosen_first(np.array(sizes) * 10.0**power, draws, chosen)
    assert found == pytest.approx([float(x) for x in expected], rel=1e-8, abs=1e-300)


def test_more_candidates_than_can_be_computed_are_refused_in_a_line():
    with pytest.raises(InfeasibleError, match="2000 different candidates among 9000 clients"):
        chosen_first(np.ones(9000), 2000, 1000)


@pytest.mark.parametrize(
    ("limits", "word"),
    [
        ({"budget": 0.9}, "below 1"),
        ({"budget": 2.0, "floor": 0.2}, "floor"),
        ({"budget": 2.0, "ceiling": 0.2}, "ceiling"),
        ({"budget": 2.0, "processor_cap": 0.3}, "cap"),
    ],
)
@pytest.mark.parametrize("method", [PowerOfChoice, WorstDraws])
def test_rules_by_loss_say_which_limit_they_break(limits, word, method):
    problem, _ = small(**limits)
    with pytest.raises(InfeasibleError, match=word):
        method().propose(problem, gather(problem, losses=[[1, 1], [1, 1], [9, 9], [1, 1]]))


def test_multinomial_counts_its_draws():
    problem, _ = small(2.5)
    p = Multinomial().propose(problem, gather(problem))
    assert trials(p) == 3
    assert trials(np.full((3, 1), 1.0)) == 3
    assert trials(np.zeros((3, 1))) == 1


def test_updates_that_do_not_fit_the_scores_are_refused():
    problem, updates = small(2.0)
    with pytest.raises(InvalidProblemError, match=r"updates\[1\]\[3\] has norm"):
        compare(problem, updates=[updates[0], updates[1] * np.array([[1], [1], [1], [2]])])
    with pytest.raises(InvalidProblemError, match="updates has 1 tables"):
        compare(problem, updates=[updates[0]])
    with pytest.raises(InvalidProblemError, match=r"updates\[0\] has shape"):
        compare(problem, updates=[updates[0][:3], updates[1]])


@dataclass(frozen=True, eq=False, init=False)
class Wider(Problem):
    """A problem with a limit that approximations have not heard of."""

    energy: np.ndarray | None

    def __init__(self, scores, *, energy=None, **limits):
        super().__init__(scores, **limits)
        object.__setattr__(self, "energy", energy)


def test_limits_that_approximations_do_not_know_skip_them_all_by_name():
    assert unsupported(Wider([[1.0]], budget=0.5)) is None
    assert unsupported(Problem([[1.0]], budget=0.5)) is None
    problem = Wider([[1.0], [2.0]], budget=1.0, energy=np.array([3.0]))
    table = compare(problem, repeats=1)
    assert [row.name for row in table.rows] == ["optimum"]
    assert all("does not know the problem's energy" in row.reason for row in table.skipped)
    with pytest.raises(InfeasibleError, match="energy"):
        Clustered().propose(problem, Information(weights=problem.scores))
