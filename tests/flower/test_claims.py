"""What a label says of draws and sizes, against means counted out by hand or over every draw."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.flower import Draw, Eligible, Memory, NodeFacts, Nodes, Policy
from roundlot.flower.claims import other_sizes, unreachable
from roundlot.flower.policy import data_shares
from roundlot.simulate.designs import design_of
from roundlot.solvers.rules import LeastVariance
from roundlot.theory import InvalidProblemError

FLEET = {101: {"partition-id": 0}, 57: {"partition-id": 1}, 33: {"partition-id": 2}}
UPDATES = (0.0, 10.0, 20.0)
EVERYBODY = Fraction(0 * 1 + 10 * 2 + 20 * 3, 6)


def drawn_by(policy: Policy) -> tuple[Draw, Nodes]:
    nodes, memory = Nodes(1), Memory(n_models=1)
    for number in range(3):
        nodes.enter(number, key="abc"[number], samples=number + 1)
    rows = nodes.rows(range(3))
    draw = policy.draw(1, rows=rows, samples=nodes.samples(rows), memory=memory)
    return draw, nodes


def mean_step(draw: Draw) -> float:
    """Over every draw, with its exact chance."""
    return sum(
        float(chance) * draw.shares[at, 0] / draw.probabilities[at, 0] * UPDATES[at]
        for picks, chance in draw.rule.outcomes().items()
        for at in np.flatnonzero(np.array(picks) >= 0)
    )


def test_who_is_never_drawn_by_a_limit_makes_the_step_biased() -> None:
    limited = Policy(budget=1.5, rule="uniform", limits={"available": [[True], [True], [False]]})
    draw, nodes = drawn_by(limited)
    assert mean_step(draw) == pytest.approx(20 / 6)  # 60/6 of the third are missing
    (label,) = unreachable(draw, nodes.keys)
    assert label.startswith("biased: 1 of 3 hold data and are drawn with probability 0")
    assert "'c'" in label
    draw, nodes = drawn_by(Policy(budget=1.5, rule="uniform"))
    assert mean_step(draw) == pytest.approx(float(EVERYBODY))
    assert unreachable(draw, nodes.keys) == ()


def test_rules_without_a_floor_are_refused() -> None:
    with pytest.raises(InvalidProblemError, match="has floor 0: a node whose score is 0"):
        Policy(budget=1, rule=LeastVariance(sizes="last_norms"))
    assert Policy(budget=1, rule=LeastVariance(sizes="last_norms", floor=0.1)).floor == 0.1


def everybody_drawn(n: int) -> Draw:
    rows = np.arange(n)
    return Draw(
        round=1, rows=rows, shares=np.full((n, 1), 1 / n),
        rule=design_of(np.ones((n, 1)), "pivotal"), picks=np.zeros(n, dtype=np.int64),
    )  # fmt: skip


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5), st.data())
def test_equal_weights_are_called_biased_just_where_they_are_not_the_shares(
    sizes: list[int], data: st.DataObject
) -> None:
    """All are drawn and told nothing before: the weights used are 1/n, the true ones sizes/sum."""
    n, names = len(sizes), [f"c{i}" for i in range(len(sizes))]
    heard = data.draw(st.sets(st.sampled_from(range(n)), min_size=1))
    told = {at: float(sizes[at]) for at in sorted(heard)}
    labels = other_sizes(everybody_drawn(n), names, np.ones((n, 1)), np.zeros((n, 1), bool), told)
    total = sum(sizes[at] for at in heard)
    shares = {Fraction(sizes[at], total) for at in heard} if total else {Fraction(0)}
    assert bool(labels) == (len(shares) > 1)


@pytest.mark.parametrize(
    ("used", "said", "told", "words"),
    [
        ((1, 1, 1), (0, 0, 0), {0: 7.0, 1: 7.0}, None),  # equal, whatever the number
        ((1, 1, 1), (0, 0, 0), {0: 7.0, 2: 14.0}, "'a' holds 7 and 'c' 14, counted as the same"),
        ((4, 2, 3), (1, 1, 0), {2: 3.0}, None),  # as assumed
        ((4, 2, 3), (1, 1, 0), {0: 4.0, 2: 9.0}, "'c' holds 9, counted as 3"),
        ((4, 2, 3), (1, 1, 1), {1: 0.0}, "'b' holds 0, counted as 2"),
        ((4, 2, 3), (1, 1, 1), {}, None),
    ],
)
def test_sizes_that_replies_tell_are_compared_with_those_used(
    used: Any, said: Any, told: Any, words: str | None
) -> None:
    column = np.array(used, dtype=float)[:, None]
    labels = other_sizes(
        everybody_drawn(3), ["a", "b", "c"], column, np.array(said, dtype=bool)[:, None], told
    )
    if words is None:
        assert labels == ()
    else:
        assert labels[0].startswith("biased: replies tell other numbers of samples")
        assert words in labels[0]


class TestStrategy:
    """The same in Flower's own loop."""

    def one_round(self, strategy: Any, grid: Any, arrays: Any, number: int) -> float:
        from flwr.app import ConfigRecord

        messages = list(strategy.configure_train(number, arrays, ConfigRecord(), grid))
        moved, _ = strategy.aggregate_train(number, grid.send_and_receive(messages))
        return float(moved["w"].numpy()[0, 0])

    def telling(self, make_client: Any, sizes: Any, **settings: Any) -> Any:
        from flwr.app import MetricRecord

        def change(content: Any, client: int) -> Any:
            content["metrics"] = MetricRecord({"num-examples": sizes[client]})
            return content

        return make_client(change=change, **settings)

    def test_a_client_that_tells_no_samples_is_left_out_from_then_on(
        self, make_grid: Any, make_client: Any, start: Any
    ) -> None:
        from roundlot.flower import LotStrategy

        strategy = LotStrategy(Policy(budget=3, rule="uniform"), survey="never")
        grid = make_grid(self.telling(make_client, (0, 5, 5)), FLEET)
        assert self.one_round(strategy, grid, start(), 1) == pytest.approx(10.0)
        assert "holds 0 and" in strategy.history[0].label
        assert strategy.history[0].state == "biased"
        assert self.one_round(strategy, grid, start(), 2) == pytest.approx(15.0)  # (10 + 20) / 2
        second = strategy.history[1]
        assert (second.label, sorted(second.shares[:, 0])) == ("unbiased", [0.0, 0.5, 0.5])

    def test_a_reply_that_contradicts_the_survey_is_said(
        self, make_grid: Any, make_client: Any, start: Any
    ) -> None:
        from roundlot.flower import LotStrategy

        strategy = LotStrategy(Policy(budget=3, rule="uniform"))
        grid = make_grid(self.telling(make_client, (30, 2, 3)), FLEET)
        assert self.one_round(strategy, grid, start(), 1) == pytest.approx(float(EVERYBODY))
        assert "'0' holds 30, counted as 1" in strategy.history[0].label
        wanted = Fraction(30 * 0 + 2 * 10 + 3 * 20, 35)
        assert self.one_round(strategy, grid, start(), 2) == pytest.approx(float(wanted))
        assert strategy.history[1].label == "unbiased"

    def test_a_reply_that_nobody_asked_for_changes_nothing(
        self, make_grid: Any, make_client: Any, start: Any
    ) -> None:
        from flwr.app import ConfigRecord, Message

        from roundlot.flower import LotStrategy

        policy = Policy(budget=2, rule="uniform", design="pivotal")
        strategy = LotStrategy(policy, bad_replies="drop")
        grid = make_grid(make_client(), FLEET)
        messages = list(strategy.configure_train(1, start(), ConfigRecord(), grid))
        drawn = {message.metadata.dst_node_id for message in messages}
        (other,) = set(FLEET) - drawn
        stray = Message(content=messages[0].content, message_type="train", dst_node_id=other)
        moved, _ = strategy.aggregate_train(1, grid.send_and_receive([*messages, stray]))
        clients = [FLEET[node]["partition-id"] for node in drawn]
        wanted = sum(Fraction(i + 1, 6) / Fraction(2, 3) * 10 * i for i in clients)
        assert float(moved["w"].numpy()[0, 0]) == pytest.approx(float(wanted))
        assert strategy.history[0].label == "unbiased"
        assert "was not drawn" in next(iter(strategy.history[0].refused.values()))

    def test_the_number_of_samples_can_decide_who_is_eligible(
        self, make_grid: Any, make_client: Any, start: Any
    ) -> None:
        from roundlot.flower import LotStrategy

        able = Eligible(at_least={"num-examples": 2})
        strategy = LotStrategy(Policy(budget=2, eligible=able))
        moved = self.one_round(strategy, make_grid(make_client(), FLEET), start(), 1)
        assert strategy.history[0].keys == ("1", "2")
        assert moved == pytest.approx(float(Fraction(2 * 10 + 3 * 20, 5)))

    def test_a_model_that_is_not_finite_is_not_blamed_on_clients(
        self, make_grid: Any, make_client: Any, start: Any
    ) -> None:
        from flwr.app import Array, ArrayRecord

        from roundlot.flower import LotStrategy

        grid = make_grid(make_client(), FLEET)
        for array, words in (
            (np.array([1.0, np.nan]), "round 1: the model's array 'w' has NaN or infinity before"),
            (np.array([1j]), "round 1: the model's array 'w' is of type complex128; give real"),
        ):
            model = ArrayRecord({"w": Array(array)})
            with pytest.raises(InvalidProblemError, match=words):
                self.one_round(LotStrategy(Policy(budget=1)), grid, model, 1)

    def test_updates_beyond_float64_are_refused_by_name(
        self, make_grid: Any, make_client: Any, start: Any
    ) -> None:
        from flwr.app import Array, ArrayRecord, MetricRecord, RecordDict

        from roundlot.flower import BadReplyError, LotStrategy

        def change(content: Any, client: int) -> Any:
            moved = np.full((2, 2), 1e200 if client == 1 else 1.0)
            arrays = ArrayRecord({"w": Array(moved)})
            return RecordDict({"arrays": arrays, "metrics": MetricRecord({"num-examples": 1})})

        grid = make_grid(make_client(change=change), FLEET)
        model = ArrayRecord({"w": Array(np.zeros((2, 2)))})
        with pytest.raises(BadReplyError, match="the reply of '1' has arrays whose squares"):
            self.one_round(LotStrategy(Policy(budget=3)), grid, model, 1)

    def test_old_updates_of_another_model_are_refused(
        self, make_grid: Any, make_client: Any, start: Any
    ) -> None:
        from flwr.app import Array, ArrayRecord

        from roundlot.flower import LotStrategy

        strategy = LotStrategy(Policy(budget=3, rule="stale"))
        grid = make_grid(make_client(), FLEET)
        self.one_round(strategy, grid, start(), 1)  # of five numbers
        other = ArrayRecord({"w": Array(np.zeros((3, 3)))})
        with pytest.raises(InvalidProblemError, match=r"model 0 has 9 numbers, and the old .* 5;"):
            self.one_round(strategy, grid, other, 2)

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"fraction_train": 2.0}, "fraction_train is 2.0; it must be above 0, at most 1"),
            ({"fraction_train": 0.0}, "fraction_train is 0.0; it must be above 0"),
            ({"server_rate": float("nan")}, "server_rate is nan; it must be finite and > 0"),
            ({"survey_timeout": "a"}, "survey_timeout is 'a'"),
            ({"models": "ab"}, "models are 'ab'; give different names, at least one, as a list"),
            ({"models": ["a", "a"]}, "give different names"),
            ({"fraction_evaluate": "1"}, "fraction_evaluate is '1'; give 0 to 1"),
            ({"min_train_nodes": 1.5}, "min_train_nodes is 1.5; give a whole number"),
        ],
    )
    def test_settings_that_mean_nothing_are_refused(self, settings: Any, words: str) -> None:
        pytest.importorskip("flwr", reason="Flower is an optional dependency: roundlot[flower]")
        from roundlot.flower import LotStrategy

        policy = None if "fraction_train" in settings else Policy(budget=1)
        with pytest.raises(InvalidProblemError, match=words):
            LotStrategy(policy, **settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"budget": "3"}, "budget is '3'; it must be finite and > 0"),
        ({"budget": True}, "budget is True"),
        ({"fraction": 10}, "fraction is 10; it must be above 0, at most 1"),
        ({"budget": 1, "floor": "a"}, "floor is 'a'"),
        ({"budget": 1, "min_draws": "a"}, "min_draws is 'a'"),
        ({"budget": 1, "design": "pivtal"}, "design is 'pivtal'; did you mean 'pivotal'"),
        ({"budget": 1, "limits": {"budget": 2}}, "limits have 'budget', which the policy sets"),
        ({"budget": 1, "limits": {"foo": 2}}, "limit is 'foo'; .*choose from 'available'"),
        ({"budget": 1, "limits": 3}, "limits are 3; give"),
    ],
)
def test_policies_that_mean_nothing_are_refused(settings: Any, words: str) -> None:
    with pytest.raises(InvalidProblemError, match=words):
        Policy(**settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"nodes": 5}, "nodes are 5; give a list of whole numbers"),
        ({"nodes": "5"}, "nodes are '5'; give a list of whole numbers"),
        ({"tags": 3}, "tags is 3; give a list of texts"),
        ({"at_least": {"battery": None}}, r"at_least\['battery'\] is None; give a number"),
        ({"at_most": ["battery"]}, r"at_most is \['battery'\]; give metrics and bounds"),
    ],
)
def test_conditions_that_mean_nothing_are_refused(settings: Any, words: str) -> None:
    with pytest.raises(InvalidProblemError, match=words):
        Eligible(**settings)


def test_shares_of_sizes_whose_sum_is_beyond_float64() -> None:
    wanted = [Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)]
    shares = data_shares(np.array([[0.8e308], [1.6e308], [0.8e308]]))
    assert shares[:, 0] == pytest.approx([float(share) for share in wanted])


def test_the_largest_numbers_of_nodes_are_told_apart() -> None:
    able = Eligible(nodes=[2**64 - 1, 2**63])
    assert able(NodeFacts(node=2**64 - 1, key="a"))
    assert not able(NodeFacts(node=2**64 - 2, key="b"))
    nodes = Nodes(1)
    rows = [nodes.enter(node) for node in (2**64 - 1, 2**64 - 2)]
    assert [nodes.node(row) for row in rows] == [2**64 - 1, 2**64 - 2]
    back = Nodes(1)
    back.load_state_dict(nodes.state_dict())
    assert back.row(2**64 - 2) == rows[1]
