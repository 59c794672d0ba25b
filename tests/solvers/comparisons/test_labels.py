"""Every label of a comparison against all draws of three clients and two models, in fractions."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest

from roundlot.simulate import design
from roundlot.solvers import solve
from roundlot.solvers.comparisons.methods import compare
from roundlot.solvers.comparisons.row_moments import PAIRS as OF_PAIRS
from roundlot.solvers.comparisons.row_moments import step_label
from roundlot.solvers.rules import APPROXIMATIONS, SAMPLERS, Observed, Rule
from roundlot.theory import InvalidProblemError, Problem

SCORES = np.array([[3.0, 1.0], [2.0, 4.0], [1.0, 5.0]])
WEIGHTS = np.array([[4.0, 2.0], [3.0, 5.0], [1.0, 1.0]]) / 8
NAMES = ["optimum", *(method.name for method in (*APPROXIMATIONS, *SAMPLERS))]
PAIRS = list(product(range(3), range(2)))
BIASED = ("power-of-choice", "worst draws")


def independent(p) -> Iterator:
    for picks in product((None, 0, 1), repeat=3):
        chance = Fraction(1)
        for v, s in enumerate(picks):
            chance *= 1 - sum(p[v]) if s is None else p[v][s]
        yield chance, [(v, s) for v, s in enumerate(picks) if s is not None]


def turns(p) -> Iterator:
    for model in range(2):
        for joins in product((False, True), repeat=3):
            chance = Fraction(1, 2)
            for v, joined in enumerate(joins):
                chance *= 2 * p[v][model] if joined else 1 - 2 * p[v][model]
            yield chance, [(v, model) for v in range(3) if joins[v]]


def blocks(p, block) -> Iterator:
    for phase in range(2):
        model = [(b + phase) % 2 for b in block.tolist()]
        for joins in product((False, True), repeat=3):
            chance = Fraction(1, 2)
            for v, joined in enumerate(joins):
                chance *= 2 * p[v][model[v]] if joined else 1 - 2 * p[v][model[v]]
            yield chance, [(v, model[v]) for v in range(3) if joins[v]]


def clusters(p, cluster) -> Iterator:
    choices = []
    for k in sorted(set(cluster.tolist())):
        inside = [pair for pair in PAIRS if cluster[pair[0]] == k]
        some = [(p[v][s], [(v, s)]) for v, s in inside]
        choices.append([*some, (1 - sum(chance for chance, _ in some), [])])
    for outcome in product(*choices):
        chance, drawn = Fraction(1), []
        for one, pairs in outcome:
            chance, drawn = chance * one, drawn + pairs
        yield chance, drawn


def multinomial(p) -> Iterator:
    n = max(1, -(-sum(map(sum, p)) // 1))
    choices = [(p[v][s] / n, [(v, s)]) for v, s in PAIRS]
    choices.append((1 - sum(chance for chance, _ in choices), []))
    for outcome in product(choices, repeat=int(n)):
        chance, drawn = Fraction(1), []
        for one, pairs in outcome:
            chance, drawn = chance * one, drawn + pairs
        yield chance, drawn


def draws_of(row) -> list:
    p = [[Fraction(float(x)) for x in line] for line in row.probabilities]
    rules = {"independent": independent, "turns": turns, "multinomial": multinomial}
    grouped = {"clusters": clusters, "blocks": blocks}
    if row.design in grouped:
        return list(grouped[row.design](p, row.cluster))
    return list(rules[row.design](p))


def candidates_mean(losses, budget: int, name: str):
    """``E`` of each update's weight: losses choose ``budget`` of twice as many candidates."""
    mean = dict.fromkeys(PAIRS, Fraction(0))
    for s in range(2):
        total = sum(Fraction(float(x)) for x in WEIGHTS[:, s])
        shares = [Fraction(float(x)) / total for x in WEIGHTS[:, s]]
        with_replacement = product(range(3), repeat=2 * budget)
        different = permutations(range(3), min(2 * budget, 3))
        for drawn in with_replacement if name == "worst draws" else different:
            chance, left = Fraction(1), Fraction(1)
            for v in drawn:
                chance *= shares[v] / left
                left -= shares[v] if name == "power-of-choice" else 0
            for v in sorted(drawn, key=lambda v: (-losses[v, s], v))[:budget]:
                mean[v, s] += chance / budget
    due = {(v, s): Fraction(float(WEIGHTS[v, s])) for v, s in PAIRS}
    return mean, due


@pytest.mark.parametrize(
    "losses", [np.ones((3, 2)), np.array([[1.0, 2.0], [0.0, 1.0], [4.0, 0.0]])]
)
@pytest.mark.parametrize("budget", [0.75, 1.0, 2.0])
@pytest.mark.parametrize("name", NAMES)
def test_every_label_holds_over_all_draws(name, budget, losses):
    problem = Problem(SCORES, budget=budget, weights=WEIGHTS)
    history = [Observed(probabilities=np.full((3, 2), 0.25), norms=np.ones((3, 2)))]
    table = compare(
        problem, losses=losses, last_norms=SCORES[::-1], history=history, repeats=1, methods=[name]
    )
    if name not in [row.name for row in table.rows]:
        assert name in BIASED
        assert budget < 1.0
        return
    row = table.row(name)
    if name in BIASED:
        mean, due = candidates_mean(losses, int(budget), name)
        apart = sum(abs(mean[pair] - due[pair]) for pair in PAIRS) / 4
        assert apart > 0
        assert row.weight_moved == pytest.approx(float(apart), rel=1e-9)
        assert row.label.startswith("biased: ")
        return
    draws, mean = draws_of(row), dict.fromkeys(PAIRS, Fraction(0))
    assert sum(chance for chance, _ in draws) == 1
    assert all(chance >= -Fraction(1, 10**15) for chance, _ in draws)
    for chance, drawn in draws:
        for v, s in drawn:
            if chance:
                mean[v, s] += chance / Fraction(float(row.probabilities[v, s]))
    holds = all(mean[pair] == 1 for pair in PAIRS)
    assert row.label.startswith("unbiased" if holds else "biased: ")
    assert holds == (name != "loss" or losses.min() > 0.0)
    twice = any(
        chance > 0 and len({s for v, s in drawn if v == one}) > 1
        for chance, drawn in draws
        for one in range(3)
    )
    assert row.label.endswith("caps on average") == twice


def test_a_share_too_small_for_a_float_is_still_never_drawn():
    problem = Problem([[1e300], [1e-300]], budget=1.0)
    missed = step_label(problem, np.array([[1.0], [0.0]]))
    assert missed == "biased: 1e-300 of the score is never drawn"
    assert step_label(problem, np.array([[1.0], [1e-9]])) == "unbiased"


@pytest.mark.parametrize(
    ("design", "p", "cluster", "label"),
    [
        ("independent", [[0.6, 0.5], [0.1, 0.1]], None, "biased: 1.1 draws"),
        ("independent", [[0.6, 0.4], [0.1, 0.1]], None, "unbiased"),
        ("turns", [[0.6, 0.1], [0.1, 0.1]], None, "biased: 1.2 draws"),
        ("turns", [[0.5, 0.5], [0.1, 0.1]], None, "unbiased"),
        ("blocks", [[0.6, 0.1], [0.1, 0.1]], [0, 1], "biased: 1.2 draws"),
        ("blocks", [[0.5, 0.5], [0.1, 0.1]], [0, 1], "unbiased"),
        ("clusters", [[0.3, 0.3], [0.3, 0.3]], [0, 0], "biased: 1.2 draws"),
        ("clusters", [[0.3, 0.3], [0.3, 0.3]], [0, 1], "unbiased"),
        ("multinomial", [[0.9, 0.9], [0.9, 0.9]], None, "unbiased, caps on average"),
        ("multinomial", [[0.2, 0.2], [0.2, 0.2]], None, "unbiased"),
    ],
)
def test_a_design_cannot_draw_more_than_it_yields(design, p, cluster, label):
    problem = Problem(np.ones((2, 2)), budget=2.0)
    groups = None if cluster is None else np.array(cluster)
    found = step_label(problem, np.array(p), design, groups)
    assert found.startswith(label)
    assert found == label or label.startswith("biased")


def test_rows_that_caps_let_have_several_models_are_not_biased():
    # 3/2 of the first row is within its cap 2; 3/2 of the second is above its cap 1.
    problem = Problem(np.ones((2, 2)), budget=3.0, processor_cap=[2.0, 1.0])
    assert step_label(problem, np.array([[1.0, 0.5], [0.5, 0.5]])) == OF_PAIRS
    assert step_label(problem, np.array([[1.0, 0.5], [1.0, 0.5]])).startswith("biased: 1.5 draws")
    assert step_label(problem, np.array([[0.5, 0.5], [0.5, 0.5]])) == "unbiased"
    assert step_label(problem, np.array([[1.0, 0.0], [0.5, 0.5]])).startswith("biased: 0.25")
    assert compare(problem).row("optimum").label == OF_PAIRS


def test_a_row_for_each_pair_has_the_same_optimum_and_a_design():
    scores = np.random.default_rng(5).lognormal(size=(4, 3))
    wide = solve(Problem(scores, budget=5.0, processor_cap=2.0))
    apart = np.zeros((12, 3))
    apart[np.arange(12), np.arange(12) % 3] = scores.ravel()
    owner = np.arange(12) // 3
    problem = Problem(apart, budget=5.0, available=apart > 0.0, client=owner, client_cap=2.0)
    each = solve(problem)
    assert each.variance == pytest.approx(wide.variance, rel=1e-12)
    assert compare(problem).row("optimum").label == "unbiased"
    with pytest.raises(InvalidProblemError, match="give each pair a row of its own"):
        design(wide.probabilities)
    np.testing.assert_allclose(
        design(each.probabilities).probabilities.sum(axis=1), wide.probabilities.ravel(), rtol=1e-9
    )


def test_no_label_is_typed_in():
    assert all(not hasattr(method, "label") for method in (Rule, *APPROXIMATIONS))
