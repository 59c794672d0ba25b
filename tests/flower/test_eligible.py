"""Who may be drawn, and who rather: the mean step stays that of those who may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from roundlot.flower import Eligible, Memory, NodeFacts, Policy
from roundlot.theory import InvalidProblemError

ANN = NodeFacts(node=11, key="ann", tags=frozenset({"wifi", "gpu"}), metrics={"battery": 0.8})


@pytest.mark.parametrize(
    ("conditions", "may"),
    [
        ({}, True),
        ({"nodes": [11, 12]}, True),
        ({"nodes": [12]}, False),
        ({"keys": {"ann"}}, True),
        ({"keys": []}, False),
        ({"tags": ["wifi"]}, True),
        ({"tags": ["wifi", "lte"]}, False),
        ({"without": ["gpu"]}, False),
        ({"without": ["lte"]}, True),
        ({"at_least": {"battery": 0.8}}, True),
        ({"at_least": {"battery": 0.81}}, False),
        ({"at_most": {"battery": 0.8}}, True),
        ({"at_most": {"battery": 0.79}}, False),
        ({"at_least": {"memory": 0.0}}, False),
        ({"at_most": {"memory": 9.0}}, False),
        ({"tags": ["wifi"], "keys": ["bob"]}, False),
    ],
)
def test_every_condition_must_hold(conditions: dict[str, Any], may: bool) -> None:
    assert Eligible(**conditions)(ANN) is may


@pytest.mark.parametrize(
    "conditions", [{"tags": "wifi"}, {"keys": "ann"}, {"at_least": {"battery": float("nan")}}]
)
def test_conditions_that_cannot_be_meant_are_refused(conditions: dict[str, Any]) -> None:
    with pytest.raises(InvalidProblemError, match=r"give a (list|number)"):
        Eligible(**conditions)


FACTS = [ANN, *(NodeFacts(node=i, key=f"n{i}", tags=frozenset({"lte"})) for i in (1, 2))]
ROWS, SAMPLES = np.arange(3), np.array([[2.0], [3.0], [5.0]])


@pytest.mark.parametrize(
    "priorities",
    [{"ann": 3.0}, {"tag:lte": 1 / 3}, lambda facts: 3.0 if facts.node == 11 else 1.0],
)
def test_priorities_change_who_is_drawn_and_not_the_mean(priorities: Any) -> None:
    """``p`` is in proportion to factor times share, 6 : 3 : 5; the mean weight is the share."""
    policy = Policy(budget=1, rule="norm", priorities=priorities)
    memory = Memory(n_models=1)
    draw = policy.draw(1, rows=ROWS, samples=SAMPLES, memory=memory, facts=FACTS)
    np.testing.assert_allclose(draw.probabilities[:, 0], np.array([6, 3, 5]) / 14, rtol=1e-9)
    mean = np.zeros(3)
    for picks, chance in draw.rule.outcomes().items():
        one = replace(draw, picks=np.array(picks, dtype=np.int64))
        for at in one.drawn:
            mean[at] += float(chance) * one.weight(at)
    np.testing.assert_allclose(mean, [0.2, 0.3, 0.5], rtol=1e-9)


def test_priorities_that_no_rule_could_keep_are_refused() -> None:
    with pytest.raises(InvalidProblemError, match="'random' has no scores"):
        Policy(budget=1, rule="random", priorities={"ann": 2.0})
    policy = Policy(budget=1, priorities={"ann": 0.0})
    with pytest.raises(InvalidProblemError, match="the priority of 'ann' is 0; give a finite"):
        policy.draw(1, rows=ROWS, samples=SAMPLES, memory=Memory(n_models=1), facts=FACTS)
    with pytest.raises(InvalidProblemError, match="pass facts="):
        policy.draw(1, rows=ROWS, samples=SAMPLES, memory=Memory(n_models=1))


def test_least_draws() -> None:
    for least, expected in ((0, 0.3), (2, 2.0), (9, 3.0)):
        policy = Policy(fraction=0.1, rule="uniform", min_draws=least)
        draw = policy.draw(1, rows=ROWS, samples=SAMPLES, memory=Memory(n_models=1))
        assert draw.probabilities.sum() == pytest.approx(expected)
    with pytest.raises(InvalidProblemError, match="min_draws"):
        Policy(budget=1, min_draws=-1)


def test_a_strategy_draws_among_the_eligible(make_grid: Any, start: Any, caplog: Any) -> None:
    pytest.importorskip("flwr", reason="Flower is an optional dependency: roundlot[flower]")
    from flwr.app import ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict
    from flwr.clientapp import ClientApp

    from roundlot.flower import LotStrategy

    app = ClientApp()

    @app.query("roundlot")
    def who(message: Any, context: Any) -> Any:
        own = int(context.node_config["partition-id"])
        told = MetricRecord({"num-examples": own + 1, "battery": 0.1 * own})
        name = ConfigRecord({"client-key": str(own), "tags": ["odd" if own % 2 else "even"]})
        return Message(RecordDict({"m": told, "c": name}), reply_to=message)

    @app.train()
    def train(message: Any, context: Any) -> Any:
        own = int(context.node_config["partition-id"])
        told = MetricRecord({"num-examples": own + 1, "battery": 0.0})
        arrays = ArrayRecord(dict(message.content["arrays"]))
        return Message(RecordDict({"a": arrays, "m": told}), reply_to=message)

    grid = make_grid(app, {i + 50: {"partition-id": i} for i in range(6)})
    policy = Policy(budget=6, eligible=Eligible(tags=["odd"], at_least={"battery": 0.2}))
    strategy = LotStrategy(policy, fraction_evaluate=0.0)
    strategy.start(grid=grid, initial_arrays=start(), num_rounds=1)
    assert strategy.history[0].keys == ("3", "5")
    np.testing.assert_allclose(strategy.history[0].shares[:, 0], [0.4, 0.6])
    # Their batteries are empty now, as they said with their replies: a round without a step.
    caplog.set_level("WARNING", logger="flwr")
    result = strategy.start(grid=grid, initial_arrays=start(), num_rounds=1)
    assert "round 2: none of the 6 nodes may be drawn" in caplog.text
    assert 'survey="every round" asks them again; the round is skipped' in caplog.text
    assert (strategy.history[1].keys, strategy.history[1].state) == ((), "biased")
    metrics = result.train_metrics_clientapp[1]
    assert (metrics["drawn"], metrics["biased"]) == (0, 1)
    for name, array in start().items():
        np.testing.assert_array_equal(result.arrays[name].numpy(), array.numpy())


def test_a_condition_that_nobody_meets_ends_a_run_at_once(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    from roundlot.flower import LotStrategy

    grid = make_grid(make_client(), {i + 50: {"partition-id": i} for i in range(3)})
    strategy = LotStrategy(Policy(budget=2, eligible=Eligible(tags=["wfi"])))
    with pytest.raises(InvalidProblemError, match="round 1: none of the 3 nodes may be drawn"):
        strategy.start(grid=grid, initial_arrays=start(), num_rounds=2)
