"""Messages to and from those drawn: each with its model, its probability and its weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from roundlot.flower.arrays import split_models
from roundlot.flower.framework import (
    ArrayRecord,
    ConfigRecord,
    Message,
    MessageType,
    MetricRecord,
    RecordDict,
)
from roundlot.flower.nodes import Nodes
from roundlot.flower.replies import Replies
from roundlot.flower.rounds import Draw
from roundlot.theory.arrays import FloatArray


def model_records(arrays: ArrayRecord, models: tuple[str, ...] | None) -> tuple[ArrayRecord, ...]:
    """The arrays of every model, one record each; of one model without a name, all."""
    if models is None:
        return (arrays,)
    tables = split_models(arrays, models)
    return tuple(ArrayRecord(tables[name]) for name in models)


def train_messages(
    draw: Draw,
    records: Sequence[ArrayRecord],
    config: ConfigRecord,
    nodes: Nodes,
    *,
    keys: tuple[str, str],
    models: tuple[str, ...] | None,
) -> list[Message]:
    """One message to every node drawn, with the model it drew and its probability.

    Args:
        draw: of the round.
        records: the arrays of every model.
        config: settings for all.
        nodes: who is who.
        keys: names of the records of arrays and of settings.
        models: names of several models, which are told.
    """
    messages = []
    for at in draw.drawn:
        model = int(draw.picks[at])
        told = {**config, "server-round": draw.round, "probability": draw.probability(at)}
        if models is not None:
            told["model"] = models[model]
        content = RecordDict({keys[0]: records[model], keys[1]: ConfigRecord(told)})
        node = nodes.node(int(draw.rows[at]))
        messages.append(Message(content=content, message_type=MessageType.TRAIN, dst_node_id=node))
    return messages


def weighted_contents(
    draw: Draw,
    told: Replies,
    factors: FloatArray,
    messages: Sequence[Message],
    nodes: Nodes,
    samples_key: str,
) -> dict[int, RecordDict]:
    """By position, copies of the replies that count, with ``f d/p`` as number of samples."""
    position_of: Mapping[int, int] = {int(draw.rows[at]): int(at) for at in draw.drawn}
    contents: dict[int, RecordDict] = {}
    for message in messages:
        row = nodes.row(message.metadata.src_node_id)
        at = position_of.get(-1 if row is None else row, -1)
        if message.has_error() or at not in told.updates or at in contents:
            continue
        content = RecordDict(dict(message.content))
        for name, record in message.content.metric_records.items():
            weight = {samples_key: draw.weight(at) * float(factors[at])}
            content[name] = MetricRecord({**record, **weight})
            break
        contents[at] = content
    return contents
