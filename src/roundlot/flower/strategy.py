"""Flower's strategy whose rounds are drawn by roundlot, and whose steps are unbiased."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np

from roundlot.flower.arrays import flatten, join_models, numpy_arrays, split_models, unflatten
from roundlot.flower.framework import (
    Array,
    ArrayRecord,
    ConfigRecord,
    Grid,
    Message,
    MessageType,
    MetricRecord,
    RecordDict,
    Strategy,
)
from roundlot.flower.memory import Memory
from roundlot.flower.nodes import Nodes
from roundlot.flower.policy import Policy
from roundlot.flower.replies import Replies, ReplyReader, Survey, evaluate_messages, mean_metrics
from roundlot.flower.rounds import (
    Aggregate,
    Draw,
    ReplyRate,
    RoundRecord,
    aggregate,
    aggregate_stale,
    check_reply_rate,
    reply_factors,
    round_metrics,
)
from roundlot.theory import InvalidProblemError

LOG = logging.getLogger("flwr")
Arrays = dict[str, Any]


class LotStrategy(Strategy):  # type: ignore[misc]  # Flower is not always there
    """Draw nodes with the policy's probabilities ``p``; step by ``w + Σ (d/p) (w_i − w)``.

    The step is the one that everybody there would make together, on average over draws, whatever
    the probabilities. ``d`` are shares of samples. Every node drawn gets the model it drew and, in
    the settings, ``probability``, ``server-round`` and, of several models, ``model``.

    Args:
        policy: whom to draw.
        models: names of several models, trained at once; the run's arrays are then named
            ``model/array``, see ``join_models``.
        survey: whom to ask, before a draw, for samples and name, with ``query.roundlot`` messages:
            "new" nodes once; everybody in "every round", with the models, for their losses now;
            "never": all nodes weigh the same, and are called by their numbers.
        reply_rate: what to make of lost replies: "equal", a rate, rates by key, "seen"; see
            ``roundlot.flower.rounds``.
        bad_replies: "raise" at a reply that cannot be used, or "drop" it, which biases the step.
        server_rate: factor of the step.
        min_available_nodes: wait for so many.
        fraction_evaluate: share of nodes that evaluate, drawn uniformly; 0 for none.
        survey_timeout: seconds to wait for answers.
        arrayrecord_key, configrecord_key: names of the records in messages.
        weighted_by_key: the metric with the number of samples.
        loss_key: the metric with the loss, in train replies and in surveys of every round.

    Attributes:
        history: a record of every round.
        memory: what everybody replied.
        nodes: who is who.

    Raises:
        InvalidProblemError: a setting out of its range.
        ImportError: Flower is missing.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        models: Sequence[str] | None = None,
        survey: Literal["new", "every round", "never"] = "new",
        reply_rate: ReplyRate = "equal",
        bad_replies: Literal["raise", "drop"] = "raise",
        server_rate: float = 1.0,
        min_available_nodes: int = 2,
        fraction_evaluate: float = 1.0,
        survey_timeout: float = 60.0,
        arrayrecord_key: str = "arrays",
        configrecord_key: str = "config",
        weighted_by_key: str = "num-examples",
        loss_key: str = "train_loss",
    ) -> None:
        check_reply_rate(reply_rate)
        _check_choice("survey", survey, ("new", "every round", "never"))
        _check_choice("bad_replies", bad_replies, ("raise", "drop"))
        if models is not None and (not models or len(set(models)) != len(models)):
            raise InvalidProblemError(f"models are {models!r}; give different names, at least one")
        if not 0.0 <= fraction_evaluate <= 1.0:
            raise InvalidProblemError(f"fraction_evaluate is {fraction_evaluate}; give 0 to 1")
        self.policy, self.survey, self.reply_rate = policy, survey, reply_rate
        self.models = None if models is None else tuple(models)
        self.drop, self.server_rate = bad_replies == "drop", server_rate
        self.min_available_nodes, self.fraction_evaluate = min_available_nodes, fraction_evaluate
        self.survey_timeout = survey_timeout
        self.arrayrecord_key, self.configrecord_key = arrayrecord_key, configrecord_key
        self.weighted_by_key, self.loss_key = weighted_by_key, loss_key
        self.nodes, self.memory = Nodes(self.n_models), Memory(n_models=self.n_models)
        self.history: list[RoundRecord] = []
        self._draw: Draw | None = None
        self._sent: tuple[Arrays, ...] = ()

    @property
    def n_models(self) -> int:
        """``S``."""
        return len(self._names)

    @property
    def _names(self) -> tuple[str, ...]:
        return self.models or ("model",)

    def summary(self) -> None:
        """Log the settings."""
        policy = self.policy
        rule = policy.rule if isinstance(policy.rule, str) else policy.rule.name
        size = f"{policy.budget:g}" if policy.budget else f"{policy.fraction:g} of the nodes"
        LOG.info("\t├──> Drawn by roundlot: rule %s, design %s", rule, policy.design)
        LOG.info("\t│\t├── Expected draws: %s | seed %d", size, policy.seed)
        LOG.info("\t│\t└── Survey: %s | reply rate: %s", self.survey, self.reply_rate)
        LOG.info("\t└──> Models: %s", ", ".join(self._names))

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Draw; one message to every node drawn, with its model and its probability."""
        rows = self.nodes.rows(self._meet(server_round, arrays, grid))
        draw = self.policy.draw(
            server_round, rows=rows, samples=self.nodes.samples(rows), memory=self.memory
        )
        records = self._split(arrays)
        self._draw, self._sent = draw, tuple(numpy_arrays(record) for record in records)
        LOG.info(
            "configure_train: drew %d of %d nodes, %.3g expected",
            len(draw.drawn), len(rows), draw.probabilities.sum(),
        )  # fmt: skip
        return [self._train_message(draw, at, records, config) for at in draw.drawn]

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """The step; the replies go to the memory, what happened to the history."""
        draw = self._draw
        if draw is None or draw.round != server_round:
            raise InvalidProblemError(
                f"round {server_round} was not drawn by this strategy; call configure_train first"
            )
        told = self._reader(draw).read(replies)
        replied = np.zeros(len(draw.rows), dtype=bool)
        replied[list(told.updates)] = True
        factors, label = reply_factors(self.reply_rate, draw, replied, self.nodes.keys, self.memory)
        if told.refused:
            label = f"biased: {len(told.refused)} bad replies were dropped for what they held"
        steps = [self._step(draw, model, told, factors) for model in range(self.n_models)]
        self._remember(draw, told, replied)
        self._record(draw, told, replied, steps, label)
        self._draw = None
        return self._stepped(steps), MetricRecord(
            round_metrics(self.history[-1], draw, told.losses, factors, self.loss_key)
        )

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """A uniform sample of the nodes evaluates every model."""
        return evaluate_messages(
            sorted(grid.get_node_ids()),
            dict(zip(self._names, self._split(arrays), strict=True)),
            ConfigRecord({**config, "server-round": server_round}),
            fraction=self.fraction_evaluate,
            seed=(self.policy.seed, server_round),
            keys=(self.arrayrecord_key, self.configrecord_key),
            several=self.models is not None,
        )

    def aggregate_evaluate(
        self, server_round: int, replies: Iterable[Message]
    ) -> MetricRecord | None:
        """Means by samples over those who replied; ``model/metric`` of several models."""
        return mean_metrics(replies, self.weighted_by_key)

    def _meet(self, server_round: int, arrays: ArrayRecord, grid: Grid) -> list[int]:
        """Numbers of the nodes that are there and known."""
        while len(present := list(grid.get_node_ids())) < self.min_available_nodes:
            LOG.info("waiting for nodes: %d of %d", len(present), self.min_available_nodes)
            time.sleep(1)
        if self.survey == "never":
            for node in sorted(present):
                if not self.nodes.known(node):
                    self.nodes.enter(node)
            self.memory.grow(len(self.nodes))
            return present
        fresh = self.survey == "every round"
        asked = [node for node in present if fresh or not self.nodes.known(node)]
        answered = Survey(
            round=server_round,
            models=self._names,
            samples_key=self.weighted_by_key,
            loss_key=self.loss_key,
            arrays=arrays if fresh else None,
            timeout=self.survey_timeout,
            drop=self.drop,
        ).ask(grid, asked, self.nodes, self.memory)
        return [node for node in present if node in answered or node not in asked]

    def _split(self, arrays: ArrayRecord) -> tuple[ArrayRecord, ...]:
        if self.models is None:
            return (arrays,)
        tables = split_models(arrays, self.models)
        return tuple(ArrayRecord(tables[name]) for name in self.models)

    def _train_message(
        self, draw: Draw, at: int, records: tuple[ArrayRecord, ...], config: ConfigRecord
    ) -> Message:
        model = int(draw.picks[at])
        told = {**config, "server-round": draw.round, "probability": draw.probability(at)}
        if self.models is not None:
            told["model"] = self.models[model]
        content = RecordDict(
            {self.arrayrecord_key: records[model], self.configrecord_key: ConfigRecord(told)}
        )
        node = self.nodes.node(int(draw.rows[at]))
        return Message(content=content, message_type=MessageType.TRAIN, dst_node_id=node)

    def _reader(self, draw: Draw) -> ReplyReader:
        return ReplyReader(
            draw=draw,
            nodes=self.nodes,
            models=self._names,
            sent=self._sent,
            loss_key=self.loss_key,
            samples_key=self.weighted_by_key,
            needs_losses=self.policy.needs_losses and self.survey != "every round",
            drop=self.drop,
        )

    def _step(self, draw: Draw, model: int, told: Replies, factors: Any) -> Aggregate:
        size = len(flatten(self._sent[model]))
        updates = {at: step for at, step in told.updates.items() if draw.picks[at] == model}
        if self.policy.keeps_updates:
            return aggregate_stale(draw, model, updates, factors, size, self.memory)
        return aggregate(draw, model, updates, factors, size)

    def _remember(self, draw: Draw, told: Replies, replied: Any) -> None:
        for at in draw.drawn:
            pair = int(draw.rows[at]), int(draw.picks[at])
            self.memory.drawn[pair] += 1
            self.memory.replied[pair] += bool(replied[at])
            if at in told.updates:
                self.memory.hear(*pair, told.updates[at], keep=self.policy.keeps_updates)
            if at in told.losses:
                self.memory.losses[pair] = told.losses[at]
            if told.samples.get(at, 0.0) > 0.0:
                self.nodes.holds(*pair, told.samples[at])

    def _record(
        self, draw: Draw, told: Replies, replied: Any, steps: list[Aggregate], label: str
    ) -> None:
        self.history.append(
            RoundRecord(
                round=draw.round,
                keys=tuple(self.nodes.keys[row] for row in draw.rows),
                probabilities=draw.probabilities,
                shares=draw.shares,
                picks=draw.picks,
                replied=replied,
                aggregate_weight=np.array([step.weight for step in steps]),
                label=label,
                refused=told.refused,
            )
        )
        speak = LOG.info if label == "unbiased" else LOG.warning
        speak("aggregate_train: %d of %d replied; %s", replied.sum(), len(draw.drawn), label)

    def _stepped(self, steps: list[Aggregate]) -> ArrayRecord:
        tables = {}
        for name, sent, step in zip(self._names, self._sent, steps, strict=True):
            moved = unflatten(flatten(sent) + self.server_rate * step.step, sent)
            tables[name] = {key: Array(np.ascontiguousarray(value)) for key, value in moved.items()}
        return ArrayRecord(join_models(tables) if self.models is not None else tables["model"])


def _check_choice(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InvalidProblemError(
            f"{name} is {value!r}; choose one of {', '.join(map(repr, known))}"
        )
