"""Who is drawn: probabilities, floors, seeds, and nodes that come and go. No Flower needed."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from roundlot.flower import Memory, Nodes, Policy
from roundlot.flower.policy import RULES
from roundlot.simulate import DESIGNS
from roundlot.solvers.rules import APPROXIMATIONS
from roundlot.solvers.rules.least_variance import filled
from roundlot.theory import InvalidProblemError

SAMPLES = np.array([[5.0, 5.0], [20.0, 20.0], [1.0, 0.0], [8.0, 8.0], [2.0, 9.0]])
ROWS = np.arange(5)


def warm(seed: int = 0) -> Memory:
    """A memory in which everything was heard but row 3."""
    memory = Memory(n_models=2)
    memory.grow(5)
    rng = np.random.default_rng(seed)
    for table in (memory.losses, memory.norms, memory.residuals):
        table[:] = rng.exponential(size=(5, 2))
        table[3] = np.nan
    return memory


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("memory", [Memory(n_models=2), warm()], ids=["empty", "warm"])
def test_everybody_with_data_can_be_drawn(rule: str, memory: Memory) -> None:
    draw = Policy(budget=2, rule=rule).draw(1, rows=ROWS, samples=SAMPLES, memory=memory)
    assert np.all((draw.divisors > 0) == (SAMPLES > 0))
    assert draw.probabilities.sum() == pytest.approx(2)
    np.testing.assert_allclose(draw.shares.sum(axis=0), 1.0)


@pytest.mark.parametrize(
    "name", [kind.name for kind in DESIGNS if kind.name not in ("turns", "blocks")]
)
def test_any_design_draws_with_the_same_probabilities(name: str) -> None:
    policies = [Policy(budget=2, rule="norm", design=d, seed=3) for d in ("independent", name)]
    plain, drawn = (p.draw(1, rows=ROWS, samples=SAMPLES, memory=warm()) for p in policies)
    np.testing.assert_allclose(drawn.probabilities, plain.probabilities, atol=1e-9)


@pytest.mark.parametrize(
    "rule", [a for a in APPROXIMATIONS if a.name in ("last seen", "loss", "clipped")],
    ids=lambda rule: rule.name,
)  # fmt: skip
def test_approximations_are_rules_too(rule: Any) -> None:
    draw = Policy(budget=2, rule=rule).draw(1, rows=ROWS, samples=SAMPLES, memory=warm())
    assert np.all((draw.probabilities > 0) == (SAMPLES > 0))


def test_scores_are_shares_times_what_was_heard() -> None:
    memory = warm()
    memory.norms[:] = [[1, 1], [1, 2], [3, 3], [1, 1], [2, 2]]
    one = SAMPLES[:, :1].copy()
    memory_one = Memory(n_models=1)
    memory_one.grow(5)
    memory_one.norms[:, 0] = memory.norms[:, 0]
    draw = Policy(budget=1, rule="norm").draw(1, rows=ROWS, samples=one, memory=memory_one)
    wanted = one[:, 0] * memory_one.norms[:, 0]
    np.testing.assert_allclose(draw.probabilities[:, 0], wanted / wanted.sum(), rtol=1e-9)


def test_zero_scores_are_floored_and_the_unheard_count_as_the_mean() -> None:
    seen = np.array([[0.0], [2.0], [np.nan], [4.0]])
    sizes = filled(seen, np.ones((4, 1), dtype=bool), floor=0.1)
    np.testing.assert_allclose(sizes[:, 0], [0.2, 2.0, 2.0, 4.0])


def test_nothing_but_zeros_means_equal_updates() -> None:
    seen = np.array([[0.0, 3.0], [0.0, 1.0]])
    sizes = filled(seen, np.ones((2, 2), dtype=bool), floor=0.5)
    np.testing.assert_allclose(sizes, [[1.0, 3.0], [1.0, 1.0]])  # the heard model's mean is 2


def test_a_seed_draws_the_same_keys_whatever_their_numbers() -> None:
    first, second = Nodes(1), Nodes(1)
    for node, key in ((907, "10"), (13, "2"), (55, "ann")):
        first.enter(node, key=key, samples=4)
    for node, key in ((1, "ann"), (2, "10"), (3, "2")):
        second.enter(node, key=key, samples=4)
    policy, memory = Policy(budget=1.5, seed=7), Memory(n_models=1)
    for round_ in range(20):
        keys = []
        for nodes, numbers in ((first, (907, 13, 55)), (second, (1, 2, 3))):
            rows = nodes.rows(numbers)
            draw = policy.draw(round_, rows=rows, samples=nodes.samples(rows), memory=memory)
            keys.append([nodes.keys[rows[at]] for at in draw.drawn])
        assert keys[0] == keys[1]


def test_nodes_that_vanish_and_come_back_keep_their_row() -> None:
    nodes, memory = Nodes(1), Memory(n_models=1)
    row = nodes.enter(11, key="ann", samples=5, present=[11, 12])
    nodes.enter(12, key="bob", samples=7, present=[11, 12])
    memory.grow(2)
    memory.norms[row] = 3.0
    assert nodes.rows([12]).tolist() == [1]
    assert nodes.enter(99, key="ann", samples=6, present=[12, 99]) == row  # under a new number
    assert not nodes.known(11)
    assert nodes.node(row) == 99
    assert memory.norms[nodes.rows([99, 12])[0], 0] == 3.0
    np.testing.assert_array_equal(nodes.samples(nodes.rows([99, 12]))[:, 0], [6.0, 7.0])


def test_two_nodes_of_one_name_are_refused() -> None:
    nodes = Nodes(1)
    nodes.enter(1, key="ann", present=[1, 2])
    with pytest.raises(InvalidProblemError, match="nodes 1 and 2 both call themselves 'ann'"):
        nodes.enter(2, key="ann", present=[1, 2])


@pytest.mark.parametrize("samples", [-1.0, float("nan"), [1, 2, 3], "many"])
def test_bad_samples_are_refused_by_name(samples: Any) -> None:
    with pytest.raises(InvalidProblemError, match="'ann' says it holds"):
        Nodes(2).enter(1, key="ann", samples=samples)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "give one of the two"),
        ({"budget": 1, "fraction": 0.5}, "give one of the two"),
        ({"budget": float("nan")}, "finite and > 0"),
        ({"budget": 1, "floor": 0.0}, "never drawn"),
        ({"budget": 1, "seed": "a"}, "seed is 'a'; give a whole number"),
        ({"budget": 1, "seed": 1.5}, "seed is 1.5; give a whole number"),
        ({"budget": 1, "eligible": "wifi"}, "eligible is 'wifi'; give Eligible"),
        ({"budget": 1, "priorities": ["a"]}, "priorities are .'a'.; give factors"),
        ({"budget": 1, "rule": "best"}, "choose from 'random'"),
        (
            {"budget": 1, "rule": next(a for a in APPROXIMATIONS if a.design == "clusters")},
            "choose",
        ),
    ],
)
def test_bad_policies_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidProblemError, match=words):
        Policy(**settings)


def test_nobody_with_data_is_refused() -> None:
    with pytest.raises(InvalidProblemError, match="none of the 2 nodes holds a sample"):
        Policy(budget=1).draw(
            1, rows=np.arange(2), samples=np.zeros((2, 1)), memory=Memory(n_models=1)
        )


def test_without_flower_one_line_names_the_extra() -> None:
    script = (
        "import sys; sys.modules['flwr'] = None\n"
        "import roundlot.flower as f; f.Policy(budget=1); assert 'torch' not in sys.modules\n"
        "try: f.LotStrategy\n"
        "except ImportError as error: print(error)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "flower]'" in told.stdout
    assert len(told.stdout.splitlines()) == 1


def test_roundlot_does_not_load_flower() -> None:
    script = (
        "import sys, roundlot, roundlot.flower as f; f.Policy; assert 'flwr' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def heard(rates: Any) -> Memory:
    """Three nodes told gradients 1, 2 and 3 of both models, trained with rates of their own."""
    memory = Memory(n_models=2)
    memory.grow(3)
    for row in range(3):
        for model, rate in enumerate((0.1, 0.4)):
            update = np.array([0.0, rate * (row + 1.0)])
            memory.hear(row, model, update, keep=True, rate=None if rates is None else rate)
    return memory


def table(memory: Memory, **settings: Any) -> Any:
    policy = Policy(budget=1, **settings)
    return policy.draw(1, rows=np.arange(3), samples=np.ones((3, 2)), memory=memory).probabilities


@pytest.mark.parametrize("rule", ["norm", "stale"])
def test_a_larger_rate_draws_no_budget(rule: str) -> None:
    """By hand: scores 1, 2, 3 of each model share one draw; raw ones are 1, 2, 3 and 4, 8, 12."""
    wanted = np.array([[1, 1], [2, 2], [3, 3]]) / 12
    np.testing.assert_allclose(table(heard(True), rule=rule), wanted, rtol=1e-12)
    raw = np.array([[1, 4], [2, 8], [3, 12]]) / 30
    np.testing.assert_allclose(table(heard(None), rule=rule, norms="raw"), raw, rtol=1e-12)


def test_what_is_left_of_an_old_update_is_per_rate_too() -> None:
    """``G = 3``, then 5 at half the rate: ``β = 1`` of the first leaves 2 raw, 2 / 0.5 = 4."""
    memory = Memory(n_models=1)
    memory.grow(1)
    memory.hear(0, 0, np.array([3.0]), keep=True, rate=1.0)
    memory.hear(0, 0, np.array([5.0]), keep=True, rate=0.5)
    assert (memory.norms[0, 0], memory.residuals[0, 0]) == (10.0, 4.0)
    assert memory.factors[0, 0] == pytest.approx(5 / 3)  # of the updates themselves


def test_norms_of_two_kinds_are_never_compared() -> None:
    with pytest.raises(InvalidProblemError, match=r"are remembered as they are, .*norms='raw'"):
        table(heard(None), rule="norm")
    with pytest.raises(InvalidProblemError, match="as they are, those of this round would be per"):
        heard(None).hear(0, 0, np.ones(2), keep=False, rate=0.1)
    memory = Memory(n_models=2)
    memory.load_state_dict(heard(True).state_dict())
    assert memory.per_rate is True
    before = {k: v for k, v in heard(None).state_dict().items() if k != "per_rate"}
    memory.load_state_dict(before)  # of a version that knew no rates
    assert memory.per_rate is False
    with pytest.raises(InvalidProblemError, match="uses no norms of updates; leave norms='raw'"):
        Policy(budget=1, rule="lvr", norms="raw")
    with pytest.raises(InvalidProblemError, match="norms"):
        Policy(budget=1, norms="per step")  # type: ignore[arg-type]
    with pytest.raises(InvalidProblemError, match="replies of Flower do not tell steps: give 'per"):
        Policy(budget=1, rule="norm", norms="per local time")  # type: ignore[arg-type]
