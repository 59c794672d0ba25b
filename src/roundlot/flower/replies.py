"""A round's replies: who was heard, with which update, and what was refused, by name and remedy."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.flower.arrays import BadReplyError, checked, flatten
from roundlot.flower.framework import ArrayRecord, Message, RecordDict
from roundlot.flower.nodes import Nodes
from roundlot.flower.rounds import Draw
from roundlot.theory.arrays import FloatArray

LOG = logging.getLogger("flwr")


@dataclass(kw_only=True, eq=False)
class Heard:
    """What the replies of a round hold.

    Attributes:
        updates: ``w_i − w``, ``(P_s,)``, of every position heard.
        losses: the loss each told, if it told one.
        samples: the number of samples each told, if it told one.
        refused: why a reply was dropped, by key.
    """

    updates: dict[int, FloatArray] = field(default_factory=dict)
    losses: dict[int, float] = field(default_factory=dict)
    samples: dict[int, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Listener:
    """How to read the replies to a draw.

    Attributes:
        draw: of the round.
        nodes: who is who.
        models: names of the models, and
        sent: the arrays that were sent, model by model.
        loss_key: the metric of the loss; required if ``needs_losses``.
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

    def hear(self, replies: Iterable[Message]) -> Heard:
        """Everything that can be used.

        Raises:
            BadReplyError: a reply that cannot, or of a node that was not drawn, unless dropped.
        """
        heard = Heard()
        starts = [flatten(arrays) for arrays in self.sent]
        position_of = {int(self.draw.rows[at]): int(at) for at in self.draw.drawn}
        for reply in replies:
            node = reply.metadata.src_node_id
            row = self.nodes.row(node)
            name = f"node {node}" if row is None else self.nodes.keys[row]
            if reply.has_error():
                LOG.info("%r replied with an error: %s", name, reply.error.reason[-200:])
                continue
            try:
                self._read(
                    reply, name, None if row is None else position_of.get(row), starts, heard
                )
            except BadReplyError as error:
                if not self.drop:
                    raise
                LOG.warning("%s; the reply is dropped", error)
                heard.refused[name] = str(error)
        return heard

    def _read(
        self,
        reply: Message,
        name: str,
        position: int | None,
        starts: list[FloatArray],
        heard: Heard,
    ) -> None:
        who = f"round {self.draw.round}: the reply of {name!r}"
        if position is None or position in heard.updates:
            why = "was not drawn" if position is None else "has replied already"
            raise BadReplyError(
                f"{who}: it {why}; check that the grid returns this round's replies"
            )
        model = int(self.draw.picks[position])
        if len(self.models) > 1:
            who += f" for model {self.models[model]!r}"
        metrics = metrics_of(reply.content)
        told = self.needs_losses or self.loss_key in metrics
        loss = number(metrics, self.loss_key, who) if told else None
        counted = self.samples_key in metrics
        samples = number(metrics, self.samples_key, who) if counted else None
        vector = trained_arrays(reply, self.sent[model], who)
        # Nothing of a reply is kept before all of it is known to be good.
        heard.updates[position] = vector - starts[model]
        if loss is not None:
            heard.losses[position] = loss
        if samples is not None:
            heard.samples[position] = samples


def numpy_arrays(record: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a record."""
    return {name: array.numpy() for name, array in record.items()}


def metrics_of(content: RecordDict) -> dict[str, Any]:
    """All metrics of a reply, whatever the names of its records."""
    return {
        name: value for record in content.metric_records.values() for name, value in record.items()
    }


def client_key(content: RecordDict) -> str | None:
    """What the client calls itself: ``client-key`` in any record of settings, else None."""
    for record in content.config_records.values():
        if "client-key" in record:
            return str(record["client-key"])
    return None


def trained_arrays(message: Message, like: Mapping[str, npt.NDArray[Any]], who: str) -> FloatArray:
    """The trained model of a reply as a vector ``(P,)``.

    Raises:
        BadReplyError: not one record of arrays, or not those that were sent; see ``checked``.
    """
    records: list[ArrayRecord] = list(message.content.array_records.values())
    if len(records) != 1:
        raise BadReplyError(
            f"{who} holds {len(records)} ArrayRecords; return one, with the trained arrays"
        )
    try:
        arrays = numpy_arrays(records[0])
    except Exception as error:  # whatever a client has put into the bytes
        raise BadReplyError(
            f"{who} holds arrays that cannot be read ({error}); return ArrayRecord(state_dict)"
        ) from None
    return checked(arrays, like, who)


def number(metrics: Mapping[str, Any], name: str, who: str) -> float:
    """A metric that must be there, one finite number ``>= 0``.

    Raises:
        BadReplyError: it is not.
    """
    if name not in metrics:
        raise BadReplyError(
            f"{who} has no metric {name!r}; return MetricRecord({{{name!r}: ...}}), or choose a "
            "rule that does not need it"
        )
    value = metrics[name]
    if isinstance(value, list) or not np.isfinite(value) or value < 0:
        raise BadReplyError(
            f"{who} has metric {name!r} = {value!r:.60}; it must be one finite number, 0 or more"
        )
    return float(value)


def numbers(metrics: Mapping[str, Any], name: str, size: int, who: str) -> FloatArray:
    """A metric with one number for all models or one each, ``(S,)``, finite and ``>= 0``.

    Raises:
        BadReplyError: it is missing, or not that.
    """
    if name not in metrics:
        raise BadReplyError(f"{who} has no metric {name!r}; return MetricRecord({{{name!r}: ...}})")
    values = np.atleast_1d(np.asarray(metrics[name], dtype=np.float64))
    if values.shape not in ((1,), (size,)) or not np.all(np.isfinite(values) & (values >= 0.0)):
        raise BadReplyError(
            f"{who} has metric {name!r} = {metrics[name]!r:.60}; give one number, or {size}, "
            "finite and >= 0"
        )
    return np.array(np.broadcast_to(values, (size,)))
