"""The strategy in Flower's own loop, with Flower's own messages, records and ClientApps."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from roundlot.flower import BadReplyError, Draw, Nodes, Policy
from roundlot.theory import InvalidProblemError

flwr = pytest.importorskip("flwr", reason="Flower is an optional dependency: roundlot[flower]")

from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord  # noqa: E402

from roundlot.flower import LotStrategy, join_models, split_models  # noqa: E402

FLEET = {101: {"partition-id": 0}, 57: {"partition-id": 1}, 33: {"partition-id": 2}}
SHARES = np.array([1, 2, 3]) / 6
EVERYBODY = float(SHARES @ [0, 10, 20])


class Fixed(Policy):
    """A policy whose next picks are given."""

    def draw(self, *args: Any, **kwargs: Any) -> Draw:
        draw = super().draw(*args, **kwargs)
        picks = getattr(self, "next_picks", None)
        return draw if picks is None else replace(draw, picks=np.array(picks, dtype=np.int64))

    def then(self, picks: Any) -> None:
        object.__setattr__(self, "next_picks", picks)


def one_round(strategy: Any, grid: Any, arrays: Any, number: int = 1) -> Any:
    messages = list(strategy.configure_train(number, arrays, ConfigRecord({"lr": 0.1}), grid))
    return strategy.aggregate_train(number, grid.send_and_receive(messages))


@pytest.mark.parametrize("rule", ["random", "data-size", "lvr", "norm", "stale"])
@pytest.mark.parametrize("design", ["independent", "pivotal"])
def test_mean_over_every_draw_is_the_full_step_of_both_models(
    rule: str, design: str, make_grid: Any, make_client: Any, start: Any
) -> None:
    models, means = ("a", "b"), {"a": 0.0, "b": 0.0}
    first = LotStrategy(Policy(budget=1.4, rule=rule, design=design, seed=0), models=models)
    grid = make_grid(make_client(), FLEET)
    one_round(first, grid, start(models))
    grid_outcomes = first.policy.draw(
        2,
        rows=first.nodes.rows(FLEET),
        samples=first.nodes.samples(first.nodes.rows(FLEET)),
        memory=first.memory,
    ).rule.outcomes()
    for picks, chance in grid_outcomes.items():
        policy = Fixed(budget=1.4, rule=rule, design=design, seed=0)
        strategy = LotStrategy(policy, models=models)
        one_round(strategy, make_grid(make_client(), FLEET), start(models))
        policy.then(picks)
        moved, metrics = one_round(strategy, make_grid(make_client(), FLEET), start(models), 2)
        assert metrics["drawn"] == sum(pick >= 0 for pick in picks)
        for model, table in split_models(moved, models).items():
            means[model] += float(chance) * float(table["w"].numpy().mean())
    assert means["a"] == pytest.approx(EVERYBODY, rel=1e-5)
    assert means["b"] == pytest.approx(EVERYBODY + 1, rel=1e-5)


def by_reply(content: Any, client: int) -> Any:
    """The client tells the rate of the model that it drew: of a 0.1, of b 0.4."""
    moved = float(content["arrays"]["w"].numpy().mean()) - 10 * client
    content["metrics"]["lr"] = 0.4 if moved == 1.0 else 0.1
    return content


@pytest.mark.parametrize("way", ["settings", "replies"])
def test_norms_are_per_unit_of_each_models_rate(
    way: str, make_grid: Any, make_client: Any, start: Any
) -> None:
    strategy = LotStrategy(Policy(budget=3, seed=0), models=("a", "b"))
    grid = make_grid(make_client(change=by_reply if way == "replies" else None), FLEET)
    sent = {"a/lr": 0.1, "b/lr": 0.4} if way == "settings" else {"lr": 7.0}  # a reply's own wins
    messages = list(strategy.configure_train(1, start(("a", "b")), ConfigRecord(sent), grid))
    strategy.aggregate_train(1, grid.send_and_receive(messages))
    record, count = strategy.history[-1], 0
    for key, pick in zip(record.keys, record.picks, strict=True):
        row, model = strategy.nodes.keys.index(key), int(pick)
        size = len(start(("a", "b"))["a/w"].numpy().ravel())
        moved = (10 * int(key) + model) * np.sqrt(size + 1)  # w and the counter n
        rate = (0.1, 0.4)[model]
        assert strategy.memory.norms[row, model] == pytest.approx(moved / rate)
        count += 1
    assert count == 3


def test_rates_of_several_models_that_nobody_tells_are_refused(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    def play(sent: Any, change: Any = None, **policy: Any) -> Any:
        strategy = LotStrategy(Policy(budget=3, seed=0, **policy), models=("a", "b"))
        grid, arrays = make_grid(make_client(change=change), FLEET), start(("a", "b"))
        messages = list(strategy.configure_train(1, arrays, ConfigRecord(sent), grid))
        strategy.aggregate_train(1, grid.send_and_receive(messages))
        return strategy

    for rule in ("norm", "stale"):
        with pytest.raises(InvalidProblemError, match=r"tells the learning rate of model '[ab]'"):
            play({}, rule=rule)
        assert play({}, rule=rule, norms="raw").memory.per_rate is False
    with pytest.raises(InvalidProblemError, match=r"'lr' of model '[ab]' is 0"):
        play({"lr": 0.0})
    assert play({}, rule="random").memory.per_rate is False  # nothing reads norms
    assert play({"lr": 0.1}).memory.per_rate is True


def test_one_model_needs_no_rate_but_all_or_none_tell_it(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    def some(content: Any, client: int) -> Any:
        if client:
            content["metrics"]["lr"] = 0.1
        return content

    quiet = LotStrategy(Policy(budget=3))
    grid = make_grid(make_client(), FLEET)
    messages = list(quiet.configure_train(1, start(), ConfigRecord({}), grid))
    quiet.aggregate_train(1, grid.send_and_receive(messages))
    assert quiet.memory.per_rate is False
    with pytest.raises(InvalidProblemError, match="as they are, those of this round would be per"):
        one_round(quiet, grid, start(), 2)  # whose settings have a rate
    mixed, grid = LotStrategy(Policy(budget=3)), make_grid(make_client(change=some), FLEET)
    messages = list(mixed.configure_train(1, start(), ConfigRecord({}), grid))
    with pytest.raises(InvalidProblemError, match="some replies tell 'lr', others do not"):
        mixed.aggregate_train(1, grid.send_and_receive(messages))
    assert np.isnan(mixed.memory.norms).all()


def test_messages_carry_the_model_drawn_and_its_probability(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    strategy = LotStrategy(Policy(budget=3, rule="random"), models=("a", "b"))
    grid = make_grid(make_client(), FLEET)
    config = ConfigRecord({"lr": 0.1})
    messages = list(strategy.configure_train(4, start(("a", "b")), config, grid))
    assert len(messages) == 3
    for message in messages:
        told = message.content["config"]
        assert (told["server-round"], told["lr"]) == (4, 0.1)
        assert told["probability"] == pytest.approx(0.5)
        assert told["model"] in ("a", "b")
        assert set(message.content["arrays"]) == {"w", "n"}
    assert dict(config) == {"lr": 0.1}


def test_flowers_loop_from_start_to_end(make_grid: Any, make_client: Any, start: Any) -> None:
    strategy = LotStrategy(Policy(budget=2, rule="norm", seed=2), first_round=1)
    grid = make_grid(make_client(), FLEET)
    result = strategy.start(grid=grid, initial_arrays=start(), num_rounds=4)
    assert result.arrays["w"].numpy().dtype == np.float32
    assert result.arrays["n"].numpy().dtype == np.int64
    assert len(strategy.history) == len(result.train_metrics_clientapp) == 4
    assert all(record.label == "unbiased" for record in strategy.history)
    assert result.evaluate_metrics_clientapp[4]["loss"] == pytest.approx(SHARES @ [0, 1, 2])
    surveys = [m for m in grid.sent if m.metadata.message_type.startswith("query")]
    assert len(surveys) == 3  # everybody once
    heard = ~np.isnan(strategy.memory.norms)
    np.testing.assert_array_equal(heard, strategy.memory.replied > 0)


def test_evaluation_of_several_models_has_their_names(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    strategy = LotStrategy(Policy(budget=2), models=("a", "b"))
    result = strategy.start(
        grid=make_grid(make_client(), FLEET),
        initial_arrays=start(("a", "b")),
        num_rounds=1,
        train_config=ConfigRecord({"lr": 0.1}),
    )
    assert set(result.evaluate_metrics_clientapp[1]) == {"a/loss", "b/loss"}


def test_identity_survives_new_numbers(make_grid: Any, make_client: Any, start: Any) -> None:
    strategy = LotStrategy(Policy(budget=3, rule="norm"))
    one_round(strategy, make_grid(make_client(), FLEET), start())
    norms = strategy.memory.norms.copy()
    back = {7: {"partition-id": 2}, 101: {"partition-id": 0}, 8: {"partition-id": 5}}
    messages = strategy.configure_train(2, start(), ConfigRecord(), make_grid(make_client(), back))
    assert sorted(strategy.nodes.keys) == ["0", "1", "2", "5"]
    rows = strategy.nodes.rows([7, 101])
    assert [strategy.nodes.keys[row] for row in rows] == ["0", "2"]
    np.testing.assert_array_equal(strategy.memory.norms[rows], norms[rows])
    assert {m.metadata.dst_node_id for m in messages} <= set(back)


def test_lost_replies_are_made_up_for_and_said(
    make_grid: Any, make_client: Any, start: Any, caplog: pytest.LogCaptureFixture
) -> None:
    grid = make_grid(make_client(), FLEET)
    strategy = LotStrategy(Policy(budget=3, rule="random"))
    strategy.configure_train(1, start(), ConfigRecord(), grid)
    grid.silent = {57}
    with caplog.at_level(logging.INFO, logger="flwr"):
        moved, metrics = one_round(strategy, grid, start())
    assert float(moved["w"].numpy()[0, 0]) == pytest.approx(1.5 * (0 * 1 + 20 * 3) / 6)
    assert strategy.history[-1].label.startswith(
        "conditional: unbiased given that somebody replies, if all 3"
    )
    assert (metrics["replied"], metrics["biased"]) == (2, 0)

    sure = LotStrategy(Policy(budget=3, rule="random"), reply_rate=1.0)
    grid.silent = set()
    sure.configure_train(1, start(), ConfigRecord(), grid)
    grid.silent = {57}
    moved, metrics = one_round(sure, grid, start())
    assert metrics["biased"] == 1
    assert "that of '1' although its reply_rate is 1" in sure.history[-1].label


def test_seen_rates_are_those_of_earlier_rounds(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    grid = make_grid(make_client(), FLEET)
    strategy = LotStrategy(Policy(budget=3, rule="random"), reply_rate="seen")
    strategy.configure_train(1, start(), ConfigRecord(), grid)
    grid.silent = {57}
    one_round(strategy, grid, start())
    grid.silent = set()
    moved, metrics = one_round(strategy, grid, start(), 2)
    wanted = (2 * 10 * 2 + 20 * 3) / 6  # client 1 replied to none of 1: (1 + 1) / (0 + 1)
    assert float(moved["w"].numpy()[0, 0]) == pytest.approx(wanted)
    assert metrics["biased"] == 1


def test_no_reply_at_all_leaves_the_model(make_grid: Any, make_client: Any, start: Any) -> None:
    def fail(content: Any, client: int) -> Any:
        raise ConnectionError("gone")

    strategy = LotStrategy(Policy(budget=3))
    moved, metrics = one_round(strategy, make_grid(make_client(change=fail), FLEET), start())
    np.testing.assert_array_equal(moved["w"].numpy(), 0.0)
    assert (metrics["replied"], metrics["biased"]) == (0, 1)


def spoil(what: str) -> Any:
    """A client 2 whose reply is wrong."""

    def change(content: Any, client: int) -> Any:
        if client != 2:
            return content
        arrays = dict(content["arrays"])
        if what == "nan":
            arrays["w"] = Array(np.full((2, 2), np.nan, np.float32))
        elif what == "shape":
            arrays["w"] = Array(np.zeros((3, 2), np.float32))
        elif what == "missing":
            del arrays["n"]
        elif what == "extra":
            arrays["z"] = Array(np.zeros(1))
        elif what == "two records":
            content["more"] = ArrayRecord(arrays)
        elif what == "no loss":
            content["metrics"] = MetricRecord({"num-examples": 3})
        elif what == "nan loss":
            content["metrics"]["train_loss"] = float("nan")
        content["arrays"] = ArrayRecord(arrays)
        return content

    return change


BAD = {
    "nan": "the reply of '2' has array 'w' with NaN or infinity; lower its learning rate",
    "shape": r"'w' of shape \(3, 2\); \(2, 2\) was sent",
    "missing": "misses 'n'; return the arrays that were sent",
    "extra": "has 'z', which was not sent",
    "two records": "holds 2 ArrayRecords; return one",
    "no loss": "has no metric 'train_loss'; return MetricRecord",
    "nan loss": "metric 'train_loss' = nan; it must be one finite number",
}


@pytest.mark.parametrize("what", BAD)
def test_bad_replies_are_refused_by_name_or_dropped_and_labelled(
    what: str, make_grid: Any, make_client: Any, start: Any
) -> None:
    grid = make_grid(make_client(change=spoil(what)), FLEET)
    with pytest.raises(BadReplyError, match=f"round 1: the reply of '2'.*{BAD[what][-25:]}") as e:
        one_round(LotStrategy(Policy(budget=3, rule="lvr")), grid, start())
    assert len(str(e.value).splitlines()) == 1
    strategy = LotStrategy(Policy(budget=3, rule="lvr"), bad_replies="drop")
    moved, metrics = one_round(strategy, grid, start())
    assert np.isfinite(moved["w"].numpy()).all()
    assert metrics["biased"] == 1
    assert set(strategy.history[-1].refused) == {"2"}
    bad = strategy.nodes.keys.index("2")
    assert np.isnan([strategy.memory.losses[bad, 0], strategy.memory.norms[bad, 0]]).all()


def test_rules_without_losses_take_replies_without(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    strategy = LotStrategy(Policy(budget=3, rule="norm"))
    _, metrics = one_round(strategy, make_grid(make_client(losses=False), FLEET), start())
    assert metrics["replied"] == 3
    assert "train_loss" not in metrics


def test_survey_of_every_round_hears_losses_first(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    strategy = LotStrategy(Policy(budget=1, rule="lvr"), survey="every round")
    grid = make_grid(make_client(losses=False), FLEET)
    one_round(strategy, grid, start())
    wanted = SHARES * [0.5, 1.5, 2.5]
    got = strategy.history[0].probabilities[:, 0]
    np.testing.assert_allclose(got, wanted / wanted.sum(), rtol=1e-9)
    one_round(strategy, grid, start(), 2)
    assert sum(m.metadata.message_type == "query.roundlot" for m in grid.sent) == 6


def test_without_a_survey_nodes_weigh_the_same(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    strategy = LotStrategy(Policy(budget=3, rule="random"), survey="never")
    moved, _ = one_round(strategy, make_grid(make_client(survey=False), FLEET), start())
    assert float(moved["w"].numpy()[0, 0]) == pytest.approx(10.0)
    assert set(strategy.history[0].keys) == {"node 101", "node 57", "node 33"}


def test_a_plain_app_works_and_its_sizes_come_from_replies(
    make_grid: Any, make_client: Any, start: Any, caplog: pytest.LogCaptureFixture
) -> None:
    strategy = LotStrategy(Policy(budget=3, rule="random"))
    grid = make_grid(make_client(survey=False), FLEET)
    flower = logging.getLogger("flwr")
    flower.addHandler(caplog.handler)
    try:
        moved, metrics = one_round(strategy, grid, start())
        assert float(moved["w"].numpy()[0, 0]) == pytest.approx(10.0)  # (0 + 10 + 20) / 3
        assert (metrics["biased"], metrics["conditional"]) == (1, 0)  # 10 is not EVERYBODY
        moved, metrics = one_round(strategy, grid, start(), 2)
    finally:
        flower.removeHandler(caplog.handler)
    assert float(moved["w"].numpy()[0, 0]) == pytest.approx(EVERYBODY)
    assert (metrics["biased"], metrics["conditional"]) == (0, 0)
    first, second = strategy.history
    assert first.label.startswith(
        "biased: replies tell other numbers of samples than those that the draw used: "
        "'node 101' holds 1 and 'node 33' 3, counted as the same; "
        "unbiased if the 3 of 3 nodes that have not told"
    )
    assert second.label == "unbiased"
    said = [r for r in caplog.records if "sizes come from the metric" in r.getMessage()]
    assert len({id(record) for record in said}) == 1
    asked = [m for m in grid.sent if m.metadata.message_type == "query.roundlot"]
    assert len(asked) == 3  # nobody is asked twice


def test_who_has_not_told_a_size_counts_as_the_mean_of_the_others() -> None:
    nodes = Nodes(1)
    for number, samples in ((1, 600.0), (2, None), (3, 200.0)):
        nodes.enter(number, samples=samples)
    rows = nodes.rows([1, 2, 3])
    assert nodes.samples(rows)[:, 0].tolist() == [600.0, 400.0, 200.0]
    assert nodes.unsaid(rows) == 1
    nodes.holds(nodes.row(2), 0, 100.0)
    assert (nodes.samples(rows)[1, 0], nodes.unsaid(rows)) == (100.0, 0)


def test_losses_asked_for_need_an_answer(make_grid: Any, make_client: Any, start: Any) -> None:
    strategy = LotStrategy(Policy(budget=3, rule="lvr"), survey="every round")
    with pytest.raises(BadReplyError, match=r'register a function with @app.query\("roundlot"\)'):
        one_round(strategy, make_grid(make_client(survey=False), FLEET), start())


@pytest.mark.parametrize("loss", [-0.4, float("nan"), float("inf"), [1.0, 2.0]])
@pytest.mark.parametrize("rule", ["uniform", "norm", "stale"])
def test_a_loss_that_no_rule_uses_is_not_judged(
    loss: Any, rule: str, make_grid: Any, make_client: Any, start: Any
) -> None:
    def tell(content: Any, client: int) -> Any:
        content["metrics"]["train_loss"] = loss
        return content

    strategy = LotStrategy(Policy(budget=3, rule=rule))
    moved, metrics = one_round(strategy, make_grid(make_client(change=tell), FLEET), start())
    assert float(moved["w"].numpy()[0, 0]) == pytest.approx(EVERYBODY)
    assert strategy.history[-1].label == "unbiased"
    assert metrics.get("train_loss") == ([-0.4] if loss == -0.4 else None)


def test_nodes_that_do_not_answer_are_not_drawn(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    grid = make_grid(make_client(), FLEET)
    grid.silent = {33}
    strategy = LotStrategy(Policy(budget=3))
    one_round(strategy, grid, start())
    assert strategy.history[0].keys == ("0", "1")
    np.testing.assert_allclose(strategy.history[0].shares[:, 0], [1 / 3, 2 / 3])


def test_a_newcomer_that_does_not_answer_stops_nobody(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    strategy = LotStrategy(Policy(budget=3))
    one_round(strategy, make_grid(make_client(), FLEET), start())
    grid = make_grid(make_client(), {**FLEET, 99: {"partition-id": 7}})
    grid.silent = {99}
    one_round(strategy, grid, start(), 2)
    assert strategy.history[1].keys == ("0", "1", "2")
    grid.silent = set()
    one_round(strategy, grid, start(), 3)
    assert strategy.history[2].keys == ("0", "1", "2", "7")


def test_replies_of_others_are_refused(make_grid: Any, make_client: Any, start: Any) -> None:
    grid = make_grid(make_client(), FLEET)
    policy = Fixed(budget=3)
    policy.then([0, 0, 0])
    strategy = LotStrategy(policy)
    replies = grid.send_and_receive(strategy.configure_train(1, start(), ConfigRecord(), grid))
    policy.then([0, 0, -1])
    strategy.configure_train(2, start(), ConfigRecord(), grid)
    with pytest.raises(BadReplyError, match="the reply of '2': it was not drawn"):
        strategy.aggregate_train(2, replies)
    strategy.configure_train(3, start(), ConfigRecord(), grid)
    with pytest.raises(BadReplyError, match="it has replied already"):
        strategy.aggregate_train(3, [*replies[:2], replies[0]])
    with pytest.raises(InvalidProblemError, match="round 9 was not drawn"):
        strategy.aggregate_train(9, [])


@pytest.mark.parametrize(
    "settings",
    [
        {"survey": "daily"},
        {"bad_replies": "ignore"},
        {"models": ()},
        {"models": ("a", "a")},
        {"fraction_evaluate": 2.0},
        {"reply_rate": 0.0},
        {"fraction_train": 0.5},
        {"min_train_nodes": -1},
        {"min_evaluate_nodes": 1.5},
        {"first_round": 0},
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidProblemError):
        LotStrategy(Policy(budget=1), **settings)


def test_models_join_and_split() -> None:
    models = {"a": {"w": 1, "b/c": 2}, "b": {"w": 3}}
    assert split_models(join_models(models)) == models
    with pytest.raises(InvalidProblemError, match="belongs to no model"):
        split_models({"w": 1}, ["a"])
    with pytest.raises(InvalidProblemError, match="'b' has no arrays"):
        split_models({"a/w": 1}, ["a", "b"])
    with pytest.raises(InvalidProblemError, match="leave out the slash"):
        join_models({"a/b": {"w": 1}})


def test_a_loss_is_a_level_and_absent_where_nobody_trained(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    """Losses are 1, 2, 3 and samples 1, 2, 3; with p = 1/2 each a total would be off."""
    policy = Fixed(budget=1.5, rule="random")
    strategy = LotStrategy(policy, models=("a", "b"))
    policy.then([0, -1, 0])
    grid = make_grid(make_client(), FLEET)
    _, metrics = one_round(strategy, grid, start(("a", "b")))
    level, nobody = metrics["train_loss"]
    assert level == pytest.approx((1 * 1 + 3 * 3) / 4)
    assert np.isnan(nobody)
    policy.then([-1, -1, -1])
    _, metrics = one_round(strategy, grid, start(("a", "b")), 2)
    assert "train_loss" not in metrics


def test_evaluation_by_some_says_by_how_many(make_grid: Any, make_client: Any, start: Any) -> None:
    for fraction, least, asked in ((0.34, 0, 1), (0.34, 2, 2), (0.34, 9, 3), (1.0, 0, 3)):
        strategy = LotStrategy(
            Policy(budget=3), fraction_evaluate=fraction, min_evaluate_nodes=least
        )
        grid = make_grid(make_client(), FLEET)
        told = strategy.start(grid=grid, initial_arrays=start(), num_rounds=1)
        metrics = told.evaluate_metrics_clientapp[1]
        if asked == 3:
            assert set(metrics) == {"loss"}
        else:
            assert (metrics["evaluated-nodes"], metrics["present-nodes"]) == (asked, 3)


def test_the_same_reply_twice_counts_once_where_bad_ones_are_dropped(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    grid = make_grid(make_client(), FLEET)
    strategy = LotStrategy(Policy(budget=3, rule="random"), bad_replies="drop")
    replies = grid.send_and_receive(strategy.configure_train(1, start(), ConfigRecord(), grid))
    moved, metrics = strategy.aggregate_train(1, [*replies, replies[0]])
    assert float(moved["w"].numpy()[0, 0]) == pytest.approx(EVERYBODY)
    assert (metrics["replied"], metrics["biased"]) == (3, 0)
    again = grid.send_and_receive(strategy.configure_train(2, start(), ConfigRecord(), grid))
    other = grid.send_and_receive(strategy._messages(
        strategy._draw, (moved,), moved, ConfigRecord(), grid
    ))  # fmt: skip
    _, metrics = strategy.aggregate_train(2, [*again, other[0]])
    assert (metrics["replied"], metrics["biased"]) == (3, 1)


def test_fraction_and_least_of_flower_become_a_budget(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    grid = make_grid(make_client(), FLEET)
    for least, expected in ((0, 1.5), (2, 2.0), (7, 3.0)):
        strategy = LotStrategy(fraction_train=0.5, min_train_nodes=least)
        _, metrics = one_round(strategy, grid, start())
        assert metrics["expected-draws"] == pytest.approx(expected)
    with pytest.raises(InvalidProblemError, match=r"say Policy\(fraction=0.5\)"):
        LotStrategy(Policy(budget=2), fraction_train=0.5)
    with pytest.raises(InvalidProblemError, match="there is no policy"):
        LotStrategy()


def test_own_averages_of_metrics_are_given_the_weights_of_the_step(
    make_grid: Any, make_client: Any, start: Any
) -> None:
    def weights(contents: Any, key: str) -> MetricRecord:
        return MetricRecord({"weights": sorted(c["metrics"][key] for c in contents)})

    strategy = LotStrategy(
        Policy(budget=3),
        train_metrics_aggr_fn=weights,
        evaluate_metrics_aggr_fn=lambda contents, key: MetricRecord({"count": len(contents)}),
    )
    grid = make_grid(make_client(), FLEET)
    told = strategy.start(grid=grid, initial_arrays=start(), num_rounds=1)
    np.testing.assert_allclose(told.train_metrics_clientapp[1]["weights"], SHARES)
    assert dict(told.evaluate_metrics_clientapp[1]) == {"count": 3}
