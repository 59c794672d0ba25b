"""Flower's strategies with rounds drawn by roundlot: the mean over every draw, counted out."""

from __future__ import annotations

import copy
import logging
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roundlot.flower import Draw, Policy, load_state, save_state
from roundlot.theory import InvalidProblemError

pytest.importorskip("flwr", reason="Flower is an optional dependency: roundlot[flower]")

from flwr.app import Array, ArrayRecord, ConfigRecord
from flwr.serverapp import strategy as theirs

from roundlot.flower import WrappedStrategy
from roundlot.flower.wrappable import ADAPTIVE, LINEAR, REFUSED, step_label

FLEET = {101: {"partition-id": 0}, 57: {"partition-id": 1}, 33: {"partition-id": 2}}
EVERYBODY = (0 * 1 + 10 * 2 + 20 * 3) / 6
MAKE = {
    "FedAvg": lambda: theirs.FedAvg(fraction_evaluate=0.0),
    "FedProx": lambda: theirs.FedProx(proximal_mu=0.1, fraction_evaluate=0.0),
    "FedAvgM": lambda: theirs.FedAvgM(
        server_learning_rate=0.5, server_momentum=0.9, fraction_evaluate=0.0
    ),
    "FedAdam": lambda: theirs.FedAdam(fraction_evaluate=0.0),
    "FedAdagrad": lambda: theirs.FedAdagrad(fraction_evaluate=0.0),
    "FedYogi": lambda: theirs.FedYogi(fraction_evaluate=0.0),
}


class Fixed(Policy):
    """A policy whose next picks are given."""

    def draw(self, *args: Any, **kwargs: Any) -> Draw:
        draw = super().draw(*args, **kwargs)
        picks = getattr(self, "next_picks", None)
        return draw if picks is None else replace(draw, picks=np.array(picks, dtype=np.int64))


def zeros() -> Any:
    return ArrayRecord({"w": Array(np.zeros(2))})


def advance(strategy: Any, grid: Any, arrays: Any, number: int) -> Any:
    messages = list(strategy.configure_train(number, arrays, ConfigRecord(), grid))
    return strategy.aggregate_train(number, grid.send_and_receive(messages))


def mean_over_draws(name: str, rule: str, grid: Any) -> tuple[float, float, str]:
    """The mean of the second round's step and pseudo-gradient over all draws; the label."""
    first = WrappedStrategy(MAKE[name](), Fixed(budget=1.6, rule=rule, seed=4), first_round=1)
    arrays, _ = advance(first, grid, zeros(), 1)
    rows = first.nodes.rows(FLEET)
    drawn = first.policy.draw(2, rows=rows, samples=first.nodes.samples(rows), memory=first.memory)
    step = gradient = 0.0
    for picks, chance in drawn.rule.outcomes().items():
        again = copy.deepcopy(first)
        object.__setattr__(again.policy, "next_picks", picks)
        before = arrays["w"].numpy()[0]
        moved, _ = advance(again, grid, arrays, 2)
        step += float(chance) * (moved["w"].numpy()[0] - before)
        average = getattr(again.strategy, "m_t", None)
        if average is not None:  # beta_1 is 0.9 for Adam and Yogi, 0 for Adagrad
            beta = again.strategy.beta_1
            earlier = first.strategy.m_t["w"][0]
            gradient += float(chance) * (average["w"][0] - beta * earlier) / (1 - beta)
    return step, gradient, again.history[-1].label


@pytest.fixture
def grid(make_grid: Any, make_client: Any) -> Any:
    return make_grid(make_client(), FLEET)


@pytest.mark.parametrize("rule", ["random", "norm", "stale"])
@pytest.mark.parametrize("name", LINEAR)
def test_steps_that_are_linear_have_the_mean_of_everybody(name: str, rule: str, grid: Any) -> None:
    step, _, label = mean_over_draws(name, rule, grid)
    wanted = EVERYBODY
    if name == "FedAvgM":  # half of the momentum: 0.9 times the first step, and the mean
        first = WrappedStrategy(MAKE[name](), Policy(budget=1.6, rule=rule, seed=4))
        advance(first, grid, zeros(), 1)
        wanted = 0.5 * (EVERYBODY - 0.9 * first.strategy.momentum_vector[0][0])
    assert step == pytest.approx(wanted, rel=1e-6)
    assert label == "unbiased"


@pytest.mark.parametrize("name", ADAPTIVE)
def test_adaptive_strategies_have_an_unbiased_pseudo_gradient_only(name: str, grid: Any) -> None:
    _, gradient, label = mean_over_draws(name, "norm", grid)
    assert gradient == pytest.approx(EVERYBODY, rel=1e-6)
    assert label.startswith(f"conditional: pseudo-gradient unbiased only: {name} divides")


def test_flowers_own_average_of_those_drawn_is_not_unbiased() -> None:
    """What wrapping is for: one of three drawn uniformly, divided by its own weight."""
    assert np.mean([0.0, 10.0, 20.0]) != pytest.approx(EVERYBODY)


def test_every_strategy_of_flower_is_known() -> None:
    known = {*LINEAR, *ADAPTIVE, *REFUSED}
    assert set(theirs.__all__) - {"Strategy", "Result"} <= known


@pytest.mark.parametrize("name", [n for n in REFUSED if not n.startswith("Diff")])
def test_what_cannot_be_unbiased_is_refused_by_name(name: str) -> None:
    kind = getattr(theirs, name)
    made = kind(client_learning_rate=0.1) if name == "QFedAvg" else kind()
    with pytest.raises(InvalidProblemError, match=f"^{name} cannot be wrapped: it"):
        WrappedStrategy(made, Policy(budget=2))


def test_privacy_by_clipping_is_refused_with_the_reason() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inner = theirs.FedAvg()
        fixed = theirs.DifferentialPrivacyServerSideFixedClipping(inner, 1.0, 1.0, 3)
        adaptive = theirs.DifferentialPrivacyClientSideAdaptiveClipping(inner, 1.0, 100)
    for made in (fixed, adaptive):
        with pytest.raises(InvalidProblemError, match="noise is for a fixed number of clients"):
            WrappedStrategy(made, Policy(budget=2))


def test_strategies_of_others_are_labelled_by_what_is_known() -> None:
    class Told(theirs.FedProx):
        def configure_train(self, *args: Any) -> Any:
            return super().configure_train(*args)

    class Clipped(theirs.FedAvg):
        def aggregate_train(self, *args: Any) -> Any:
            return super().aggregate_train(*args)

    class Sorted(theirs.FedMedian):
        pass

    assert step_label(Told(proximal_mu=1.0)) == ()
    assert step_label(Clipped())[0].startswith("conditional: unbiased if aggregate_train of Clip")
    with pytest.raises(InvalidProblemError, match="Sorted cannot be wrapped"):
        WrappedStrategy(Sorted(), Policy(budget=2))
    with pytest.raises(InvalidProblemError, match=r"class FedAvg; give one made of it: FedAvg\(\)"):
        WrappedStrategy(theirs.FedAvg, Policy(budget=2))
    with pytest.raises(InvalidProblemError, match="str cannot be wrapped: only FedAvg"):
        WrappedStrategy("FedAvg", Policy(budget=2))


def test_messages_are_theirs_with_our_probability(grid: Any) -> None:
    strategy = WrappedStrategy(MAKE["FedProx"](), Policy(budget=3, rule="random"))
    config = ConfigRecord({"lr": 0.1})
    messages = list(strategy.configure_train(1, zeros(), config, grid))
    assert {m.metadata.dst_node_id for m in messages} == set(FLEET)
    for message in messages:
        told = message.content["config"]
        assert (told["proximal-mu"], told["lr"], told["probability"]) == (0.1, 0.1, 1.0)
    assert dict(config) == {"lr": 0.1}
    assert strategy.strategy.min_available_nodes == 2


def test_metrics_are_those_of_real_replies(grid: Any) -> None:
    """Losses 1, 2, 3 by samples 1, 2, 3; an anchor's zero would change the mean."""
    policy = Fixed(budget=1.5, rule="uniform")
    strategy = WrappedStrategy(MAKE["FedAvg"](), policy)
    object.__setattr__(policy, "next_picks", [0, -1, 0])
    _, metrics = advance(strategy, grid, zeros(), 1)
    assert metrics["train_loss"] == pytest.approx((1 * 1 + 3 * 3) / 4)
    object.__setattr__(policy, "next_picks", [-1, -1, -1])
    moved, metrics = advance(strategy, grid, zeros(), 2)
    np.testing.assert_array_equal(moved["w"].numpy(), 0.0)
    assert (metrics["drawn"], "train_loss" in metrics) == (0, False)


def test_their_fraction_is_taken_where_there_is_no_policy(grid: Any) -> None:
    made = theirs.FedAvg(fraction_train=0.5, min_train_nodes=1, fraction_evaluate=0.0)
    _, metrics = advance(WrappedStrategy(made), grid, zeros(), 1)
    assert metrics["expected-draws"] == pytest.approx(1.5)
    with pytest.raises(InvalidProblemError, match="models is not for a wrapped strategy"):
        WrappedStrategy(made, models=["a", "b"])


def test_memory_is_fed(grid: Any) -> None:
    strategy = WrappedStrategy(MAKE["FedAdam"](), Policy(budget=3, rule="norm"))
    advance(strategy, grid, zeros(), 1)
    root = np.sqrt(2.0)
    np.testing.assert_allclose(np.sort(strategy.memory.norms[:, 0]), [0, 10 * root, 20 * root])


@pytest.mark.parametrize("name", ["FedAvgM", "FedAdam", "FedYogi"])
def test_a_restart_keeps_their_state_too(name: str, grid: Any, tmp_path: Path) -> None:
    policy = {"budget": 2, "rule": "norm", "design": "pivotal", "seed": 21}
    whole, first = (WrappedStrategy(MAKE[name](), Policy(**policy)) for _ in range(2))
    wanted = whole.start(grid=grid, initial_arrays=zeros(), num_rounds=5).arrays
    half = first.start(grid=grid, initial_arrays=zeros(), num_rounds=2).arrays
    save_state(tmp_path / "s.npz", first.state_dict())
    second = WrappedStrategy(MAKE[name](), Policy(**policy))
    second.load_state_dict(load_state(tmp_path / "s.npz"))
    got = second.start(grid=grid, initial_arrays=half, num_rounds=3).arrays
    np.testing.assert_array_equal(got["w"].numpy(), wanted["w"].numpy())
    assert [r.round for r in second.history] == [3, 4, 5]
    other = WrappedStrategy(MAKE["FedAvg"](), Policy(**policy))
    with pytest.raises(InvalidProblemError, match=f"of strategy {name}, not of FedAvg"):
        other.load_state_dict(first.state_dict())


class Own(theirs.FedAvg):
    """A strategy of a user's: evaluates one node, counts rounds, looks at its replies."""

    seen: int = 0

    def aggregate_train(self, server_round: int, replies: Any) -> Any:
        kept = [reply for reply in replies if reply.has_content() and not reply.has_error()]
        return super().aggregate_train(server_round, kept)

    def configure_evaluate(self, server_round: int, arrays: Any, config: Any, grid: Any) -> Any:
        from flwr.app import Message, RecordDict

        content = RecordDict({"arrays": arrays, "config": config})
        return [Message(content=content, message_type="evaluate", dst_node_id=33)]

    def aggregate_evaluate(self, server_round: int, replies: Any) -> Any:
        self.seen = server_round
        return super().aggregate_evaluate(server_round, replies)


def test_what_a_strategy_does_of_its_own_is_kept(grid: Any) -> None:
    own = Own()
    strategy = WrappedStrategy(own, Policy(budget=3, rule="uniform"), first_round=7)
    result = strategy.start(grid=grid, initial_arrays=zeros(), num_rounds=1)
    assert result.arrays["w"].numpy()[0] == pytest.approx(EVERYBODY)
    assert result.evaluate_metrics_clientapp[1]["loss"] == 2.0  # node 33 alone
    assert own.seen == 7
    label = "conditional: unbiased if aggregate_train of Own is linear in the average"
    assert strategy.history[0].label == label


def test_a_start_of_its_own_is_said_not_to_be_called(caplog: pytest.LogCaptureFixture) -> None:
    class Saving(theirs.FedAvg):
        def start(self, *args: Any, **settings: Any) -> Any: ...

    flower = logging.getLogger("flwr")
    flower.addHandler(caplog.handler)
    try:
        WrappedStrategy(Saving(), Policy(budget=1))
    finally:
        flower.removeHandler(caplog.handler)
    assert "start() of Saving is not called" in caplog.text


def test_a_method_put_on_the_object_is_not_flowers() -> None:
    strategy = theirs.FedAvg()
    assert step_label(strategy) == ()
    strategy.aggregate_train = lambda number, replies: (None, None)
    assert step_label(strategy)[0].startswith("conditional: unbiased if aggregate_train of FedAvg")


def test_a_strategy_without_a_step_is_biased(grid: Any) -> None:
    class Skips(theirs.FedAvg):
        def aggregate_train(self, server_round: int, replies: Any) -> Any:
            return None, None

    strategy = WrappedStrategy(Skips(), Policy(budget=2, seed=1), first_round=1)
    arrays, _ = advance(strategy, grid, zeros(), 1)
    assert arrays is None  # no step where everybody's is 80/6
    assert strategy.history[0].label.startswith("biased: there is no step: the strategy returned")


def test_messages_for_nodes_that_were_not_drawn_are_refused(grid: Any) -> None:
    from flwr.app import Message, RecordDict

    class Everybody(theirs.FedAvg):
        def configure_train(self, server_round: int, arrays: Any, config: Any, grid: Any) -> Any:
            content = RecordDict({"arrays": arrays, "config": config})
            return [
                Message(content=content, message_type="train", dst_node_id=node) for node in FLEET
            ]

    strategy = WrappedStrategy(Everybody(), Policy(budget=1, design="pivotal"))
    with pytest.raises(InvalidProblemError, match=r"Everybody has a message for node .* not drawn"):
        advance(strategy, grid, zeros(), 1)


def test_a_state_whose_arrays_are_none_is_refused() -> None:
    strategy = WrappedStrategy(theirs.FedAdam(), Policy(budget=1))
    state = {**strategy.state_dict(), "strategy": {"name": "FedAdam", "arrays": {"m_t": "x"}}}
    with pytest.raises(InvalidProblemError, match="the state's arrays of FedAdam cannot be read"):
        WrappedStrategy(theirs.FedAdam(), Policy(budget=1)).load_state_dict(state)


def test_clients_cannot_hide_that_a_round_is_biased(make_grid: Any, make_client: Any) -> None:
    from flwr.app import MetricRecord

    def change(content: Any, client: int) -> Any:
        content["metrics"] = MetricRecord(
            {"num-examples": 7 * client + 1, "biased": 0, "drawn": 99}
        )
        return content

    grid = make_grid(make_client(change=change, survey=False), FLEET)
    strategy = WrappedStrategy(theirs.FedAvg(), Policy(budget=3, rule="uniform"), survey="never")
    _, metrics = advance(strategy, grid, zeros(), 1)
    assert (metrics["biased"], metrics["drawn"]) == (1, 3)  # 1, 8, 15 samples counted as the same
