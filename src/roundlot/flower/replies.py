"""What nodes say: a round's replies, with what was refused and why; evaluations; surveys.

Evaluation is by a uniform sample of nodes, its means by samples; a survey asks nodes who they are,
what they hold and, if wanted, what they lose.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.flower.arrays import (
    BadReplyError,
    client_key,
    client_tags,
    flatten,
    metrics_of,
    number,
    numbers,
    trained_arrays,
)
from roundlot.flower.framework import (
    ArrayRecord,
    ConfigRecord,
    Grid,
    Message,
    MessageType,
    MetricRecord,
    RecordDict,
)
from roundlot.flower.memory import Memory
from roundlot.flower.nodes import Nodes
from roundlot.flower.rounds import Draw
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.random_streams import EVALUATED

LOG = logging.getLogger("flwr")

#: A ClientApp answers it with a function under ``@app.query("roundlot")``.
QUERY = "query.roundlot"


@dataclass(kw_only=True, eq=False)
class Replies:
    """What the replies of a round hold.

    Attributes:
        updates: ``w_i − w``, ``(P_s,)``, of every position that replied.
        losses: the loss each told, if it told a finite one.
        metrics: all metrics that each told.
        samples: the number of samples each told, if it told one.
        refused: why a reply was dropped, by key.
    """

    updates: dict[int, FloatArray] = field(default_factory=dict)
    losses: dict[int, float] = field(default_factory=dict)
    metrics: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    samples: dict[int, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class ReplyReader:
    """How to read the replies to a draw.

    Attributes:
        draw: of the round.
        nodes: who is who.
        models: names of the models, and
        sent: the arrays that were sent, model by model.
        loss_key: the metric of the loss; required, finite and >= 0 if ``needs_losses``, else
            taken as it is if it is a finite number.
        samples_key: the metric of the number of samples; may be left out.
        drop: leave out what cannot be used, and log it; else raise.
    """

    draw: Draw
    nodes: Nodes
    models: tuple[str, ...]
    sent: tuple[Mapping[str, npt.NDArray[Any]], ...]
    loss_key: str
    samples_key: str
    needs_losses: bool = False
    drop: bool = False

    def read(self, messages: Iterable[Message]) -> Replies:
        """Everything that can be used.

        Raises:
            BadReplyError: a reply that cannot, or of a node that was not drawn, unless dropped.
        """
        told = Replies()
        starts = [flatten(arrays) for arrays in self.sent]
        position_of = {int(self.draw.rows[at]): int(at) for at in self.draw.drawn}
        for reply in messages:
            node = reply.metadata.src_node_id
            row = self.nodes.row(node)
            name = f"node {node}" if row is None else self.nodes.keys[row]
            if reply.has_error():
                LOG.info("%r replied with an error: %s", name, reply.error.reason[-200:])
                continue
            try:
                self._read(reply, name, None if row is None else position_of.get(row), starts, told)
            except BadReplyError as error:
                if not self.drop:
                    raise
                LOG.warning("%s; the reply is dropped", error)
                told.refused[name] = str(error)
        return told

    def _read(
        self,
        reply: Message,
        name: str,
        position: int | None,
        starts: list[FloatArray],
        told: Replies,
    ) -> None:
        who = f"round {self.draw.round}: the reply of {name!r}"
        if position is None:
            raise BadReplyError(
                f"{who}: it was not drawn; check that the grid returns this round's replies"
            )
        model = int(self.draw.picks[position])
        if len(self.models) > 1:
            who += f" for model {self.models[model]!r}"
        if position in told.updates and not self.drop:
            raise BadReplyError(
                f"{who}: it has replied already; check that the grid returns every reply once"
            )
        metrics = metrics_of(reply.content)
        loss = self._loss(metrics, who)
        counted = self.samples_key in metrics
        samples = number(metrics, self.samples_key, who) if counted else None
        update = trained_arrays(reply, self.sent[model], who) - starts[model]
        if position in told.updates:
            if not np.array_equal(update, told.updates[position]):
                raise BadReplyError(f"{who}: it has replied already, with other arrays")
            LOG.info("%s came twice; it counts once", who)
            return
        # Nothing of a reply is kept before all of it is known to be good.
        told.updates[position], told.metrics[position] = update, metrics
        if loss is not None:
            told.losses[position] = loss
        if samples is not None:
            told.samples[position] = samples

    def _loss(self, metrics: Mapping[str, Any], who: str) -> float | None:
        """The loss; what the rule does not use is not judged."""
        if self.needs_losses:
            return number(metrics, self.loss_key, who)
        loss = metrics.get(self.loss_key)
        known = isinstance(loss, int | float) and np.isfinite(loss)
        return float(loss) if known and loss is not None else None


def evaluate_messages(
    nodes: Sequence[int],
    models: Mapping[str, ArrayRecord],
    config: ConfigRecord,
    *,
    fraction: float,
    seed: tuple[int, int],
    keys: tuple[str, str],
    several: bool,
    least: int = 1,
) -> list[Message]:
    """One message per node and model, to ``fraction`` of the nodes, at least ``least``; none if 0.

    Of several models, the metrics come back with the model's name in front if the reply tells
    ``model`` in its settings, as the example app does.
    """
    if fraction == 0.0 or not nodes:
        return []
    count = min(len(nodes), max(1, least, round(fraction * len(nodes))))
    some = EVALUATED.generator(*seed).choice(len(nodes), size=count, replace=False)
    messages = []
    for index in np.sort(some):
        for name, arrays in models.items():
            told = ConfigRecord({**config, "model": name} if several else {**config})
            content = RecordDict({keys[0]: arrays, keys[1]: told})
            messages.append(
                Message(
                    content=content,
                    message_type=MessageType.EVALUATE,
                    dst_node_id=nodes[int(index)],
                )
            )
    return messages


def mean_metrics(
    replies: Iterable[Message], samples_key: str, *, present: int | None = None
) -> MetricRecord | None:
    """The mean of every scalar metric by samples, over those who sent it; None if nobody did.

    A ratio of two sums, so consistent but not unbiased: it judges, it does not steer. Where not
    all nodes evaluated, ``evaluated-nodes`` and ``present-nodes`` stand beside it: the mean is of
    those few, which may hold other labels than the rest.

    Args:
        replies: of those who evaluated.
        samples_key: the metric with the number of samples.
        present: how many nodes there are, if known.
    """
    sums: dict[str, float] = {}
    totals: dict[str, float] = {}
    nodes: set[int] = set()
    for reply in _without_errors(replies):
        node = reply.metadata.src_node_id
        metrics = metrics_of(reply.content)
        try:
            weight = number(metrics, samples_key, f"the evaluation of node {node}")
        except BadReplyError as error:
            LOG.warning("%s; it is left out", error)
            continue
        nodes.add(node)
        model = _model(reply)
        for name, value in metrics.items():
            if name != samples_key and not isinstance(value, list):
                sums[model + name] = sums.get(model + name, 0.0) + weight * value
                totals[model + name] = totals.get(model + name, 0.0) + weight
    means: dict[str, Any] = {
        name: total / totals[name] for name, total in sums.items() if totals[name] > 0.0
    }
    if means and present is not None and len(nodes) < present:
        LOG.info(
            "aggregate_evaluate: means of %d of %d nodes, not of the federation",
            len(nodes), present,
        )  # fmt: skip
        means |= {"evaluated-nodes": len(nodes), "present-nodes": present}
    return MetricRecord(means) if means else None


def _without_errors(replies: Iterable[Message]) -> Iterator[Message]:
    for reply in replies:
        if reply.has_error():
            node = reply.metadata.src_node_id
            LOG.info("node %d did not evaluate: %s", node, reply.error.reason[-200:])
        else:
            yield reply


def _model(reply: Message) -> str:
    for record in reply.content.config_records.values():
        if "model" in record:
            return f"{record['model']}/"
    return ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Survey:
    """One message to each of some nodes before a round's draw.

    Attributes:
        round: its number.
        models: names of the ``S`` models.
        samples_key: the metric with the number of samples, one for all models or one each.
        loss_key: the metric with the losses of these ``arrays``; asked for if they are given.
        arrays: the models of this round, or None.
        timeout: seconds to wait.
        drop: leave out a node whose answer cannot be used, and log it; else raise.

    A plain ``ClientApp`` has no function that answers, and replies with an error: unless losses are
    asked for, its node enters without a size, which then comes from its replies to training.
    """

    round: int
    models: Sequence[str]
    samples_key: str
    loss_key: str
    arrays: ArrayRecord | None = None
    timeout: float = 60.0
    drop: bool = False

    def ask(self, grid: Grid, asked: Sequence[int], nodes: Nodes, memory: Memory) -> set[int]:
        """Enter in ``nodes`` and ``memory`` what the nodes say; the numbers of those who answered.

        Raises:
            BadReplyError: an answer that cannot be used; nobody answered and nobody was known.
            InvalidProblemError: two nodes with the same key.
        """
        if not asked:
            return set()
        present = set(grid.get_node_ids()) | set(asked)
        replies = grid.send_and_receive(
            [self._message(node) for node in asked], timeout=self.timeout
        )
        answers: dict[int, RecordDict] = {}
        errors: dict[int, str] = {}
        for reply in replies:
            if reply.has_error():
                errors[reply.metadata.src_node_id] = reply.error.reason
            else:
                answers.setdefault(reply.metadata.src_node_id, reply.content)
        plain = self._plain(errors, bool(answers) or len(asked) < len(present))
        if not answers and not plain and len(asked) == len(present):
            raise BadReplyError(self._unanswered(len(asked), errors))
        entered = set(plain)
        for node in sorted(plain):
            nodes.enter(node, samples=None, present=present)
        for node in sorted(answers):
            try:
                self._enter(node, answers[node], nodes, memory, present)
            except (BadReplyError, InvalidProblemError) as error:
                if not self.drop:
                    raise
                LOG.warning("%s; the node is left out", error)
            else:
                entered.add(node)
        memory.grow(len(nodes))
        if len(entered) < len(asked):
            LOG.info("survey: %d of %d nodes answered", len(entered), len(asked))
        return entered

    def _plain(self, errors: Mapping[int, str], others: bool) -> list[int]:
        """Nodes whose app has no function for the survey: Flower says so, or nobody answers."""
        if self.arrays is not None:
            return []
        return [node for node, why in errors.items() if not others or "function registered" in why]

    def _unanswered(self, asked: int, errors: Mapping[int, str]) -> str:
        failure = next(iter(errors.values()), f"no answer within {self.timeout:g} s")
        cure = 'or pass survey="new"' if self.arrays is not None else 'or pass survey="never"'
        return (
            f"round {self.round}: none of {asked} nodes answered the survey ({failure[-200:]}); "
            f'register a function with @app.query("roundlot") in the ClientApp, {cure}'
        )

    def _message(self, node: int) -> Message:
        config = ConfigRecord({"server-round": self.round, "models": list(self.models)})
        content = RecordDict({"config": config})
        if self.arrays is not None:
            content["arrays"] = self.arrays
        return Message(content=content, message_type=QUERY, dst_node_id=node)

    def _enter(
        self, node: int, content: RecordDict, nodes: Nodes, memory: Memory, present: set[int]
    ) -> None:
        metrics, key = metrics_of(content), client_key(content)
        who = (
            f"round {self.round}: the survey's answer of node {node if key is None else repr(key)}"
        )
        samples = numbers(metrics, self.samples_key, len(self.models), who)
        tags = client_tags(content)
        row = nodes.enter(node, key=key, samples=samples, tags=tags, present=present)
        nodes.tells(row, {k: v for k, v in metrics.items() if k != self.samples_key})
        memory.grow(len(nodes))
        if self.arrays is not None:
            memory.losses[row] = self._losses(metrics, samples, who)

    def _losses(self, metrics: Mapping[str, object], samples: FloatArray, who: str) -> FloatArray:
        losses = numbers(metrics, self.loss_key, len(self.models), who)
        return np.where(samples > 0.0, losses, np.nan)
