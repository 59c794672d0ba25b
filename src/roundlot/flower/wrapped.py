"""Any of Flower's averaging strategies with rounds drawn by roundlot: our draw, their step.

Flower averages ``w_i`` by numbers of samples and divides by their sum: a ratio, and biased. Here
the number of samples of a reply becomes ``f d/p``, and one more reply, the *anchor*, brings the
present model with the weight ``1 − H`` that is left. The average is ``w + Σ f (d/p) (w_i − w)``;
its mean over draws the average of everybody. What a strategy makes of the average is its own; it
stays unbiased if that is linear, and `roundlot.flower.wrappable` says which is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np

from roundlot.flower.arrays import flatten, metrics_of, unflatten
from roundlot.flower.framework import (
    Array,
    ArrayRecord,
    ConfigRecord,
    Grid,
    Message,
    MetricRecord,
    RecordDict,
)
from roundlot.flower.policy import Policy
from roundlot.flower.replies import Replies
from roundlot.flower.rounds import Draw, aggregate
from roundlot.flower.strategy import LotStrategy
from roundlot.flower.wrappable import check_wrappable, is_flowers, step_label
from roundlot.theory import InvalidProblemError

LOG = logging.getLogger("flwr")


class WrappedStrategy(LotStrategy):
    """Flower's strategy, asked for its messages and its step; the draw and the weights are ours.

    Its settings of keys, evaluation and nodes to wait for are taken over; its ``fraction_train``
    only if there is no policy. One model.

    Args:
        strategy: `FedAvg` or a subclass that averages by number of samples.
        policy: whom to draw; if None, as many as the strategy would.
        settings: further ones of `LotStrategy`: ``survey``, ``reply_rate``, ``bad_replies``,
            ``first_round``, ``survey_timeout``, ``loss_key``.

    Raises:
        InvalidProblemError: a strategy that cannot be unbiased, by name and with the reason.
    """

    def __init__(self, strategy: Any, policy: Policy | None = None, **settings: Any) -> None:
        check_wrappable(strategy)
        for name in ("models", "server_rate", "train_metrics_aggr_fn"):
            if name in settings:
                raise InvalidProblemError(f"{name} is not for a wrapped strategy; leave it out")
        from flwr.serverapp.strategy.strategy_utils import aggregate_metricrecords

        own: dict[str, Any] = {
            name: getattr(strategy, name)
            for name in (
                "min_available_nodes", "fraction_evaluate", "min_evaluate_nodes",
                "arrayrecord_key", "configrecord_key", "weighted_by_key",
            )
        }  # fmt: skip
        if strategy.evaluate_metrics_aggr_fn is not aggregate_metricrecords:
            own["evaluate_metrics_aggr_fn"] = strategy.evaluate_metrics_aggr_fn
        if policy is None:
            own["fraction_train"] = strategy.fraction_train
            own["min_train_nodes"] = strategy.min_train_nodes
        super().__init__(policy, **{**own, **settings})
        self.strategy = strategy
        if not is_flowers(strategy, "start"):
            LOG.warning(
                "start() of %s is not called, the rounds are WrappedStrategy's; do what it does in "
                "evaluate_fn, or around start()", type(strategy).__name__,
            )  # fmt: skip

    def summary(self) -> None:
        """Log the settings of both."""
        super().summary()
        self.strategy.summary()

    def state_dict(self) -> dict[str, Any]:
        """What `LotStrategy` keeps, and the arrays of the strategy: momenta and the like."""
        kept = {name: value for name, value in vars(self.strategy).items() if _is_arrays(value)}
        name = type(self.strategy).__name__
        return {**super().state_dict(), "strategy": {"name": name, "arrays": kept}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another of the same strategy stopped.

        Raises:
            InvalidProblemError: not a state; a state of another strategy.
        """
        name = type(self.strategy).__name__
        theirs = state.get("strategy") if isinstance(state, Mapping) else None
        if not isinstance(theirs, Mapping) or theirs.get("name") != name:
            other = theirs.get("name") if isinstance(theirs, Mapping) else "none"
            raise InvalidProblemError(f"the state is of strategy {other}, not of {name}")
        arrays = theirs.get("arrays")
        if not isinstance(arrays, Mapping) or not all(map(_is_arrays, arrays.values())):
            raise InvalidProblemError(
                f"the state's arrays of {name} cannot be read; give a state as it was saved"
            )
        super().load_state_dict(state)
        for key, value in arrays.items():
            setattr(self.strategy, key, value)

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """By the strategy if it has a way of its own, else a uniform sample of the nodes."""
        if is_flowers(self.strategy, "configure_evaluate"):
            return super().configure_evaluate(server_round, arrays, config, grid)
        number = self.count.number(server_round)
        theirs: Iterable[Message] = self.strategy.configure_evaluate(number, arrays, config, grid)
        return theirs

    def aggregate_evaluate(
        self, server_round: int, replies: Iterable[Message]
    ) -> MetricRecord | None:
        """By the strategy if it has a way of its own, else means by samples."""
        if is_flowers(self.strategy, "aggregate_evaluate"):
            return super().aggregate_evaluate(server_round, replies)
        number = self.count.number(server_round)
        theirs: MetricRecord | None = self.strategy.aggregate_evaluate(number, list(replies))
        return theirs

    def _messages(
        self,
        draw: Draw,
        records: tuple[ArrayRecord, ...],
        arrays: ArrayRecord,
        config: ConfigRecord,
        grid: Grid,
    ) -> Iterable[Message]:
        """Those that the strategy would send if only the nodes drawn were there."""
        position = {self.nodes.node(int(draw.rows[at])): int(at) for at in draw.drawn}
        with _everybody(self.strategy):
            theirs = self.strategy.configure_train(
                draw.round, arrays, ConfigRecord({**config}), _Drawn(grid, list(position))
            )
        messages = []
        for message in theirs:
            node = message.metadata.dst_node_id
            if node not in position:
                raise InvalidProblemError(
                    f"{type(self.strategy).__name__} has a message for node {node}, which was not "
                    "drawn; take nodes from grid.get_node_ids()"
                )
            content = RecordDict(dict(message.content))
            told = {**content.get(self.configrecord_key, {}), "server-round": draw.round}
            told["probability"] = draw.probability(position[node])
            content[self.configrecord_key] = ConfigRecord(told)
            messages.append(
                Message(
                    content=content, message_type=message.metadata.message_type, dst_node_id=node
                )
            )
        return messages

    def _step_label(self) -> tuple[str, ...]:
        return step_label(self.strategy)

    def _advance(
        self, draw: Draw, told: Replies, factors: Any, messages: Sequence[Message]
    ) -> tuple[ArrayRecord | None, Any, Mapping[str, Any]]:
        contents = self._weighted(draw, told, factors, messages)
        weight = sum(draw.weight(at) * float(factors[at]) for at in contents)
        like = next(iter(contents.values()), None)
        anchors = [self._anchor(flatten(self._sent[0]), 1.0 - weight, like)]
        if self.policy.keeps_updates:
            # What old updates add to the step comes with a reply of its own, of weight 1.
            size = len(flatten(self._sent[0]))
            stale = self._step(draw, 0, told, factors).step
            plain = aggregate(draw, 0, told.updates, factors, size).step
            moved = flatten(self._sent[0]) + stale - plain
            anchors = [
                self._anchor(moved, 1.0, like),
                self._anchor(flatten(self._sent[0]), -weight, like),
            ]
        replies = [_Reply(content, -1) for content in anchors]
        replies += [
            _Reply(content, self.nodes.node(int(draw.rows[at]))) for at, content in contents.items()
        ]
        with _without(self.strategy, anchors):
            arrays, metrics = self.strategy.aggregate_train(draw.round, replies)
        return arrays, np.array([weight]), dict(metrics or {})

    def _anchor(self, vector: Any, weight: float, like: RecordDict | None) -> RecordDict:
        """A reply with these arrays and this weight; its other metrics are zeros."""
        name, metrics = "metrics", {}
        if like is not None:
            name = next(iter(like.metric_records), name)
            metrics = {
                key: [0.0] * len(value) if isinstance(value, list) else 0.0
                for key, value in metrics_of(like).items()
            }
        arrays = self.arrayrecord_key if like is None else next(iter(like.array_records))
        moved = unflatten(vector, self._sent[0])
        return RecordDict(
            {
                arrays: ArrayRecord({key: Array(value) for key, value in moved.items()}),
                name: MetricRecord({**metrics, self.weighted_by_key: weight}),
            }
        )


class _Reply:
    """What a strategy needs of a message that came back."""

    def __init__(self, content: RecordDict, node: int) -> None:
        self.content, self.metadata = content, SimpleNamespace(src_node_id=node)

    def has_error(self) -> bool:
        return False

    def has_content(self) -> bool:
        return True


class _Drawn(Grid):  # type: ignore[misc]  # Flower is not always there
    """A grid on which only those drawn are there."""

    def __init__(self, grid: Grid, nodes: list[int]) -> None:
        self._grid, self._nodes = grid, nodes

    def get_node_ids(self) -> Iterable[int]:
        return list(self._nodes)

    def set_run(self, *args: Any, **kwargs: Any) -> Any:
        return self._grid.set_run(*args, **kwargs)

    def create_message(self, *args: Any, **kwargs: Any) -> Any:
        return self._grid.create_message(*args, **kwargs)

    def push_messages(self, *args: Any, **kwargs: Any) -> Any:
        return self._grid.push_messages(*args, **kwargs)

    def pull_messages(self, *args: Any, **kwargs: Any) -> Any:
        return self._grid.pull_messages(*args, **kwargs)

    def send_and_receive(self, *args: Any, **kwargs: Any) -> Any:
        return self._grid.send_and_receive(*args, **kwargs)

    @property
    def run(self) -> Any:
        return self._grid.run


@contextmanager
def _everybody(strategy: Any) -> Iterator[None]:
    """The strategy takes everybody there, and waits for nobody."""
    wanted = {"fraction_train": 1.0, "min_train_nodes": 0, "min_available_nodes": 0}
    before = {name: getattr(strategy, name) for name in wanted}
    for name, value in wanted.items():
        setattr(strategy, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(strategy, name, value)


@contextmanager
def _without(strategy: Any, anchors: list[RecordDict]) -> Iterator[None]:
    """The strategy averages metrics over real replies alone."""
    own = strategy.train_metrics_aggr_fn

    def real(contents: list[RecordDict], key: str) -> MetricRecord:
        left = [c for c in contents if not any(c is anchor for anchor in anchors)]
        return own(left, key) if left else MetricRecord({})

    strategy.train_metrics_aggr_fn = real
    try:
        yield
    finally:
        strategy.train_metrics_aggr_fn = own


def _is_arrays(value: Any) -> bool:
    """Whether this is a table, or a list or mapping of nothing but tables."""
    if isinstance(value, np.ndarray):
        return True
    inner = list(value.values()) if isinstance(value, dict) else value
    return isinstance(inner, list) and bool(inner) and all(isinstance(v, np.ndarray) for v in inner)
