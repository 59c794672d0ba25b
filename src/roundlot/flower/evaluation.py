"""Evaluation by clients: a uniform sample of nodes is asked, metrics are means by samples."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from roundlot.flower.arrays import BadReplyError, metrics_of, number
from roundlot.flower.framework import (
    ArrayRecord,
    ConfigRecord,
    Message,
    MessageType,
    MetricRecord,
    RecordDict,
)
from roundlot.theory.random_streams import EVALUATED

LOG = logging.getLogger("flwr")


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
